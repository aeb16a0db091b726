"""GET /api/jobs/{id}: how far a piece of long work is, for whoever asked for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from gongshu.jobs import selectors
from gongshu.rules.agents import Agent

router = Router(tags=["jobs"])


class JobErrorOut(Schema):
    code: str
    detail: str


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


@router.get("/jobs/{job_id}", response=JobOut, summary="How far a job is")
def show_job(request: HttpRequest, job_id: str) -> dict[str, Any]:
    """For the organisation that asked for it. It has ended when `finished` is set."""
    agent: Agent = request.auth  # type: ignore[attr-defined]  # set by the API's own `Caller`
    job = selectors.job(job_id, agent)
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
    }
