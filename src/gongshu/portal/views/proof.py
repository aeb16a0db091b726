"""What anyone can check: the ledger, an entry, a receipt, and verifying one."""

from __future__ import annotations

import json
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gongshu.accounts.agents import agent_of_request
from gongshu.ledger import selectors, services
from gongshu.log.receipt import receipt_bytes, verify_receipt
from gongshu.oversight.selectors import is_overseer
from gongshu.portal import entry_facts, events
from gongshu.portal.ledger_search import LedgerSearch
from gongshu.portal.names import organisation_names
from gongshu.wording import Problem

PAGE = 50
LARGEST_RECEIPT = 2_000_000


def ledger(request: HttpRequest) -> HttpResponse:
    search = LedgerSearch.of(request.GET.dict())
    page = Paginator(search.entries(), PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "ledger",
        "search": search,
        "events": events.labels(),
        "checkpoint": selectors.checkpoint(),
        "page": page,
        "names": organisation_names(entry.organisation for entry in page),
        "may_export": is_overseer(agent_of_request(request)),
    }
    return render(request, "portal/ledger.html", context)


def entry(request: HttpRequest, entry_id: str) -> HttpResponse:
    found = selectors.entry(entry_id)
    context = {
        "section": "ledger",
        "entry": found,
        "facts": entry_facts.lines(found.facts),
        "leaf_hash": bytes(found.leaf_hash).hex(),
    }
    return render(request, "portal/entry.html", context)


def receipt(request: HttpRequest, entry_id: str) -> HttpResponse:
    agent = agent_of_request(request)
    found = selectors.entry(entry_id)
    made = services.receipt(entry_id, agent=agent)
    context = {
        "entry": found,
        "receipt": made,
        "facts": entry_facts.lines(found.facts),
        "openings": entry_facts.opened(selectors.openings(found, agent)),
    }
    return render(request, "portal/receipt.html", context, status=200 if made else 202)


def receipt_file(request: HttpRequest, entry_id: str) -> HttpResponse:
    selectors.entry(entry_id)
    made = services.receipt(entry_id, agent=agent_of_request(request))
    if made is None:
        return HttpResponse(status=202, headers={"Retry-After": "1"})
    response = HttpResponse(receipt_bytes(made), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="receipt-{entry_id}.json"'
    return response


def verify(request: HttpRequest) -> HttpResponse:
    data = _given_receipt(request)
    context: dict[str, object] = {"section": "verify"}
    if data:
        context["text"] = data.decode("utf-8", "replace")
        try:
            verified = verify_receipt(data, key=selectors.verifier_key())
        except Problem as problem:
            context["problem"] = problem
        else:
            entry = json.loads(verified.entry)
            context |= {
                "verified": verified,
                "entry": entry,
                "at": datetime.fromisoformat(entry["time"]),
                "facts": entry_facts.lines(entry["facts"]),
            }
    return render(request, "portal/verify.html", context)


def _given_receipt(request: HttpRequest) -> bytes:
    """From a file, from the text box, or of an entry of this log."""
    upload = request.FILES.get("file")
    if isinstance(upload, UploadedFile):
        return bytes(upload.read(LARGEST_RECEIPT))
    if request.POST.get("text"):
        return request.POST["text"].replace("\r\n", "\n").encode()
    if request.GET.get("entry"):
        selectors.entry(request.GET["entry"])
        made = services.receipt(request.GET["entry"], agent=agent_of_request(request))
        return receipt_bytes(made) if made else b""
    return b""
