"""GET /api/grants, /api/grants/{id}: the grants that concern whoever asks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from gongshu.accounts.agents import Unauthenticated, agent_of_request
from gongshu.grants import selectors
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence

router = Router(tags=["grants"])
PAGE = 100
PositivePage = Annotated[int, Field(ge=1, le=1_000_000)]


class GrantSummary(Schema):
    id: str
    kind: str
    grantee: str
    grantor: str
    case: str
    purposes: list[str]
    datasets: list[str]
    scope: dict[str, Any]
    valid_from: date
    valid_until: date
    standing: str
    reason: str
    issued: datetime
    entry: str


class GrantDetail(GrantSummary):
    terms: dict[str, Any]
    owner_terms: dict[str, int | None]


class GrantList(Schema):
    total: int
    grants: list[GrantSummary]


def reader(request: HttpRequest) -> Agent:
    """Whoever is logged in, or sends a token that may read."""
    agent = agent_of_request(request)
    if agent.anonymous:
        raise Unauthenticated(
            "unauthenticated",
            Sentence(en="Log in or send a token first.", zh="请先登录或提供访问令牌。"),
        )
    if not agent.may_use("read"):
        raise Forbidden(
            "scope",
            Sentence(
                en="This token may not read: it lacks the scope “read”.",
                zh="该令牌没有“read”权限范围，不能读取。",
            ),
        )
    return agent


@router.get("/grants", response=GrantList, summary="The grants that concern you")
def grants(request: HttpRequest, page: PositivePage = 1) -> dict[str, Any]:
    found = selectors.visible(reader(request))
    start = (page - 1) * PAGE
    return {
        "total": found.count(),
        "grants": [selectors.summary(g) for g in found[start : start + PAGE]],
    }


@router.get("/grants/{grant_id}", response=GrantDetail, summary="One grant with its terms")
def grant(request: HttpRequest, grant_id: str) -> dict[str, Any]:
    agent = reader(request)
    return selectors.detail(selectors.get(grant_id, agent), agent)
