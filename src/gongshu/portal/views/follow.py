"""A case followed without an account: by its number and the code that was given with it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from gongshu.cases import selectors, visitors
from gongshu.portal.views.cases import FOLLOWED, case_page, press
from gongshu.rules.agents import Agent
from gongshu.wording import Problem


def ask(request: HttpRequest) -> HttpResponse:
    problem = None
    case_id = request.POST.get("case", request.GET.get("case", "")).strip().upper()
    if request.method == "POST":
        try:
            visitors.follower(case_id, request.POST.get("code", ""))
        except Problem as refused:
            problem = refused
        else:
            request.session[FOLLOWED] = [*request.session.get(FOLLOWED, ()), case_id]
            return redirect(f"/follow/{case_id}")
    context = {"case_id": case_id, "problem": problem}
    return render(request, "portal/follow.html", context, status=422 if problem else 200)


def case(request: HttpRequest, case_id: str) -> HttpResponse:
    agent = follower(request, case_id)
    if agent is None:
        return redirect(f"/follow?case={case_id}")
    found = selectors.get(case_id, agent)
    code = visitors.code_of(case_id) if "new" in request.GET else ""
    return case_page(request, found, agent=agent, base="/follow", follow_up=code)


def step(request: HttpRequest, case_id: str, name: str) -> HttpResponse:
    agent = follower(request, case_id)
    if agent is None or request.method != "POST":
        return redirect(f"/follow/{case_id}")
    found = selectors.get(case_id, agent)
    try:
        press(request, found, name, agent)
    except Problem as problem:
        return case_page(request, found, agent=agent, problem=problem, opened=name, base="/follow")
    return redirect(f"/follow/{case_id}")


def follower(request: HttpRequest, case_id: str) -> Agent | None:
    """This browser has shown the code, or opened the case itself."""
    if case_id not in request.session.get(FOLLOWED, ()):
        return None
    return visitors.follower(case_id, visitors.code_of(case_id))
