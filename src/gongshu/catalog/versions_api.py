"""Versions over HTTP: what there is, what changed between two, what is kept and for how long.

GET    /api/datasets/{code}/versions                     newest first
GET    /api/datasets/{code}/versions/{n|latest}
DELETE /api/datasets/{code}/versions/{n}                 its row stays, and says so
GET    /api/datasets/{code}/versions/{a}/changes/{b}     202 with a job while it is worked out
GET    /api/datasets/{code}/version-rules
PUT    /api/datasets/{code}/version-rules                key columns, retention
PUT    /api/datasets/{code}/versions/{n}/hold            DELETE: let it go
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema, Status

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import changes, retention, selectors
from gongshu.catalog.api import router  # the same address takes a new version by POST
from gongshu.catalog.models import Comparison, Dataset, Version
from gongshu.catalog.ownership import require_holder
from gongshu.rules.agents import Agent


class VersionTold(Schema):
    """Size, digest and file only where the data may be seen: they are data about the data."""

    number: int
    link: str
    created: datetime
    mode: str
    parent: int | None
    entry: str
    removed: datetime | None = None
    removed_entry: str | None = None
    rows: int | None = None
    bytes: int | None = None
    digest: str | None = None
    source_name: str | None = None


class ChangesOut(Schema):
    dataset: str
    older: int
    newer: int
    key: list[str]
    by_key: bool
    key_problems: list[dict[str, Any]]
    rows: dict[str, int | None]
    columns: dict[str, Any]


class ComparingOut(Schema):
    job: str
    state: str
    link: str


class RulesIn(Schema, extra="forbid"):
    key_columns: list[str] | None = None
    retention: dict[str, Any] | None = None


class RulesOut(Schema):
    key_columns: list[str]
    retention: dict[str, Any]
    would_remove: list[int]


class HoldIn(Schema, extra="forbid"):
    reason: str


@router.get("/datasets/{code}/versions", response=list[VersionTold], summary="Its versions")
def list_versions(request: HttpRequest, code: str) -> list[dict[str, Any]]:
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    return [told(one, agent) for one in found.versions.order_by("-number")]


@router.get("/datasets/{code}/versions/{number}", response=VersionTold, summary="A version")
def show_version(request: HttpRequest, code: str, number: str) -> dict[str, Any]:
    """By its number, or `latest`; 410 if its rows were removed."""
    agent = agent_of_request(request)
    return told(find(selectors.get(code, agent), number), agent)


@router.delete("/datasets/{code}/versions/{number}", response=VersionTold, summary="Remove one")
def remove_version(request: HttpRequest, code: str, number: int) -> dict[str, Any]:
    """Its rows are gone for good; never the newest, nor one that somebody still needs."""
    agent = agent_of_request(request)
    return told(
        retention.remove(dataset=selectors.get(code, agent), number=number, by=agent), agent
    )


@router.get(
    "/datasets/{code}/versions/{older}/changes/{newer}",
    response={200: ChangesOut, 202: ComparingOut},
    summary="What changed between two versions",
)
def show_changes(request: HttpRequest, code: str, older: int, newer: int) -> Status[dict[str, Any]]:
    """For whoever may see exact counts. Large ones are worked out by a job: ask again."""
    agent = agent_of_request(request)
    found, job = changes.between(selectors.get(code, agent), older, newer, by=agent)
    if found is not None:
        return Status(200, differences(found))
    assert job is not None
    return Status(202, {"job": job.id, "state": job.state, "link": f"/api/jobs/{job.id}"})


@router.get("/datasets/{code}/version-rules", response=RulesOut, summary="Key and retention")
def show_rules(request: HttpRequest, code: str) -> dict[str, Any]:
    """And which versions the rule would remove today; for its provider."""
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    require_holder(found, agent)
    return rules(found)


@router.put("/datasets/{code}/version-rules", response=RulesOut, summary="Set key and retention")
def set_rules(request: HttpRequest, code: str, said: RulesIn) -> dict[str, Any]:
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    require_holder(found, agent)
    if said.retention is not None:
        retention.checked(said.retention)  # said before anything is done
    if said.key_columns is not None:
        changes.set_key(dataset=found, columns=said.key_columns, by=agent)
    if said.retention is not None:
        retention.set_rule(dataset=found, rule=said.retention, by=agent)
    return rules(found)


@router.put("/datasets/{code}/versions/{number}/hold", response=VersionTold, summary="Hold one")
def hold_version(request: HttpRequest, code: str, number: int, said: HoldIn) -> dict[str, Any]:
    """It stays, whatever the rule says, until whoever held it lets it go."""
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    hold = retention.hold(dataset=found, number=number, reason=said.reason, by=agent)
    return told(hold.version, agent)


@router.delete("/datasets/{code}/versions/{number}/hold", response={204: None}, summary="Let it go")
def release_version(request: HttpRequest, code: str, number: int) -> Status[None]:
    agent = agent_of_request(request)
    retention.release(dataset=selectors.get(code, agent), number=number, by=agent)
    return Status(204, None)


def find(dataset: Dataset, number: str) -> Version:
    """By its number, or `latest`; raises `Gone` for one whose rows were removed."""
    if number == "latest":
        newest = selectors.latest(dataset)
        return newest if newest is not None else selectors.version(dataset, 1)
    whole = number.isascii() and number.isdigit() and len(number) <= 9
    return changes.standing(dataset, int(number) if whole else 0)


def told(version: Version, agent: Agent) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "number": version.number,
        "link": f"/dataset/{version.dataset.code}/v/{version.number}",
        "created": version.created,
        "mode": version.mode,
        "parent": version.parent,
        "entry": version.entry_id,
    }
    if version.removed is not None:
        shown |= {"removed": version.removed, "removed_entry": version.removed_entry}
    if selectors.may_see_full_profile(version.dataset, agent):
        shown |= {
            "rows": version.rows,
            "bytes": version.bytes,
            "digest": version.digest,
            "source_name": version.source_name,
        }
    return shown


def differences(found: Comparison) -> dict[str, Any]:
    parts = {"dataset": found.dataset.code, "older": found.older, "newer": found.newer}
    return parts | dict(found.changes)


def rules(dataset: Dataset) -> dict[str, Any]:
    return {
        "key_columns": changes.key_of(dataset),
        "retention": retention.rule_of(dataset),
        "would_remove": [one.version.number for one in retention.fates(dataset) if one.goes],
    }
