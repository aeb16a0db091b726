"""A case with its timeline and buttons, and opening a new one.

Buttons, forms, articles and clocks all come from the procedure's table, through the same
selectors that the API uses.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import desk, files, selectors, services
from gongshu.cases.models import Case
from gongshu.grants import selectors as grants
from gongshu.portal import case_files, forms, linkage
from gongshu.portal.case_contents import contents, state_name, step_line
from gongshu.portal.names import organisation_names
from gongshu.rules.agents import Agent, Kind
from gongshu.wording import Problem

FOLLOWED = "followed_cases"  # in the session: what a visitor has shown the code of


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
    acting_for = request.POST.get("_for", "")
    schema = next(
        (
            offer.form
            for offer in selectors.available(found, agent)
            if (offer.name, offer.acting_for) == (name, acting_for)
        ),
        None,
    )
    posted, problem = case_files.with_files(request, schema, agent)
    request.POST = posted  # type: ignore[assignment]  # what the page shows again if something is wrong
    if problem:
        raise problem
    services.do(
        case_id=found.id,
        step=name,
        by=agent,
        form=forms.answers(schema, posted) if schema else None,
        note=posted.get("_note", ""),
        expected_state=posted.get("_state") or None,
        acting_for=acting_for,
        idempotency_key=posted.get("_once", ""),
    )


def new(request: HttpRequest, kind: str) -> HttpResponse:
    """For who is logged in, and for anybody where the procedure is open to all."""
    agent = agent_of_request(request)
    procedure = selectors.procedure(kind)
    if not (agent.person or procedure.opener.public):
        return redirect_to_login(request.get_full_path())
    schema = procedure.payload.model_json_schema()
    posted, problem = case_files.with_files(request, schema, agent)
    if request.method == "POST" and not problem:
        try:
            opened = services.open_case(
                kind=kind,
                payload=forms.answers(schema, posted),
                by=agent,
                idempotency_key=request.POST.get("_once", ""),
            )
        except Problem as refused:
            problem = refused
        else:
            return redirect(opened_at(request, opened))
    context = {
        "section": "inbox",
        "title": procedure.title,
        "basis": procedure.basis,
        "fields": case_files.fields(posted or request.GET, schema, agent),
        "accepted": case_files.accepted(),
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
    steps = [step_line(procedure, taken, agent) for taken in found.steps.order_by("at", "id")]
    around = _around(found, agent)
    said_by = (one["organisation"] for one in (*around["files"], *around["comments"]))
    codes = [*found.parties.values(), *(line["organisation"] for line in steps), *said_by]
    context: dict[str, Any] = {
        "section": "inbox",
        "case": found,
        "title": procedure.title,
        "basis": procedure.basis,
        "state": state_name(procedure, found.state),
        "today": timezone.localdate(),
        "offers": [_offer(o, request.POST, agent) for o in selectors.available(found, agent)],
        "steps": steps,
        "names": organisation_names(codes),
        "contents": contents(found, procedure, agent),
        "grants": grants.visible(agent).filter(case_id=found.id),
        "linkage": linkage.of_case(found, agent),
        "contestable": _contestable(found, agent),
        "problem": problem,
        "opened": opened,
        "once": uuid.uuid4().hex,
    }
    context |= {"base": "/case", **around, **more}
    return render(request, "portal/case.html", context, status=422 if problem else 200)


def _contestable(found: Case, agent: Agent) -> bool:
    """Whether the reader may raise a dispute about it (Order 809, article 28)."""
    disputed = found.kind in ("sharing_request", "check_request") and found.state != "draft"
    sides = {found.parties.get("requester"), found.parties.get("provider")}
    return disputed and agent.is_a(Kind.AGENCY) and agent.organisation in sides


def _around(found: Case, agent: Agent) -> dict[str, Any]:
    """What colleagues and the other side have put beside the case, and who works on it."""
    comments = [
        {
            "row": row,
            "organisation": row.organisation,
            "person": selectors.person_shown(row.person, row.organisation, agent),
        }
        for row in desk.comments(found, agent)
    ]
    attached = [
        {
            "row": row,
            "organisation": row.organisation,
            "person": selectors.person_shown(row.person, row.organisation, agent),
        }
        for row in files.visible(found, agent)
    ]
    return {
        "files": attached,
        "accepted": case_files.accepted(),
        "file_types": ", ".join(settings.FILE_TYPES),
        "file_limit": settings.FILE_LIMIT,
        "comments": comments,
        "assignee": desk.assignee(found, agent),
        "colleagues": desk.colleagues(agent),
    }


def _offer(offer: Any, posted: Any, agent: Agent) -> dict[str, Any]:
    return {
        "name": offer.name,
        "label": offer.label,
        "allowed": offer.allowed,
        "reason": offer.reason,
        "article": offer.article,
        "within": offer.within,
        "acting_for": offer.acting_for,
        "fields": case_files.fields(posted, offer.form, agent) if offer.form else [],
    }
