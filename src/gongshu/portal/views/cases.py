"""The inbox, a case with its timeline and buttons, and opening a new one.

Buttons, forms, articles and clocks all come from the procedure's table, through the same
selectors that the API uses.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import selectors, services
from gongshu.cases.models import Case
from gongshu.grants import selectors as grants
from gongshu.jobs import selectors as jobs
from gongshu.portal import forms
from gongshu.portal.case_contents import contents, rows, state_name, step_line
from gongshu.portal.names import organisation_names
from gongshu.rules.agents import Agent, Kind
from gongshu.wording import Problem

SHOWN_NOTICES = 20
SHOWN_CASES = 100
FOLLOWED = "followed_cases"  # in the session: what a visitor has shown the code of


@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    waiting = list(selectors.inbox(agent))
    seen = list(selectors.visible(agent).order_by("-created")[:SHOWN_CASES])
    context = {
        "section": "inbox",
        "today": timezone.localdate(),
        "waiting_cases": rows(waiting, agent),
        "all_cases": rows(seen, agent),
        "names": organisation_names(case.applicant for case in (*waiting, *seen)),
        "openable": [{"kind": p.kind, "label": p.title} for p in selectors.openable(agent)],
        "notices": jobs.notices(agent)[:SHOWN_NOTICES],
        "supervises": any(agent.is_a(kind) for kind in selectors.OVERSEERS),
    }
    return render(request, "portal/inbox.html", context)


@login_required
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    agent = agent_of_request(request)
    return case_page(request, selectors.get(case_id, agent), agent=agent)


@login_required
def step(request: HttpRequest, case_id: str, name: str) -> HttpResponse:
    agent = agent_of_request(request)
    found = selectors.get(case_id, agent)
    if request.method != "POST":
        return redirect(f"/case/{case_id}")
    try:
        press(request, found, name, agent)
    except Problem as problem:
        return case_page(request, found, agent=agent, problem=problem, opened=name)
    return redirect(f"/case/{case_id}")


def press(request: HttpRequest, found: Case, name: str, agent: Agent) -> None:
    """Take the step with what the page's form says."""
    schema = next((o.form for o in selectors.available(found, agent) if o.name == name), None)
    services.do(
        case_id=found.id,
        step=name,
        by=agent,
        form=forms.answers(schema, request.POST) if schema else None,
        note=request.POST.get("_note", ""),
        expected_state=request.POST.get("_state") or None,
        idempotency_key=request.POST.get("_once", ""),
    )


def new(request: HttpRequest, kind: str) -> HttpResponse:
    """For who is logged in, and for anybody where the procedure is open to all."""
    agent = agent_of_request(request)
    procedure = selectors.procedure(kind)
    if not (agent.person or procedure.opener.public):
        return redirect_to_login(request.get_full_path())
    schema = procedure.payload.model_json_schema()
    problem = None
    if request.method == "POST":
        try:
            opened = services.open_case(
                kind=kind,
                payload=forms.answers(schema, request.POST),
                by=agent,
                idempotency_key=request.POST.get("_once", ""),
            )
        except Problem as refused:
            problem = refused
        else:
            return redirect(opened_at(request, opened))
    given = {k: str(v) for k, v in (request.POST or request.GET).items()}
    context = {
        "section": "inbox",
        "title": procedure.title,
        "basis": procedure.basis,
        "fields": forms.fields(schema, given),
        "problem": problem,
        "once": request.POST.get("_once") or uuid.uuid4().hex,
    }
    return render(request, "portal/case_new.html", context, status=422 if problem else 200)


def opened_at(request: HttpRequest, opened: Case) -> str:
    """Where whoever opened it goes on; a visitor's browser may follow it from now on."""
    if agent_of_request(request).person:
        return f"/case/{opened.id}"
    request.session[FOLLOWED] = [*request.session.get(FOLLOWED, ()), opened.id]
    return f"/follow/{opened.id}?new"


def case_page(
    request: HttpRequest,
    found: Case,
    *,
    agent: Agent,
    problem: Problem | None = None,
    opened: str = "",
    **more: Any,
) -> HttpResponse:
    procedure = selectors.procedure(found.kind)
    steps = [step_line(procedure, taken) for taken in found.steps.order_by("at", "id")]
    codes = [*found.parties.values(), *(line["organisation"] for line in steps)]
    context: dict[str, Any] = {
        "section": "inbox",
        "case": found,
        "title": procedure.title,
        "basis": procedure.basis,
        "state": state_name(procedure, found.state),
        "today": timezone.localdate(),
        "offers": [_offer(o, request.POST) for o in selectors.available(found, agent)],
        "steps": steps,
        "names": organisation_names(codes),
        "contents": contents(found, procedure, agent),
        "grants": grants.visible(agent).filter(case_id=found.id),
        "contestable": _contestable(found, agent),
        "problem": problem,
        "opened": opened,
        "once": uuid.uuid4().hex,
    }
    context |= {"base": "/case", **more}
    return render(request, "portal/case.html", context, status=422 if problem else 200)


def _contestable(found: Case, agent: Agent) -> bool:
    """Whether the reader may raise a dispute about it (Order 809, article 28)."""
    disputed = found.kind in ("sharing_request", "check_request") and found.state != "draft"
    sides = {found.parties.get("requester"), found.parties.get("provider")}
    return disputed and agent.is_a(Kind.AGENCY) and agent.organisation in sides


def _offer(offer: Any, posted: Any) -> dict[str, Any]:
    return {
        "name": offer.name,
        "label": offer.label,
        "allowed": offer.allowed,
        "reason": offer.reason,
        "article": offer.article,
        "within": offer.within,
        "fields": forms.fields(offer.form, {k: str(v) for k, v in posted.items()})
        if offer.form
        else [],
    }
