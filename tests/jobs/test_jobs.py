"""A job runs once, under a lease, and always ends in a state that says what happened."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from gongshu.jobs import registry, selectors, services, worker
from gongshu.jobs.models import Job, State
from gongshu.jobs.registry import JobContext
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.wording import Sentence

CLERK = Agent(person="li", organisation="11330100002490001A", rank="staff")
STRANGER = Agent(person="wang", organisation="91330100MA27XXXXXX", rank="staff")
HALF = Sentence(en="Half of it is done.", zh="已完成一半。")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A registry of this test's own, filled through the decorator."""
    registry._load()  # what the rooms register belongs into the real one, once and for all
    monkeypatch.setattr(registry, "_jobs", {})
    monkeypatch.setattr(registry, "_ticks", {})
    monkeypatch.setattr(worker, "REPORT_EVERY", 0.0)
    seen: dict[str, Any] = {}

    @registry.job("count")
    def count(ctx: JobContext, *, to: int) -> dict[str, int]:
        ctx.progress(50, HALF)
        ctx.log(HALF)
        return {"counted": to}

    @registry.job("refuse")
    def refuse(ctx: JobContext) -> None:
        raise BadInput("too_wide", Sentence(en="The file is too wide.", zh="文件过宽。"))

    @registry.job("break")
    def broken(ctx: JobContext) -> None:
        raise ValueError("the secret value 42 of Li Lei")

    @registry.job("resume")
    def resume(ctx: JobContext) -> dict[str, Any]:
        seen["saved"] = ctx.job.saved
        ctx.save({"rows": 1000})
        if ctx.job.attempts == 1:
            raise worker.LeaseLost
        return {"rows": 2000}

    return seen


def enqueue(kind: str, **args: Any) -> Job:
    return services.enqueue(kind=kind, args=args, by=CLERK, subject=Subject("dataset", "a.b"))


def test_a_job_is_done_and_tells_its_progress_result_and_log() -> None:
    job = enqueue("count", to=3)
    worker.work(once=True)
    job.refresh_from_db()
    assert (job.state, job.percent, job.result) == (State.DONE, 100, {"counted": 3})
    assert job.message == HALF
    assert [line.text_zh for line in job.lines.all()] == [HALF.zh]
    assert job.finished is not None
    assert (job.worker, job.lease_until) == ("", None)


def test_a_problem_fails_the_job_with_its_sentence_in_both_languages() -> None:
    job = enqueue("refuse")
    worker.work(once=True)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert job.error == Sentence(en="The file is too wide.", zh="文件过宽。")
    assert job.error_code == "too_wide"


def test_a_bug_fails_the_job_with_a_constant_sentence_and_a_number_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    job = enqueue("break")
    worker.work(once=True)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert job.error is not None
    assert "42" not in job.error.en.rsplit(" ", 1)[0]
    assert "Li Lei" not in job.error_en + job.error_zh
    assert job.error_en.rstrip(".").rsplit(" ", 1)[1] in caplog.text


def test_a_kind_that_nobody_does_cannot_be_enqueued() -> None:
    with pytest.raises(KeyError):
        enqueue("nothing")


def test_two_functions_cannot_do_one_kind() -> None:
    with pytest.raises(ValueError, match="two functions"):
        registry.job("count")(lambda ctx: None)


def test_a_job_whose_lease_has_ended_is_queued_again_and_goes_on_from_what_it_saved(
    kinds: dict[str, Any],
) -> None:
    job = enqueue("resume")
    worker.run_next("first", threading.Event())
    job.refresh_from_db()
    assert job.state == State.RUNNING
    assert services.requeue_expired() == 0
    assert services.requeue_expired(now=timezone.now() + timedelta(minutes=1)) == 1
    worker.work(once=True)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.DONE, 2)
    assert kinds["saved"] == {"rows": 1000}


def test_a_worker_that_lost_its_lease_changes_nothing_any_more() -> None:
    enqueue("count", to=1)
    lost = services.take(worker="first")
    assert lost is not None
    services.requeue_expired(now=timezone.now() + timedelta(minutes=1))
    now_held = services.take(worker="second")
    assert now_held is not None
    assert not services.extend_lease(lost)
    assert not services.report(lost, percent=90, message=HALF)
    assert not services.finish(lost, {"counted": 0})
    assert not services.put_back(lost)
    assert services.finish(now_held, {"counted": 1})
    assert selectors.job(lost.id).result == {"counted": 1}


def test_the_same_worker_taking_a_job_again_is_fenced_off_from_its_earlier_attempt() -> None:
    enqueue("count", to=1)
    first = services.take(worker="same")
    services.requeue_expired(now=timezone.now() + timedelta(minutes=1))
    second = services.take(worker="same")
    assert first is not None
    assert second is not None
    assert not services.finish(first, None)
    assert services.finish(second, None)


def test_a_job_that_kills_its_worker_is_not_tried_for_ever() -> None:
    job = enqueue("count", to=1)
    for _ in range(services.MOST_ATTEMPTS):
        assert services.take(worker="w") is not None
        services.requeue_expired(now=timezone.now() + timedelta(minutes=1))
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "worker_lost")
    again = services.retry(job, by=CLERK)
    assert again.state == State.QUEUED
    worker.work(once=True)
    assert selectors.job(job.id).state == State.DONE


def test_a_queued_job_is_cancelled_at_once() -> None:
    job = services.cancel(enqueue("count", to=1), by=CLERK)
    assert job.state == State.CANCELLED
    worker.work(once=True)
    assert selectors.job(job.id).state == State.CANCELLED


def test_a_running_job_is_cancelled_when_it_next_tells_its_progress() -> None:
    @registry.job("long")
    def long(ctx: JobContext) -> None:
        services.cancel(ctx.job, by=CLERK)
        ctx.progress(1)
        raise AssertionError("it went on")

    job = enqueue("long")
    worker.work(once=True)
    assert selectors.job(job.id).state == State.CANCELLED


def test_a_job_is_put_back_when_its_worker_is_asked_to_stop() -> None:
    stop = threading.Event()

    @registry.job("long")
    def long(ctx: JobContext) -> None:
        stop.set()
        ctx.progress(1)
        raise AssertionError("it went on")

    job = enqueue("long")
    worker.run_next("w", stop)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.QUEUED, 0)


def test_only_what_has_failed_or_was_cancelled_is_tried_again() -> None:
    with pytest.raises(Conflict):
        services.retry(enqueue("count", to=1), by=CLERK)


def test_strangers_neither_see_nor_cancel_a_job() -> None:
    job = enqueue("count", to=1)
    assert list(selectors.visible(CLERK)) == [job]
    assert list(selectors.visible(STRANGER)) == []
    assert list(selectors.visible(Agent())) == []
    assert selectors.job(job.id, CLERK) == job
    with pytest.raises(NotFound):
        selectors.job(job.id, STRANGER)
    with pytest.raises(Forbidden):
        services.cancel(job, by=STRANGER)
    with pytest.raises(Forbidden):
        services.cancel(job, by=Agent())


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "running"},
        {"state": "running", "worker": "w"},
        {"state": "done"},
        {"worker": "w"},
        {"percent": 101},
        {"state": "lost"},
    ],
)
def test_the_database_holds_no_job_whose_state_is_not_what_it_says(wrong: dict[str, Any]) -> None:
    job = enqueue("count", to=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**wrong)


def test_a_tick_runs_when_it_is_due_and_not_before() -> None:
    runs: list[int] = []
    registry.tick("remind", every_seconds=3600)(lambda: runs.append(1))
    assert worker.run_ticks() == 1
    assert worker.run_ticks() == 0
    assert runs == [1]


def test_a_tick_that_breaks_keeps_no_other_from_running(caplog: pytest.LogCaptureFixture) -> None:
    runs: list[int] = []

    @registry.tick("breaks", every_seconds=3600)
    def breaks() -> None:
        raise OSError("no disk")

    registry.tick("runs", every_seconds=3600)(lambda: runs.append(1))
    worker.run_ticks()
    assert runs == [1]
    assert "the tick breaks failed" in caplog.text


def test_one_turn_of_a_worker_does_what_a_dead_one_left() -> None:
    left = enqueue("count", to=3)
    services.take(worker="dead", now=timezone.now() - timedelta(hours=1))
    worker.work(once=True)
    left.refresh_from_db()
    assert (left.state, left.attempts) == (State.DONE, 2)
