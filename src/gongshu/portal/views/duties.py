"""The sharing duty list as a page and as files."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from gongshu.accounts.agents import agent_of_request
from gongshu.oversight import duties as selectors
from gongshu.oversight import duty_file
from gongshu.oversight.duties import ProviderLine
from gongshu.oversight.promises import IN_WORDS, Duty, Tally
from gongshu.portal.names import organisation_names
from gongshu.rules.problems import not_found
from gongshu.wording import Sentence

LINES_A_PAGE = 50
WIDEST = 60  # of a bar, in pixels
FILES = {
    "csv": (duty_file.as_csv, "text/csv; charset=utf-8"),
    "json": (duty_file.as_json, "application/json; charset=utf-8"),
}


def duties(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    provider = request.GET.get("provider", "")
    pages = Paginator(selectors.duties(agent, provider), LINES_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    providers = selectors.providers(agent)
    lines = selectors.lines(page.object_list)  # type: ignore[arg-type]  # a slice of a query set
    context = {
        "section": "search",
        "provider": provider,
        "promised": _promised(),
        "providers": [
            {"one": one, "done": _done(one.done), "percent": _percent(one), "width": _width(one)}
            for one in providers
        ],
        "lines": [{"one": one, "done": _done(one.done)} for one in lines],
        "page": page,
        "total": pages.count,
        "names": organisation_names(one.provider for one in providers),
    }
    return render(request, "portal/duties.html", context)


def _done(done: Mapping[Duty, Tally]) -> list[tuple[Sentence, Tally]]:
    return [(IN_WORDS[duty], done[duty]) for duty in Duty if duty in done]


def _percent(one: ProviderLine) -> int | None:
    """Rounded down: what is not all in time is never shown as 100."""
    return None if one.share is None else int(one.share * 100)


def _width(one: ProviderLine) -> int:
    return round((one.share or 0) * WIDEST)


def _promised() -> list[dict[str, object]]:
    """By when, as it holds here; what is the same for both attributes is said once."""
    found: list[dict[str, object]] = [
        {"what": IN_WORDS[Duty.REPLY], "sharing": sharing, "within": within}
        for sharing in selectors.SHARED
        if (within := selectors.promised(sharing).reply)
    ]
    same = selectors.promised(selectors.SHARED[0])
    for duty, within in ((Duty.DELIVERY, same.delivery), (Duty.CORRECTION, same.correction)):
        found.append({"what": IN_WORDS[duty], "sharing": "", "within": within})
    return found


def duties_file(request: HttpRequest, extension: str) -> HttpResponseBase:
    if extension not in FILES:
        raise not_found()
    write, content_type = FILES[extension]
    lines = selectors.every_line(agent_of_request(request), request.GET.get("provider", ""))
    response = StreamingHttpResponse(
        write(lines, get_language() or "zh"), content_type=content_type
    )
    name = f"duties.{timezone.localdate():%Y-%m-%d}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
