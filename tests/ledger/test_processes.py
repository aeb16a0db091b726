"""Real processes on one database, killed at any moment: acts and entries stay together."""

from __future__ import annotations

import random
import subprocess
import threading
import time

import pytest
from django.db import connection, transaction
from tests.processes import Instance
from tests.sequencing import another_sequencer

from gongshu.ledger import selectors, services
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_several_processes_append_and_sequence_at_once(processes: Instance) -> None:
    started = [processes.start(f"act:{name}:60") for name in "abc"]
    for process in started:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert not err
    (found,) = processes.check("settle")
    assert found["acts"] == found["entries"] == 180
    assert found["each act has one entry"]
    assert found["sound"], found["findings"]
    assert (found["pending"], found["undelivered"], found["notices"]) == (0, 0, 180)


POINTS = [
    "append.before_commit",
    "sequence.after_entries",
    "sequence.after_tiles",
    "sequence.before_commit",
    "sequence.after_commit",
]


@pytest.mark.kill
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_act_and_entry_are_both_there_or_neither_is(
    processes: Instance, point: str
) -> None:
    processes.dies("act:before:3", f"crash:{point}", "act:killed:1")
    left, found = processes.check("check", "settle")
    assert left["each act has one entry"]
    assert left["sound"], left["findings"]
    assert left["acts"] == (3 if point == "append.before_commit" else 4)
    assert found["pending"] == 0
    assert found["entries"] == found["acts"] == left["acts"]
    assert found["sound"], found["findings"]


@pytest.mark.kill
def test_killed_at_random_moments_nothing_is_lost_or_doubled(processes: Instance) -> None:
    chance = random.Random(20261201)
    for turn in range(3):
        started = [processes.start(f"act:{name}{turn}:100000") for name in "ab"]
        started.append(processes.start("worker"))
        wait_for_acts(started[0])
        time.sleep(chance.random())
        for process in chance.sample(started, len(started)):
            process.kill()
            process.wait()
            time.sleep(chance.random() / 20)
    left, found = processes.check("check", "settle")
    assert left["each act has one entry"]
    assert left["sound"], left["findings"]
    assert found["acts"] == found["entries"] >= 3
    assert (found["pending"], found["undelivered"]) == (0, 0)
    assert found["notices"] == found["acts"]
    assert found["each act has one entry"]
    assert found["sound"], found["findings"]


def wait_for_acts(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "acting\n"


def append(number: int) -> str:
    return services.append(event="act.done", subject=Subject("act", str(number)), by=SYSTEM).id


def test_threads_that_sequence_at_once_give_no_place_twice() -> None:
    def acts(start: int) -> None:
        for number in range(start, start + 15):
            with transaction.atomic():
                append(number)
            services.sequence(wait=False)
        connection.close()

    threads = [threading.Thread(target=acts, args=(100 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    services.sequence()
    places = list(selectors.entries().values_list("index", flat=True))
    assert sorted(places) == list(range(60))


@pytest.mark.postgres
def test_an_entry_that_commits_late_is_not_skipped() -> None:
    """Its id is older than those sequenced before it; it takes the next free place."""
    appended, commit = threading.Event(), threading.Event()
    late: list[str] = []

    def act_slowly() -> None:
        with transaction.atomic():
            late.append(append(1))
            appended.set()
            commit.wait(30)
        connection.close()

    thread = threading.Thread(target=act_slowly)
    thread.start()
    appended.wait(30)
    with transaction.atomic():
        early = append(2)
    services.sequence()
    assert late[0] < early
    assert selectors.entry(early).index == 0
    commit.set()
    thread.join()
    services.sequence()
    assert selectors.entry(late[0]).index == 1


def test_who_asks_for_a_receipt_does_not_wait_for_a_sequencer_that_is_busy() -> None:
    """Another holds the sequencer's lock; the act is done, its entry waits for the next turn."""
    with transaction.atomic():
        entry_id = append(1)
    with another_sequencer():
        assert services.receipt(entry_id) is None
    assert selectors.entry(entry_id).pending
    assert services.sequence() == 1
