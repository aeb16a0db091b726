"""What a price cycle does: each amount is held against the formulas and the case's own history.

Caps and charges are public, as they are (the disclosure notice of 2026-02-10): they stand in the
entries. Cost, revenue and profit are the parties' own, and stand there as commitments.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.utils import timezone

from gongshu.cases.models import Case
from gongshu.cases.registry import EffectContext, effect, facts
from gongshu.rules import prices
from gongshu.rules.price_forms import (
    Caps,
    Charges,
    CostSurvey,
    CycleAccounts,
    YearOfPrices,
)
from gongshu.rules.problems import BadInput
from gongshu.rules.written import Form
from gongshu.wording import Sentence

Filled = TypeVar("Filled", bound=Form)
CAPS = ("set_caps", "adjust_caps")


def filled(case: Case, form: type[Filled], *steps: str) -> list[Filled]:
    """The forms of those steps as they were taken, oldest first."""
    taken = sorted(case.steps.all(), key=lambda step: step.id)
    return [form.model_validate(step.form or {}) for step in taken if step.name in steps]


def uses(case: Case) -> dict[str, str]:
    return {one["product"]: one["use"] for one in case.payload["products"]}


def caps_in_force(case: Case) -> dict[str, Decimal]:
    """product → cap, of the newest caps; empty before there are any."""
    set_ = filled(case, Caps, *CAPS)
    return {line.product: line.cap for line in set_[-1].lines()} if set_ else {}


def past_cycles(case: Case) -> list[prices.Cycle]:
    """The cycles that are over: the maximum each ended with, and what it took."""
    maximum, deducted, found = Decimal(0), Decimal(0), []
    for step in sorted(case.steps.all(), key=lambda step: step.id):
        if step.name == "fix_maximum":
            survey = CostSurvey.model_validate(step.form)
            maximum, deducted = survey.maximum or Decimal(0), survey.deducted
        elif step.name == "end_cycle":
            taken = CycleAccounts.model_validate(step.form).revenue
            found.append(prices.Cycle(maximum, taken, deducted))
    return found


@facts("deviation_within")
def deviation_within(case: Case) -> bool:
    return _adjustment(case) == prices.Adjustment.CHARGES


@facts("deviation_beyond")
def deviation_beyond(case: Case) -> bool:
    return _adjustment(case) == prices.Adjustment.CAPS


def _adjustment(case: Case) -> prices.Adjustment | None:
    reported = filled(case, YearOfPrices, "report_year")
    return prices.adjustment(reported[-1].off) if reported else None


@effect("set_trial_charges")
def set_trial_charges(ctx: EffectContext) -> Mapping[str, Any]:
    return _charged(ctx, caps=None)


@effect("set_charges")
def set_charges(ctx: EffectContext) -> Mapping[str, Any]:
    return _charged(ctx, caps=caps_in_force(ctx.case))


def _charged(ctx: EffectContext, caps: Mapping[str, Decimal] | None) -> Mapping[str, Any]:
    assert isinstance(ctx.form, Charges)
    named = [one.product for one in ctx.form.charges]
    charges = ctx.form.by_product()
    if len(charges) < len(named):
        raise _wrong(Sentence("A product is named twice.", "有产品重复列出。"), "charges")
    _require(prices.charges_refused(uses(ctx.case), charges, caps), "charges")
    return {
        "grant": ctx.case.payload["grant"],
        "begins": ctx.form.begins.isoformat(),
        "trial": caps is None,
        "charges": [_public(ctx.case, name, charge=charge) for name, charge in charges.items()],
    }


@effect("fix_maximum")
def fix_maximum(ctx: EffectContext) -> Mapping[str, Any]:
    """Part 4: what was taken above the maximum is deducted, at once or spread with a reason."""
    assert isinstance(ctx.form, CostSurvey)
    owed = prices.outstanding(past_cycles(ctx.case))
    if ctx.form.deducted > owed:
        raise _wrong(
            Sentence(
                f"Earlier cycles took {owed} above their maximum; no more than that is taken off.",
                f"以前周期尚未冲减的超出收入为 {owed} 元，冲减额不得超过此数。",
            ),
            "deducted",
        )
    if ctx.form.deducted < owed and not ctx.form.smoothing.strip():
        raise _wrong(
            Sentence(
                f"Earlier cycles took {owed} above their maximum: take it off, or say why it is "
                "spread over later cycles.",
                f"以前周期超出最高准许收入 {owed} 元尚未冲减：请冲减，或说明分期平滑的理由。",
            ),
            "smoothing" if ctx.form.deducted else "deducted",
        )
    return {"grant": ctx.case.payload["grant"]}


@effect("set_caps")
def set_caps(ctx: EffectContext) -> Mapping[str, Any]:
    assert isinstance(ctx.form, Caps)
    maximum = filled(ctx.case, CostSurvey, "fix_maximum")[-1].maximum
    caps = ctx.form.lines()
    _require(prices.caps_refused(uses(ctx.case), caps, maximum or Decimal(0)), "caps")
    return {
        "grant": ctx.case.payload["grant"],
        "begins": ctx.form.begins.isoformat(),
        "caps": [_public(ctx.case, one.product, cap=one.cap) for one in caps],
    }


@effect("report_year")
def report_year(ctx: EffectContext) -> Mapping[str, Any]:
    """Part 5: of a year that is over, once, and of the products there are."""
    assert isinstance(ctx.form, YearOfPrices)
    year = ctx.form.year
    if year >= timezone.localdate(ctx.at).year:
        raise _wrong(
            Sentence(f"The year {year} is not over yet.", f"{year} 年度尚未结束。"), "year"
        )
    if any(one.year == year for one in filled(ctx.case, YearOfPrices, "report_year")):
        raise _wrong(
            Sentence(f"The year {year} was reported already.", f"{year} 年度已经报告。"), "year"
        )
    unknown = sorted({one.product for one in ctx.form.sales} - uses(ctx.case).keys())
    if unknown:
        raise _wrong(
            Sentence(
                f"“{unknown[0]}” is not on the list of products.",
                f"“{unknown[0]}”不在产品和服务清单内。",
            ),
            "sales",
        )
    action = prices.adjustment(ctx.form.off)
    return {"grant": ctx.case.payload["grant"], "year": year, "adjusts": action.value}


@effect("end_cycle")
def end_cycle(ctx: EffectContext) -> Mapping[str, Any]:
    """What is carried follows from the history; that something is, is said."""
    assert isinstance(ctx.form, CycleAccounts)
    maximum = filled(ctx.case, CostSurvey, "fix_maximum")[-1].maximum or Decimal(0)
    over = prices.excess(ctx.form.revenue, maximum)
    return {"grant": ctx.case.payload["grant"], "carries": over > 0}


def _public(case: Case, product: str, **amount: Decimal) -> dict[str, str]:
    row = next(one for one in case.payload["products"] if one["product"] == product)
    named = {name: str(value) for name, value in amount.items()}
    return {"product": product, "use": row["use"], "unit": row["unit"], **named}


def _require(refused: Sentence | None, field: str) -> None:
    if refused is not None:
        raise _wrong(refused, field)


def _wrong(sentence: Sentence, field: str) -> BadInput:
    return BadInput("price", sentence, field=field)
