"""The worker: a loop that keeps house each second; threads for ticks, jobs, mails and webhooks.

House-keeping sequences the ledger, delivers notices and queues again what a dead worker left;
neither a slow tick nor a long job nor a mail server keeps it waiting. A job's lease is renewed by
a thread of its own, so that a job that says nothing for a while is not taken for dead; when the
process dies, the lease ends.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import close_old_connections, connection
from django.utils import timezone

from gongshu.jobs import registry, sending, services
from gongshu.jobs.models import Channel, Job, Tick
from gongshu.ledger.crash import crash_point
from gongshu.ledger.services import sequence
from gongshu.wording import Problem, Sentence

log = logging.getLogger(__name__)

HOUSEKEEPING = 1.0  # seconds
POLL = 0.25
GRACE = 10.0  # how long a job may take to notice that the worker stops
REPORT_EVERY = 0.5
TAKEN_UP = Sentence(en="Another worker takes it up.", zh="由另一执行进程接手。")


class Cancelled(BaseException):
    """Raised out of `ctx.progress`. No Exception, so that a job's own `except` lets it pass."""


class LeaseLost(BaseException):
    """Another worker has this job now."""


class Stopping(BaseException):
    """The worker is asked to stop; the job is put back."""


class Context:
    """The `JobContext` of a running job."""

    def __init__(self, job: Job, stop: threading.Event) -> None:
        self.job = job
        self._stop = stop
        self._reported = 0.0

    def progress(self, percent: int, message: Sentence | None = None) -> None:
        if self._stop.is_set():
            raise Stopping
        now = time.monotonic()
        if now - self._reported < REPORT_EVERY and percent < 100:
            return
        self._reported = now
        if not services.report(self.job, percent=percent, message=message):
            raise LeaseLost
        if self.job.cancel_requested:
            raise Cancelled

    def log(self, text: Sentence) -> None:
        services.add_line(self.job, text)

    def save(self, state: Mapping[str, Any]) -> None:
        if not services.save_state(self.job, state):
            raise LeaseLost


class Heartbeat(threading.Thread):
    """Renews a job's lease until the job ends."""

    def __init__(self, job: Job, lease: timedelta) -> None:
        super().__init__(name=f"heartbeat-{job.id}", daemon=True)
        self.job, self.lease = job, lease
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            while not self.ended.wait(self.lease.total_seconds() / 3):
                try:
                    if not services.extend_lease(self.job, lease=self.lease):
                        return
                except Exception:  # the database is busy or away: try again before the lease ends
                    log.warning("the lease of job %s could not be renewed", self.job.id)
                    close_old_connections()
        finally:
            connection.close()

    def __enter__(self) -> Heartbeat:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.join()


def worker_name() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def lease_time() -> timedelta:
    seconds = float(os.environ.get("GONGSHU_JOB_LEASE", services.LEASE.total_seconds()))
    return timedelta(seconds=seconds)


def run_next(worker: str, stop: threading.Event) -> bool:
    """Take a job and do it; False if none is queued."""
    lease = lease_time()
    job = services.take(worker=worker, lease=lease)
    if job is None:
        return False
    crash_point("job.taken")
    if job.attempts > 1:
        services.add_line(job, TAKEN_UP)
    with Heartbeat(job, lease):
        _do(job, stop)
    return True


def _do(job: Job, stop: threading.Event) -> None:
    context = Context(job, stop)
    try:
        if job.cancel_requested:
            raise Cancelled
        result = registry.function(job.kind)(context, **job.args)
        crash_point("job.before_finish")
        held = services.finish(job, result)
    except Cancelled:
        held = services.end_cancelled(job)
    except Stopping:
        held = services.put_back(job)
    except LeaseLost:
        held = False
    except Problem as problem:
        held = services.fail(job, code=problem.code, sentence=services.failure_sentence(problem))
    except Exception:
        held = _fail_unexpectedly(job)
    if not held:
        log.warning("job %s was taken over by another worker", job.id)


def _fail_unexpectedly(job: Job) -> bool:
    """A bug: the log has the traceback, people a constant sentence by which to find it."""
    number = secrets.token_hex(4)
    log.exception("job %s (%s) failed: error %s", job.id, job.kind, number)
    sentence = Sentence(
        en=f"The job failed because of an error in the platform. It is recorded as {number}.",
        zh=f"由于平台自身错误，任务失败。错误编号 {number}。",
    )
    return services.fail(job, code="internal", sentence=sentence)


def keep_house() -> None:
    """What is due each second. One part's failure does not keep the others from being done."""
    for part in (sequence, services.deliver, services.requeue_expired):
        try:
            part()
        except Problem as problem:
            log.error("%s: %s", part.__name__, problem.sentence.en)
        except Exception:
            log.exception("%s failed; it is tried again in a second", part.__name__)


def run_ticks() -> int:
    """Run the periodic tasks that are due; of several workers, one runs each."""
    ran = 0
    for periodic in registry.ticks():
        now = timezone.now()
        row, made = Tick.objects.get_or_create(name=periodic.name, defaults={"due": now})
        if not made and row.due > now:
            continue
        again = now + timedelta(seconds=periodic.every_seconds)
        if not Tick.objects.filter(name=periodic.name, due=row.due).update(due=again):
            continue  # another worker was quicker
        ran += 1
        try:
            periodic.run()
        except Exception:
            log.exception("the tick %s failed; it runs again when it is next due", periodic.name)
    return ran


def _run_all(name: str, stop: threading.Event) -> None:
    while run_next(name, stop):
        pass


def work(once: bool = False) -> None:
    """Do the jobs until SIGTERM or SIGINT; `once`: what there is now, in this thread."""
    name, stop = worker_name(), threading.Event()
    if once:
        keep_house()  # queues again what a dead worker left
        _run_all(name, stop)
        run_ticks()
        _run_all(name, stop)  # what the ticks asked for
        keep_house()
        sending.send_all(name)
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("worker %s starts", name)
    threads = [
        threading.Thread(target=_repeat, args=(stop, POLL, run_next, name, stop), name="jobs"),
        threading.Thread(target=_repeat, args=(stop, HOUSEKEEPING, run_ticks), name="ticks"),
        *(
            threading.Thread(
                target=_repeat,
                args=(stop, HOUSEKEEPING, sending.send_next, channel, name),
                name=channel.value,
            )
            for channel in Channel
        ),
    ]
    for thread in threads:
        thread.daemon = True
        thread.start()
    while not stop.wait(HOUSEKEEPING):
        keep_house()
        close_old_connections()
    # A job that does not notice in time dies with the process, and its lease ends.
    deadline = time.monotonic() + GRACE
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    keep_house()
    log.info("worker %s stops", name)


def _repeat(stop: threading.Event, pause: float, do: Callable[..., object], *args: object) -> None:
    """Again and again until `stop`, at once as long as something was done."""
    while not stop.is_set():
        try:
            if not do(*args):
                stop.wait(pause)
        except Exception:
            log.exception("%s failed; it is tried again in a second", do.__name__)
            stop.wait(HOUSEKEEPING)
        close_old_connections()
    connection.close()
