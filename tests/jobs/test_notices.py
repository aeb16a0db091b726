"""A notice leaves with its act, arrives once, and is read by each person for themself."""

from __future__ import annotations

import pytest
from django.db import transaction

from gongshu.jobs import selectors, services
from gongshu.jobs.models import Notice
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence

CODE = "11330100002490001A"
STAFF = Agent(person="li", organisation=CODE, rank="staff", kinds=frozenset({"bureau"}))
HEAD = Agent(person="zhao", organisation=CODE, rank="head", kinds=frozenset({"bureau"}))
STRANGER = Agent(person="wang", organisation="91330100MA27XXXXXX", rank="staff")
TEXT = Sentence(en="Grant G-2026-0001 is yours.", zh="授权 G-2026-0001 已签发。")

pytestmark = pytest.mark.django_db


def test_a_notice_is_delivered_once_to_those_it_is_for() -> None:
    services.notify(to=CODE, text=TEXT, link="/grant/G-2026-0001")
    assert services.deliver() == 1
    assert services.deliver() == 0
    notice = selectors.notices(STAFF).get()
    assert (notice.text, notice.link) == (TEXT, "/grant/G-2026-0001")
    assert selectors.notices(HEAD).count() == 1
    assert selectors.notices(STRANGER).count() == 0
    assert selectors.notices(Agent()).count() == 0


def test_a_notice_for_a_rank_is_for_that_rank_alone() -> None:
    services.notify(to=CODE, rank="head", text=TEXT)
    services.deliver()
    assert selectors.notices(HEAD).count() == 1
    assert selectors.notices(STAFF).count() == 0


def test_a_notice_for_an_office_reaches_each_organisation_that_holds_it() -> None:
    services.notify(to="kind:bureau", text=TEXT)
    services.deliver()
    assert selectors.notices(STAFF).count() == 1
    assert selectors.notices(STRANGER).count() == 0


def test_what_one_person_has_read_is_unread_for_the_next() -> None:
    services.notify(to=CODE, text=TEXT)
    services.deliver()
    notice = selectors.notices(STAFF).get()
    services.read_notice(notice=notice, by=STAFF)
    services.read_notice(notice=notice, by=STAFF)
    assert selectors.notices(STAFF, unread=True).count() == 0
    assert selectors.notices(HEAD, unread=True).count() == 1


def test_when_the_act_is_undone_nobody_is_told_of_it() -> None:
    with transaction.atomic():
        services.notify(to=CODE, text=TEXT)
        transaction.set_rollback(True)
    assert services.deliver() == 0
    assert not Notice.objects.exists()
