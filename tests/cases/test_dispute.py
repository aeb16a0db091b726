"""Sharing disputes, article 28 of Order 809: consult, coordinate, decide."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases.steps import asked
from tests.cases.test_check_request import do
from tests.world import LONG, World, today

from gongshu.cases import selectors, services
from gongshu.cases.models import Case
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db
COORDINATION = {"level": "same_level", "authority": "City Data Bureau", "consulted": LONG}


def raised(world: World) -> Case:
    request = asked(world)
    services.do(case_id=request.id, step="refuse", by=world.agency_head, note="it is a work secret")
    payload = {"case": request.id, "matter": LONG, "claim": LONG}
    return services.open_case(kind="sharing_dispute", payload=payload, by=world.second_agency)


def press(case: Case, step: str, by: Any, note: str = "because") -> Case:
    services.do(case_id=case.id, step=step, by=by, note=note)
    return Case.objects.get(pk=case.id)


def test_a_refused_request_can_be_contested_and_the_other_side_is_known(world: World) -> None:
    case = raised(world)
    assert case.parties == {
        "claimant": world.second_agency.organisation,
        "respondent": world.agency.organisation,
    }
    assert case.id in [c.id for c in selectors.inbox(world.agency)]


def test_only_a_party_of_the_request_may_raise_a_dispute_about_it(world: World) -> None:
    request = asked(world)
    payload = {"case": request.id, "matter": LONG, "claim": LONG}
    for by, given in ((world.agency, "C-2026-999999"), (world.bureau, request.id)):
        with pytest.raises(Problem):
            services.open_case(kind="sharing_dispute", payload={**payload, "case": given}, by=by)


def test_the_two_consult_first(world: World) -> None:
    case = raised(world)
    with pytest.raises(Problem):
        do(case, "apply", world.second_agency, COORDINATION)
    with pytest.raises(Problem) as problem:
        press(case, "accept_offer", world.second_agency)
    assert problem.value.code == "too_soon"
    do(case, "offer", world.agency, {"offer": LONG})
    assert press(case, "accept_offer", world.second_agency).state == "settled"


def test_what_they_do_not_settle_is_coordinated_and_then_decided_by_the_government(
    world: World,
) -> None:
    case = press(raised(world), "fail_by_respondent", world.agency)
    case = do(case, "apply", world.second_agency, COORDINATION)
    with pytest.raises(Problem):
        press(case, "escalate", world.second_agency)
    case = press(case, "escalate", world.bureau)
    decision = {"decision": LONG, "decided_on": today(), "record": "No. 9"}
    with pytest.raises(Problem):
        do(case, "decide", world.bureau, decision)
    assert do(case, "decide", world.government, decision).state == "decided"


def test_no_length_is_written_so_none_is_owed_until_a_place_sets_one(
    world: World, instance: Any
) -> None:
    assert raised(world).due_at is None
    text = 'name = "X"\nbasis = "第五条"\n[workdays]\n"sharing_dispute.offer" = 10\n'
    (instance / "profile.toml").write_text(text)
    assert raised(world).due_at is not None


def test_there_is_one_dispute_about_a_case_at_a_time(world: World) -> None:
    case = raised(world)
    payload = {"case": case.subject_id, "matter": LONG, "claim": LONG}
    with pytest.raises(Problem) as problem:
        services.open_case(kind="sharing_dispute", payload=payload, by=world.agency)
    assert problem.value.code == "under_way"
