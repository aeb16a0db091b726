"""Demands for open data: anybody asks, the holder answers with reasons, everybody can read it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.world import CLINICS, LONG, OPEN, PERSONS, World, clinics_csv

from gongshu.cases import demands, selectors, services, visitors
from gongshu.cases.models import Case
from gongshu.catalog import services as catalog
from gongshu.catalog.models import Dataset
from gongshu.rules.agents import ANONYMOUS
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db
ASSESSED = {"grading": LONG, "linkage": LONG}


def asked(**changes: Any) -> Case:
    payload = {"title": "Beds per clinic", "wanted": LONG, "use": LONG, "name": "Zhang San"}
    return services.open_case(kind="open_data_demand", payload={**payload, **changes}, by=ANONYMOUS)


def do(case: Case, step: str, by: Any, form: Any = None, note: str = "") -> Case:
    services.do(case_id=case.id, step=step, by=by, form=form, note=note)
    return Case.objects.get(pk=case.id)


def assigned(world: World) -> Case:
    return do(asked(), "assign", world.bureau, {"holder": world.agency.organisation})


def met(world: World) -> Case:
    case = do(assigned(world), "accept", world.agency_head, {"dataset": CLINICS, **ASSESSED})
    return do(case, "publish", world.agency, {"dataset": CLINICS})


def code_of(act: Any) -> str:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value.code


def test_anybody_asks_without_an_account_and_follows_the_case_with_its_code(world: World) -> None:
    case = asked()
    agent = visitors.follower(case.id, visitors.code_of(case.id).lower())
    assert selectors.get(case.id, agent) == case
    other = asked(title="Something else")
    assert code_of(lambda: visitors.follower(other.id, visitors.code_of(case.id)))
    assert code_of(lambda: selectors.get(other.id, agent)) == "unknown_case"
    assert code_of(lambda: selectors.get(case.id, ANONYMOUS)) == "unknown_case"


def test_visitors_cannot_fill_the_inboxes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "AN_HOUR", 3)
    for _ in range(3):
        asked()
    assert code_of(asked) == "limit"


def test_a_demand_is_public_from_its_triage_on_without_who_made_it(world: World) -> None:
    case = asked()
    assert demands.waiting() == 1
    assert code_of(lambda: demands.get(case.id)) == "unknown_demand"
    do(case, "assign", world.bureau, {"holder": world.agency.organisation})
    shown = demands.get(case.id)
    assert (shown.state, shown.holder) == ("assigned", world.agency.organisation)
    assert "Zhang San" not in str(shown.as_dict())


def test_what_is_no_demand_for_data_is_declined_and_never_shown(world: World) -> None:
    case = asked(title="My neighbour is a thief")
    do(case, "decline", world.bureau, note="no demand for data")
    assert list(demands.search()) == []


def test_a_refusal_carries_its_reason_in_public(world: World) -> None:
    case = assigned(world)
    assert code_of(lambda: do(case, "refuse", world.agency_head)) == "reason_owed"
    do(case, "refuse", world.agency_head, note="about single patients")
    assert demands.get(case.id).reason == "about single patients"


def test_grade_and_linkage_are_assessed_before_it_is_accepted(world: World) -> None:
    case = assigned(world)
    for missing in ASSESSED:
        form = {"dataset": CLINICS, **{k: v for k, v in ASSESSED.items() if k != missing}}
        assert code_of(lambda form=form: do(case, "accept", world.agency_head, form)) == "form"
    form = {"dataset": CLINICS, **ASSESSED}
    assert code_of(lambda: do(case, "accept", world.agency, form)) == "not_yours"


def test_what_is_accepted_has_its_entry_and_is_met_when_that_is_published_as_open(
    world: World,
) -> None:
    case = assigned(world)
    case = do(case, "accept", world.agency_head, {"dataset": "health.beds", **ASSESSED})
    draft = Dataset.objects.get(code="health.beds")
    assert (draft.state, draft.title_zh) == ("draft", "Beds per clinic")
    form = {"dataset": "health.beds"}
    assert code_of(lambda: do(case, "publish", world.agency, form)) == "not_open_yet"
    world.add_version("health.beds", clinics_csv())
    catalog.describe(dataset=draft, by=world.agency, **OPEN)
    world.publish("health.beds")
    assert do(case, "publish", world.agency, form).state == "open"
    assert demands.get(case.id).dataset == "health.beds"


def test_what_is_about_persons_does_not_meet_a_demand(world: World) -> None:
    case = do(assigned(world), "accept", world.agency_head, {"dataset": PERSONS, **ASSESSED})
    form = {"dataset": PERSONS}
    assert code_of(lambda: do(case, "publish", world.agency, form)) == "not_open_yet"


def test_feedback_that_data_are_wrong_becomes_a_check_request(world: World) -> None:
    case = met(world)
    do(case, "feedback", ANONYMOUS, {"text": "clinic C3 has 31 beds", "wrong": True})
    check = Case.objects.get(kind="check_request")
    assert (check.subject_id, check.parties["provider"]) == (CLINICS, world.agency.organisation)
    assert check.due_at is not None
    do(case, "feedback", ANONYMOUS, {"text": "very useful"})
    assert Case.objects.filter(kind="check_request").count() == 1


def test_a_place_may_set_the_lengths_that_the_opinion_does_not_write(
    world: World, instance: Any
) -> None:
    assert asked().due_at is None
    text = 'name = "X"\nbasis = "第五条"\n[workdays]\n"open_data_demand.assign" = 5\n'
    (instance / "profile.toml").write_text(text)
    assert asked().due_at is not None
