"""Cases over HTTP: list, show, open, take a step."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Body, Query, Router, Schema, Status

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import (
    deadlines,
    demands,
    desk,
    files,
    registrations,
    selectors,
    services,
    visitors,
)
from gongshu.cases.desk_api import FileOut, file_out
from gongshu.cases.inbox import Filter, narrowed
from gongshu.cases.models import Case, CaseStep
from gongshu.rules.agents import Agent

router = Router(tags=["cases"])
PAGE = 100


class ListFilter(Schema):
    kind: str = ""
    due: str = ""
    whose: str = ""


class StepIn(Schema):
    form: dict[str, Any] | None = None
    note: str = ""
    expected_state: str | None = None
    acting_for: str = ""  # whoever has lent you their rank


class StepOut(Schema):
    name: str
    source: str
    target: str
    organisation: str
    on_behalf_of: str
    at: str
    note: str
    article: str
    entry: str


class OfferOut(Schema):
    name: str
    label: str
    allowed: bool
    reason: str | None
    article: str | None
    within: str | None
    form: dict[str, Any] | None
    acting_for: str


class CaseOut(Schema):
    id: str
    kind: str
    subject: str
    applicant: str
    state: str
    due: date | None
    due_provisional: bool
    parties: dict[str, str]


class CaseWhole(CaseOut):
    payload: dict[str, Any]
    steps: list[StepOut]
    offers: list[OfferOut]
    files: list[FileOut]
    assignee: str


class Received(Schema):
    """What whoever has no account keeps, to follow their case."""

    case: str
    follow_up: str


class FollowIn(Schema):
    code: str


class FollowStepIn(StepIn):
    code: str


class DemandOut(Schema):
    case: str
    title: str
    wanted: str
    use: str
    state: str
    holder: str
    dataset: str
    reason: str
    received_on: date
    changed_on: date


class EscalationOut(Schema):
    case: str
    kind: str
    subject: str
    state: str
    due: date
    provisional: bool
    urgency: str
    days_late: int
    waits_for: list[str]


class RegistrationOut(Schema):
    code: str
    registrant: str
    what: str
    name: str
    summary: str
    dataset: str
    version: int
    valid_from: date
    valid_until: date
    state: str
    in_force: bool
    record: str
    entry: str


class PublicityOut(Schema):
    case: str
    registrant: str
    type: str
    name: str
    summary: str
    since: date
    until: date | None
    state: str


def summary(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "kind": case.kind,
        "subject": case.subject_id,
        "applicant": case.applicant,
        "state": case.state,
        "due": case.due_at,
        "due_provisional": case.due_provisional,
        "parties": case.parties,
    }


def whole(case: Case, agent: Agent) -> dict[str, Any]:
    offers = [
        {
            "name": o.name,
            "label": str(o.label),
            "allowed": o.allowed,
            "reason": str(o.reason) if o.reason else None,
            "article": o.article,
            "within": str(o.within) if o.within else None,
            "form": o.form,
            "acting_for": o.acting_for,
        }
        for o in selectors.available(case, agent)
    ]
    return summary(case) | {
        "payload": case.payload,
        "steps": [taken(row, agent) for row in case.steps.all()],
        "offers": offers,
        "files": [file_out(row, agent) for row in files.visible(case, agent)],
        "assignee": desk.assignee(case, agent),
    }


def taken(row: CaseStep, reader: Agent) -> dict[str, Any]:
    return {
        "name": row.name,
        "source": row.source,
        "target": row.target,
        "organisation": row.organisation,
        "on_behalf_of": selectors.person_shown(row.on_behalf_of, row.organisation, reader),
        "at": row.at.isoformat(),
        "note": row.note,
        "article": row.article,
        "entry": row.entry_id,
    }


@router.get("/cases", response=list[CaseOut])
def list_cases(
    request: HttpRequest, wanted: Query[ListFilter], inbox: bool = False, page: int = 1
) -> list[dict[str, Any]]:
    """The newest first, a hundred a page; `inbox`: those that wait for you, most urgent first.

    `due`: overdue, near, later or none; `whose`: mine (handed to you) or free (to nobody).
    """
    agent = agent_of_request(request)
    rows = selectors.inbox(agent) if inbox else selectors.visible(agent)
    rows = narrowed(rows, agent, Filter(wanted.kind, wanted.due, wanted.whose))
    start = PAGE * (max(1, page) - 1)
    return [summary(case) for case in rows[start : start + PAGE]]


# One name for the part after /cases/, a case's id or a procedure's kind: addresses that differ
# only in what they call it would be two to Django, and the second never reached.
@router.get("/cases/{name}", response=CaseWhole, summary="A case")
def show_case(request: HttpRequest, name: str) -> dict[str, Any]:
    agent = agent_of_request(request)
    return whole(selectors.get(name, agent), agent)


@router.post(
    "/cases/{name}",
    response={201: CaseWhole, 202: Received},
    summary="Open a case of this kind",
)
def open_case(
    request: HttpRequest, name: str, payload: Body[dict[str, Any]]
) -> Status[dict[str, Any]]:
    agent = agent_of_request(request)
    case = services.open_case(kind=name, payload=payload, by=agent, idempotency_key=_key(request))
    if agent.anonymous:
        return Status(202, {"case": case.id, "follow_up": visitors.code_of(case.id)})
    return Status(201, whole(selectors.get(case.id, agent), agent))


@router.post(
    "/cases/{case_id}/{step}", response={200: CaseWhole, 202: StepOut}, summary="Take a step"
)
def take_step(
    request: HttpRequest, case_id: str, step: str, given: StepIn
) -> Status[dict[str, Any]]:
    """200 with the case, or 202 with the step alone for whoever may not see the case."""
    agent = agent_of_request(request)
    done = services.do(
        case_id=case_id,
        step=step,
        by=agent,
        form=given.form,
        note=given.note,
        expected_state=given.expected_state,
        acting_for=given.acting_for,
        idempotency_key=_key(request),
    )
    found = selectors.visible(agent).filter(pk=case_id).first()
    return Status(200, whole(found, agent)) if found else Status(202, taken(done, agent))


# Without an account: the number of the case and the code that was given with it.
@router.post("/follow/{case_id}", response=CaseWhole, summary="Follow a case")
def follow_case(request: HttpRequest, case_id: str, given: FollowIn) -> dict[str, Any]:
    agent = visitors.follower(case_id, given.code)
    return whole(selectors.get(case_id, agent), agent)


@router.post("/follow/{case_id}/{step}", response=CaseWhole, summary="Go on with a followed case")
def follow_step(
    request: HttpRequest, case_id: str, step: str, given: FollowStepIn
) -> dict[str, Any]:
    agent = visitors.follower(case_id, given.code)
    services.do(
        case_id=case_id,
        step=step,
        by=agent,
        form=given.form,
        note=given.note,
        expected_state=given.expected_state,
        idempotency_key=_key(request),
    )
    return whole(selectors.get(case_id, agent), agent)


@router.get("/escalations", response=list[EscalationOut], summary="What is late, or about to be")
def list_escalations(request: HttpRequest, page: int = 1) -> list[deadlines.Escalation]:
    """For the data bureau and the audit body: the longest overdue first, a hundred a page."""
    start = PAGE * (max(1, page) - 1)
    return deadlines.escalations(agent_of_request(request), start=start, most=PAGE)


@router.get("/demands", response=list[DemandOut])
def list_demands(
    request: HttpRequest, q: str = "", state: str = "", page: int = 1
) -> list[demands.Demand]:
    """What was asked to be opened, the newest first, a hundred a page; for anybody."""
    start = PAGE * (max(1, page) - 1)
    return [demands.of(case) for case in demands.search(q, state)[start : start + PAGE]]


@router.get("/demands/{case_id}", response=DemandOut)
def show_demand(request: HttpRequest, case_id: str) -> demands.Demand:
    return demands.get(case_id)


@router.get("/registrations", response=list[RegistrationOut])
def list_registrations(request: HttpRequest, q: str = "", page: int = 1) -> list[dict[str, Any]]:
    """By query code or a part of the name; the newest first, a hundred a page."""
    start = PAGE * (max(1, page) - 1)
    return [registrations.summary(one) for one in registrations.search(q)[start : start + PAGE]]


@router.get("/registrations/in-publicity", response=list[PublicityOut])
def list_publicity(request: HttpRequest) -> list[registrations.Publicity]:
    """What anybody may object to now: take the step `object` of its case."""
    return registrations.in_publicity()


@router.get("/registrations/{code}", response=RegistrationOut)
def show_registration(request: HttpRequest, code: str) -> dict[str, Any]:
    return registrations.summary(registrations.get(code))


@router.get("/registrations/{code}/certificate", response={200: dict[str, Any], 202: None})
def show_certificate(request: HttpRequest, code: str) -> Status[Any]:
    """202 while its entry waits for a place in the log."""
    made = registrations.certificate(registrations.get(code))
    return Status(200, dict(made)) if made else Status(202, None)


def _key(request: HttpRequest) -> str:
    return request.headers.get("Idempotency-Key", "")
