"""The quality of datasets over HTTP (GB/T 36344).

GET  /api/datasets/{code}/quality          score, indicators, history, freshness
GET  /api/datasets/{code}/rules            what must hold, for whoever may see the data in full
PUT  /api/datasets/{code}/rules            all of the rules anew
GET  /api/datasets/{code}/contradictions   same key, other value, in another dataset
GET  /api/quality                          worst first, what is late, per agency
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body, Query, Router, Schema
from pydantic import Field

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import quality, selectors
from gongshu.catalog.api import _writer
from gongshu.catalog.contradictions import contradictions
from gongshu.catalog.quality_overview import overview
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

router = Router(tags=["catalogue"])
VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class HistoryOut(Schema):
    version: int
    date: datetime
    made: datetime
    score: float | None


class FreshnessOut(Schema):
    cycle: str
    last: str | None
    due: str | None
    late_since: str | None
    in_time: int
    missed: int
    share: float | None


class QualityOut(Schema):
    dataset: str
    version: int
    whole: bool
    report: dict[str, Any]
    history: list[HistoryOut]
    freshness: FreshnessOut


class DifferingOut(Schema):
    columns: list[str]
    matched: int
    differing: int
    blank: int
    share: float | None
    examples: list[dict[str, str]]


class ContradictionsOut(Schema):
    datasets: list[str]
    versions: list[int]
    key: list[str]
    columns: list[DifferingOut]


class OfAgencyOut(Schema):
    provider: str
    datasets: int
    score: float | None
    judged: int
    late: int
    promised: int


class JudgedOut(Schema):
    dataset: str
    provider: str
    score: float | None
    freshness: FreshnessOut


class OverviewOut(Schema):
    datasets: list[JudgedOut]
    late: list[JudgedOut]
    agencies: list[OfAgencyOut]
    cut: bool


@router.get("/datasets/{code}/quality", response=QualityOut, summary="Its quality (GB/T 36344)")
def show(request: HttpRequest, code: str, version: VersionNumber | None = None) -> dict[str, Any]:
    """Indicators without a basis have no value. Of protected data others than the provider get
    scores in steps of five, without counts, examples and what to mend."""
    return told(code, agent_of_request(request), version)


def told(code: str, agent: Any, number: int | None = None) -> dict[str, Any]:
    dataset = selectors.get(code, agent)
    report = quality.report(dataset, agent, number)
    newest = selectors.latest(dataset)
    return {
        "dataset": code,
        "version": number or (newest.number if newest else 0),
        "whole": report.pop("whole"),
        "report": report,
        "history": quality.history(dataset, agent),
        "freshness": quality.fresh(dataset).as_dict(),
    }


@router.get("/datasets/{code}/rules", response=dict[str, Any], summary="What must hold in its rows")
def rules(request: HttpRequest, code: str, proposed: bool = False) -> dict[str, Any]:
    """With `proposed`, those that the data suggest are added; `PUT` takes the same form."""
    agent = agent_of_request(request)
    dataset = selectors.get(code, agent)
    if proposed:
        return quality.proposed(dataset, agent)
    quality.require_provider(dataset, agent)
    return quality.rules_of(dataset)


@router.put("/datasets/{code}/rules", response=dict[str, Any], summary="Set what must hold")
def set_rules(request: HttpRequest, code: str, said: Body[dict[str, Any]]) -> dict[str, Any]:
    """All rules anew: `fields` by column, `key`, `checks` over several columns, `sequences`."""
    agent = _writer(request)
    return quality.set_rules(dataset=selectors.get(code, agent), rules=said, by=agent)


@router.get(
    "/datasets/{code}/contradictions",
    response=ContradictionsOut,
    summary="Same key, other value, in another dataset",
)
def contradicting(
    request: HttpRequest, code: str, other: Annotated[str, Query(alias="with")], key: str = ""
) -> dict[str, Any]:
    """`key`: one column of each, as `ours=theirs`; without it the declared or shared key."""
    agent = agent_of_request(request)
    mine, theirs = selectors.get(code, agent), selectors.get(other, agent)
    return contradictions(mine, theirs, agent, key=key_of(key)).as_dict()


def key_of(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise BadInput(
            "key",
            Sentence(
                en="A key is written as one column of each: ours=theirs.",
                zh="主键写作“本表列=对方列”。",
            ),
            field="key",
        )
    return ours, theirs


@router.get("/quality", response=OverviewOut, summary="The quality of datasets, worst first")
def listing(request: HttpRequest) -> dict[str, Any]:
    """For the bureau, all; for an agency, its own."""
    found = overview(_writer(request))
    return {
        "datasets": [one.as_dict() for one in found.datasets],
        "late": [one.as_dict() for one in found.late],
        "agencies": [one.as_dict() for one in found.agencies],
        "cut": found.cut,
    }
