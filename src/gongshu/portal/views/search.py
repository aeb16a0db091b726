"""The search page, what it suggests while one types, and the same search as a feed and a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import feeds
from gongshu.catalog import search as catalog_search
from gongshu.catalog.search import BY_PARTS, BY_SOUND, FACETS, RELEVANCE, SORTS
from gongshu.catalog.suggest import suggest as suggested
from gongshu.rules.agents import Agent
from gongshu.wording import Problem

OPEN_FACETS = 8  # values of a facet that are shown before "more"
FEED_MAY_BE_KEPT = "max-age=600"


def search(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    q, chosen, sort = _asked(request.GET)
    page = _positive(request.GET.get("page"))
    problem = None
    try:
        results = catalog_search.search(q, agent=agent, filters=chosen, page=page, sort=sort)
    except Problem as refused:  # an order that there is not
        problem = refused
        results = catalog_search.search(q, agent=agent, filters=chosen, page=page)
    context: dict[str, Any] = {
        "section": "search",
        "q": q,
        "chosen": chosen,
        "results": results,
        "sorts": [RELEVANCE, *SORTS] if q else list(SORTS),
        "shown_values": OPEN_FACETS,
        "by_parts": results.found_by == BY_PARTS,
        "by_sound": results.found_by == BY_SOUND,
        "asked": urlencode({"q": q, **chosen, "sort": sort}, doseq=True),
        "may_save": bool(agent.person and agent.organisation and (q or chosen)),
        "demand": urlencode({"title": q}),
        "problem": problem,
    }
    return render(request, "portal/search.html", context, status=422 if problem else 200)


def suggest(request: HttpRequest) -> HttpResponse:
    """The list under the field; nothing of what is hidden is ever in it."""
    context = {"suggestions": suggested(request.GET.get("q", ""))}
    return render(request, "portal/_suggestions.html", context)


def feed(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    q, chosen, sort = _asked(request.GET)
    site = _site(request)
    text = feeds.atom(
        _every(q, chosen, sort or "newest", agent, feeds.MOST_IN_FEED),
        title=f"{gettext('Gongshu')} · {q or gettext('Catalogue')}",
        here=f"{site}{request.get_full_path()}",
        site=site,
    )
    response = HttpResponse(text, content_type="application/atom+xml; charset=utf-8")
    response["Cache-Control"] = f"{'private' if agent.person else 'public'}, {FEED_MAY_BE_KEPT}"
    return response


def file(request: HttpRequest) -> StreamingHttpResponse:
    agent = agent_of_request(request)
    q, chosen, sort = _asked(request.GET)
    found = _every(q, chosen, sort, agent, feeds.MOST_IN_FILE)
    lines = feeds.csv_lines(found, site=_site(request))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="datasets.csv"'
    return response


def _every(q: str, chosen: dict[str, list[str]], sort: str, agent: Agent, most: int) -> Any:
    """An order that there is not is no reason for a reader of feeds to get a page."""
    known = sort if sort in (RELEVANCE, *SORTS) else ""
    return catalog_search.every_hit(q, agent=agent, filters=chosen, sort=known, most=most)


def _asked(get: QueryDict) -> tuple[str, dict[str, list[str]], str]:
    chosen = {name: [v for v in get.getlist(name) if v] for name in FACETS}
    words, sort = get.get("q", "").strip(), get.get("sort", "")
    return words, {name: values for name, values in chosen.items() if values}, sort


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _positive(text: str | None) -> int:
    return max(1, int(text)) if text and text.isdecimal() and len(text) < 6 else 1
