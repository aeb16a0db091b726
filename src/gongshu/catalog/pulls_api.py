"""Where a dataset's new versions are pulled from, for its holder.

GET    /api/pulls                       those of one's organisation
GET    /api/datasets/{code}/pull
PUT    /api/datasets/{code}/pull
DELETE /api/datasets/{code}/pull
POST   /api/datasets/{code}/pull/run    ask the source now; the answer is the job
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field as PydanticField

from gongshu.accounts.agents import Unauthenticated, agent_of_request
from gongshu.catalog import pulls, selectors
from gongshu.catalog.models import Dataset
from gongshu.catalog.sent import FileHints
from gongshu.jobs.shown import JobOut, job_out
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence

router = Router(tags=["catalogue"])


class PullIn(Schema, extra="forbid"):
    address: str
    cycle: str
    query: str = ""
    secret: str = ""
    hints: FileHints = PydanticField(default_factory=FileHints)


class PullOut(Schema):
    dataset: str
    kind: str
    address: str
    query: str
    secret: str
    hints: dict[str, Any]
    cycle: str
    set_by: str
    next_due: datetime | None
    job: str
    failures: int
    last_at: datetime | None
    last_state: str
    last_said: str
    last_version: int | None


@router.get("/pulls", response=list[PullOut], summary="Sources that are pulled")
def list_pulls(request: HttpRequest) -> list[dict[str, Any]]:
    """Those of the datasets of the caller's organisation."""
    agent = _agent(request)
    return [pulls.pull_out(row) for row in pulls.listed(agent)]


@router.get("/datasets/{code}/pull", response=PullOut, summary="A dataset's source")
def show_pull(request: HttpRequest, code: str) -> dict[str, Any]:
    """For its holder. A secret is known by its name alone."""
    found, agent = _own(request, code)
    return pulls.pull_out(pulls.get(found, agent))


@router.put("/datasets/{code}/pull", response=PullOut, summary="Set a dataset's source")
def put_pull(request: HttpRequest, code: str, said: PullIn) -> dict[str, Any]:
    """`address` is https://… or postgresql://user@host/database, then `query` is a table or a
    SELECT; `cycle` is an update cycle; `secret` the name of one. It is asked at once."""
    found, agent = _own(request, code)
    more = said.model_dump() | {"hints": said.hints.model_dump(exclude_none=True)}
    return pulls.pull_out(pulls.set_pull(dataset=found, by=agent, **more))


@router.delete("/datasets/{code}/pull", response={204: None}, summary="Remove a source")
def delete_pull(request: HttpRequest, code: str) -> Status[None]:
    """Its versions stay."""
    found, agent = _own(request, code)
    pulls.remove(dataset=found, by=agent)
    return Status(204, None)


@router.post("/datasets/{code}/pull/run", response={202: JobOut}, summary="Ask a source now")
def run_pull(request: HttpRequest, response: HttpResponse, code: str) -> Status[dict[str, Any]]:
    """Unchanged content makes no version. While it is being asked, that job is the answer."""
    found, agent = _own(request, code)
    job = pulls.run_now(dataset=found, by=agent)
    response["Location"] = f"/api/jobs/{job.id}"
    return Status(202, job_out(job))


def _own(request: HttpRequest, code: str) -> tuple[Dataset, Agent]:
    agent = _agent(request)
    return selectors.get(code, agent), agent


def _agent(request: HttpRequest) -> Agent:
    agent = agent_of_request(request)
    if agent.anonymous:
        raise Unauthenticated(
            "unauthenticated",
            Sentence(en="Log in or send a token first.", zh="请先登录或提供访问令牌。"),
        )
    return agent
