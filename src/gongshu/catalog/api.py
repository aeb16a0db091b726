"""GET /api/datasets, /api/datasets/{code}, /api/search: what the catalogue says to whoever asks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field as PydanticField

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import selectors
from gongshu.catalog.models import Dataset, Version
from gongshu.catalog.search import search as find
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence

router = Router(tags=["catalogue"])
PAGE = 100
PositivePage = Annotated[int, PydanticField(ge=1, le=1_000_000)]
TEXTS = (
    *("title_zh", "title_en", "summary_zh", "summary_en", "resource_code", "format"),
    *("update_cycle", "sharing", "sharing_conditions", "sharing_basis", "sharing_method"),
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


class SearchOut(Schema):
    total: int
    page: int
    pages: int
    datasets: list[DatasetSummary]
    facets: dict[str, list[FacetValueOut]]


class SearchQuery(Schema):
    q: str = ""
    page: PositivePage = 1
    domain: list[str] = PydanticField(default_factory=list)
    provider: list[str] = PydanticField(default_factory=list)
    opening: list[str] = PydanticField(default_factory=list)
    sharing: list[str] = PydanticField(default_factory=list)
    format: list[str] = PydanticField(default_factory=list)


@router.get("/datasets", response=DatasetList)
def list_datasets(
    request: HttpRequest, domain: str = "", provider: str = "", page: PositivePage = 1
) -> dict[str, Any]:
    """All entries that whoever asks may see, by code; a hundred a page."""
    rows = selectors.visible_to(_reader(request))
    if domain:
        rows = rows.filter(domain__code=domain)
    if provider:
        rows = rows.filter(provider__code=provider)
    start = (page - 1) * PAGE
    found = rows.order_by("code")[start : start + PAGE]
    return {"total": rows.count(), "datasets": [summary(row) for row in found]}


@router.get("/datasets/{code}", response=DatasetDetail)
def show_dataset(request: HttpRequest, code: str) -> dict[str, Any]:
    return detail(selectors.get(code, agent := _reader(request)), agent)


@router.get("/search", response=SearchOut)
def search(request: HttpRequest, asked: Query[SearchQuery]) -> dict[str, Any]:
    """Words in titles, columns and descriptions; filters may be repeated."""
    filters = asked.dict(exclude={"q", "page"})
    found = find(asked.q, agent=_reader(request), filters=filters, page=asked.page)
    return {
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "datasets": [summary(row) for row in found.hits],
        "facets": {facet.name: [vars(v) for v in facet.values] for facet in found.facets},
    }


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


def _reader(request: HttpRequest) -> Agent:
    agent = agent_of_request(request)
    if not agent.may_use("read"):
        raise Forbidden(
            "scope",
            Sentence(
                en="This token may not read: it lacks the scope “read”.",
                zh="该令牌没有“read”权限范围，不能读取。",
            ),
        )
    return agent
