"""The daily digest by mail: who gets it, when, and what is in it and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.cases.steps import asked, moment
from tests.receivers import Post, mail_server
from tests.world import LONG, World

from gongshu.accounts import mail, selectors
from gongshu.accounts.models import Person
from gongshu.cases import digest
from gongshu.cases.models import Case
from gongshu.jobs import sending
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Delivery
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence

pytestmark = pytest.mark.django_db

MONDAY = moment("2026-11-23", hour=8)


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with mail_server() as server:
        settings.MAIL_SERVER = {"host": "127.0.0.1", "port": server.port}
        settings.PUBLIC_URL = "https://data.example.gov.cn"
        yield server


def wants(agent: Agent, language: str = "en") -> None:
    person = selectors.person(agent.person)
    person.language = language
    person.save()
    mail.choose(person=person, mail="daily", address=f"{agent.person}@example.gov.cn", by=agent)


def due_on(world: World, day: date | None) -> Case:
    case = asked(world, at=moment("2026-11-02"))
    Case.objects.filter(pk=case.pk).update(due_at=day)
    return case


def send(at: datetime = MONDAY) -> int:
    written = digest.send_mails(at)
    sending.send_all("worker")
    return written


def test_it_says_what_is_late_what_is_near_and_what_else_waits(world: World, post: Post) -> None:
    late, near = due_on(world, date(2026, 11, 20)), due_on(world, date(2026, 11, 25))
    far, open_ended = due_on(world, date(2026, 12, 25)), due_on(world, None)
    wants(world.agency_head)
    assert send() == 1
    [arrived] = post.arrived
    body = arrived.get_content().replace("\r\n", "\n")
    assert arrived["To"] == "agency-head@example.gov.cn"
    assert arrived["Subject"].startswith("[Gongshu] 1 overdue, 1 due soon, 2 more waiting")
    [overdue, soon, others] = body.split("\n\n")[:3]
    assert overdue.startswith(f"Overdue (1)\n  {late.id} Sharing request: Received")
    assert overdue.endswith("(due 2026-11-20)")
    assert soon.startswith(f"Due soon (1)\n  {near.id} ")
    assert others.startswith("Waiting as well (2)\n")
    assert {far.id, open_ended.id} <= set(others.split())
    assert "https://data.example.gov.cn/inbox\n" in body
    assert LONG not in body  # what the requester wrote


def test_it_comes_once_a_working_day_and_not_before_seven(world: World, post: Post) -> None:
    due_on(world, date(2026, 11, 20))
    wants(world.agency_head)
    assert send(moment("2026-11-22")) == 0  # a Sunday
    assert send(moment("2026-11-23", hour=6)) == 0
    assert send(MONDAY) == 1
    assert send(MONDAY + timedelta(hours=3)) == 0
    assert send(MONDAY + timedelta(days=1)) == 1
    assert len(post.arrived) == 2


def test_there_is_none_when_there_is_nothing_to_say(world: World, post: Post) -> None:
    wants(world.operator)
    wants(world.agency_head)
    Case.objects.all().delete()
    assert send() == 0
    assert not Delivery.objects.exists()


def test_it_goes_to_those_alone_who_want_it_in_their_language(world: World, post: Post) -> None:
    due_on(world, date(2026, 11, 20))
    wants(world.agency_head, "zh-hans")
    person = selectors.person(world.bureau.person)
    mail.choose(person=person, mail="each", address="bureau@example.gov.cn", by=world.bureau)
    assert send() == 1
    [arrived] = post.arrived
    assert arrived["Subject"].strip().startswith("[公数] 已逾期 1 件")
    assert "（2026-11-20 到期）" in arrived.get_content()
    Person.objects.filter(username=world.agency_head.person).update(is_active=False)
    assert send(MONDAY + timedelta(days=1)) == 0


def test_it_tells_of_each_notice_in_one_digest_only(world: World, post: Post) -> None:
    wants(world.operator)
    Case.objects.all().delete()
    told = Sentence(en="Grant G-2026-0001 is yours.", zh="授权 G-2026-0001 已签发。")
    office = Sentence(en="Today: 1 overdue.", zh="今日提醒。")
    row = jobs.notify(to=world.operator.organisation, text=told, link="/grant/G-2026-0001")
    jobs.notify(to=world.operator.organisation, text=office, link="/inbox?day=2026-11-23")
    type(row).objects.update(created=MONDAY - timedelta(hours=2))
    jobs.deliver()
    assert send() == 1
    body = post.arrived[0].get_content()
    assert told.en in body
    assert post.arrived[0]["Subject"] == "[Gongshu] notices: 1"
    assert office.en not in body
    assert send(MONDAY + timedelta(days=1)) == 0


def test_a_long_list_is_cut(world: World, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "LINES", 2)
    for _ in range(3):
        due_on(world, date(2026, 11, 20))
    wants(world.agency_head)
    assert send() == 1
    body = post.arrived[0].get_content()
    assert "Overdue (3)" in body
    assert body.count("(due 2026-11-20)") == 2
    assert "…" in body


def test_without_a_mail_server_nothing_is_written(world: World) -> None:
    due_on(world, date(2026, 11, 20))
    wants(world.agency_head)
    assert digest.send_mails(MONDAY) == 0
    assert selectors.person(world.agency_head.person).digest_at is None


def test_of_two_workers_one_writes_the_mail(world: World, post: Post) -> None:
    """Both have read who is owed one; only one moves the day on."""
    due_on(world, date(2026, 11, 20))
    wants(world.agency_head)
    person = selectors.person(world.agency_head.person)
    assert digest._send(person, MONDAY)
    assert not digest._send(person, MONDAY)
    assert Delivery.objects.count() == 1
