"""Due, near due, overdue: shown to who supervises, told once a day, read by calendars."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone
from tests.cases.steps import asked, moment
from tests.world import World

from gongshu.accounts.models import Person
from gongshu.cases import deadlines
from gongshu.cases.models import Case
from gongshu.jobs import services as jobs
from gongshu.jobs.selectors import notices
from gongshu.rules import ical
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


def due_on(world: World, day: date) -> Case:
    """A request for conditional sharing that is owed a reply by that day."""
    case = asked(world, at=moment("2026-11-02"))
    Case.objects.filter(pk=case.pk).update(due_at=day)
    return Case.objects.get(pk=case.pk)


def test_overdue_comes_before_near_due_and_the_rest_is_left_out(world: World) -> None:
    near, far = due_on(world, date(2026, 11, 26)), due_on(world, date(2026, 11, 27))
    late, later = due_on(world, date(2026, 11, 20)), due_on(world, date(2026, 11, 16))
    found = deadlines.escalations(world.bureau, today=MONDAY)
    assert [one.case for one in found] == [later.id, late.id, near.id]
    assert [one.urgency for one in found] == ["overdue", "overdue", "near_due"]
    assert [one.days_late for one in found] == [5, 1, 0]
    assert far.id not in {one.case for one in found}
    assert found[0].waits_for == (world.agency.organisation,)


def test_only_who_supervises_or_audits_sees_what_is_late_everywhere(world: World) -> None:
    due_on(world, date(2026, 11, 20))
    assert len(deadlines.escalations(world.auditor, today=MONDAY)) == 1
    for other in (world.agency, world.operator):
        with pytest.raises(Problem) as refused:
            deadlines.escalations(other, today=MONDAY)
        assert refused.value.code == "not_overseer"


def test_each_is_told_once_a_working_day_what_waits_for_them(world: World) -> None:
    due_on(world, date(2026, 11, 20))
    due_on(world, date(2026, 11, 25))
    assert deadlines.send_digests(date(2026, 11, 22)) == 0  # a Sunday
    assert deadlines.send_digests(MONDAY) == 2
    assert deadlines.send_digests(MONDAY) == 0
    jobs.deliver()
    assert notices(world.agency)[0].text_en == "Today: 1 overdue, 1 near due."
    assert notices(world.bureau)[0].text_en == "Today: 1 overdue, 0 near due."
    assert deadlines.send_digests(date(2026, 11, 24)) == 2


def test_a_calendar_reads_the_deadlines_of_the_person_whose_token_it_shows(world: World) -> None:
    case = due_on(world, date(2026, 11, 25))
    text = Client().get(f"/calendar/{world.token(world.agency_head, 'read')}.ics").content.decode()
    assert f"UID:{case.id}@gongshu\r\n" in text
    assert "DTSTART;VALUE=DATE:20261125\r\n" in text
    other = Client().get(f"/calendar/{world.token(world.operator, 'read')}.ics").content.decode()
    assert "VEVENT" not in other


def test_a_calendars_address_opens_nothing_else(world: World) -> None:
    for scopes in (("read", "case"), ("query",)):
        token = world.token(world.agency, *scopes)
        assert Client().get(f"/calendar/{token}.ics").status_code == 403
    assert Client().get("/calendar/nonsense.ics").status_code == 401


def test_the_page_and_the_api_show_the_same_list(world: World) -> None:
    case = due_on(world, timezone.localdate())
    client = Client(headers={"accept-language": "en"})
    client.force_login(Person.objects.get(username=world.bureau.person))
    assert case.id in client.get("/escalations").content.decode()
    assert [one["case"] for one in client.get("/api/escalations").json()] == [case.id]
    stranger = Client()
    stranger.force_login(Person.objects.get(username=world.operator.person))
    assert stranger.get("/escalations").status_code == 403


def test_lines_of_a_calendar_are_folded_and_nothing_breaks_out_of_them() -> None:
    summary = "期限" * 60 + "\r\nEND:VCALENDAR; a, b\\"
    deadline = ical.Deadline("C-1", MONDAY, summary, "", "20261123T000000Z")
    text = ical.calendar_of("x", [deadline])
    lines = text.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    assert lines.count("END:VCALENDAR") == 1
    unfolded = text.replace("\r\n ", "")
    assert "SUMMARY:" + "期限" * 60 + "\\nEND:VCALENDAR\\; a\\, b\\\\" in unfolded
