"""The rows of open data over HTTP.

    GET /api/datasets/{code}/rows?where=income:ge:1000&sort=-income&limit=100&offset=0
    GET /api/datasets/{code}/rows/count?where=…
    GET /api/datasets/{code}/columns/{name}/statistics?where=…

Rows come as JSON, CSV, Parquet or Arrow, as `Accept` asks; without a `limit`, as JSON by the
hundred and in the other forms all of them, in a stream.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema
from pydantic import Field

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import selectors
from gongshu.catalog.browsing import browsed

router = Router(tags=["rows"])
FIRST, MOST = 100, 10_000
COUNTING_SECONDS = 20.0


class ViewQuery(Schema):
    """Conditions are `column:operator:value`; `-column` sorts downwards."""

    where: list[str] = Field(default_factory=list)
    sort: list[str] = Field(default_factory=list)
    column: list[str] = Field(default_factory=list)
    version: Annotated[int, Field(ge=1)] | None = None


class RowsQuery(ViewQuery):
    limit: Annotated[int, Field(ge=1, le=MOST)] | None = None
    offset: Annotated[int, Field(ge=0, le=1 << 40)] = 0


class CountOut(Schema):
    rows: int | None = Field(description="null: it took too long to count")
    of: int
    version: int


class CommonOut(Schema):
    value: Any
    count: int


class BarOut(Schema):
    low: float
    count: int


class StatisticsOut(Schema):
    column: str
    rows: int
    empty: int
    distinct: int = Field(description="an estimate")
    low: Any
    high: Any
    mean: float | None
    common: list[CommonOut]
    bars: list[BarOut]


@router.get("/datasets/{code}/rows", summary="Rows of open data")
def rows(request: HttpRequest, code: str, asked: Query[RowsQuery]) -> HttpResponseBase:
    """Those that fit all conditions, sorted; without an order, as they stand in the table."""
    from gongshu.data.formats import JSON, answer_json, wanted  # here: it loads Arrow

    version, browser, view = _opened(request, code, asked)
    form = wanted(request.headers.get("Accept", ""))
    if asked.limit is None and form is not JSON:
        return streamed(form.write(browser.stream(view)), form.media_type)
    limit = asked.limit or FIRST
    table = browser.page(view, limit=limit, offset=asked.offset)
    if form is not JSON:
        return streamed(form.write(table), form.media_type)
    facts = {
        "dataset": code,
        "version": version.number,
        "offset": asked.offset,
        "next": asked.offset + limit if table.num_rows == limit else None,
    }
    return HttpResponse(b"".join(answer_json(table, facts)), content_type=form.media_type)


@router.get("/datasets/{code}/rows/count", response=CountOut, summary="How many rows fit")
def count(request: HttpRequest, code: str, asked: Query[ViewQuery]) -> dict[str, Any]:
    version, browser, view = _opened(request, code, asked)
    found = browser.count(view, seconds=COUNTING_SECONDS)
    return {"rows": found, "of": browser.rows, "version": version.number}


@router.get(
    "/datasets/{code}/columns/{name}/statistics",
    response=StatisticsOut,
    summary="What a column holds",
)
def statistics(
    request: HttpRequest, code: str, name: str, asked: Query[ViewQuery]
) -> dict[str, Any]:
    """Over the rows that fit the conditions."""
    from gongshu.data.browsing import require_column
    from gongshu.data.formats import json_value

    _, browser, view = _opened(request, code, asked)
    require_column(name, browser.schema)
    found = browser.statistics(view, name)
    common = [{"value": json_value(value), "count": n} for value, n in found.common]
    plain = {"low": json_value(found.low), "high": json_value(found.high), "common": common}
    return asdict(found) | plain


def streamed(pieces: Any, media_type: str) -> StreamingHttpResponse:
    """Closed with the connection: whoever hangs up ends the reading, too."""
    return StreamingHttpResponse(pieces, content_type=media_type)


def _opened(request: HttpRequest, code: str, asked: ViewQuery) -> tuple[Any, Any, Any]:
    from gongshu.data.browsing import read_view

    agent = agent_of_request(request)
    version, browser = browsed(selectors.get(code, agent), agent, asked.version)
    view = read_view(browser.schema, where=asked.where, sort=asked.sort, columns=asked.column)
    return version, browser, view
