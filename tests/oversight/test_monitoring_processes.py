"""Two workers at once, and one that dies: a warning is raised once, and not lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cases.pressing import Presser
from tests.oversight.test_monitoring import NO_RIGHT, ask, only_what_is_asked
from tests.world import World

from gongshu.cases.models import Case
from gongshu.grants.models import Grant
from gongshu.ledger import services as ledger
from gongshu.ledger.models import Entry
from gongshu.oversight import monitoring
from gongshu.oversight.models import Watched

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROUNDS = 4
__all__ = ["only_what_is_asked"]


def one_to_warn_of(world: World) -> Grant:
    """A grant that gives cause for one warning."""
    grant = world.operate()
    ask(world, grant, NO_RIGHT, times=4)
    ledger.sequence()
    return grant


def worker(folder: Path, home: Path, settings: Any, rounds: int, **more: str) -> Presser:
    thresholds = {"GONGSHU_MONITORING": settings.MONITORING}
    orders: list[dict[str, Any]] = [{"watch": True}] * rounds
    return Presser(folder, orders, home=home, **thresholds, **more)


def test_two_workers_at_once_raise_each_warning_once(
    world: World, tmp_path: Path, settings: Any
) -> None:
    workers = [worker(tmp_path / name, tmp_path, settings, ROUNDS) for name in ("one", "two")]
    for one in workers:
        one.wait_until_ready()
    grants = []
    for number in range(ROUNDS):
        grants.append(one_to_warn_of(world))
        for one in workers:
            one.go(number)
    raised = sum(int(told) for one in workers for told in one.finish())
    cases = Case.objects.filter(kind="security_warning")
    assert raised == ROUNDS
    assert sorted(case.payload["grant"] for case in cases) == sorted(grant.id for grant in grants)
    opened = [entry.facts["procedure"] for entry in Entry.objects.filter(event="case.opened")]
    assert opened.count("security_warning") == ROUNDS


def test_a_worker_killed_before_it_commits_has_raised_nothing_and_the_next_raises_it(
    world: World, tmp_path: Path, settings: Any
) -> None:
    grant = one_to_warn_of(world)
    dying = worker(tmp_path / "x", tmp_path, settings, 1, GONGSHU_CRASH_AT="append.before_commit")
    dying.wait_until_ready()
    dying.go(0)
    dying.dies()
    assert not Case.objects.filter(kind="security_warning").exists()
    assert not Watched.objects.exclude(next=0).exists()
    assert monitoring.watch() == 1
    assert Case.objects.get(kind="security_warning").payload["grant"] == grant.id
