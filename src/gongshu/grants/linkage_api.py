"""Linkage risk over HTTP: of a grant, and of a case that would be one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from gongshu.cases import selectors as cases
from gongshu.grants import linkage_findings, selectors
from gongshu.grants.api import reader

router = Router(tags=["grants"])


class AlsoOut(Schema):
    dataset: str
    grant: str


class LinkOut(Schema):
    dataset: str
    other: str
    grant: str
    more: list[AlsoOut] = []
    kind: str
    hidden: bool
    by: list[list[str]] = []
    found: float | None = None
    before: float | None = None
    after: float | None = None
    known: list[str] = []


class LinkageOut(Schema):
    grantee: str
    reached: int
    highest: float
    links: list[LinkOut]


@router.get(
    "/grants/{grant_id}/linkage",
    response=LinkageOut,
    summary="What its grantee could put together (an estimate)",
)
def of_grant(request: HttpRequest, grant_id: str) -> dict[str, Any]:
    """For the holder and the bureau; `hidden`: it tells of another holder's protected values."""
    agent = reader(request)
    return linkage_findings.of_grant(selectors.get(grant_id, agent), agent)


@router.get(
    "/cases/{case_id}/linkage",
    response=LinkageOut,
    summary="What would be put together if the case were granted",
)
def of_case(request: HttpRequest, case_id: str) -> dict[str, Any]:
    """For the holder and the bureau, before they decide."""
    agent = reader(request)
    return linkage_findings.of_case(cases.get(case_id, agent), agent)
