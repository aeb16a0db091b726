"""Security incidents, N790 articles 10 and 11: contain at once, report, tell, mend, review."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.utils import timezone
from tests.cases.test_check_request import do
from tests.world import BY_DISTRICT, LONG, PURPOSE, World, today

from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.gateway import services as gateway
from gongshu.grants.models import Grant
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db
REPORT = {
    "reported_to": "the data bureau",
    "reported_on": today(),
    "report": LONG,
    "harmed": LONG,
}
REVIEW = {"cause": LONG, "mended": LONG, "lessons": LONG}


def found(world: World, by: Any = None, **changes: Any) -> Case:
    payload = {
        "kind": "leak",
        "title": "A copy was seen elsewhere",
        "found_on": today(),
        "account": LONG,
        "extent": LONG,
        **changes,
    }
    return services.open_case(kind="security_incident", payload=payload, by=by or world.agency)


def ask(world: World, grant: Grant) -> None:
    gateway.answer(grant_id=grant.id, purpose=PURPOSE, sql=BY_DISTRICT, by=world.operator)


def code_of(act: Any) -> str:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value.code


def test_containing_stops_the_named_grants_within_a_second(world: World) -> None:
    grant = world.operate()
    ask(world, grant)
    case = found(world)
    begun = time.perf_counter()
    do(case, "contain", world.agency, {"measures": LONG, "grants": [grant.id]})
    assert code_of(lambda: ask(world, grant)) == "grant_suspended"
    assert time.perf_counter() - begun < 1


def test_the_holder_stops_only_grants_over_its_own_data_and_the_authority_any(
    world: World,
) -> None:
    grant = world.operate()
    form = {"measures": LONG, "grants": [grant.id]}
    case = found(world, by=world.second_agency)
    assert code_of(lambda: do(case, "contain", world.second_agency, form)) == "not_your_grant"
    do(case, "contain_by_authority", world.bureau, form)
    grant.refresh_from_db()
    assert grant.state == "suspended"


def test_people_harmed_are_told_and_a_product_flaw_is_reported_within_a_day(
    world: World,
) -> None:
    yesterday = today(-1)
    assert found(world, found_on=yesterday).due_at is None
    flaw = found(world, kind="product_flaw", found_on=yesterday)
    flaw = do(flaw, "contain", world.agency, {"measures": LONG})
    assert flaw.due_at == timezone.localdate()
    untold = {k: v for k, v in REPORT.items() if k != "harmed"}
    assert code_of(lambda: do(flaw, "report", world.agency, untold)) == "form"
    assert do(flaw, "report", world.agency, REPORT).state == "reported"


def test_an_incident_is_not_closed_while_it_still_holds_a_grant(world: World) -> None:
    grant = world.operate()
    case = found(world)
    do(case, "contain", world.agency, {"measures": LONG, "grants": [grant.id]})
    do(case, "report", world.agency, REPORT)
    assert code_of(lambda: do(case, "close", world.agency_head, REVIEW)) == "nothing_held"
    lift = {"grants": [grant.id], "why": LONG}
    assert code_of(lambda: do(case, "lift", world.agency, lift)) == "not_yours"
    do(case, "lift", world.agency_head, lift)
    ask(world, grant)
    assert do(case, "close", world.agency_head, REVIEW).state == "closed"


def test_an_incident_lets_go_only_what_it_holds_itself(world: World) -> None:
    grant = world.operate()
    world.step(grant.case_id, "suspend", world.agency, note="over-use")
    case = found(world)
    do(case, "contain", world.agency, {"measures": LONG, "grants": [grant.id]})
    do(case, "report", world.agency, REPORT)
    lift = {"grants": [grant.id], "why": LONG}
    assert code_of(lambda: do(case, "lift", world.agency_head, lift)) == "not_held"
    assert do(case, "close", world.agency_head, REVIEW).state == "closed"
    grant.refresh_from_db()
    assert grant.state == "suspended"


def test_what_an_incident_holds_can_still_be_ended_in_its_own_case(world: World) -> None:
    grant = world.operate()
    case = found(world)
    do(case, "contain", world.agency, {"measures": LONG, "grants": [grant.id]})
    world.step(grant.case_id, "revoke", world.agency_head, note="too dangerous")
    do(case, "report", world.agency, REPORT)
    assert do(case, "close", world.agency_head, REVIEW).state == "closed"
