"""What waits for whoever is logged in: narrowed to what they look for, worked on together."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import inbox as desk
from gongshu.cases import selectors
from gongshu.cases.models import Case
from gongshu.jobs import selectors as jobs
from gongshu.portal.case_contents import rows
from gongshu.portal.names import acting_for, organisation_names
from gongshu.rules.agents import Agent
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Problem

PAGE = 50
SHOWN_NOTICES = 20
SHOWN_CASES = 100


@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    given = {name: request.GET.get(name, "") for name in ("kind", "due", "whose")}
    problem = None
    try:
        wanted = desk.Filter(**given)
    except Problem as unknown:
        wanted, problem = desk.Filter(), unknown
    waits = selectors.inbox(agent)
    found = desk.narrowed(waits, agent, wanted)
    page: Page[Case] = Paginator(found, PAGE).get_page(request.GET.get("page"))
    waiting = list(page)
    seen = selectors.newest(agent, SHOWN_CASES)
    context = {
        "section": "inbox",
        "today": timezone.localdate(),
        "wanted": wanted,
        "narrowed": wanted != desk.Filter(),
        "kinds": [(kind, PROCEDURES[kind].title) for kind in desk.kinds_in(waits)],
        "dues": desk.DUE.items(),
        "whoses": desk.WHOSE.items(),
        "page": page,
        "waiting_cases": rows(waiting, agent, desk.assignees(waiting, agent)),
        "together": _together(waiting, wanted, agent),
        "once": uuid.uuid4().hex,
        "all_cases": rows(seen, agent),
        "names": organisation_names(
            acting_for(case.applicant, case.opened_by) for case in (*waiting, *seen)
        ),
        "openable": [{"kind": p.kind, "label": p.title} for p in selectors.openable(agent)],
        "notices": jobs.notices(agent)[:SHOWN_NOTICES],
        "supervises": any(agent.is_a(kind) for kind in selectors.OVERSEERS),
        "problem": problem,
    }
    return render(request, "portal/inbox.html", context, status=422 if problem else 200)


def _together(waiting: list[Case], wanted: desk.Filter, agent: Agent) -> list[tuple[str, Any]]:
    """The steps that may be taken of several of these cases; for one procedure only."""
    if not wanted.kind or len(waiting) < 2:
        return []
    return [(row.name, row.label) for row in desk.bulk_steps(waiting, agent)]


@login_required
def steps(request: HttpRequest) -> HttpResponse:
    """One step of the chosen cases; then what came of each."""
    agent = agent_of_request(request)
    if request.method != "POST":
        return redirect("/inbox")
    kind = request.POST.get("kind", "")
    context: dict[str, Any] = {"section": "inbox", "kind": kind}
    try:
        done = desk.take_together(
            cases=request.POST.getlist("case"),
            step=request.POST.get("step", ""),
            note=request.POST.get("note", ""),
            by=agent,
            idempotency_key=request.POST.get("_once", ""),
        )
    except Problem as problem:
        context |= {"problem": problem, "lines": []}
        return render(request, "portal/inbox_done.html", context, status=422)
    context |= _what_came(done, kind, request.POST.get("step", ""), agent)
    return render(request, "portal/inbox_done.html", context)


def _what_came(done: list[desk.Outcome], kind: str, step: str, agent: Agent) -> dict[str, Any]:
    found = selectors.visible(agent).filter(pk__in=[one.case for one in done])
    by_id = {line["case"].id: line for line in rows(list(found), agent)}
    kinds = {line["case"].kind for line in by_id.values()}
    row = PROCEDURES[kinds.pop()].step(step) if len(kinds) == 1 else None
    return {
        "kind": kind,
        "label": row.label if row else step,
        "lines": [{"one": one, "row": by_id.get(one.case)} for one in done],
        "how_many": sum(one.done for one in done),
    }
