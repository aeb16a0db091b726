"""Social supervision: anybody complains, whom it concerns answers, the bureau decides."""

from __future__ import annotations

from typing import Any

import pytest
from tests.world import LONG, World

from gongshu.cases import services, visitors
from gongshu.cases.models import Case
from gongshu.rules.agents import ANONYMOUS
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db

COMPLAINT = {"title": "Charges are not displayed", "about": "price", "account": LONG}
FINDING = {"upheld": True, "finding": LONG}


def taken_up(world: World) -> Case:
    case = services.open_case(kind="public_complaint", payload=COMPLAINT, by=ANONYMOUS)
    form = {"respondent": world.operator.organisation, "question": LONG}
    world.step(case.id, "take_up", world.bureau, form)
    return case


def refused(act: Any) -> str:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value.code


def test_anybody_complains_without_an_account_and_without_a_name(world: World) -> None:
    case = taken_up(world)
    assert case.applicant == ""
    assert Case.objects.get(pk=case.id).parties == {"respondent": world.operator.organisation}
    named = {**COMPLAINT, "name": "Li"}
    assert (
        refused(lambda: services.open_case(kind="public_complaint", payload=named, by=ANONYMOUS))
        == "form"
    )


def test_whom_it_concerns_answers_and_the_bureau_decides(world: World) -> None:
    case = taken_up(world)
    assert refused(lambda: world.step(case.id, "state", world.agency, {"statement": LONG})) in (
        "unknown_case",
        "not_yours",
    )
    world.step(case.id, "state", world.operator, {"statement": LONG})
    world.step(case.id, "decide", world.bureau, FINDING)
    world.step(case.id, "close", world.bureau)


def test_whoever_complained_may_ask_once_for_another_look_by_somebody_else(world: World) -> None:
    case = taken_up(world)
    world.step(case.id, "state", world.operator, {"statement": LONG})
    world.step(case.id, "decide", world.bureau, {"upheld": False, "finding": LONG})
    follower = visitors.follower(case.id, visitors.code_of(case.id))
    world.step(case.id, "ask_review", follower, note="they still do not display them")
    assert refused(lambda: world.step(case.id, "decide_again", world.bureau, FINDING)) == (
        "same_person"
    )
    world.step(case.id, "decide_again", world.bureau_head, FINDING)
    assert (
        refused(lambda: world.step(case.id, "ask_review", follower, note="once more"))
        == "only_once"
    )


def test_a_complaint_is_not_declined_without_a_reason(world: World) -> None:
    case = services.open_case(kind="public_complaint", payload=COMPLAINT, by=ANONYMOUS)
    assert refused(lambda: world.step(case.id, "decline", world.bureau)) == "reason_owed"
