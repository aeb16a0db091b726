"""Real workers, stopped and killed: every job ends, and none runs without someone running it."""

from __future__ import annotations

import signal
import time

import pytest
from tests.processes import Instance

from gongshu.jobs.services import MOST_ATTEMPTS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SHORT_LEASE = {"GONGSHU_JOB_LEASE": "1.5"}


@pytest.mark.kill
def test_jobs_of_a_killed_worker_are_done_by_the_next(processes: Instance) -> None:
    processes.run("enqueue:slow:12")
    for _ in range(2):
        workers = [processes.start("worker", **SHORT_LEASE) for _ in range(2)]
        time.sleep(6)
        for worker in workers:
            worker.kill()
            worker.wait()
    time.sleep(2)  # the leases of the dead end
    (found,) = processes.check("settle", "settle", "settle")
    assert found["jobs"] == {"done": 12}
    assert found["running without a live lease"] == 0


@pytest.mark.kill
@pytest.mark.parametrize("point", ["job.taken", "job.before_finish"])
def test_a_job_whose_worker_dies_at_a_bad_moment_is_tried_again(
    processes: Instance, point: str
) -> None:
    processes.dies("enqueue:slow:1", f"crash:{point}", "settle", **SHORT_LEASE)
    left, *_, found = processes.check("check", "sleep:2", "settle", "settle")
    assert left["jobs"] == {"running": 1}
    assert (found["jobs"], found["attempts"]) == ({"done": 1}, 2)


def test_a_worker_that_is_asked_to_stop_puts_its_job_back_and_ends_cleanly(
    processes: Instance,
) -> None:
    processes.run("enqueue:endless:1")
    worker = processes.start("worker")
    assert worker.stdout is not None
    assert worker.stdout.readline() == "endless\n"
    worker.send_signal(signal.SIGTERM)
    _, err = worker.communicate(timeout=30)
    assert worker.returncode == 0, err
    (found,) = processes.check()
    assert found["jobs"] == {"queued": 1}
    assert found["attempts"] == 0


def test_a_job_that_says_nothing_keeps_its_lease_as_long_as_its_worker_lives(
    processes: Instance,
) -> None:
    processes.run("enqueue:silent:1")
    worker = processes.start("worker", **SHORT_LEASE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "silent\n"
    time.sleep(4)
    (found,) = processes.check()
    assert (found["jobs"], found["attempts"]) == ({"running": 1}, 1)
    assert found["running without a live lease"] == 0


@pytest.mark.kill
def test_a_job_is_taken_up_again_within_a_minute_of_its_workers_death(
    processes: Instance,
) -> None:
    """With the lease that holds in life."""
    processes.run("enqueue:silent:1")
    first = processes.start("worker")
    assert first.stdout is not None
    assert first.stdout.readline() == "silent\n"
    second = processes.start("worker")
    first.kill()
    died = time.monotonic()
    assert second.stdout is not None
    assert second.stdout.readline() == "silent\n"
    assert time.monotonic() - died < 60
    (found,) = processes.check()
    assert (found["jobs"], found["attempts"]) == ({"running": 1}, 2)


@pytest.mark.kill
def test_a_job_that_kills_its_worker_each_time_is_marked_failed(processes: Instance) -> None:
    processes.run("enqueue:silent:1")
    for _ in range(MOST_ATTEMPTS):
        worker = processes.start("worker", **SHORT_LEASE)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "silent\n"
        worker.kill()
        worker.wait()
    time.sleep(2)  # the last lease ends
    (found,) = processes.check("settle")
    assert found["jobs"] == {"failed": 1}
