"""The formulas of the pricing notice, by examples worked out by hand and by their invariants."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gongshu.rules import prices
from gongshu.rules.price_forms import CostSurvey, PriceCycle, YearOfPrices
from gongshu.rules.prices import Adjustment, Cap, Cycle

MONEY = st.decimals(0, 10**9, places=2)


def D(text: str) -> Decimal:
    return Decimal(text)


def survey(**changes: Any) -> dict[str, Any]:
    """Cost 100 net of a subsidy of 20, yield 2 %, 6 points, tax 5: a maximum of 113."""
    return {
        "cycle_begins": "2027-01-01",
        "cycle_ends": "2029-12-31",
        "platform": "50",
        "processing": "30",
        "staff": "20",
        "acquisition": "10",
        "period_expenses": "10",
        "subsidy": "20",
        "treasury_yield": "2",
        "points": "6",
        "tax": "5",
        **changes,
    }


def year(**changes: Any) -> dict[str, Any]:
    return {
        "year": 2026,
        "overall": "as planned",
        "cost": "100",
        "revenue": "120",
        "profit": "15",
        "sales": [
            {"product": "score", "volume": "10", "revenue": "100"},
            {"product": "map", "volume": "4", "revenue": "20"},
        ],
        "maximum": "113",
        "adjustments": "none yet",
        **changes,
    }


def said(model: Any, given: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(given)
    return str(refused.value.errors()[0]["ctx"]["en"])


def test_the_maximum_is_cost_net_of_subsidy_and_permitted_profit_and_tax() -> None:
    filled = CostSurvey.model_validate(survey())
    assert filled.cost == 100
    assert filled.maximum == 113


def test_the_maximum_may_be_written_down_and_must_then_be_right() -> None:
    assert CostSurvey.model_validate(survey(maximum="113")).maximum == 113
    wrong = said(CostSurvey, survey(maximum="120"))
    assert wrong == "Cost, profit and tax come to 113.00, not 120."


def test_no_more_than_six_points_are_added_to_the_treasury_yield() -> None:
    assert prices.permitted_rate(D("0.02"), D("0.06")) == D("0.08")
    with pytest.raises(ValueError, match="6 percentage points"):
        prices.permitted_rate(D("0.02"), D("0.0601"))
    with pytest.raises(ValidationError):
        CostSurvey.model_validate(survey(points="6.01"))


def test_a_cycle_lasts_three_years_at_most() -> None:
    assert CostSurvey.model_validate(survey(cycle_ends="2030-01-01")).maximum == 113
    assert "three years" in said(CostSurvey, survey(cycle_ends="2030-01-02"))
    assert prices.last_day_of_cycle(date(2028, 2, 29)) == date(2031, 2, 28)


def test_a_subsidy_above_the_cost_leaves_nothing_to_charge_for() -> None:
    assert "subsidy" in said(CostSurvey, survey(subsidy="120.01"))


def test_what_was_taken_above_the_maximum_lowers_the_next_one() -> None:
    assert prices.excess(D("120"), D("113")) == 7
    assert prices.excess(D("100"), D("113")) == 0
    assert CostSurvey.model_validate(survey(deducted="7")).maximum == 106
    assert "spread it" in said(CostSurvey, survey(deducted="113.01"))


def test_a_large_excess_may_be_spread_over_later_cycles() -> None:
    first = Cycle(maximum=D("113"), actual=D("140"))
    second = Cycle(maximum=D("103"), actual=D("90"), deducted=D("10"))
    third = Cycle(maximum=D("96"), actual=D("96"), deducted=D("17"))
    assert prices.outstanding([first]) == 27
    assert prices.outstanding([first, second]) == 17
    assert prices.outstanding([first, second, third]) == 0


@given(st.lists(st.tuples(MONEY, MONEY, st.decimals(0, 1, places=2)), max_size=8))
def test_the_deductions_add_up_to_the_excess(
    cycles: list[tuple[Decimal, Decimal, Decimal]],
) -> None:
    """Whatever part of what is owed each cycle takes off, at the end all of it is accounted for."""
    past: list[Cycle] = []
    for maximum, actual, part in cycles:
        deducted = prices.outstanding(past) * part
        past.append(Cycle(maximum, actual, deducted))
    taken = sum((one.deducted for one in past), D("0"))
    over = sum((prices.excess(one.actual, one.maximum) for one in past), D("0"))
    assert taken + prices.outstanding(past) == over
    assert prices.outstanding(past) >= 0


def test_ten_per_cent_and_less_adjusts_the_charges_more_than_that_the_caps() -> None:
    assert prices.adjustment(prices.deviation(D("110"), D("100"))) == Adjustment.CHARGES
    assert prices.adjustment(prices.deviation(D("90"), D("100"))) == Adjustment.CHARGES
    assert prices.adjustment(prices.deviation(D("110.01"), D("100"))) == Adjustment.CAPS
    assert prices.adjustment(prices.deviation(D("89.99"), D("100"))) == Adjustment.CAPS


def test_the_report_works_out_the_deviation_with_its_sign() -> None:
    assert YearOfPrices.model_validate(year()).deviation == D("6.19")
    less = year(revenue="100", sales=[{"product": "score", "volume": "1", "revenue": "100"}])
    assert YearOfPrices.model_validate(less).deviation == D("-11.50")
    assert "6.19 %, not 5 %" in said(YearOfPrices, year(deviation="5"))


def test_the_products_of_a_report_add_up_to_its_revenue() -> None:
    assert "adds up to 120, not 121" in said(YearOfPrices, year(revenue="121"))


USES = {"score": "industry", "rank": "industry", "map": "governance", "atlas": "public_benefit"}


@given(
    st.dictionaries(st.sampled_from([*USES, "unknown"]), MONEY),
    st.dictionaries(st.sampled_from(["score", "rank"]), MONEY),
)
def test_no_charge_above_its_cap_and_none_at_all_for_governance_or_public_benefit(
    charges: dict[str, Decimal], caps: dict[str, Decimal]
) -> None:
    refused = prices.charges_refused(USES, charges, caps)
    right = (
        {"score", "rank"} <= charges.keys() <= USES.keys()
        and all(charges[name] <= caps.get(name, 0) for name in ("score", "rank"))
        and all(charges.get(name, 0) == 0 for name in ("map", "atlas"))
    )
    assert (refused is None) == right


def test_before_there_are_caps_a_trial_charge_is_still_free_for_governance() -> None:
    asked = {"score": D("999"), "rank": D("1"), "map": D("0.01")}
    assert prices.charges_refused(USES, asked, None) is not None
    assert prices.charges_refused(USES, asked | {"map": D("0")}, None) is None


def test_caps_at_the_expected_volume_keep_within_the_maximum() -> None:
    caps = [Cap("score", D("10"), D("10")), Cap("rank", D("1.30"), D("10"))]
    assert prices.caps_refused(USES, caps, D("113")) is None
    refused = prices.caps_refused(USES, caps, D("112.99"))
    assert refused is not None
    assert "113.00" in refused.en


def test_every_product_for_industry_has_one_cap() -> None:
    twice = [Cap("score", D("1"), D("1")), Cap("score", D("1"), D("1"))]
    for caps in (twice, [Cap("score", D("1"), D("1"))], [Cap("moon", D("1"), D("1"))]):
        assert prices.caps_refused(USES, caps, D("113")) is not None


def test_a_product_stands_once_on_the_list() -> None:
    line = {"product": "score", "use": "industry", "unit": "calls"}
    form = {"grant": "G-1", "products": [line, line], "separate_accounts": True}
    assert said(PriceCycle, form) == "A product is named twice."
