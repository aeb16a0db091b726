"""A job as people and programs read it: the same members by page, API and shell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema

from gongshu.jobs.models import FINAL, Job, State

MOST_LINES = 200


class JobErrorOut(Schema):
    code: str
    detail: str


class JobLineOut(Schema):
    at: datetime
    text: str


class JobOut(Schema):
    id: str
    kind: str
    state: str
    percent: int
    message: str
    error: JobErrorOut | None
    result: dict[str, Any] | None
    subject: str
    created: datetime
    finished: datetime | None
    attempts: int
    cancelling: bool


class JobDetailOut(JobOut):
    log: list[JobLineOut]


def job_out(job: Job) -> dict[str, Any]:
    error = {"code": job.error_code, "detail": str(job.error)} if job.error else None
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "percent": job.percent,
        "message": str(job.message),
        "error": error,
        "result": job.result,
        "subject": job.subject_id,
        "created": job.created,
        "finished": job.finished,
        "attempts": job.attempts,
        "cancelling": job.cancel_requested and job.state not in FINAL,
    }


def job_detail(job: Job) -> dict[str, Any]:
    """With its log, oldest line first; of a very long one, the newest lines."""
    return job_out(job) | {"log": lines_of(job)}


def lines_of(job: Job) -> list[dict[str, Any]]:
    newest = job.lines.order_by("-id")[:MOST_LINES]
    return [{"at": line.at, "text": str(line.text)} for line in reversed(newest)]


def may_cancel(job: Job) -> bool:
    return job.state not in FINAL and not job.cancel_requested


def may_retry(job: Job) -> bool:
    return job.state in (State.FAILED, State.CANCELLED)
