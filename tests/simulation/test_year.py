"""A year with a thousand cases of all kinds, random people and the real holidays."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.cases.replaying import differences
from gongshu.cli.demo.year.city import settle
from gongshu.cli.demo.year.life import Plan, Year
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.audit import audit
from gongshu.ledger.models import Entry
from gongshu.rules.procedures import PROCEDURES
from tests.simulation import invariants

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FIRST = date(2026, 1, 1)
MONDAY = 0


@pytest.fixture
def settled(instance: Path, settings: Any) -> Path:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    ledger.create_key()
    with moment.told(timezone.make_aware(datetime.combine(FIRST, time(8)))):
        settle("a-password-for-2026")
    return instance / "tmp"


def lived(folder: Path, plan: Plan) -> Year:
    """The plan carried out, and looked at after every step and every week."""

    def each_day(day: date) -> None:
        if day.weekday() == MONDAY:
            invariants.each_week(day)

    year = Year(plan, folder, watch=invariants.after_step, each_day=each_day)
    year.live()
    return year


def test_whatever_a_thousand_cases_do_in_a_year_the_rules_hold(settled: Path) -> None:
    """From New Year into the January after it, in which the disclosures are owed. On PostgreSQL,
    where the same statements take longer, the year is a quieter one."""
    whole = connection.vendor == "sqlite"
    cases = 1010 if whole else 200
    year = lived(settled, Plan(FIRST, days=395, cases=cases, questions=150, seed=809))

    kinds = {case.kind for case in Case.objects.all()}
    assert kinds == set(PROCEDURES) or not whole, "a kind never came up"
    assert year.lived.opened.total() >= cases * 0.99
    assert year.lived.by_clock > 0
    assert year.lived.answered > 50
    with moment.told(Entry.objects.latest("at").at):
        assert services.tick() == 0, "the clock has left something undone"
        invariants.nothing_is_stuck(year.city)
    compared, broken = differences()
    assert (compared, broken) == (Case.objects.count(), [])
    ledger.sequence()
    assert audit().findings == []


def test_the_same_seed_lives_the_same_year(settled: Path) -> None:
    """What the demo shows today it shows tomorrow; and what fails can be looked at again."""
    plan = Plan(FIRST, days=30, cases=30, questions=0, seed=7)
    first, second = (_begun_anew(settled, plan) for _ in range(2))
    assert len(first) >= 25
    assert first == second


def _begun_anew(folder: Path, plan: Plan) -> list[tuple[str, str, date | None]]:
    """Lived in a savepoint that is taken back."""
    with contextlib.suppress(TakenBack), transaction.atomic():
        lived(folder, plan)
        told = [(case.kind, case.state, case.due_at) for case in Case.objects.order_by("id")]
        raise TakenBack
    return told


class TakenBack(Exception):
    """Not an error."""
