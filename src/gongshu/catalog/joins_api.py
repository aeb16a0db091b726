"""GET /api/datasets/{code}/joinable: what its columns can be joined with."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import joins, selectors

router = Router(tags=["catalogue"])


class ShareOut(Schema):
    share: float
    low: float
    high: float


class JoinableOut(Schema):
    dataset: str
    column: str
    contained: ShareOut
    contains: ShareOut
    likely: bool


class ColumnJoinsOut(Schema):
    column: str
    joinable: list[JoinableOut]


class JoinsOut(Schema):
    dataset: str
    columns: list[ColumnJoinsOut]


@router.get(
    "/datasets/{code}/joinable",
    response=JoinsOut,
    summary="Columns of other datasets that hold the same values",
)
def joinable(request: HttpRequest, code: str, column: str = "") -> dict[str, Any]:
    """Estimates, with the interval in which the truth lies 99 times in 100.

    Between open datasets for everybody; of protected data for its provider and the bureau.
    """
    agent = agent_of_request(request)
    return as_dict(code, joins.joinable(selectors.get(code, agent), agent, column))


def as_dict(code: str, found: list[joins.ColumnJoins]) -> dict[str, Any]:
    return {
        "dataset": code,
        "columns": [
            {"column": one.column, "joinable": [j.as_dict() for j in one.found]} for one in found
        ],
    }
