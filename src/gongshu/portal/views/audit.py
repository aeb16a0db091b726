"""The auditor's view: how the log stands, what fits the filters, and taking it away with proofs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from gongshu.accounts.agents import agent_of_request
from gongshu.ledger import selectors as ledger
from gongshu.oversight import slice_files, slices
from gongshu.oversight.api import sent
from gongshu.oversight.selectors import audit as audited
from gongshu.oversight.selectors import require_overseer
from gongshu.oversight.slices import Asked
from gongshu.portal import events
from gongshu.portal.names import organisation_names
from gongshu.wording import Problem

SHOWN = 10


@login_required
def audit(request: HttpRequest) -> HttpResponseBase:
    agent = agent_of_request(request)
    require_overseer(agent)
    given = request.POST if request.method == "POST" else request.GET
    context = _frame(given.dict())
    try:
        asked = Asked.read(given.dict())
        if request.method == "POST":
            return sent(slice_files.export(asked, form=given.get("format", "csv"), by=agent))
    except Problem as problem:
        return _page(request, context | {"problem": problem}, 422)
    found = slices.matching(asked)
    shown = list(found[:SHOWN])
    past = list(audited(agent, events=[slices.EVENT]).reverse()[:SHOWN])
    codes = [entry.organisation for entry in (*shown, *past)]
    context |= {
        "count": found.count(),
        "shown": shown,
        "past": past,
        "names": organisation_names(codes),
    }
    return _page(request, context)


def _frame(given: dict[str, str]) -> dict[str, object]:
    return {
        "section": "audit",
        "given": given,
        "events": events.labels(),
        "forms": slice_files.FORMS,
        "size": ledger.tree_size(),
        "checkpoint": ledger.checkpoint(),
    }


def _page(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    return render(request, "portal/audit.html", context, status=status)
