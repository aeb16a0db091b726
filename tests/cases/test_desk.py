"""Comments, handing over, the inbox narrowed, several cases at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.agents import NewAgent
from tests.cases.steps import asked, moment, request_form
from tests.world import World

from gongshu.cases import desk, inbox, selectors, services
from gongshu.cases.inbox import Filter
from gongshu.cases.models import Assignee, Case, CaseComment, CaseStep
from gongshu.jobs.models import Outbox
from gongshu.ledger.models import Entry
from gongshu.ledger.selectors import openings
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db


def told(text: str) -> set[str]:
    return set(Outbox.objects.filter(text_en__contains=text).values_list("to", flat=True))


def drafts(world: World, number: int) -> list[str]:
    return [
        services.open_case(
            kind="sharing_request", payload=request_form(), by=world.second_agency
        ).id
        for _ in range(number)
    ]


# Comments


def test_a_comment_is_read_by_all_who_see_the_case_and_the_others_are_told(world: World) -> None:
    case = asked(world)
    row = desk.comment(case_id=case.id, text=" Which districts? ", by=world.agency)
    assert row.text == "Which districts?"
    for reader in (world.agency, world.second_agency, world.bureau, world.auditor):
        assert list(desk.comments(case, reader)) == [row]
    assert told("comment on the case") == {world.second_agency.organisation}
    entry = Entry.objects.get(pk=row.entry_id)
    assert (entry.event, entry.facts["scope"]) == ("case.commented", "case")
    assert entry.facts["from"] == entry.facts["to"] == "received"
    assert entry.facts["due"] == str(case.due_at)
    assert "districts" not in entry.body
    assert openings(entry, world.agency)["text"]["value"] == "Which districts?"
    assert Case.objects.get(pk=case.id).revision == case.revision


def test_an_internal_comment_stays_in_its_organisation(world: World) -> None:
    case = asked(world)
    row = desk.comment(case_id=case.id, text="Ask legal first", scope="internal", by=world.agency)
    assert list(desk.comments(case, world.agency_head)) == [row]
    assert list(desk.comments(case, world.auditor)) == [row]
    for other in (world.second_agency, world.bureau):
        assert not desk.comments(case, other).exists()
    assert told("comment among yourselves") == {world.agency.organisation}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"text": "  "}, "comment_length"),
        ({"text": "x" * 4001}, "comment_length"),
        ({"text": "x", "scope": "friends"}, "comment_scope"),
    ],
)
def test_a_comment_says_something_and_to_whom(
    world: World, given: dict[str, str], code: str
) -> None:
    case = asked(world)
    with pytest.raises(BadInput) as refused:
        desk.comment(case_id=case.id, by=world.agency, **given)
    assert refused.value.code == code
    assert not CaseComment.objects.exists()


def test_who_does_not_see_the_case_does_not_comment_on_it(world: World) -> None:
    with pytest.raises(NotFound):
        desk.comment(case_id=asked(world).id, text="hello", by=world.enterprise)


def test_the_database_keeps_no_internal_comment_of_nobody(world: World) -> None:
    case = asked(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseComment.objects.create(
            case=case, scope="internal", text="x", person="p", at=moment("2026-11-02")
        )


# Handing over


def test_a_case_is_handed_to_a_colleague_and_to_nobody_else(
    world: World, new_agent: NewAgent
) -> None:
    case = asked(world)
    colleague = new_agent("agency", username="agency-two")
    row = desk.hand_over(case_id=case.id, to="agency-two", by=world.agency)
    assert (row.person, desk.assignee(case, world.agency_head)) == ("agency-two", "agency-two")
    assert desk.assignee(case, world.second_agency) == ""
    entry = Entry.objects.get(event="case.handed_over")
    assert openings(entry, world.agency)["to"]["value"] == "agency-two"
    assert "agency-two" not in entry.body
    assert told("was handed to") == {world.agency.organisation}
    for to in ("second_agency", "nobody"):
        with pytest.raises(BadInput):
            desk.hand_over(case_id=case.id, to=to, by=colleague)
    with pytest.raises(NotFound):
        desk.hand_over(case_id=case.id, to="enterprise", by=world.enterprise)
    with pytest.raises(Forbidden):
        desk.hand_over(case_id=case.id, to="agency", by=world.administrator)


def test_handing_over_takes_nobodys_right_to_act(world: World, new_agent: NewAgent) -> None:
    case = asked(world)
    new_agent("agency", username="agency-two")
    desk.hand_over(case_id=case.id, to="agency-two", by=world.agency)
    world.step(case.id, "ask_extension", world.agency, note="busy")
    assert CaseStep.objects.filter(case=case, name="ask_extension").exists()


def test_who_hands_over_what_was_handed_over_meanwhile_is_told(
    world: World, new_agent: NewAgent
) -> None:
    case = asked(world)
    new_agent("agency", username="agency-two")
    desk.hand_over(case_id=case.id, to="agency-two", by=world.agency, expected="")
    with pytest.raises(Conflict):
        desk.hand_over(case_id=case.id, to="agency", by=world.agency_head, expected="")
    desk.hand_over(case_id=case.id, to="", by=world.agency_head, expected="agency-two")
    assert desk.assignee(case, world.agency) == ""
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignee.objects.create(
            case=case,
            organisation=world.agency.organisation,
            person="agency",
            at=moment("2026-11-02"),
        )


# The inbox


def ids(agent: Any, today: date, **wanted: str) -> list[str]:
    rows = inbox.narrowed(selectors.inbox(agent), agent, Filter(**wanted), today)
    return [case.id for case in rows]


def test_the_inbox_is_narrowed_by_procedure_by_due_date_and_by_whose_it_is(world: World) -> None:
    first, second = asked(world), asked(world)
    by = world.agency_head
    today = first.due_at
    assert today is not None
    assert ids(by, today, kind="sharing_request") == [first.id, second.id]
    assert ids(by, today, kind="check_request") == []
    assert ids(by, today + timedelta(days=1), due="overdue") == [first.id, second.id]
    assert ids(by, today, due="near") == [first.id, second.id]
    assert ids(by, today - timedelta(days=60), due="later") == [first.id, second.id]
    assert ids(by, today, due="overdue") == ids(by, today, due="none") == []
    desk.hand_over(case_id=first.id, to=by.person, by=world.agency)
    assert ids(by, today, whose="mine") == [first.id]
    assert ids(by, today, whose="free") == [second.id]
    assert ids(world.agency, today, whose="mine") == []


@pytest.mark.parametrize("wanted", [{"kind": "x"}, {"due": "x"}, {"whose": "x"}])
def test_an_unknown_filter_is_no_filter_that_lets_everything_through(
    wanted: dict[str, str],
) -> None:
    with pytest.raises(BadInput) as refused:
        Filter(**wanted)
    assert refused.value.field == next(iter(wanted))


def test_a_step_of_several_cases_is_an_act_for_each_and_says_what_came_of_each(
    world: World,
) -> None:
    one, two, three = drafts(world, 3)
    by = world.second_agency_head
    world.step(two, "submit", by)
    done = inbox.take_together(
        cases=[one, two, three, "C-1999-000001", one], step="submit", by=by, note="all of them"
    )
    assert [(o.case, o.done, o.code) for o in done] == [
        (one, True, ""),
        (two, False, "not_now"),
        (three, True, ""),
        ("C-1999-000001", False, "unknown_case"),
    ]
    entries = {o.entry for o in done if o.done}
    assert Entry.objects.filter(pk__in=entries, event="sharing.requested").count() == len(entries)
    assert set(CaseStep.objects.filter(note="all of them").values_list("case", flat=True)) == {
        one,
        three,
    }


def test_sent_twice_under_one_key_several_cases_are_worked_on_once(world: World) -> None:
    cases = drafts(world, 2)
    by = world.second_agency_head
    first = inbox.take_together(cases=cases, step="submit", by=by, idempotency_key="k")
    again = inbox.take_together(cases=cases, step="submit", by=by, idempotency_key="k")
    assert first == again
    assert CaseStep.objects.filter(name="submit", case__in=cases).count() == 2


def test_rights_hold_for_each_of_several_cases(world: World) -> None:
    done = inbox.take_together(cases=drafts(world, 2), step="submit", by=world.second_agency)
    assert [o.code for o in done] == ["not_yours", "not_yours"]


@pytest.mark.parametrize(
    ("step", "code"),
    [("consent", "one_by_one"), ("no_such_step", "one_by_one")],
)
def test_what_is_filled_in_is_filled_in_for_one_case(world: World, step: str, code: str) -> None:
    case = asked(world)
    with pytest.raises(Problem) as refused:
        inbox.take_together(cases=[case.id], step=step, by=world.agency_head)
    assert refused.value.code == code


def test_cases_of_several_procedures_are_not_worked_on_together(world: World) -> None:
    check = services.open_case(
        kind="check_request",
        payload={"dataset": "health.clinics", "problem": "wrong beds", "grounds": "we counted"},
        by=world.second_agency,
    )
    for cases, code in (([asked(world).id, check.id], "several_kinds"), ([], "how_many")):
        with pytest.raises(BadInput) as refused:
            inbox.take_together(cases=cases, step="withdraw", by=world.second_agency)
        assert refused.value.code == code


def test_no_step_has_the_name_of_what_stands_beside_steps() -> None:
    from gongshu.rules.procedures import PROCEDURES

    names = {row.name for procedure in PROCEDURES.values() for row in procedure.steps}
    assert not names & {"files", "comments", "assignee"}
