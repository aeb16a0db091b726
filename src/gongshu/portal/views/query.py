"""The workbench: ask under a grant, see the answer, the refusal or what is withheld."""

from __future__ import annotations

from typing import Any

import yaml
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gongshu.accounts.agents import agent_of_request
from gongshu.data import Refused
from gongshu.gateway import services as gateway
from gongshu.grants import selectors as grants
from gongshu.portal.grant_terms import columns_of, first_question
from gongshu.portal.names import dataset_titles
from gongshu.portal.tables import heads

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
        if request.method == "POST":
            context |= _outcome(request, grant.id)
            status = 422 if "refused" in context else 200
    return render(request, "portal/query.html", context, status=status)


def _outcome(request: HttpRequest, grant_id: str) -> dict[str, Any]:
    agent = agent_of_request(request)
    sql = request.POST.get("sql", "").replace("\r\n", "\n")
    question: dict[str, Any] = {
        "grant_id": grant_id,
        "purpose": request.POST.get("purpose", ""),
        "sql": sql,
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
