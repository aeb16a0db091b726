"""Search over HTTP, and being told: suggestions, followed datasets, saved searches.

GET    /api/search                     words, facets, sort; pages of twenty
GET    /api/suggest?q=                 while somebody types
GET    /api/following                  what my organisation and I follow
PUT    /api/following/{code}           be told when its data change
DELETE /api/following/{code}
GET    /api/saved-searches
POST   /api/saved-searches
DELETE /api/saved-searches/{number}
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field as PydanticField

from gongshu.accounts.agents import Unauthenticated, agent_of_request
from gongshu.catalog import following, saved, selectors
from gongshu.catalog.models import Following, SavedSearch
from gongshu.catalog.search import search as find
from gongshu.catalog.shown import DatasetSummary, FacetValueOut, summary
from gongshu.catalog.suggest import suggest
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence

router = Router(tags=["search"])
PositivePage = Annotated[int, PydanticField(ge=1, le=1_000_000)]
Values = Annotated[list[str], PydanticField(default_factory=list)]


class Facets(Schema):
    domain: Values
    provider: Values
    sharing: Values
    opening: Values
    format: Values
    update: Values
    grade: Values
    region: Values


class SearchQuery(Facets):
    q: str = ""
    page: PositivePage = 1
    sort: str = ""


class ColumnOut(Schema):
    name: str
    title_zh: str
    title_en: str


class SearchOut(Schema):
    total: int
    page: int
    pages: int
    sort: str
    found_by: str
    instead: str
    meant: str
    datasets: list[DatasetSummary]
    matched: dict[str, list[ColumnOut]]
    facets: dict[str, list[FacetValueOut]]


class SuggestionOut(Schema):
    kind: str
    text: str
    link: str


class FollowIn(Schema):
    whole_organisation: bool = False


class FollowingOut(Schema):
    dataset: str
    title_zh: str
    whole_organisation: bool
    told: int
    created: datetime


class SavedIn(Schema):
    name: str
    q: str = ""
    filters: dict[str, list[str]] = PydanticField(default_factory=dict)
    daily: bool = True


class SavedOut(Schema):
    number: int
    name: str
    q: str
    filters: dict[str, list[str]]
    daily: bool
    link: str


@router.get("/search", response=SearchOut, summary="Search the catalogue")
def search(request: HttpRequest, asked: Query[SearchQuery]) -> dict[str, Any]:
    """Words in titles, columns and descriptions; facets may be repeated. `sort`: relevance,
    newest, updated, title or followed. `found_by`: words, or, where few have them, parts of
    words, sounds (pinyin), or mended: mistyped words, `instead` being what was looked for."""
    filters = asked.dict(exclude={"q", "page", "sort"})
    agent = _reader(request)
    found = find(asked.q, agent=agent, filters=filters, page=asked.page, sort=asked.sort)
    return {
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "sort": found.sort,
        "found_by": found.found_by,
        "instead": found.instead,
        "meant": found.meant,
        "datasets": [summary(row) for row in found.hits],
        "matched": {
            code: [vars(column) for column in columns] for code, columns in found.matched.items()
        },
        "facets": {facet.name: [vars(v) for v in facet.values] for facet in found.facets},
    }


@router.get("/suggest", response=list[SuggestionOut], summary="Suggestions while typing")
def suggestions(request: HttpRequest, q: str = "") -> list[dict[str, Any]]:
    """Words, columns, agencies and titles of public entries that begin so; also by pinyin and
    its initials."""
    _reader(request)
    return [vars(one) for one in suggest(q)]


@router.get("/following", response=list[FollowingOut], summary="Followed datasets")
def list_following(request: HttpRequest) -> list[dict[str, Any]]:
    return [following_out(row) for row in following.mine(_person(request))]


@router.put("/following/{code}", response=FollowingOut, summary="Follow a dataset")
def follow(request: HttpRequest, code: str, said: FollowIn | None = None) -> dict[str, Any]:
    """A notice comes with each version whose data differ; by mail and webhook, if chosen."""
    agent = _person(request)
    dataset = selectors.get(code, agent)
    whole = said is not None and said.whole_organisation
    return following_out(following.follow(dataset=dataset, by=agent, whole=whole))


@router.delete("/following/{code}", response={204: None}, summary="Follow a dataset no longer")
def unfollow(request: HttpRequest, code: str, whole_organisation: bool = False) -> Status[None]:
    agent = _person(request)
    dataset = selectors.get(code, agent)
    following.unfollow(dataset=dataset, by=agent, whole=whole_organisation)
    return Status(204, None)


@router.get("/saved-searches", response=list[SavedOut], summary="Saved searches")
def list_saved(request: HttpRequest) -> list[dict[str, Any]]:
    return [saved_out(row) for row in saved.mine(_person(request))]


@router.post("/saved-searches", response={201: SavedOut}, summary="Save a search")
def save(request: HttpRequest, said: SavedIn) -> Status[dict[str, Any]]:
    """`daily`: once a day a notice tells what it finds anew. The same name again replaces it."""
    row = saved.save(
        name=said.name, query=said.q, filters=said.filters, daily=said.daily, by=_person(request)
    )
    return Status(201, saved_out(row))


@router.delete("/saved-searches/{number}", response={204: None}, summary="Forget a search")
def forget(request: HttpRequest, number: int) -> Status[None]:
    saved.forget(number=number, by=_person(request))
    return Status(204, None)


def following_out(row: Following) -> dict[str, Any]:
    """As the shell shows it, too."""
    return {
        "dataset": row.dataset.code,
        "title_zh": row.dataset.title_zh,
        "whole_organisation": not row.person,
        "told": row.told,
        "created": row.created,
    }


def saved_out(row: SavedSearch) -> dict[str, Any]:
    return {
        "number": row.pk,
        "name": row.name,
        "q": row.query,
        "filters": row.filters,
        "daily": row.daily,
        "link": saved.address(row),
    }


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


def _person(request: HttpRequest) -> Agent:
    agent = _reader(request)
    if agent.anonymous:
        raise Unauthenticated(
            "unauthenticated",
            Sentence(en="Log in or send a token first.", zh="请先登录或提供访问令牌。"),
        )
    return agent
