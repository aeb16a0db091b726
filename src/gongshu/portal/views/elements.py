"""Data elements: which datum is held where, its one source, and how often copies differ."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import element_selectors, elements, selectors
from gongshu.catalog.element_selectors import Candidate
from gongshu.catalog.models import DataElement, Role
from gongshu.portal.names import organisation_names
from gongshu.portal.views.related import shown
from gongshu.rules.agents import Agent, Kind, Rank
from gongshu.wording import Problem

PAGE = 50


def listing(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    problem = None
    if request.method == "POST":
        said = {name: request.POST.get(name, "") for name in elements.SAID}
        try:
            made = elements.describe_element(by=agent, element=None, **said)
        except Problem as refused:
            problem = refused
        else:
            return redirect(f"/element/{made.pk}")
    q = request.GET.get("q", "").strip()[:200]
    bureau = agent.is_a(Kind.BUREAU)
    context = {
        "section": "elements",
        "q": q,
        "elements": Paginator(element_selectors.elements(agent, q), PAGE).get_page(
            request.GET.get("page")
        ),
        "several": element_selectors.held_by_several(agent) if bureau and not q else [],
        "bureau": bureau,
        "problem": problem,
    }
    return render(request, "portal/elements.html", context, status=422 if problem else 200)


def element(request: HttpRequest, number: str) -> HttpResponse:
    agent = agent_of_request(request)
    found = element_selectors.get(number)
    problem = None
    if request.method == "POST":
        try:
            _act(request, found, agent)
        except Problem as refused:
            problem = refused
        else:
            return redirect(f"/element/{found.pk}")
    held = element_selectors.columns(found, agent)
    source = next((f for f in held if f.role == Role.SOURCE), None)
    beside = source or (held[0] if held else None)
    guesses = (
        element_selectors.candidates(beside.dataset, beside.column, agent)
        if beside and agent.is_a(Kind.BUREAU)
        else []
    )
    context = {
        "section": "elements",
        "element": found,
        "lines": [
            {"held": f, "compared": element_selectors.comparison(f, source, agent)} for f in held
        ],
        "candidates": [_guess(one) for one in guesses],
        "names": organisation_names(f.dataset.provider.code for f in held),
        "bureau": agent.is_a(Kind.BUREAU),
        "head": agent.is_a(Kind.BUREAU) and agent.rank == Rank.HEAD,
        "problem": problem,
    }
    return render(request, "portal/element.html", context, status=422 if problem else 200)


def _act(request: HttpRequest, found: DataElement, agent: Agent) -> None:
    """`place` is a dataset's code and a column's name, with a point between."""
    domain, _, rest = request.POST.get("place", "").strip().partition(".")
    name, _, column = rest.partition(".")
    dataset = selectors.get(f"{domain}.{name}", agent)
    act = elements.name_source if request.POST.get("act") == "source" else elements.add_column
    act(element=found, dataset=dataset, column=column, by=agent)


def _guess(one: Candidate) -> dict[str, Any]:
    return {"one": one, "into": shown(one.into) if one.into else None}
