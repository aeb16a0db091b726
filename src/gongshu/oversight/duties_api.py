"""The sharing duty list over HTTP: for anybody, as far as they may know of the entries."""

from __future__ import annotations

from typing import Annotated, Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router
from pydantic import Field

from gongshu.accounts.agents import agent_of_request
from gongshu.oversight import duties
from gongshu.oversight.duty_file import as_row, provider_row

router = Router(tags=["oversight"])
AT_MOST = 500


@router.get("/duties", summary="The sharing duty list, and what was done of it")
def list_duties(
    request: HttpRequest,
    provider: str = "",
    page: int = 1,
    size: Annotated[int, Field(ge=1, le=AT_MOST)] = 100,
) -> dict[str, Any]:
    agent = agent_of_request(request)
    found = Paginator(duties.duties(agent, provider), size).get_page(page)
    language = get_language() or "zh"
    lines = duties.lines(found.object_list)  # type: ignore[arg-type]  # a slice of a query set
    return {
        "total": found.paginator.count,
        "page": found.number,
        "duties": [as_row(line, language) for line in lines],
    }


@router.get("/duties/providers", summary="Who keeps to their deadlines of sharing")
def list_providers(request: HttpRequest) -> list[dict[str, Any]]:
    return [provider_row(line) for line in duties.providers(agent_of_request(request))]
