"""The workbench: ask under a grant, see the answer, the refusal or what is withheld."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import selectors as catalog
from gongshu.data import Refused
from gongshu.gateway import services as gateway
from gongshu.grants import selectors as grants
from gongshu.portal.grant_terms import columns_of, first_question
from gongshu.portal.names import dataset_titles
from gongshu.portal.tables import heads
from gongshu.rules.agents import Agent

SHOWN_ROWS = 500


@login_required
def workbench(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    held = list(grants.usable(agent))
    asked = request.POST or request.GET
    grant = next((g for g in held if g.id == asked.get("grant")), held[0] if held else None)
    context: dict[str, Any] = {"section": "query", "grants": held, "grant": grant}
    status = 200
    if grant:
        context["datasets"] = columns_of(grant.terms)
        context["titles"] = dataset_titles(grant.terms["datasets"], agent)
        context["sql"] = asked.get("sql") or first_question(grant.terms)
        context["purpose"] = asked.get("purpose", "")
        context["choices"] = _choices(grant.terms["datasets"], agent, asked)
        if request.method == "POST":
            context |= _outcome(request, grant.id)
            status = 422 if "refused" in context else 200
    return render(request, "portal/query.html", context, status=status)


def _choices(codes: Iterable[str], agent: Agent, asked: QueryDict) -> list[dict[str, Any]]:
    """Of datasets with more than one version: which may be asked, and which is chosen."""
    found = []
    for dataset in catalog.visible_to(agent).filter(code__in=list(codes)):
        rows = dataset.versions.filter(removed=None).order_by("-number")
        numbers = list(rows.values_list("number", "created"))
        if len(numbers) > 1:
            chosen = asked.get(f"version:{dataset.code}", "")
            found.append({"code": dataset.code, "versions": numbers, "chosen": chosen})
    return found


def _chosen(asked: QueryDict) -> dict[str, int] | None:
    """What was picked instead of the newest."""
    picked = {
        name.removeprefix("version:"): int(number)
        for name, number in asked.items()
        if name.startswith("version:")
        and isinstance(number, str)
        and number.isascii()
        and number.isdigit()
        and len(number) < 10
    }
    return picked or None


def _outcome(request: HttpRequest, grant_id: str) -> dict[str, Any]:
    agent = agent_of_request(request)
    sql = request.POST.get("sql", "").replace("\r\n", "\n")
    question: dict[str, Any] = {
        "grant_id": grant_id,
        "purpose": request.POST.get("purpose", ""),
        "sql": sql,
        "versions": _chosen(request.POST),
        "by": agent,
    }
    if request.POST.get("do") == "check":
        decision = gateway.check(**question)
        if decision.allowed:
            return {"sql": sql, "checked": decision}
        return {"sql": sql, "refused": decision, "missing": _as_yaml(decision.missing)}
    try:
        answer = gateway.answer(**question)
    except Refused as refused:
        return {"sql": sql, "refused": refused, "entry_id": getattr(refused, "entry_id", None)}
    shown = answer.table.slice(0, SHOWN_ROWS)
    rows = list(zip(*(c.to_pylist() for c in shown.columns), strict=True))
    return {"sql": sql, "answer": answer, "heads": heads(shown.schema), "rows": rows}


def _as_yaml(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False) if value else ""
