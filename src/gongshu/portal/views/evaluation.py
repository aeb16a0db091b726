"""The evaluation: all agencies and regions, one of them by indicators, and what a figure counts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from stdnum import numdb

from gongshu.accounts.agents import agent_of_request
from gongshu.oversight import evaluation, selectors
from gongshu.oversight.evaluation import Evaluation, Row, dimension_shares
from gongshu.oversight.evidence import MOST, evidence
from gongshu.oversight.indicators import DIMENSIONS, INDICATORS, PILLARS
from gongshu.portal import charts
from gongshu.portal.names import organisation_names
from gongshu.rules.problems import not_found

SHOWN = 200


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    only = evaluation.visible_part(agent_of_request(request))
    if only:
        return redirect(f"/evaluation/{only}")
    found = evaluation.evaluate(_year(request))
    context = _frame(found) | {
        "whole": _line(found.whole, found),
        "regions": [_line(row, found) | _place(row.name) for row in found.regions],
        "agencies": [_line(row, found) for row in found.agencies[:SHOWN]],
        "more": max(len(found.agencies) - SHOWN, 0),
        "names": organisation_names(row.name for row in found.agencies[:SHOWN]),
    }
    return render(request, "portal/evaluation.html", context)


@login_required
def agency(request: HttpRequest, organisation: str) -> HttpResponse:
    _require_visible(request, organisation)
    found = evaluation.evaluate(_year(request), only=organisation)
    if not found.agencies:
        raise not_found("no_evaluation")
    row = found.agencies[0]
    lines = [
        {
            "row": INDICATORS[code],
            "dimension": DIMENSIONS[INDICATORS[code].dimension],
            "pillar": PILLARS[INDICATORS[code].pillar],
            "value": value,
            "weight": found.weights.weights.get(code, 0),
        }
        for code, value in row.values.items()
    ]
    context = _frame(found) | {
        "organisation_code": organisation,
        "names": organisation_names([organisation]),
        "row": row,
        "lines": lines,
    }
    return render(request, "portal/evaluation_agency.html", context)


@login_required
def figure(request: HttpRequest, organisation: str, code: str) -> HttpResponse:
    _require_visible(request, organisation)
    year = _year(request)
    found = evidence(code, organisation, year)
    context = {
        "section": "evaluation",
        "year": year,
        "organisation_code": organisation,
        "names": organisation_names([organisation]),
        "row": INDICATORS[code],
        "pieces": found,
        "cut": len(found) == MOST,
    }
    return render(request, "portal/evaluation_figure.html", context)


def _require_visible(request: HttpRequest, organisation: str) -> None:
    if evaluation.visible_part(agent_of_request(request)) not in ("", organisation):
        raise not_found("no_evaluation")


def _year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    return int(text) if len(text) == 4 and text.isdecimal() else timezone.localdate().year


def _frame(found: Evaluation) -> dict[str, Any]:
    drawn = [
        {"name": DIMENSIONS[name], "id": name, "line": charts.line(shares)}
        for name, shares in found.series.items()
    ]
    return {
        "section": "evaluation",
        "found": found,
        "year": found.year,
        "years": selectors.years(),
        "dimensions": DIMENSIONS.values(),
        "charts": drawn,
    }


def _line(row: Row, found: Evaluation) -> dict[str, Any]:
    shares = dimension_shares(row, found.weights)
    named = [(DIMENSIONS[name], share) for name, share in shares.items()]
    return {"row": row, "shares": named}


def _place(region: str) -> dict[str, str]:
    """The place's name, as far as the table of places has it (python-stdnum, GB/T 2260)."""
    parts = [found for _, found in numdb.get("cn/loc").info(region)]
    province = str(parts[0].get("province", "")) if parts else ""
    county = str(parts[1].get("county", "")) if len(parts) > 1 else ""
    county = county.rpartition("]")[2]
    return {"place": province if county in ("", province) else f"{province}{county}"}
