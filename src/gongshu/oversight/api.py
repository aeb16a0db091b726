"""Over HTTP: what is disclosed and what the ledger says, for anybody; slices of it for auditors."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language
from ninja import Query, Router, Schema
from pydantic import Field

from gongshu.accounts.agents import Unauthenticated, agent_of_request
from gongshu.ledger import moment
from gongshu.ledger.models import Entry
from gongshu.oversight import evaluation, evidence, monitoring, published, slice_files, slices
from gongshu.oversight.slices import Asked
from gongshu.rules.agents import Agent
from gongshu.rules.problems import not_found
from gongshu.wording import Sentence

router = Router(tags=["oversight"])


class PublishedOut(Schema):
    case: str
    organisation: str
    side: str
    year: int
    published_on: date
    entry_id: str


@router.get("/disclosures", response=list[PublishedOut], summary="Published yearly disclosures")
def list_disclosures(request: HttpRequest, year: int | None = None) -> list[published.Published]:
    return published.published(year)


@router.get("/disclosures/{case_id}", summary="A published disclosure: its exact text")
def show_disclosure(request: HttpRequest, case_id: str) -> HttpResponse:
    """Its SHA-256 is `content_digest` of the entry `disclosure.published`."""
    text = published.text(published.get(case_id))
    return HttpResponse(text, content_type="application/json")


PAGE = 100


class Filters(Schema, extra="forbid"):
    event: str = ""
    subject_kind: str = ""
    subject: str = ""
    organisation: str = ""
    since: str = ""  # a day or a time
    until: str = ""  # exclusive
    first: int | None = None  # place in the tree, from 0
    last: int | None = None  # inclusive


class EntryFilters(Filters):
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class SliceIn(Filters):
    sample: int | None = None
    seed: str = ""
    format: str = "csv"


class EntryOut(Schema):
    index: int | None
    id: str
    body: str


class EntryList(Schema):
    entries: list[EntryOut]
    more: bool


@router.get("/ledger", response=EntryList, summary="Entries of the ledger, oldest first")
def list_entries(request: HttpRequest, asked: Query[EntryFilters]) -> dict[str, Any]:
    """Each with its exact text; `/receipts` and `/tile/…` have the proofs."""
    start = (asked.page - 1) * PAGE
    found: list[Entry] = list(slices.matching(Asked.read(asked.dict()))[start : start + PAGE + 1])
    return {"entries": found[:PAGE], "more": len(found) > PAGE}


@router.post(
    "/ledger/export",
    summary="A slice of the ledger with its proofs, for an auditor",
    openapi_extra={
        "responses": {
            200: {"description": "A zip archive", "content": {slice_files.MEDIA_TYPE: {}}}
        }
    },
)
def export_ledger(request: HttpRequest, wanted: SliceIn) -> StreamingHttpResponse:
    """The export has its own entry, `ledger.exported`, named in `Gongshu-Receipt`."""
    made = slice_files.export(Asked.read(wanted.dict()), form=wanted.format, by=_somebody(request))
    return sent(made)


@router.get("/evaluation", summary="Indicators of each agency and region in a year")
def show_evaluation(request: HttpRequest, year: int | None = None) -> dict[str, Any]:
    """For the data bureau and the audit body; an agency reads its own. `share` is null where
    nothing was counted."""
    only = evaluation.visible_part(_somebody(request))
    language = get_language() or "en"
    found = evaluation.evaluate(year or moment.today().year, only=only)
    return {
        "year": found.year,
        "entries": found.entries,
        "behind": found.behind,
        "weights": {"name": found.weights.name, "basis": found.weights.basis.in_language(language)},
        "indicators": evaluation.definitions(language),
        "all": found.whole.as_dict(),
        "regions": [row.as_dict() for row in found.regions],
        "agencies": [row.as_dict() for row in found.agencies],
    }


@router.get(
    "/evaluation/{organisation}/{indicator}", summary="What one figure of the evaluation counts"
)
def show_evidence(
    request: HttpRequest, organisation: str, indicator: str, year: int | None = None
) -> list[dict[str, Any]]:
    only = evaluation.visible_part(_somebody(request))
    if only not in ("", organisation):
        raise not_found("no_evaluation")
    of = year or moment.today().year
    return [asdict(piece) for piece in evidence.evidence(indicator, organisation, of)]


@router.get("/monitoring", summary="Warnings that the ledger gives cause for")
def show_monitoring(request: HttpRequest) -> dict[str, Any]:
    """For the data bureau and the audit body; an agency reads those about what it granted."""
    return monitoring.overview(_somebody(request)).as_dict()


def sent(made: slice_files.Export) -> StreamingHttpResponse:
    """Written as it is sent."""
    response = StreamingHttpResponse(made.archive(), content_type=slice_files.MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response["Gongshu-Receipt"] = made.entry.id
    response["Cache-Control"] = "no-store"
    return response


def _somebody(request: HttpRequest) -> Agent:
    agent = agent_of_request(request)
    if agent.anonymous:
        raise Unauthenticated(
            "unauthenticated",
            Sentence(en="Log in or send a token first.", zh="请先登录或提供访问令牌。"),
        )
    return agent
