"""How a dataset is graded, over HTTP; for its provider.

GET   /api/datasets/{code}/grading    what is proposed for each column, and what was confirmed
PUT   /api/datasets/{code}/grading    confirm columns: whom they would harm, and how badly
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from gongshu.catalog import grading, selectors
from gongshu.catalog.api import _reader, _writer
from gongshu.rules.grading import LEVEL_RULE, STANDARD, Graded, table_rows

router = Router(tags=["catalogue"])


class ImpactIn(Schema):
    harmed: str
    harm: str


class FieldIn(Schema):
    impacts: list[ImpactIn] = []
    reason: str = ""


class GradingIn(Schema):
    fields: dict[str, FieldIn] = {}
    follow: bool = False


class GradedOut(Schema):
    grade: str
    level: int | None


class ProposalOut(GradedOut):
    impacts: list[ImpactIn]
    why: str
    evidence: str


class ConfirmedOut(GradedOut):
    impacts: list[ImpactIn]
    reason: str
    by: str
    at: datetime
    entry: str


class FieldOut(Schema):
    name: str
    proposed: ProposalOut
    confirmed: ConfirmedOut | None
    outgrown: bool


class GradingOut(Schema):
    dataset: str
    grade: str
    level: int | None
    strictest: GradedOut | None
    complete: bool
    fields: list[FieldOut]
    table: dict[str, dict[str, str]]
    rules: list[str]


@router.get("/datasets/{code}/grading", response=GradingOut, summary="How it is graded")
def show_grading(request: HttpRequest, code: str) -> dict[str, Any]:
    agent = _reader(request)
    return shown(grading.grading(selectors.get(code, agent), agent))


@router.put("/datasets/{code}/grading", response=GradingOut, summary="Confirm grades of columns")
def confirm_grading(request: HttpRequest, code: str, said: GradingIn) -> dict[str, Any]:
    """All that is sent, or nothing. `follow`: the dataset takes the strictest column's grade."""
    agent = _writer(request)
    fields = {name: one.model_dump() for name, one in said.fields.items()}
    found = grading.confirm(
        dataset=selectors.get(code, agent), fields=fields, follow=said.follow, by=agent
    )
    return shown(found)


def shown(found: grading.Grading) -> dict[str, Any]:
    """As the API and the command line tell it."""
    return {
        "dataset": found.dataset.code,
        "grade": found.dataset.grade,
        "level": found.dataset.level,
        "strictest": _graded(found.strictest) if found.strictest else None,
        "complete": found.complete,
        "fields": [_field(one) for one in found.fields],
        "table": {
            str(harmed): {str(harm): str(grade) for harm, grade in cells}
            for harmed, cells in table_rows()
        },
        "rules": [str(STANDARD), str(LEVEL_RULE)],
    }


def _field(one: grading.FieldGrading) -> dict[str, Any]:
    mine, confirmed = one.proposal, one.confirmed
    return {
        "name": one.field.name,
        "proposed": {
            **_graded(mine.graded),
            "impacts": grading.written(mine.impacts),
            "why": mine.why,
            "evidence": mine.evidence,
        },
        "confirmed": confirmed
        and {
            **_graded(confirmed.graded),
            "impacts": grading.written(confirmed.impacts),
            "reason": confirmed.reason,
            "by": confirmed.person,
            "at": confirmed.at,
            "entry": confirmed.entry_id,
        },
        "outgrown": one.outgrown,
    }


def _graded(graded: Graded) -> dict[str, Any]:
    return {"grade": str(graded.grade), "level": graded.level}
