"""What a dataset can be joined with, column by column, and the data elements it holds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import element_selectors, joins, selectors
from gongshu.data.sketches import Estimate

WIDTH = 90  # pixels of a whole bar


def related(request: HttpRequest, code: str) -> HttpResponse:
    agent = agent_of_request(request)
    dataset = selectors.get(code, agent)
    language = get_language() or "zh"
    held = element_selectors.of_dataset(dataset)
    context = {
        "section": "search",
        "dataset": dataset,
        "told": joins.may_compare(dataset, dataset, agent),
        "elements": held,
        "sources": element_selectors.sources_of(held, agent),
        "columns": [
            {
                "name": one.column,
                "title": _title(one, language),
                "found": [_line(joinable, language) for joinable in one.found],
            }
            for one in joins.joinable(dataset, agent)
        ],
    }
    return render(request, "portal/related.html", context)


def _line(found: joins.Joinable, language: str) -> dict[str, Any]:
    return {
        "dataset": found.dataset,
        "title": found.dataset.title(language),
        "provider": found.dataset.provider.code,
        "column": found.column,
        "column_title": _title(found, language),
        "into": shown(found.into),
        "back": shown(found.back),
        "likely": found.likely,
    }


def _title(one: joins.ColumnJoins | joins.Joinable, language: str) -> str:
    zh, en = one.title_zh, one.title_en
    return (zh or en) if language.startswith("zh") else (en or zh)


def shown(estimate: Estimate) -> dict[str, Any]:
    """A share as a bar, in words, and with its interval."""
    low, high = (round(100 * n) for n in (estimate.low, estimate.high))
    return {
        "percent": round(100 * estimate.share),
        "width": round(WIDTH * estimate.share),
        "words": in_words(estimate),
        "interval": "" if estimate.exact else f"{low}–{high}%",
    }


def in_words(estimate: Estimate) -> str:
    if estimate.share >= 0.995:
        return gettext("all of them")
    if estimate.share >= 0.9:
        return gettext("nearly all")
    if estimate.share >= 0.6:
        return gettext("most")
    if estimate.share >= 0.4:
        return gettext("about half")
    if estimate.share >= 0.1:
        return gettext("some")
    return gettext("few")
