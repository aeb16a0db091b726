"""What the yearly disclosure asks of the books: its draft, and what is published of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongshu.cases import services as cases
from gongshu.cases.models import Case
from gongshu.cases.registry import EffectContext, effect, party
from gongshu.oversight import published, selectors, yearly


@party("discloser_named")
def discloser_named(payload: Mapping[str, Any]) -> str:
    return str(payload["organisation"])


@effect("draft_disclosure")
def draft_disclosure(ctx: EffectContext) -> Mapping[str, Any]:
    """The same year, read again: what was entered meanwhile is in it."""
    due = owed_of(ctx.case)
    cases.fill_in(case=ctx.case, draft=yearly.draft(selectors.disclosure(due.year), due))
    return {"year": due.year, "side": due.side}


@effect("publish_disclosure")
def publish_disclosure(ctx: EffectContext) -> Mapping[str, Any]:
    """The entry holds the digest of exactly what is shown from now on."""
    due = owed_of(ctx.case)
    return {
        "organisation": due.organisation,
        "side": due.side,
        "year": due.year,
        "content_digest": published.digest(ctx.case),
    }


def owed_of(case: Case) -> yearly.Owed:
    payload = case.payload
    return yearly.Owed(payload["organisation"], payload["side"], payload["year"])
