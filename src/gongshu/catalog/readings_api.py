"""How the newest version's file was read, for its provider.

GET    /api/datasets/{code}/reading
POST   /api/datasets/{code}/reading/preview     the first rows under other hints
POST   /api/datasets/{code}/reading             read the kept file anew: a job
DELETE /api/datasets/{code}/reading/hints       guess the next file anew
GET    /api/datasets/{code}/rejects             every line that was not read, one JSON a line
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router, Schema, Status

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import readings, selectors
from gongshu.catalog.models import Dataset, Reading
from gongshu.catalog.ownership import require_holder
from gongshu.catalog.sent import FileHints
from gongshu.data.formats import json_value
from gongshu.rules.agents import Agent

router = Router(tags=["reading"])


class ReadingOut(Schema):
    version: int
    name: str
    bytes: int
    hints: dict[str, Any]
    rejected: int
    report: dict[str, Any]


class PreviewOut(Schema):
    columns: list[str]
    rows: list[list[Any]]
    total: int
    report: dict[str, Any]


@router.get("/datasets/{code}/reading", response=ReadingOut, summary="How the file was read")
def show(request: HttpRequest, code: str) -> dict[str, Any]:
    dataset, agent = _opened(request, code)
    return shown(dataset, readings.required(dataset, agent))


@router.post(
    "/datasets/{code}/reading/preview", response=PreviewOut, summary="How it would be read"
)
def preview(request: HttpRequest, code: str, hints: FileHints) -> dict[str, Any]:
    """Nothing is changed."""
    dataset, agent = _opened(request, code)
    found = readings.preview(dataset, hints.model_dump(exclude_none=True), agent)
    rows = [[json_value(value) for value in row] for row in found.rows]
    return {
        "columns": found.columns,
        "rows": rows,
        "total": found.total,
        "report": found.report,
    }


@router.post("/datasets/{code}/reading", response={202: dict}, summary="Read the file anew")
def read_anew(request: HttpRequest, code: str, hints: FileHints) -> Status[dict[str, Any]]:
    dataset, agent = _opened(request, code)
    require_holder(dataset, agent)
    said = hints.model_dump(exclude_none=True)
    job = readings.read_anew(dataset=dataset, hints=said, by=agent)
    return Status(202, {"job": job.id, "state": job.state, "link": f"/api/jobs/{job.id}"})


@router.delete("/datasets/{code}/reading/hints", response={204: None}, summary="Guess anew")
def forget(request: HttpRequest, code: str) -> Status[None]:
    dataset, agent = _opened(request, code)
    require_holder(dataset, agent)
    readings.forget(dataset=dataset, by=agent)
    return Status(204, None)


@router.get("/datasets/{code}/rejects", summary="The lines that were not read")
def rejects(request: HttpRequest, code: str) -> StreamingHttpResponse:
    dataset, agent = _opened(request, code)
    lines = readings.rejects(dataset, agent)
    return StreamingHttpResponse(_ndjson(lines), content_type="application/x-ndjson")


def shown(dataset: Dataset, reading: Reading) -> dict[str, Any]:
    version = selectors.version(dataset, reading.version)
    return {
        "version": reading.version,
        "name": reading.name,
        "bytes": reading.bytes,
        "hints": reading.hints,
        "rejected": reading.rejected,
        "report": version.report,
    }


def _ndjson(lines: Iterator[dict[str, Any]]) -> Iterator[str]:
    for line in lines:
        yield json.dumps(line, ensure_ascii=False) + "\n"


def _opened(request: HttpRequest, code: str) -> tuple[Dataset, Agent]:
    agent = agent_of_request(request)
    return selectors.get(code, agent), agent
