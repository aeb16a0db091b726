"""Check and correct, article 26 of Order 809: each test states one rule of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.cases.steps import moment
from tests.world import BY_DISTRICT, CLINICS, LONG, PERSONS, PURPOSE, World, persons_csv

from gongshu.cases import selectors, services
from gongshu.cases.models import Case
from gongshu.gateway import services as gateway
from gongshu.jobs.models import Outbox
from gongshu.ledger.models import Entry
from gongshu.rules.agents import ANONYMOUS
from gongshu.rules.calendar import Calendar
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db


def filed(world: World, by: Any = None, at: Any = None, **changes: Any) -> Case:
    payload = {"dataset": PERSONS, "problem": LONG, "grounds": LONG, **changes}
    by = by or world.second_agency
    return services.open_case(kind="check_request", payload=payload, by=by, at=at)


def do(case: Case, step: str, by: Any, form: Any = None, at: Any = None) -> Case:
    services.do(case_id=case.id, step=step, by=by, form=form, at=at)
    return Case.objects.get(pk=case.id)


WRONG = {"wrong_since": 1, "finding": LONG}


def test_verifying_correcting_and_reporting_take_10_working_days_in_all(world: World) -> None:
    case = filed(world, at=moment("2026-11-02"))
    last = Calendar.load().add_workdays(date(2026, 11, 2), 10).day
    assert case.due_at == last
    case = do(case, "find_wrong", world.agency, WRONG, at=moment("2026-11-06"))
    assert case.due_at == last


def test_a_correction_is_a_new_version_and_all_who_used_a_wrong_one_are_told(
    world: World,
) -> None:
    grant = world.operate()
    answer = {"grant_id": grant.id, "purpose": PURPOSE, "sql": BY_DISTRICT, "by": world.operator}
    gateway.answer(**answer)
    case = do(filed(world), "find_wrong", world.agency, WRONG)
    with pytest.raises(Problem) as problem:
        do(case, "correct", world.agency, {"version": 2, "report": LONG})
    assert problem.value.code == "corrected_version"
    world.add_version(PERSONS, persons_csv(extra=9))
    with pytest.raises(Problem) as problem:
        do(case, "correct", world.agency, {"version": 1, "report": LONG})
    assert problem.value.code == "not_the_correction"
    Outbox.objects.all().delete()
    case = do(case, "correct", world.agency, {"version": 2, "report": LONG})
    assert case.state == "closed"
    [told] = Outbox.objects.filter(to=world.operator.organisation)
    assert "1" in told.text_en
    assert not Outbox.objects.filter(to=world.enterprise.organisation).exists()
    facts = Entry.objects.get(event="check.corrected").facts
    expected = {"version": 2, "wrong_from": 1, "wrong_to": 1, "told": 1, "answers": 1}
    assert {name: facts[name] for name in expected} == expected


def test_data_that_are_right_are_reported_so_with_the_reason(world: World) -> None:
    case = filed(world)
    with pytest.raises(Problem):
        do(case, "find_right", world.agency, {})
    case = do(case, "find_right", world.agency, {"finding": LONG})
    assert case.id in [c.id for c in selectors.inbox(world.agency)]
    assert do(case, "report", world.agency).state == "closed"


def test_only_the_provider_verifies(world: World) -> None:
    with pytest.raises(Problem) as problem:
        do(filed(world), "find_wrong", world.second_agency, WRONG)
    assert problem.value.code == "not_yours"


def test_everybody_may_say_that_public_data_are_wrong_and_nobody_about_what_they_cannot_know(
    world: World,
) -> None:
    assert filed(world, by=ANONYMOUS, dataset=CLINICS).applicant == ""
    assert filed(world, by=world.enterprise, dataset=CLINICS)
    world.dataset("health.draft", "a,b\n1,2\n", None)
    with pytest.raises(Problem) as problem:
        filed(world, dataset="health.draft")
    assert problem.value.code == "data_known"
