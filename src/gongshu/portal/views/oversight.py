"""What the public sees of it all: the disclosure, derived from the ledger."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongshu.accounts.agents import agent_of_request
from gongshu.oversight import published, selectors
from gongshu.oversight.disclosure import Disclosure
from gongshu.portal.names import dataset_titles, organisation_names
from gongshu.rules.price_forms import UNITS, USES
from gongshu.rules.product_listing import PRODUCT_LISTING


def disclosure(request: HttpRequest) -> HttpResponse:
    year = request.GET.get("year", "")
    chosen = int(year) if year.isdecimal() and len(year) == 4 else timezone.localdate().year
    found = selectors.disclosure(year=chosen)
    codes = [code for one in found.authorisations for code in (one.grantor, one.grantee)]
    codes += [one.grantee for one in found.use] + [one.provider for one in found.open_datasets]
    made_public = published.published(chosen)
    codes += [one.organisation for one in made_public]
    context = {
        "section": "disclosure",
        "prices": _prices(found),
        "published": made_public,
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


def published_file(request: HttpRequest, case_id: str) -> HttpResponse:
    """The exact text whose digest stands in the ledger."""
    text = published.text(published.get(case_id))
    return HttpResponse(text, content_type="application/json; charset=utf-8")


def _prices(found: Disclosure) -> list[dict[str, Any]]:
    """One line a product of a grant: what it is for, its cap, its charge, whether it is listed."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for name, rows in (("cap", found.caps), ("charge", found.charges)):
        for row in rows:
            line = lines.setdefault((row.grant, row.product), {"entries": []})
            line |= {"use": USES[row.use], "unit": UNITS[row.unit], name: row.amount}
            line["trial"] = line.get("trial", False) or row.trial
            line["entries"].append(row.entry_id)
    for one in found.products:
        line = lines.setdefault((one.grant, one.product), {"entries": []})
        line |= {"use": USES[one.use], "state": PRODUCT_LISTING.states[one.state]}
        line["entries"].append(one.entry_id)
    return [{"grant": g, "product": p, **line} for (g, p), line in sorted(lines.items())]
