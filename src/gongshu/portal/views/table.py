"""The rows of an open dataset: filter, sort, page, describe a column; also as API, SQL and curl."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import selectors
from gongshu.catalog.browsing import browsed
from gongshu.catalog.models import Dataset, Version
from gongshu.portal.downloads import FORMATS, view_response
from gongshu.portal.tables import heads
from gongshu.rules.agents import Agent
from gongshu.rules.problems import not_found
from gongshu.wording import Problem

if TYPE_CHECKING:
    from gongshu.data.browsing import Browser, View

ROWS = 25
COUNTING_SECONDS = 20.0
LAST_PAGE = 10**9


def table(request: HttpRequest, code: str) -> HttpResponse:
    agent = agent_of_request(request)
    found, version, browser = _opened(request, code, agent)
    if request.GET.get("c"):
        return _with_condition(request, found)
    view, problem = _view(request, browser)
    page = _page(request)
    rows = None
    if problem is None:
        try:
            rows = browser.page(view, limit=ROWS + 1, offset=(page - 1) * ROWS)
        except Problem as told:
            problem = told
    context = _shown(request, found, version, browser, view) | {"problem": problem, "page": page}
    if rows is not None:
        shown = rows.slice(0, ROWS)
        context |= {
            "rows": list(zip(*(column.to_pylist() for column in shown.columns), strict=True)),
            "first": (page - 1) * ROWS + 1,
            "last": (page - 1) * ROWS + shown.num_rows,
            "more": rows.num_rows > ROWS,
        }
    return render(request, "portal/table.html", context, status=200 if problem is None else 422)


def count(request: HttpRequest, code: str) -> HttpResponse:
    """How many rows fit: a line that the page fetches after the rows are there."""
    _, _, browser = _opened(request, code, agent_of_request(request))
    view, problem = _view(request, browser)
    found = None if problem else browser.count(view, seconds=COUNTING_SECONDS)
    context = {"found": found, "of": browser.rows, "problem": problem, "narrowed": view.conditions}
    return render(request, "portal/_table_count.html", context)


def column(request: HttpRequest, code: str) -> HttpResponse:
    """What one column holds, over the rows that fit."""
    agent = agent_of_request(request)
    found, version, browser = _opened(request, code, agent)
    view, problem = _view(request, browser)
    name = request.GET.get("name", "")
    if name not in browser.schema.names:
        raise not_found()
    context: dict[str, Any] = {"dataset": found, "version": version, "name": name, "view": view}
    try:
        statistics = browser.statistics(view, name) if problem is None else None
    except Problem as told:
        problem, statistics = told, None
    if statistics is not None:
        most = max((n for _, n in statistics.common), default=0)
        tallest = max((bar.count for bar in statistics.bars), default=0)
        context |= {"statistics": statistics, "most": most, "tallest": tallest}
    whole = not request.headers.get("HX-Request")
    template = "portal/table_column.html" if whole else "portal/_table_column.html"
    return render(request, template, context | {"problem": problem})


def download(request: HttpRequest, code: str, extension: str) -> HttpResponseBase:
    """The open dataset, or what a view chooses of it; nobody reaches a protected one this way."""
    if extension not in FORMATS:
        raise not_found()
    _, version, browser = _opened(request, code, agent_of_request(request))
    view, problem = _view(request, browser)
    if problem is not None:
        raise problem
    return view_response(browser, view, name=f"{code}.v{version.number}.{extension}")


def _opened(request: HttpRequest, code: str, agent: Agent) -> tuple[Dataset, Version, Browser]:
    found = selectors.get(code, agent)
    if not selectors.may_download(found, agent):
        raise not_found()
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 9 else None
    return found, *browsed(found, agent, number)


def _view(request: HttpRequest, browser: Browser) -> tuple[View, Problem | None]:
    """The view of the address; where it cannot be read, the whole table and why."""
    from gongshu.data.browsing import View, read_view

    asked = request.GET
    where, sort, columns = (asked.getlist(name) for name in ("where", "sort", "column"))
    try:
        return read_view(browser.schema, where=where, sort=sort, columns=columns), None
    except Problem as problem:
        return View(), problem


def _with_condition(request: HttpRequest, found: Dataset) -> HttpResponse:
    """The form's three fields as one more condition of the address."""
    from gongshu.data.browsing.conditions import WITHOUT_VALUE

    asked = request.GET.copy()
    name, operator, value = (asked.pop(field, [""])[0] for field in ("c", "o", "v"))
    parts = [name, operator] if operator in WITHOUT_VALUE else [name, operator, value]
    asked.appendlist("where", ":".join(parts))
    asked.pop("page", None)
    return HttpResponseRedirect(f"/dataset/{found.code}/table?{asked.urlencode()}")


def _page(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return min(max(int(asked), 1), LAST_PAGE) if asked.isdecimal() and len(asked) < 12 else 1


def _shown(
    request: HttpRequest, found: Dataset, version: Version, browser: Browser, view: View
) -> dict[str, Any]:
    from gongshu.data.browsing import OPERATORS

    path = f"/dataset/{found.code}/table"
    sorting = {key.column: key.down for key in view.order}
    chosen = set(view.columns or browser.schema.names)
    return {
        "section": "search",
        "dataset": found,
        "version": version,
        "view": view,
        "path": path,
        "heads": [
            (head, sorting.get(head.name), _sorted(view, head.name))
            for head in heads(browser.schema)
            if head.name in chosen
        ],
        "columns": browser.schema.names,
        "operators": OPERATORS.items(),
        "conditions": [
            (one, OPERATORS[one.operator], view.without(one).query) for one in view.conditions
        ],
        "formats": FORMATS,
        "elsewhere": _elsewhere(request, found, view),
    }


def _sorted(view: View, name: str) -> str:
    """A click on a head: upwards, then downwards, then not at all."""
    from gongshu.data.browsing import Key

    now = next((key for key in view.order if key.column == name), None)
    if now is None:
        return view.sorted_by(Key(name)).query
    return view.sorted_by(*([] if now.down else [Key(name, down=True)])).query


def _elsewhere(request: HttpRequest, found: Dataset, view: View) -> dict[str, str]:
    """The view as an address, an API call, SQL for any DuckDB, and a line for curl."""
    here = request.build_absolute_uri("/").rstrip("/")
    asked = f"?{view.query}" if view.query else ""
    rows = f"{here}/api/datasets/{found.code}/rows{asked}"
    file = f"{here}/dataset/{found.code}/download.parquet"
    return {
        "address": f"{here}/dataset/{found.code}/table{asked}",
        "api": f"GET {rows}",
        "sql": view.sql(f"read_parquet('{file}')"),
        "curl": f"curl -H 'Accept: text/csv' {shlex.quote(rows)}",
    }
