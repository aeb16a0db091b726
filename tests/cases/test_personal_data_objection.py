"""A citizen's objection about data on them: without an account, answered, and reviewed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases.test_check_request import do
from tests.world import LONG, PERSONS, World

from gongshu.cases import selectors, services, visitors
from gongshu.cases.models import Case
from gongshu.ledger.models import Entry
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db


def objected(**changes: Any) -> tuple[Case, Agent]:
    payload = {
        "name": "Zhang San",
        "contact": "0571-0000",
        "dataset": PERSONS,
        "wants": "correct",
        "objection": "My district is wrong",
        "grounds": LONG,
        **changes,
    }
    case = services.open_case(kind="personal_data_objection", payload=payload, by=ANONYMOUS)
    return case, visitors.follower(case.id, visitors.code_of(case.id))


def test_it_reaches_who_holds_the_data_and_nobody_else_but_overseers(world: World) -> None:
    case, citizen = objected()
    assert case.id in [c.id for c in selectors.inbox(world.agency)]
    for sees in (world.agency, world.bureau, world.auditor, citizen):
        assert selectors.get(case.id, sees)
    for blind in (world.second_agency, world.operator, world.enterprise, ANONYMOUS):
        with pytest.raises(Problem):
            selectors.get(case.id, blind)


def test_without_a_dataset_the_organisation_is_named_and_an_unknown_one_refused(
    world: World,
) -> None:
    case, _ = objected(dataset="", holder=world.second_agency.organisation)
    assert case.parties["holder"] == world.second_agency.organisation
    with pytest.raises(Problem) as problem:
        objected(dataset="", holder="")
    assert problem.value.code == "unknown_holder"


def test_the_citizen_supplies_proof_with_the_code_and_it_is_asked_for_once(world: World) -> None:
    case, citizen = objected()
    do(case, "ask_proof", world.agency, {"wanted": "an identity card"})
    with pytest.raises(Problem):
        do(case, "supply_proof", ANONYMOUS, {"proof": LONG})
    do(case, "supply_proof", citizen, {"proof": LONG})
    with pytest.raises(Problem) as problem:
        do(case, "ask_proof", world.agency, {"wanted": "more"})
    assert problem.value.code == "only_once"


def test_an_answer_names_its_reason_and_the_authority_may_overrule_it(world: World) -> None:
    case, citizen = objected()
    do(case, "examine", world.agency)
    with pytest.raises(Problem):
        do(case, "answer", world.agency_head, {})
    do(case, "answer", world.agency_head, {"finding": LONG})
    do(case, "ask_review", citizen, {"why": LONG})
    assert case.id in [c.id for c in selectors.inbox(world.bureau)]
    do(case, "overrule", world.bureau, {"result": LONG})
    assert do(case, "remedy", world.agency, {"done": LONG}).state == "remedied"


def test_whoever_examined_it_does_not_decide_on_it(world: World) -> None:
    case, _ = objected()
    do(case, "examine", world.agency_head)
    with pytest.raises(Problem) as problem:
        do(case, "uphold", world.agency_head, {"finding": LONG, "remedy": LONG})
    assert problem.value.code == "same_person"


def test_no_name_of_a_citizen_stands_in_the_ledger_in_clear(world: World) -> None:
    objected()
    assert not any("Zhang San" in entry.body for entry in Entry.objects.all())
