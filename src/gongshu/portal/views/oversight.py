"""What the public sees of it all: the disclosure, derived from the ledger."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongshu.accounts.agents import agent_of_request
from gongshu.oversight import selectors
from gongshu.portal.names import dataset_titles, organisation_names


def disclosure(request: HttpRequest) -> HttpResponse:
    year = request.GET.get("year", "")
    chosen = int(year) if year.isdecimal() and len(year) == 4 else timezone.localdate().year
    found = selectors.disclosure(year=chosen)
    codes = [code for one in found.authorisations for code in (one.grantor, one.grantee)]
    codes += [one.grantee for one in found.use] + [one.provider for one in found.open_datasets]
    context = {
        "section": "disclosure",
        "year": chosen,
        "disclosure": found,
        "years": selectors.years(),
        "names": organisation_names(codes),
        "titles": dataset_titles(
            (code for one in found.authorisations for code in one.datasets),
            agent_of_request(request),
        ),
    }
    return render(request, "portal/disclosure.html", context)
