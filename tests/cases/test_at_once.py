"""Two people at one moment: one hands over, one ends, one file is kept; the other one is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.agents import NewAgent
from tests.cases.steps import asked, request_form
from tests.cases.test_files import PDF, left
from tests.world import World

from gongshu.cases import delegations, desk, files, inbox, services
from gongshu.cases.models import Assignee, CaseFile, CaseStep, Delegation, Upload
from gongshu.ledger.models import Entry
from gongshu.wording import Problem

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROUNDS = 5


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """What came of each, all begun at one moment; "" is done."""
    barrier = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        try:
            barrier.wait()
            act()
        except Problem as problem:
            return problem.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def count(event: str) -> int:
    return Entry.objects.filter(event=event).count()


def test_of_two_who_hand_a_case_over_one_does_and_the_other_is_told(
    world: World, new_agent: NewAgent
) -> None:
    new_agent("agency", username="two")
    new_agent("agency", username="three")
    for number in range(ROUNDS):
        case = asked(world).id
        came = at_once(
            lambda case=case: desk.hand_over(case_id=case, to="two", expected="", by=world.agency),
            lambda case=case: desk.hand_over(
                case_id=case, to="three", expected="", by=world.agency_head
            ),
        )
        assert came == ["", "handed_meanwhile"]
        assert Assignee.objects.filter(case=case).count() == 1
        assert count("case.handed_over") == number + 1


def test_of_two_who_end_a_delegation_one_does(world: World, new_agent: NewAgent) -> None:
    deputy = new_agent("agency", username="deputy")
    today = timezone.localdate()
    for number in range(ROUNDS):
        given = delegations.give(
            to="deputy",
            procedures=["sharing_request"],
            since=today,
            until=today,
            by=world.agency_head,
        )
        came = at_once(
            lambda given=given: delegations.end(number=given.pk, by=world.agency_head),
            lambda given=given: delegations.end(number=given.pk, by=deputy),
        )
        assert came == ["", "delegation_ended"]
        assert count("delegation.ended") == number + 1
    assert not Delegation.objects.filter(ended__isnull=True).exists()


def test_one_file_attached_from_two_windows_is_attached_once(world: World) -> None:
    for number in range(ROUNDS):
        case, content = asked(world).id, PDF + str(number).encode()

        def send(case: str = case, content: bytes = content) -> None:
            files.attach(case_id=case, name="a.pdf", pieces=[content], by=world.agency)

        assert at_once(send, send) == ["", ""]
        assert CaseFile.objects.filter(case=case).count() == 1
    assert count("case.file_attached") == ROUNDS
    assert Upload.objects.count() == len(left()) == ROUNDS


def test_two_who_take_a_step_of_the_same_cases_take_it_once_of_each(world: World) -> None:
    cases = [
        services.open_case(
            kind="sharing_request", payload=request_form(), by=world.second_agency
        ).id
        for _ in range(6)
    ]
    done: list[inbox.Outcome] = []

    def press(order: list[str]) -> None:
        done.extend(inbox.take_together(cases=order, step="submit", by=world.second_agency_head))

    assert at_once(lambda: press(cases), lambda: press(cases[::-1])) == ["", ""]
    assert sorted(one.case for one in done if one.done) == sorted(cases)
    assert {one.code for one in done if not one.done} <= {"not_now", "moved_on"}
    assert CaseStep.objects.filter(case__in=cases, name="submit").count() == len(cases)


def test_with_a_delegation_nothing_is_done_after_its_end(world: World, new_agent: NewAgent) -> None:
    deputy = new_agent("agency", username="deputy")
    today = timezone.localdate()
    for _ in range(ROUNDS):
        case = asked(world).id
        given = delegations.give(
            to="deputy",
            procedures=["sharing_request"],
            since=today,
            until=today,
            by=world.agency_head,
        )
        came = at_once(
            lambda given=given: delegations.end(number=given.pk, by=world.agency_head),
            lambda case=case: services.do(
                case_id=case, step="consent", by=deputy, form={}, acting_for="agency-head"
            ),
        )
        taken = CaseStep.objects.filter(case=case, name="consent").first()
        assert came == (["", ""] if taken else ["", "not_delegated"])
        ended = Entry.objects.filter(event="delegation.ended").latest("id")
        assert taken is None or taken.entry_id < ended.id
