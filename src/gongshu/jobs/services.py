"""The writers of jobs and notices: enqueue, take, finish, cancel; notify, deliver, read.

Every change of a running job names its worker and attempt. A worker that lost its lease thus
changes nothing any more: the one that took over has another attempt's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from gongshu.jobs import registry
from gongshu.jobs.models import (
    FINAL,
    Delivery,
    Job,
    JobLine,
    Notice,
    NoticeRead,
    Outbox,
    State,
)
from gongshu.ledger import moment
from gongshu.ledger.services import new_id
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Conflict, Forbidden
from gongshu.wording import Problem, Sentence

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 3
DELIVERED_AT_ONCE = 500

LOST = Sentence(
    en=f"Its worker was lost {MOST_ATTEMPTS} times; it is not tried again by itself.",
    zh=f"执行进程已中断 {MOST_ATTEMPTS} 次，不再自动重试。",
)

WORKER_LOST = Sentence(en="Its worker was lost.", zh="执行进程已中断。")
CANCELLED = Sentence(en="{} asked that it be cancelled.", zh="{} 要求取消。")
RETRIED = Sentence(en="{} asked that it be tried again.", zh="{} 要求重试。")


def enqueue(
    *, kind: str, args: Mapping[str, Any], by: Agent, subject: Subject | None = None
) -> Job:
    """A job for the worker, visible to it once the caller's transaction is committed."""
    registry.function(kind)
    return Job.objects.create(
        id=new_id(),
        kind=kind,
        args=dict(args),
        organisation=by.organisation,
        person=by.person,
        subject_kind=subject.kind if subject else "",
        subject_id=subject.id if subject else "",
    )


def take(*, worker: str, now: datetime | None = None, lease: timedelta = LEASE) -> Job | None:
    """The oldest queued job, now running on `worker` under a lease; None if there is none."""
    queued = Job.objects.filter(state=State.QUEUED).order_by("id")
    if not queued.exists():  # so that an idle worker takes no write lock
        return None
    now = now or timezone.now()
    with transaction.atomic():
        if connection.vendor == "postgresql":
            queued = queued.select_for_update(skip_locked=True)
        job = queued.first()
        if job is None:
            return None
        Job.objects.filter(pk=job.pk, state=State.QUEUED).update(
            state=State.RUNNING,
            worker=worker,
            lease_until=now + lease,
            attempts=F("attempts") + 1,
            started=now,
        )
    return Job.objects.get(pk=job.pk)


def extend_lease(job: Job, *, lease: timedelta = LEASE) -> bool:
    """The heartbeat; False if the lease was lost."""
    return bool(_held(job).update(lease_until=timezone.now() + lease))


def report(job: Job, *, percent: int, message: Sentence | None) -> bool:
    """Progress; False if the lease was lost. Sets the job's `cancel_requested` anew."""
    job.percent = max(0, min(100, percent))
    changes: dict[str, Any] = {"percent": job.percent}
    if message is not None:
        changes |= {"message_en": message.en[:500], "message_zh": message.zh[:500]}
    if not _held(job).update(**changes):
        return False
    job.refresh_from_db(fields=["cancel_requested"])
    return True


def add_line(job: Job, text: Sentence) -> None:
    JobLine.objects.create(job=job, text_en=text.en[:500], text_zh=text.zh[:500])


def save_state(job: Job, state: Mapping[str, Any]) -> bool:
    job.saved = dict(state)
    return bool(_held(job).update(saved=job.saved))


def finish(job: Job, result: Mapping[str, Any] | None) -> bool:
    return _end(job, State.DONE, percent=100, result=dict(result) if result else None)


def fail(job: Job, *, code: str, sentence: Sentence) -> bool:
    return _end(job, State.FAILED, error_code=code[:60], error_en=sentence.en, error_zh=sentence.zh)


def end_cancelled(job: Job) -> bool:
    return _end(job, State.CANCELLED)


def put_back(job: Job) -> bool:
    """Queue it again because its worker stops; this was no failed attempt."""
    return bool(
        _held(job).update(
            state=State.QUEUED, worker="", lease_until=None, attempts=F("attempts") - 1
        )
    )


def requeue_expired(*, now: datetime | None = None) -> int:
    """Jobs whose worker no longer renews its lease are queued again, or end after the last try."""
    now = now or timezone.now()
    expired = Job.objects.filter(state=State.RUNNING, lease_until__lt=now)
    if not expired.exists():
        return 0
    gone: dict[str, Any] = {"worker": "", "lease_until": None}
    with transaction.atomic():
        _tell_of_loss(expired)
        cancelled = expired.filter(cancel_requested=True).update(
            state=State.CANCELLED, finished=now, **gone
        )
        failed = expired.filter(attempts__gte=MOST_ATTEMPTS).update(
            state=State.FAILED,
            finished=now,
            error_code="worker_lost",
            error_en=LOST.en,
            error_zh=LOST.zh,
            **gone,
        )
        return cancelled + failed + expired.update(state=State.QUEUED, **gone)


def cancel(job: Job, by: Agent) -> Job:
    """A queued job ends at once, a running one when its function next says how far it is."""
    _require_own(job, by)
    now = timezone.now()
    ended = Job.objects.filter(pk=job.pk, state=State.QUEUED).update(
        state=State.CANCELLED, finished=now, cancel_requested=True
    )
    if not ended:
        running = Job.objects.filter(pk=job.pk, state=State.RUNNING, cancel_requested=False)
        ended = running.update(cancel_requested=True)
    if ended:
        add_line(job, _by(by, CANCELLED))
    job.refresh_from_db()
    return job


def _by(by: Agent, what: Sentence) -> Sentence:
    return Sentence(en=what.en.format(by.person), zh=what.zh.format(by.person))


def _tell_of_loss(expired: QuerySet[Job]) -> None:
    JobLine.objects.bulk_create(
        JobLine(job=job, text_en=WORKER_LOST.en, text_zh=WORKER_LOST.zh) for job in expired
    )


def retry(job: Job, by: Agent) -> Job:
    """Queue a failed or cancelled job again; it goes on from what it saved."""
    _require_own(job, by)
    rows = Job.objects.filter(pk=job.pk, state__in=[State.FAILED, State.CANCELLED])
    again = rows.update(
        state=State.QUEUED,
        percent=0,
        finished=None,
        attempts=0,
        cancel_requested=False,
        error_code="",
        error_en="",
        error_zh="",
    )
    if not again:
        raise Conflict(
            "job_not_ended",
            Sentence(
                en="Only a job that has failed or was cancelled can be tried again.",
                zh="只有失败或已取消的任务可以重试。",
            ),
        )
    add_line(job, _by(by, RETRIED))
    job.refresh_from_db()
    return job


def notify(*, to: str, text: Sentence, rank: str = "", person: str = "", link: str = "") -> Outbox:
    """A notice for an organisation (its code, or "kind:<office>"), in the transaction of the act.

    With a `rank`, for its people of that rank only; with a `person`, for that one, as who asked
    to be told. The worker delivers it.
    """
    return Outbox.objects.create(
        to=to,
        rank=rank,
        person=person,
        text_en=text.en,
        text_zh=text.zh,
        link=link,
        created=moment.now(),
    )


def deliver() -> int:
    """Put what is in the outbox into the inboxes; how many. Each is delivered exactly once.

    What leaves by mail or webhook is written in the same transaction, and sent after it.
    """
    waiting = Outbox.objects.filter(delivered__isnull=True).order_by("id")
    if not waiting.exists():
        return 0
    with transaction.atomic():
        if connection.vendor == "postgresql":
            waiting = waiting.select_for_update(skip_locked=True)
        rows = list(waiting[:DELIVERED_AT_ONCE])
        told = Notice.objects.bulk_create(
            Notice(
                outbox=row,
                to=row.to,
                rank=row.rank,
                person=row.person,
                text_en=row.text_en,
                text_zh=row.text_zh,
                link=row.link,
                created=row.created,
            )
            for row in rows
        )
        for address in registry.addressers():
            Delivery.objects.bulk_create(address(told))
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(delivered=timezone.now())
    return len(rows)


def read_notice(*, notice: Notice, by: Agent) -> None:
    """The agent's person has read it; a second time changes nothing."""
    NoticeRead.objects.get_or_create(notice=notice, person=by.person)


def _held(job: Job) -> QuerySet[Job]:
    """The job's row, as long as this worker's attempt is the one that holds it."""
    return Job.objects.filter(
        pk=job.pk, state=State.RUNNING, worker=job.worker, attempts=job.attempts
    )


def _end(job: Job, state: State, **changes: Any) -> bool:
    assert state in FINAL
    return bool(
        _held(job).update(
            state=state, finished=timezone.now(), worker="", lease_until=None, **changes
        )
    )


def _require_own(job: Job, by: Agent) -> None:
    own = bool(by.organisation) and by.organisation == job.organisation
    if not (own or by.administrator or (by.person and by.person == job.person)):
        raise Forbidden(
            "not_your_job",
            Sentence(
                en="Only the organisation that asked for this work may change it.",
                zh="只有提出该任务的机构可以更改它。",
            ),
        )
    if not by.may_use("ingest"):
        raise Forbidden(
            "scope",
            Sentence(
                en="This token may not change jobs: it lacks the scope “ingest”.",
                zh="该令牌没有“ingest”权限范围，不能更改任务。",
            ),
        )


def failure_sentence(problem: Problem) -> Sentence:
    """What a person reads of a failed job: the problem's own sentence, and what to do."""
    if problem.suggestion is None:
        return problem.sentence
    return Sentence(
        en=f"{problem.sentence.en} {problem.suggestion.en}",
        zh=f"{problem.sentence.zh}{problem.suggestion.zh}",
    )
