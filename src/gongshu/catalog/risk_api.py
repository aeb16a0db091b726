"""How easily somebody could be found in a dataset, over HTTP; for its provider.

POST  /api/datasets/{code}/risk              measure: the report, or for a large one its job
GET   /api/datasets/{code}/risk/{job_id}     what the job found
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from gongshu.catalog import risk, selectors
from gongshu.catalog.api import UploadOut, _writer
from gongshu.jobs.models import Job
from gongshu.jobs.selectors import job as find_job

router = Router(tags=["catalogue"])
Name = Annotated[str, Field(min_length=1, max_length=200)]


class RiskIn(Schema):
    quasi: list[Name] = Field(default_factory=list, max_length=100)
    sensitive: list[Name] = Field(default_factory=list, max_length=10)
    unit: str | None = None
    k: Annotated[int, Field(ge=2, le=1_000_000)] = 5
    most_left_out: Annotated[float, Field(ge=0, lt=1)] = 0.01
    population: Annotated[int, Field(ge=1, le=10**11)] | None = None


class StepsOut(Schema):
    wanted_k: int
    most_left_out: float
    now: dict[str, Any]
    single: list[dict[str, Any]]
    combinations: list[dict[str, Any]]
    best_known_exactly: bool
    tried: int


class ReportOut(Schema):
    dataset: str
    version: int
    risk: dict[str, Any]
    suggestions: StepsOut
    titles: dict[str, dict[str, str]]
    terms: dict[str, Any] | None
    not_in_terms: dict[str, dict[str, str]]


@router.post(
    "/datasets/{code}/risk",
    response={200: ReportOut, 202: UploadOut},
    summary="Measure the risk of finding somebody",
)
def measure(request: HttpRequest, code: str, said: RiskIn) -> Status[dict[str, Any]]:
    """Without `quasi` the columns are those that their meaning suggests; likewise `unit`.

    A version of more than 300,000 rows is measured by a job.
    """
    agent = _writer(request)
    dataset = selectors.get(code, agent)
    proposed = risk.choice(dataset, agent).asked
    asked = risk.Asked(
        quasi=tuple(dict.fromkeys(said.quasi)) or proposed.quasi,
        sensitive=tuple(dict.fromkeys(said.sensitive)),
        unit=proposed.unit if said.unit is None else said.unit,
        k=said.k,
        most_left_out=said.most_left_out,
        population=said.population,
    )
    found = risk.ask(dataset=dataset, asked=asked, by=agent)
    if isinstance(found, Job):
        link = f"/api/datasets/{code}/risk/{found.id}"
        return Status(202, {"job": found.id, "state": found.state, "link": link})
    return Status(200, found)


@router.get(
    "/datasets/{code}/risk/{job_id}",
    response={200: ReportOut, 202: UploadOut},
    summary="What a job found of the risk",
)
def report(request: HttpRequest, code: str, job_id: str) -> Status[dict[str, Any]]:
    """202 while it runs."""
    agent = _writer(request)
    dataset = selectors.get(code, agent)
    risk.require_provider(dataset, agent)
    job = find_job(job_id, agent)
    if job.kind == "risk" and job.finished is None:
        return Status(202, {"job": job.id, "state": job.state, "link": request.path})
    return Status(200, risk.report_of(dataset, job, agent))
