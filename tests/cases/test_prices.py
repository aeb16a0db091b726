"""The price cycle of an authorised operation: each test states one rule of 发改价格〔2025〕65号."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.rules.test_prices import survey, year
from tests.world import LONG, World, today

from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.grants.models import Grant
from gongshu.ledger.models import Entry
from gongshu.rules.agents import Agent
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db

PRODUCTS = [
    {"product": "score", "use": "industry", "unit": "calls"},
    {"product": "map", "use": "governance", "unit": "service"},
]


def charges(score: str, free: str = "0") -> dict[str, Any]:
    return {
        "charges": [{"product": "score", "charge": score}, {"product": "map", "charge": free}],
        "begins": today(),
        "published_at": "the portal",
        "grounds": LONG,
    }


def set_charges(score: str, free: str = "0") -> dict[str, Any]:
    return {k: v for k, v in charges(score, free).items() if k != "grounds"}


def caps(cap: str, volume: str = "10") -> dict[str, Any]:
    return {
        "caps": [{"product": "score", "cap": cap, "volume": volume}],
        "begins": today(),
        "considered": LONG,
        "report": "No. 3",
    }


def report(revenue: str, of: int) -> dict[str, Any]:
    sales = [{"product": "score", "volume": "10", "revenue": revenue}]
    return year(year=of, revenue=revenue, sales=sales)


def operating(world: World, days: int = 400) -> Grant:
    """An operation that began so many days ago."""
    grant = world.operate()
    Grant.objects.filter(pk=grant.pk).update(valid_from=today(-days))
    return grant


def cycle(world: World, grant: Grant | None = None) -> str:
    found = grant or operating(world)
    payload = {"grant": found.id, "products": PRODUCTS, "separate_accounts": True}
    return services.open_case(kind="price_cycle", payload=payload, by=world.agency).id


def surveyed(world: World) -> str:
    """Both authorities found that a full year is over and that it is ready."""
    case = cycle(world)
    world.step(case, "apply", world.agency_head, {"number": "No. 1", "operation": LONG})
    world.step(case, "find_ready", world.pricing, {"findings": LONG})
    world.step(case, "agree_ready", world.bureau)
    return case


def capped(world: World, cap: str = "11.30") -> str:
    case = surveyed(world)
    world.step(case, "fix_maximum", world.pricing, survey())
    world.step(case, "agree_maximum", world.bureau)
    world.step(case, "set_caps", world.agency_head, caps(cap))
    return case


def charging(world: World) -> str:
    case = capped(world)
    world.step(case, "set_charges", world.operator_head, set_charges("11.30"))
    return case


def refused(act: Callable[[], Any]) -> Problem:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value


def state(case: str) -> str:
    return Case.objects.get(pk=case).state


def test_only_the_party_that_authorised_the_operation_opens_its_price_cycle(world: World) -> None:
    grant = world.operate()
    payload = {"grant": grant.id, "products": PRODUCTS, "separate_accounts": True}

    def open_it(by: Agent) -> Case:
        return services.open_case(kind="price_cycle", payload=payload, by=by)

    assert refused(lambda: open_it(world.second_agency)).code == "grantor_of_operation"
    found = open_it(world.agency)
    assert found.parties == {
        "authorising_party": world.agency.organisation,
        "operator": world.operator.organisation,
    }


def test_with_no_full_year_a_trial_charge_applies_and_no_caps(world: World) -> None:
    case = cycle(world, operating(world, days=300))
    world.step(case, "guide_trial", world.agency_head, charges("20"))
    problem = refused(
        lambda: world.step(case, "apply", world.agency_head, {"number": "No. 1", "operation": LONG})
    )
    assert problem.code == "full_year_operated"
    entry = Entry.objects.get(event="price.trial_guided")
    assert entry.facts["trial"] is True
    assert entry.facts["charges"][0] == {
        "product": "score",
        "use": "industry",
        "unit": "calls",
        "charge": "20",
    }


def test_governance_and_public_benefit_are_free_also_on_trial(world: World) -> None:
    case = cycle(world)
    problem = refused(
        lambda: world.step(case, "guide_trial", world.agency_head, charges("20", free="0.01"))
    )
    assert (problem.code, problem.field) == ("price", "charges")
    assert "free" in problem.sentence.en


def test_what_the_price_authority_fixes_the_data_authority_agrees_to(world: World) -> None:
    case = surveyed(world)
    world.step(case, "fix_maximum", world.pricing, survey())
    assert refused(lambda: world.step(case, "agree_maximum", world.pricing)).code == "not_yours"
    world.step(case, "return_maximum", world.bureau, note="staff is counted twice")
    assert state(case) == "cost_survey"
    world.step(case, "fix_maximum", world.pricing, survey(staff="10"))
    world.step(case, "agree_maximum", world.bureau)
    assert state(case) == "maximum_set"


def test_caps_keep_within_the_maximum_permitted_revenue(world: World) -> None:
    case = surveyed(world)
    world.step(case, "fix_maximum", world.pricing, survey())
    world.step(case, "agree_maximum", world.bureau)
    problem = refused(lambda: world.step(case, "set_caps", world.agency_head, caps("11.31")))
    assert "above the maximum permitted revenue of 113.00" in problem.sentence.en
    world.step(case, "set_caps", world.agency_head, caps("11.30"))
    assert state(case) == "caps_set"


def test_the_operator_charges_the_cap_at_most(world: World) -> None:
    case = capped(world)
    problem = refused(
        lambda: world.step(case, "set_charges", world.operator_head, set_charges("11.31"))
    )
    assert problem.sentence.en == "“score” is charged 11.31, above its cap of 11.30."
    world.step(case, "set_charges", world.operator_head, set_charges("11.30"))
    world.step(case, "change_charges", world.operator_head, set_charges("9"))
    assert (
        refused(
            lambda: world.step(case, "change_charges", world.operator_head, set_charges("12"))
        ).code
        == "price"
    )


def test_caps_and_charges_are_public_cost_and_revenue_are_not(world: World) -> None:
    case = charging(world)
    said = {e.event: e for e in Entry.objects.filter(subject_id=case)}
    assert said["price.caps_set"].facts["caps"][0]["cap"] == "11.30"
    assert said["price.charges_set"].facts["charges"][0]["charge"] == "11.30"
    facts = said["price.maximum_fixed"].facts
    assert facts.keys() == {"case", "procedure", "from", "to", "article", "due", "grant"}


def test_the_year_is_reported_by_the_end_of_march(world: World) -> None:
    case = charging(world)
    this_year = date.fromisoformat(today()).year
    assert Case.objects.get(pk=case).due_at == date(this_year + 1, 3, 31)
    early = refused(lambda: world.step(case, "report_year", world.agency, report("113", this_year)))
    assert "is not over yet" in early.sentence.en


def test_ten_per_cent_off_guides_the_charges_more_adjusts_the_caps(world: World) -> None:
    case = charging(world)
    last = date.fromisoformat(today()).year - 1
    world.step(case, "report_year", world.agency, report("120", last))
    assert (
        refused(lambda: world.step(case, "adjust_caps", world.agency_head, caps("10"))).code
        == "deviation_beyond"
    )
    world.step(case, "guide_charges", world.agency_head, {"guidance": "lower them by six per cent"})
    assert state(case) == "charging"

    again = refused(lambda: world.step(case, "report_year", world.agency, report("120", last)))
    assert "already" in again.sentence.en
    world.step(case, "report_year", world.agency, report("130", last - 1))
    assert (
        refused(
            lambda: world.step(case, "guide_charges", world.agency_head, {"guidance": LONG})
        ).code
        == "deviation_within"
    )
    world.step(case, "adjust_caps", world.agency_head, caps("10"))
    assert (
        refused(
            lambda: world.step(case, "set_charges", world.operator_head, set_charges("11"))
        ).code
        == "price"
    )
    world.step(case, "set_charges", world.operator_head, set_charges("10"))


def test_what_a_cycle_took_too_much_is_taken_off_the_next_or_spread_with_a_reason(
    world: World,
) -> None:
    case = charging(world)
    world.step(case, "end_cycle", world.pricing, {"revenue": "120", "findings": LONG})
    assert Entry.objects.get(event="price.cycle_ended").facts["carries"] is True

    def fix(**changes: Any) -> None:
        world.step(case, "fix_maximum", world.pricing, survey(**changes))

    assert refused(fix).field == "deducted"
    assert refused(lambda: fix(deducted="7.01")).field == "deducted"
    assert refused(lambda: fix(deducted="4")).field == "smoothing"
    fix(deducted="4", smoothing="the operation would not bear it in one cycle")
    taken = Case.objects.get(pk=case).steps.filter(name="fix_maximum").order_by("-id")[0].form
    assert taken is not None
    assert taken["maximum"] == "109.00"


def test_the_end_of_the_cycle_is_a_due_date(world: World) -> None:
    case = surveyed(world)
    end = today(30)
    world.step(case, "fix_maximum", world.pricing, survey(cycle_begins=today(-900), cycle_ends=end))
    world.step(case, "agree_maximum", world.bureau)
    world.step(case, "set_caps", world.agency_head, caps("11.30"))
    world.step(case, "set_charges", world.operator_head, set_charges("11.30"))
    assert Case.objects.get(pk=case).due_at == date.fromisoformat(end)


def test_a_price_cycle_ends_with_its_operation(world: World) -> None:
    grant = operating(world)
    case = cycle(world, grant)
    assert refused(lambda: world.step(case, "close", world.agency_head)).code == "operation_over"
    world.step(grant.case_id, "revoke", world.agency_head, note="by agreement")
    world.step(case, "close", world.agency_head)
    assert state(case) == "closed"


def test_a_wrong_line_of_a_list_is_named_by_its_own_field(world: World) -> None:
    case = capped(world)
    form = set_charges("1")
    form["charges"][0]["charge"] = "much"
    problem = refused(lambda: world.step(case, "set_charges", world.operator_head, form))
    assert problem.field == "charges.0.charge"
    assert problem.sentence.en == "“Charge for one unit, yuan” is not a number."
