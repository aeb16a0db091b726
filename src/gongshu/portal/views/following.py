"""What one follows: datasets, and searches kept by name."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import following as follows
from gongshu.catalog import saved, selectors
from gongshu.catalog.search import FACETS
from gongshu.wording import Problem

HERE = "/account/following"


@login_required
def following(request: HttpRequest) -> HttpResponse:
    return _page(request)


@login_required
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """Follow it, or no longer; for oneself, or for the whole organisation."""
    if request.method != "POST":
        return redirect(f"/dataset/{code}")
    agent = agent_of_request(request)
    dataset = selectors.get(code, agent)
    whole = request.POST.get("whole") == "yes"
    try:
        if request.POST.get("do") == "end":
            follows.unfollow(dataset=dataset, by=agent, whole=whole)
            said = gettext("You are told no more when these data change.")
        else:
            follows.follow(dataset=dataset, by=agent, whole=whole)
            said = gettext("You are told when these data change.")
    except Problem as problem:
        messages.error(request, str(problem.sentence), extra_tags="bad")
    else:
        messages.success(request, said, extra_tags="good")
    to = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(to, {request.get_host()})
    return redirect(to if own else f"/dataset/{code}")


@login_required
def save(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect(HERE)
    query = request.POST.get("q", "")
    chosen = {name: request.POST.getlist(name) for name in FACETS}
    try:
        saved.save(
            name=request.POST.get("name", "") or query,
            query=query,
            filters=chosen,
            daily=request.POST.get("daily") == "yes",
            by=agent_of_request(request),
        )
    except Problem as problem:
        return _page(request, problem)
    messages.success(request, gettext("The search is saved."), extra_tags="good")
    return redirect(HERE)


@login_required
def forget(request: HttpRequest, number: int) -> HttpResponse:
    if request.method == "POST":
        saved.forget(number=number, by=agent_of_request(request))
        messages.success(request, gettext("The search is no longer saved."), extra_tags="good")
    return redirect(HERE)


def _page(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    agent = agent_of_request(request)
    context = {
        "problem": problem,
        "followed": follows.mine(agent),
        "searches": [(row, saved.address(row)) for row in saved.mine(agent)],
        "here": HERE,
    }
    return render(request, "portal/following.html", context, status=422 if problem else 200)
