"""What is disclosed, over HTTP: for anybody."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from gongshu.oversight import published

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
