"""One's own account: who acts for me while I am away, and for whom I act."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import delegations, desk
from gongshu.cases.models import Delegation
from gongshu.rules import lending
from gongshu.rules.agents import Agent, Rank
from gongshu.rules.problems import BadInput
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Problem, Sentence


@login_required
def account(request: HttpRequest) -> HttpResponse:
    return _page(request, agent_of_request(request))


@login_required
def give(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    if request.method == "POST":
        try:
            delegations.give(
                to=request.POST.get("to", ""),
                procedures=request.POST.getlist("procedures"),
                since=_day(request, "since"),
                until=_day(request, "until"),
                reason=request.POST.get("reason", ""),
                by=agent,
            )
        except Problem as problem:
            return _page(request, agent, problem)
        messages.success(request, gettext("The delegation is given."))
    return redirect("/account")


@login_required
def end(request: HttpRequest, number: int) -> HttpResponse:
    agent = agent_of_request(request)
    if request.method == "POST":
        try:
            delegations.end(number=number, by=agent)
        except Problem as problem:
            return _page(request, agent, problem)
        messages.success(request, gettext("The delegation has ended."))
    return redirect("/account")


def _page(request: HttpRequest, agent: Agent, problem: Problem | None = None) -> HttpResponse:
    lines = [_line(row, agent) for row in delegations.visible(agent)[:100]]
    colleagues = [one for one in desk.colleagues(agent) if one.rank != Rank.HEAD]
    context: dict[str, Any] = {
        "lines": lines,
        "may_lend": agent.rank == Rank.HEAD and bool(agent.organisation),
        "colleagues": colleagues,
        "procedures": [(kind, PROCEDURES[kind].title) for kind in _lendable(agent)],
        "longest": lending.LONGEST_DAYS,
        "today": timezone.localdate(),
        "given": request.POST,
        "chosen": request.POST.getlist("procedures"),
        "problem": problem,
    }
    return render(request, "portal/account.html", context, status=422 if problem else 200)


def _line(row: Delegation, agent: Agent) -> dict[str, Any]:
    today = timezone.localdate()
    own = agent.person in (row.delegator.username, row.delegate.username)
    over = row.ended is not None or row.until < today
    return {
        "row": row,
        "procedures": [PROCEDURES[kind].title for kind in row.procedures if kind in PROCEDURES],
        "state": "ended" if over else "coming" if row.since > today else "in_force",
        "may_end": own and not over,
    }


def _lendable(agent: Agent) -> list[str]:
    """The procedures in which a head of this organisation has something to lend."""
    return [
        kind
        for kind, procedure in PROCEDURES.items()
        if any(
            lending.lendable(row) and (not row.by.kind or row.by.kind in agent.kinds)
            for row in procedure.steps
        )
    ]


def _day(request: HttpRequest, name: str) -> date:
    try:
        found = parse_date(request.POST.get(name, ""))
    except ValueError:
        found = None
    if found is None:
        raise BadInput(
            "not_a_day",
            Sentence(en="This is not a date (2026-12-01).", zh="日期格式不正确（如 2026-12-01）。"),
            field=name,
        )
    return found
