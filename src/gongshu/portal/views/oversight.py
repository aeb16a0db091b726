"""What the public sees of it all: the disclosure, derived from the ledger."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongshu.oversight import selectors


def disclosure(request: HttpRequest) -> HttpResponse:
    year = request.GET.get("year", "")
    chosen = int(year) if year.isdecimal() and len(year) == 4 else timezone.localdate().year
    context = {
        "section": "disclosure",
        "year": chosen,
        "disclosure": selectors.disclosure(year=chosen),
        "years": selectors.years(),
    }
    return render(request, "portal/disclosure.html", context)
