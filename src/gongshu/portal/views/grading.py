"""A dataset's columns with their proposed grades, for its provider to confirm or change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import grading as services
from gongshu.catalog import selectors
from gongshu.rules.grades import Harm, Harmed
from gongshu.rules.grading import LEVEL_RULE, STANDARD, table_rows
from gongshu.wording import Problem

SPARE = ("", "")


@login_required
def grading(request: HttpRequest, code: str) -> HttpResponse:
    agent = agent_of_request(request)
    dataset = selectors.get(code, agent)
    found = services.grading(dataset, agent)
    problem = None
    if request.method == "POST":
        try:
            said = (
                services.as_proposed(found)
                if "as_proposed" in request.POST
                else _said(request, found)
            )
            follow = bool(request.POST.get("follow"))
            services.confirm(dataset=dataset, fields=said, follow=follow, by=agent)
        except Problem as refused:
            problem = refused
        else:
            messages.success(request, _("The grades are confirmed."), extra_tags="good")
            return redirect(f"/dataset/{code}/grading")
    context = {
        "section": "mine",
        "dataset": dataset,
        "grading": found,
        "strictest": found.strictest,
        "free": dataset.state in services.FREE,
        "rows": [_row(request, at, one) for at, one in enumerate(found.fields)],
        "table": [(str(harmed), [str(g) for _h, g in cells]) for harmed, cells in table_rows()],
        "harms": [str(harm) for harm, _g in table_rows()[0][1]],
        "objects": [str(one) for one in Harmed],
        "degrees": [str(one) for one in Harm],
        "rules": [str(STANDARD), str(LEVEL_RULE)],
        "problem": problem,
    }
    return render(request, "portal/grading.html", context, status=422 if problem else 200)


def _row(request: HttpRequest, at: int, one: services.FieldGrading) -> dict[str, Any]:
    """Fields of the form carry the column's place: its name may be anything."""
    pairs = [(str(harmed), str(harm)) for harmed, harm in one.impacts] or [SPARE]
    reason = one.confirmed.reason if one.confirmed else ""
    chosen = False
    if request.method == "POST":
        pairs, reason = _pairs(request, at), request.POST.get(f"reason.{at}", "")
        chosen = f"confirm.{at}" in request.POST
    return {"at": at, "one": one, "pairs": [*pairs, SPARE], "reason": reason, "chosen": chosen}


def _said(request: HttpRequest, found: services.Grading) -> dict[str, dict[str, Any]]:
    return {
        one.field.name: {
            "impacts": [
                {"harmed": harmed, "harm": harm}
                for harmed, harm in _pairs(request, at)
                if harmed or harm
            ],
            "reason": request.POST.get(f"reason.{at}", ""),
        }
        for at, one in enumerate(found.fields)
        if f"confirm.{at}" in request.POST
    }


def _pairs(request: HttpRequest, at: int) -> list[tuple[str, str]]:
    harmed, harm = (request.POST.getlist(f"{name}.{at}") for name in ("harmed", "harm"))
    return [pair for pair in zip(harmed, harm, strict=False) if any(pair)] or [SPARE]
