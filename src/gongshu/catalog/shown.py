"""What the catalogue says of a dataset: to programs over HTTP, and to the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema

from gongshu.catalog import selectors
from gongshu.catalog.models import Dataset, Version
from gongshu.rules.agents import Agent

TEXTS = (
    *("title_zh", "title_en", "summary_zh", "summary_en", "resource_code", "related_codes"),
    *("format", "update_cycle", "sharing", "sharing_conditions", "sharing_basis", "sharing_method"),
    *("opening", "opening_conditions", "classification", "grade", "level"),
    *("unit_column", "attribution", "licence", "source_url", "state"),
)


class DatasetSummary(Schema):
    code: str
    domain: str
    provider: str
    provider_name: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    format: str
    update_cycle: str
    sharing: str
    opening: str
    classification: str
    grade: str
    level: int | None
    state: str
    modified: datetime


class FieldOut(Schema):
    name: str
    type: str
    title: str
    meaning: str
    semantic_type: str
    level: int | None


class VersionOut(Schema):
    """Size and digest only where the data may be seen: they are data about the data."""

    number: int
    created: datetime
    entry: str
    rows: int | None = None
    bytes: int | None = None
    digest: str | None = None


class DatasetDetail(DatasetSummary):
    resource_code: str
    related_codes: str
    sharing_conditions: str
    sharing_basis: str
    sharing_method: str
    opening_conditions: str
    unit_column: str
    attribution: str
    licence: str
    source_url: str
    published: datetime | None
    downloadable: bool
    fields: list[FieldOut]
    versions: list[VersionOut]
    profile: dict[str, Any]


class DatasetList(Schema):
    total: int
    datasets: list[DatasetSummary]


class FacetValueOut(Schema):
    value: str
    label: str
    count: int


def summary(dataset: Dataset) -> dict[str, Any]:
    return {
        "code": dataset.code,
        "domain": dataset.domain.code,
        "provider": dataset.provider.code,
        "provider_name": dataset.provider.name_zh,
        "modified": dataset.modified,
        **{name: getattr(dataset, name) for name in TEXTS},
    }


def detail(dataset: Dataset, agent: Agent) -> dict[str, Any]:
    """The whole entry as this reader may see it; the command line shows the same."""
    full = selectors.may_see_full_profile(dataset, agent)
    newest = selectors.latest(dataset)
    return summary(dataset) | {
        "published": dataset.published,
        "downloadable": selectors.may_download(dataset, agent),
        "fields": [vars(f) for f in selectors.described_fields(dataset, full=full)],
        "versions": [_version(v, full) for v in dataset.versions.order_by("-number")],
        "profile": newest.profile if full and newest else selectors.public_profile(dataset),
    }


def _version(version: Version, full: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "number": version.number,
        "created": version.created,
        "entry": version.entry_id,
    }
    if full:
        shown |= {"rows": version.rows, "bytes": version.bytes, "digest": version.digest}
    return shown
