"""Datasets over HTTP: what the catalogue says, and what a provider does with its own.

    GET   /api/datasets, /api/datasets/{code}
    POST  /api/datasets                     a draft entry
    PATCH /api/datasets/{code}              describe it and its columns
    GET   /api/datasets/{code}/terms        what its owner allows at most
    PUT   /api/datasets/{code}/terms
    POST  /api/datasets/{code}/versions     a file, which a job makes a version of

The pages and the shell call the same services. What is wrong is said before anything is done.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Body, Query, Router, Schema, Status
from pydantic import Field as PydanticField

from gongshu.accounts.agents import Unauthenticated, agent_of_request
from gongshu.cases.bodies import file_chunks
from gongshu.cases.idempotency import Sent
from gongshu.catalog import ingest, selectors, services, uploads
from gongshu.catalog.metadata import require_known
from gongshu.catalog.models import Dataset
from gongshu.catalog.ownership import require_holder
from gongshu.catalog.sent import DraftIn, EntryIn, Hints, require_known_hints
from gongshu.catalog.sent_twice import made_once
from gongshu.catalog.shown import DatasetDetail, DatasetList, detail, summary
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence

router = Router(tags=["catalogue"])
PAGE = 100
PositivePage = Annotated[int, PydanticField(ge=1, le=1_000_000)]
FILE_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself, or a form whose part `file` it is",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


class TermsOut(Schema):
    number: int
    terms: dict[str, Any]


class UploadOut(Schema):
    job: str
    state: str
    link: str


@router.get("/datasets", response=DatasetList, summary="The catalogue")
def list_datasets(
    request: HttpRequest, domain: str = "", provider: str = "", page: PositivePage = 1
) -> dict[str, Any]:
    """All entries that whoever asks may see, by code; a hundred a page."""
    rows = selectors.visible_to(_reader(request))
    if domain:
        rows = rows.filter(domain__code=domain)
    if provider:
        rows = rows.filter(provider__code=provider)
    start = (page - 1) * PAGE
    found = rows.order_by("code")[start : start + PAGE]
    return {"total": rows.count(), "datasets": [summary(row) for row in found]}


@router.get("/datasets/{code}", response=DatasetDetail, summary="A dataset")
def show_dataset(request: HttpRequest, code: str) -> dict[str, Any]:
    return detail(selectors.get(code, agent := _reader(request)), agent)


@router.post("/datasets", response={201: DatasetDetail}, summary="Make a draft entry")
def create_dataset(
    request: HttpRequest, response: HttpResponse, said: DraftIn
) -> Status[dict[str, Any]]:
    """Seen by its provider alone until a case publishes it. `Idempotency-Key` is honoured."""
    agent = _writer(request)
    meta = said.model_dump(exclude_unset=True)
    code, provider = meta.pop("code"), meta.pop("provider", "") or agent.organisation
    require_known(meta)

    def make() -> str:
        return services.create_draft(code=code, provider=provider, by=agent, **meta).code

    sent = Sent(agent, _key(request), {"code": code, "provider": provider, **meta})
    made = selectors.get(made_once(sent, make), agent)
    response["Location"] = f"/api/datasets/{made.code}"
    return Status(201, detail(made, agent))


@router.patch("/datasets/{code}", response=DatasetDetail, summary="Describe a dataset")
def describe_dataset(request: HttpRequest, code: str, said: EntryIn) -> dict[str, Any]:
    """Only what is sent is changed: all of it, or nothing."""
    agent = _writer(request)
    meta = said.model_dump(exclude_unset=True)
    fields = meta.pop("fields", None) or {}
    found = services.describe_entry(
        dataset=selectors.get(code, agent), by=agent, meta=meta, fields=fields
    )
    return detail(found, agent)


@router.get("/datasets/{code}/terms", response=TermsOut, summary="The owner's terms")
def show_terms(request: HttpRequest, code: str) -> dict[str, Any]:
    """For the provider; a grant shows those that it pinned to whom it concerns."""
    found = _own(code, _writer(request))
    newest = selectors.latest_owner_terms(found)
    return (
        {"number": newest.number, "terms": newest.terms} if newest else {"number": 0, "terms": {}}
    )


@router.put("/datasets/{code}/terms", response=TermsOut, summary="Set the owner's terms")
def set_terms(request: HttpRequest, code: str, terms: Body[dict[str, Any]]) -> dict[str, Any]:
    """Grants already issued keep the number they pinned."""
    agent = _writer(request)
    row = services.set_owner_terms(dataset=selectors.get(code, agent), terms=terms, by=agent)
    return {"number": row.number, "terms": row.terms}


@router.post(
    "/datasets/{code}/versions",
    response={202: UploadOut},
    summary="Upload a new version",
    openapi_extra=FILE_BODY,
)
def upload_version(
    request: HttpRequest, response: HttpResponse, code: str, hints: Query[Hints]
) -> Status[dict[str, Any]]:
    """The worker reads, types and keeps the file; the link says how far it is.

    A large one is first sent in pieces to /api/uploads and named here as `upload`.
    `Idempotency-Key` is honoured. The same content as the newest version's makes no version.
    """
    agent = _writer(request)
    _own(code, agent)
    require_known_hints(request)
    said = hints.model_dump(exclude={"name", "upload"}, exclude_none=True)
    if hints.upload:
        job = uploads.start(uploads.find(hints.upload, agent), code=code, by=agent, hints=said)
    else:
        name, chunks = file_chunks(request, hints.name, ingest.require_size)
        job = ingest.receive_upload(
            chunks,
            code=code,
            source_name=name,
            by=agent,
            hints=said,
            idempotency_key=_key(request),
        )
    link = f"/api/jobs/{job.id}"
    response["Location"] = link
    return Status(202, {"job": job.id, "state": job.state, "link": link})


def _reader(request: HttpRequest) -> Agent:
    agent = agent_of_request(request)
    if not agent.may_use("read"):
        raise Forbidden(
            "scope",
            Sentence(
                en="This token may not read: it lacks the scope “read”.",
                zh="该令牌没有“read”权限范围，不能读取。",
            ),
        )
    return agent


def _writer(request: HttpRequest) -> Agent:
    agent = agent_of_request(request)
    if agent.anonymous:
        raise Unauthenticated(
            "unauthenticated",
            Sentence(en="Log in or send a token first.", zh="请先登录或提供访问令牌。"),
        )
    return agent


def _own(code: str, agent: Agent) -> Dataset:
    """Asked before a file is read, so that nobody uploads gigabytes in vain."""
    found = selectors.get(code, agent)
    require_holder(found, agent)
    return found


def _key(request: HttpRequest) -> str:
    return request.headers.get("Idempotency-Key", "")
