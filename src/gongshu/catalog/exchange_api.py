"""The catalogue as a file over HTTP: the ministry's Excel form or JSON, out and in.

GET   /api/catalogue/export.{form}      xlsx, json or ndjson: what whoever asks may see
GET   /api/catalogue/template.xlsx      the empty form
POST  /api/catalogue/import             a file; a job checks it and, unless dry_run, writes it
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema, Status

from gongshu.cases.bodies import file_chunks
from gongshu.catalog import bulk, exchange, imports, selectors
from gongshu.catalog.api import FILE_BODY, UploadOut, _reader, _writer
from gongshu.catalog.template import write_workbook
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, not_found
from gongshu.wording import Sentence

router = Router(tags=["catalogue"])
MOST = 100_000


class ImportQuery(Schema):
    name: str = ""
    dry_run: bool = False
    skip_bad: bool = False


@router.get("/catalogue/export.{form}", summary="The catalogue as a file")
def export_catalogue(
    request: HttpRequest, form: str, domain: str = "", provider: str = ""
) -> HttpResponseBase:
    """Entries of one domain or provider, or all; the same file can be imported."""
    return exported(_reader(request), form, domain=domain, provider=provider)


@router.get("/catalogue/template.xlsx", summary="The ministry's form, empty")
def template(request: HttpRequest) -> HttpResponseBase:
    _reader(request)
    return empty_form()


@router.post(
    "/catalogue/import",
    response={202: UploadOut},
    summary="Import entries",
    openapi_extra=FILE_BODY,
)
def import_catalogue(
    request: HttpRequest, response: HttpResponse, asked: Query[ImportQuery]
) -> Status[dict[str, Any]]:
    """All rows or, where one is wrong, none; with `skip_bad`, the good ones. The job's result has
    every error with its sheet, row and column. New entries are drafts."""
    agent = _writer(request)
    bulk.require_importer(agent)
    name, chunks = file_chunks(request, asked.name, imports.require_size)
    job = imports.receive_import(
        chunks, source_name=name, by=agent, write=not asked.dry_run, skip_bad=asked.skip_bad
    )
    link = f"/api/jobs/{job.id}"
    response["Location"] = link
    return Status(202, {"job": job.id, "state": job.state, "link": link})


def exported(agent: Agent, form: str, **where: str) -> HttpResponseBase:
    if form not in exchange.FORMATS:
        raise not_found()
    chosen = {f"{name}__code": value for name, value in where.items() if value}
    rows = selectors.visible_to(agent).filter(**chosen)
    if rows.count() > MOST:
        raise BadInput(
            "too_many",
            Sentence(
                en=f"One file over HTTP has at most {MOST:,} entries.",
                zh=f"通过网络一次最多导出 {MOST} 条目录。",
            ),
            suggestion=Sentence(
                en="Narrow it to a domain or a provider.", zh="请按领域或提供方分别导出。"
            ),
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"catalogue.{form}"
        exchange.write_entries(path, form, agent, rows)
        return _sent(path, exchange.FORMATS[form])


def empty_form() -> HttpResponseBase:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue-template.xlsx"
        write_workbook(path)
        return _sent(path, exchange.FORMATS["xlsx"])


def _sent(path: Path, kind: str) -> FileResponse:
    """Open, it outlives its folder."""
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type=kind)
