"""Data elements over HTTP: which datum is held where, and which column is its one source.

GET  /api/elements?q=            POST /api/elements
GET  /api/elements/{id}          POST /api/elements/{id}/columns, /source
GET  /api/datasets/{code}/elements?column=   its elements; candidates for a column
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import element_selectors, elements, selectors
from gongshu.catalog.element_selectors import Candidate
from gongshu.catalog.joins import numbers
from gongshu.catalog.joins_api import ShareOut
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence

router = Router(tags=["data elements"])
MOST = 500


class ElementIn(Schema):
    name_zh: str
    name_en: str = ""
    definition_zh: str = ""
    definition_en: str = ""
    object_class: str = ""
    property: str = ""
    representation: str = ""


class ElementOut(ElementIn):
    id: int
    entry_id: str


class ComparedOut(Schema):
    matched: int
    differing: int
    blank: int
    unclear: int
    unmatched: int
    rate: float | None
    key: list[str]
    versions: list[int]
    at: str


class HeldOut(Schema):
    dataset: str
    column: str
    provider: str
    role: str
    compared: ComparedOut | None


class ElementDetail(ElementOut):
    columns: list[HeldOut]


class ColumnIn(Schema):
    dataset: str
    column: str


class OfDataset(Schema):
    element: int
    name_zh: str
    name_en: str
    column: str
    role: str


class CandidateOut(Schema):
    dataset: str
    column: str
    likeness: float
    same_meaning: bool
    contained: ShareOut | None


class DatasetElements(Schema):
    dataset: str
    elements: list[OfDataset]
    candidates: list[CandidateOut]


@router.get("/elements", response=list[ElementOut], summary="Data elements")
def listing(request: HttpRequest, q: str = "") -> list[dict[str, Any]]:
    rows = element_selectors.elements(_reader(request), q[:200])
    return [element_selectors.summary(row) for row in rows[:MOST]]


@router.post("/elements", response={201: ElementDetail}, summary="A new data element")
def make(request: HttpRequest, body: ElementIn) -> Status[dict[str, Any]]:
    """For the data bureau."""
    agent = agent_of_request(request)
    made = elements.describe_element(by=agent, **body.dict())
    return Status(201, element_selectors.detail(made, agent))


@router.get("/elements/{number}", response=ElementDetail, summary="A data element")
def one(request: HttpRequest, number: str) -> dict[str, Any]:
    """Its source and its copies; how often a copy differs, for who may be told."""
    return element_selectors.detail(element_selectors.get(number), _reader(request))


@router.post("/elements/{number}/columns", response=ElementDetail, summary="A column that holds it")
def add_column(request: HttpRequest, number: str, body: ColumnIn) -> dict[str, Any]:
    """For the data bureau, and for the column's provider."""
    agent = agent_of_request(request)
    found = element_selectors.get(number)
    dataset = selectors.get(body.dataset, agent)
    elements.add_column(element=found, dataset=dataset, column=body.column, by=agent)
    return element_selectors.detail(found, agent)


@router.post("/elements/{number}/source", response=ElementDetail, summary="Name its one source")
def name_source(request: HttpRequest, number: str, body: ColumnIn) -> dict[str, Any]:
    """For the head of the data bureau; the other columns become references."""
    agent = agent_of_request(request)
    found = element_selectors.get(number)
    dataset = selectors.get(body.dataset, agent)
    elements.name_source(element=found, dataset=dataset, column=body.column, by=agent)
    return element_selectors.detail(found, agent)


@router.get(
    "/datasets/{code}/elements",
    response=DatasetElements,
    summary="The data elements that a dataset holds",
)
def of_dataset(request: HttpRequest, code: str, column: str = "") -> dict[str, Any]:
    """With a `column`: columns of others that may hold the same datum as well."""
    agent = _reader(request)
    dataset = selectors.get(code, agent)
    found = element_selectors.candidates(dataset, column, agent) if column else []
    return {
        "dataset": code,
        "elements": [
            {
                "element": held.element_id,
                "name_zh": held.element.name_zh,
                "name_en": held.element.name_en,
                "column": held.column,
                "role": held.role,
            }
            for held in element_selectors.of_dataset(dataset)
        ],
        "candidates": [candidate_shown(one) for one in found],
    }


def candidate_shown(found: Candidate) -> dict[str, Any]:
    return {
        "dataset": found.dataset.code,
        "column": found.field.name,
        "likeness": round(found.like, 2),
        "same_meaning": found.same_meaning,
        "contained": numbers(found.into) if found.into else None,
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
