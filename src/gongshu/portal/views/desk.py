"""Beside the steps of a case: its files, comments, and who works on it.

The same pages serve whoever is logged in (/case/…) and whoever follows a case by its code
(/follow/…); each answers on the case's page, at the part that it is about.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import desk, selectors
from gongshu.cases import files as case_files
from gongshu.cases.bodies import no_file
from gongshu.cases.downloads import of_file
from gongshu.portal.views.cases import case_page
from gongshu.portal.views.follow import follower
from gongshu.rules.agents import Agent
from gongshu.wording import Problem

Act = Callable[[HttpRequest, str, Agent], None]


@login_required
def file(request: HttpRequest, case_id: str, digest: str) -> FileResponse:
    return of_file(*case_files.get(case_id, digest, agent_of_request(request)))


@login_required
def files(request: HttpRequest, case_id: str) -> HttpResponse:
    return _done(request, case_id, agent_of_request(request), _attach, "/case", "files")


@login_required
def comments(request: HttpRequest, case_id: str) -> HttpResponse:
    return _done(request, case_id, agent_of_request(request), _comment, "/case", "comments")


@login_required
def assignee(request: HttpRequest, case_id: str) -> HttpResponse:
    return _done(request, case_id, agent_of_request(request), _hand_over, "/case", "assignee")


def followed_file(request: HttpRequest, case_id: str, digest: str) -> HttpResponse | FileResponse:
    agent = follower(request, case_id)
    if agent is None:
        return redirect(f"/follow?case={case_id}")
    return of_file(*case_files.get(case_id, digest, agent))


def followed_files(request: HttpRequest, case_id: str) -> HttpResponse:
    return _done(request, case_id, follower(request, case_id), _attach, "/follow", "files")


def followed_comments(request: HttpRequest, case_id: str) -> HttpResponse:
    return _done(request, case_id, follower(request, case_id), _comment, "/follow", "comments")


def _done(
    request: HttpRequest, case_id: str, agent: Agent | None, act: Act, base: str, part: str
) -> HttpResponse:
    if agent is None:
        return redirect(f"/follow?case={case_id}")
    found = selectors.get(case_id, agent)
    if request.method == "POST":
        try:
            act(request, case_id, agent)
        except Problem as problem:
            return case_page(request, found, agent=agent, problem=problem, base=base, wrong=part)
    return redirect(f"{base}/{case_id}#{part}")


def _attach(request: HttpRequest, case_id: str, agent: Agent) -> None:
    sent = request.FILES.getlist("file")
    if not sent:
        raise no_file()
    for one in sent:
        case_files.require_size(one.size or 0)
        case_files.attach(case_id=case_id, name=one.name or "", pieces=one.chunks(), by=agent)


def _comment(request: HttpRequest, case_id: str, agent: Agent) -> None:
    scope = "internal" if request.POST.get("internal") else "case"
    desk.comment(case_id=case_id, text=request.POST.get("text", ""), scope=scope, by=agent)


def _hand_over(request: HttpRequest, case_id: str, agent: Agent) -> None:
    desk.hand_over(
        case_id=case_id,
        to=request.POST.get("to", ""),
        expected=request.POST.get("expected", ""),
        by=agent,
    )
