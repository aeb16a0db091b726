"""Harvesting over HTTP, for the data bureau; where an entry comes from, for all who may see it.

GET   /api/harvest                       sources
POST  /api/harvest                       propose one; the head of the bureau approves its case
GET   /api/harvest/{source}              one, with its runs
POST  /api/harvest/{source}/dry-run      a job, whose result is the difference
POST  /api/harvest/{source}/run          a job
POST  /api/harvest/{source}/confirm-gone
GET   /api/datasets/{code}/provenance
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from gongshu.catalog import selectors
from gongshu.catalog.api import UploadOut
from gongshu.interop.harvest import services, shown
from gongshu.jobs.models import Job
from gongshu.rules.agents import Agent
from gongshu.rules.harvest_source import HarvestSource
from gongshu.rules.problems import not_found

router = Router(tags=["harvest"])


@router.get("/harvest", response=dict[str, Any], summary="Harvest sources")
def list_sources(request: HttpRequest) -> dict[str, Any]:
    return {"sources": shown.sources(_agent(request))}


@router.post("/harvest", response={201: dict[str, Any]}, summary="Propose a harvest source")
def propose(
    request: HttpRequest, response: HttpResponse, said: HarvestSource
) -> Status[dict[str, Any]]:
    """Its case is approved by the head of the data bureau; until then it can be tried dry."""
    case = services.propose(said.model_dump(mode="json"), by=_agent(request))
    response["Location"] = f"/api/cases/{case.pk}"
    return Status(201, {"case": case.pk, "source": said.code, "state": case.state})


@router.get("/harvest/{source}", response=dict[str, Any], summary="A harvest source")
def show_source(request: HttpRequest, source: str) -> dict[str, Any]:
    return shown.detail(source, _agent(request))


@router.post("/harvest/{source}/dry-run", response={202: UploadOut}, summary="Try a harvest")
def dry_run(request: HttpRequest, response: HttpResponse, source: str) -> Status[dict[str, Any]]:
    """Nothing is written: the job's result says what is new, changed field by field, and gone."""
    return _accepted(response, services.check(source, by=_agent(request)))


@router.post("/harvest/{source}/run", response={202: UploadOut}, summary="Harvest")
def run(request: HttpRequest, response: HttpResponse, source: str) -> Status[dict[str, Any]]:
    return _accepted(response, services.start(source, by=_agent(request)))


@router.post(
    "/harvest/{source}/confirm-gone", response=dict[str, int], summary="Confirm what is gone"
)
def confirm_gone(request: HttpRequest, source: str) -> dict[str, int]:
    """After a run that found more gone than the source's ceiling allows."""
    return {"gone": services.confirm_gone(source, by=_agent(request))}


@router.get(
    "/datasets/{code}/provenance", response=dict[str, Any], summary="Where an entry comes from"
)
def provenance(request: HttpRequest, code: str) -> dict[str, Any]:
    found = shown.provenance(selectors.get(code, _agent(request)))
    if found is None:
        raise not_found()
    return shown.provenance_of(found)


def _accepted(response: HttpResponse, job: Job) -> Status[dict[str, Any]]:
    link = f"/api/jobs/{job.id}"
    response["Location"] = link
    return Status(202, {"job": job.id, "state": job.state, "link": link})


def _agent(request: HttpRequest) -> Agent:
    agent: Agent = request.auth  # type: ignore[attr-defined]  # set by the API's own `Caller`
    return agent
