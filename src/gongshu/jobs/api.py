"""How far a piece of long work is, for the organisation that asked for it; cancel it, try it again.

GET  /api/jobs, /api/jobs/{id}
POST /api/jobs/{id}/cancel
POST /api/jobs/{id}/retry
"""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router

from gongshu.jobs import selectors, services
from gongshu.jobs.shown import JobDetailOut, JobOut, job_detail, job_out
from gongshu.rules.agents import Agent

router = Router(tags=["jobs"])
MOST = 100
StateWord = Literal["", "queued", "running", "done", "failed", "cancelled"]


@router.get("/jobs", response=list[JobOut], summary="Jobs")
def list_jobs(
    request: HttpRequest, state: StateWord = "", kind: str = "", subject: str = ""
) -> list[dict[str, Any]]:
    """Those of the caller's organisation, the newest first; a hundred at most."""
    found = selectors.listed(_agent(request), state=state, kind=kind, subject=subject)
    return [job_out(job) for job in found[:MOST]]


@router.get("/jobs/{job_id}", response=JobDetailOut, summary="How far a job is")
def show_job(request: HttpRequest, job_id: str) -> dict[str, Any]:
    """For the organisation that asked for it. It has ended when `finished` is set."""
    return job_detail(selectors.job(job_id, _agent(request)))


@router.post("/jobs/{job_id}/cancel", response=JobDetailOut, summary="Cancel a job")
def cancel_job(request: HttpRequest, job_id: str) -> dict[str, Any]:
    """A running one ends when it next says how far it is; one that has ended stays as it is."""
    agent = _agent(request)
    return job_detail(services.cancel(selectors.job(job_id, agent), agent))


@router.post("/jobs/{job_id}/retry", response=JobDetailOut, summary="Try a job again")
def retry_job(request: HttpRequest, job_id: str) -> dict[str, Any]:
    """One that failed or was cancelled; it goes on from what it had saved."""
    agent = _agent(request)
    return job_detail(services.retry(selectors.job(job_id, agent), agent))


def _agent(request: HttpRequest) -> Agent:
    agent: Agent = request.auth  # type: ignore[attr-defined]  # set by the API's own `Caller`
    return agent
