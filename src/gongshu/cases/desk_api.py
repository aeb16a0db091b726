"""What stands around cases, over HTTP: their files and comments, who works on them, delegation.

Mounted before the cases' own routes: /cases/{id}/files would otherwise be a step called “files”.
Whoever follows a case without an account sends its code in the header `Follow-Up-Code`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import Router, Schema, Status

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import delegations, desk, files, inbox, selectors, visitors
from gongshu.cases.bodies import file_chunks
from gongshu.cases.downloads import of_file
from gongshu.cases.models import CaseComment, CaseFile, Delegation
from gongshu.rules.agents import Agent

router = Router(tags=["cases"])
FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


class UploadOut(Schema):
    digest: str
    name: str
    type: str
    size: int


class FileOut(UploadOut):
    step: str
    person: str
    organisation: str
    at: str
    entry: str


class CommentIn(Schema):
    text: str
    scope: str = "case"


class CommentOut(Schema):
    scope: str
    text: str
    person: str
    organisation: str
    at: str
    entry: str


class AssigneeIn(Schema):
    to: str
    expected: str | None = None


class AssigneeOut(Schema):
    case: str
    person: str


class TogetherIn(Schema):
    cases: list[str]
    step: str
    note: str = ""


class OutcomeOut(Schema):
    case: str
    done: bool
    code: str
    detail: str | None
    entry: str


class DelegationIn(Schema):
    to: str
    procedures: list[str]
    since: date
    until: date
    reason: str = ""


class DelegationOut(Schema):
    id: int
    delegator: str
    delegate: str
    procedures: list[str]
    since: date
    until: date
    reason: str
    ended: str | None
    entry: str


@router.post("/files", response={201: UploadOut}, openapi_extra=FILE_BODY)
def send_file(request: HttpRequest, name: str = "") -> Status[dict[str, Any]]:
    """Send a file for a form: the form names it by its digest. What no case names goes in a day."""
    by = agent_of_request(request)
    files.require_sender(by)
    called, pieces = file_chunks(request, name, files.require_size)
    row = files.receive(name=called, pieces=pieces, by=by)
    return Status(201, {"digest": row.digest, "name": row.name, "type": row.type, "size": row.size})


def _who(request: HttpRequest, case_id: str) -> Agent:
    """Whoever is logged in or sends a token; or who follows this one case by its code."""
    code = request.headers.get("Follow-Up-Code")
    return visitors.follower(case_id, code) if code else agent_of_request(request)


@router.get("/cases/{case_id}/files", response=list[FileOut])
def list_files(request: HttpRequest, case_id: str) -> list[dict[str, Any]]:
    by = _who(request, case_id)
    return [file_out(row, by) for row in files.visible(selectors.get(case_id, by), by)]


@router.post("/cases/{case_id}/files", response={201: FileOut}, openapi_extra=FILE_BODY)
def attach_file(request: HttpRequest, case_id: str, name: str = "") -> Status[dict[str, Any]]:
    """Attach a file to a case: as the body, or as the part `file` of a form.

    Without an account: the code of the case in the header `Follow-Up-Code`.
    """
    by = _who(request, case_id)
    selectors.get(case_id, by)
    files.require_sender(by)
    called, pieces = file_chunks(request, name, files.require_size)
    row = files.attach(case_id=case_id, name=called, pieces=pieces, by=by)
    return Status(201, file_out(row, by))


@router.get("/cases/{case_id}/files/{digest}", response=None, url_name="case_file")
def read_file(request: HttpRequest, case_id: str, digest: str) -> FileResponse:
    return of_file(*files.get(case_id, digest, _who(request, case_id)))


@router.get("/cases/{case_id}/comments", response=list[CommentOut])
def list_comments(request: HttpRequest, case_id: str) -> list[dict[str, Any]]:
    by = _who(request, case_id)
    return [comment_out(row, by) for row in desk.comments(selectors.get(case_id, by), by)]


@router.post("/cases/{case_id}/comments", response={201: CommentOut})
def add_comment(request: HttpRequest, case_id: str, given: CommentIn) -> Status[dict[str, Any]]:
    """For all who see the case (`case`), or for one's own organisation (`internal`)."""
    by = _who(request, case_id)
    row = desk.comment(case_id=case_id, text=given.text, scope=given.scope, by=by)
    return Status(201, comment_out(row, by))


@router.post("/cases/{case_id}/assignee", response=AssigneeOut)
def hand_over(request: HttpRequest, case_id: str, given: AssigneeIn) -> dict[str, Any]:
    """Name the colleague who works on it now; `to` empty: nobody in particular."""
    by = agent_of_request(request)
    row = desk.hand_over(case_id=case_id, to=given.to, expected=given.expected, by=by)
    return {"case": case_id, "person": row.person}


@router.post("/inbox/steps", response=list[OutcomeOut])
def take_together(request: HttpRequest, given: TogetherIn) -> list[dict[str, Any]]:
    """One step without a form, of several cases of one procedure; what came of each."""
    done = inbox.take_together(
        cases=given.cases,
        step=given.step,
        note=given.note,
        by=agent_of_request(request),
        idempotency_key=request.headers.get("Idempotency-Key", ""),
    )
    return [outcome_out(one) for one in done]


@router.get("/delegations", response=list[DelegationOut])
def list_delegations(request: HttpRequest) -> list[dict[str, Any]]:
    """Your organisation's, the newest first."""
    return [delegation_out(row) for row in delegations.visible(agent_of_request(request))]


@router.post("/delegations", response={201: DelegationOut})
def give_delegation(request: HttpRequest, given: DelegationIn) -> Status[dict[str, Any]]:
    """Lend your rank to a colleague, for these procedures, both days included."""
    row = delegations.give(**given.dict(), by=agent_of_request(request))
    return Status(201, delegation_out(row))


@router.post("/delegations/{number}/end", response=DelegationOut)
def end_delegation(request: HttpRequest, number: int) -> dict[str, Any]:
    return delegation_out(delegations.end(number=number, by=agent_of_request(request)))


def file_out(row: CaseFile, reader: Agent) -> dict[str, Any]:
    return {
        "digest": row.digest,
        "name": row.name,
        "type": row.type,
        "size": row.size,
        "step": row.step,
        "person": selectors.person_shown(row.person, row.organisation, reader),
        "organisation": row.organisation,
        "at": row.at.isoformat(),
        "entry": row.entry_id,
    }


def comment_out(row: CaseComment, reader: Agent) -> dict[str, Any]:
    return {
        "scope": row.scope,
        "text": row.text,
        "person": selectors.person_shown(row.person, row.organisation, reader),
        "organisation": row.organisation,
        "at": row.at.isoformat(),
        "entry": row.entry_id,
    }


def outcome_out(one: inbox.Outcome) -> dict[str, Any]:
    said = str(one.sentence) if one.sentence else None
    return {
        "case": one.case,
        "done": one.done,
        "code": one.code,
        "detail": said,
        "entry": one.entry,
    }


def delegation_out(row: Delegation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "delegator": row.delegator.username,
        "delegate": row.delegate.username,
        "procedures": row.procedures,
        "since": row.since,
        "until": row.until,
        "reason": row.reason,
        "ended": row.ended.isoformat() if row.ended else None,
        "entry": row.entry_id,
    }
