"""Demands for open data in public: all of them with where they stand, one with its feedback."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import demands, services
from gongshu.cases.selectors import procedure
from gongshu.portal import forms
from gongshu.portal.case_contents import state_name
from gongshu.portal.names import organisation_names
from gongshu.wording import Problem

PAGE = 50


def listing(request: HttpRequest) -> HttpResponse:
    q, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    page = Paginator(demands.search(q, state), PAGE).get_page(request.GET.get("page"))
    found = [demands.of(case) for case in page]
    table = procedure(demands.KIND)
    context = {
        "section": "demands",
        "q": q,
        "state": state,
        "states": [(name, label) for name, label in table.states.items() if name != "received"],
        "page": page,
        "lines": [{"it": one, "state": state_name(table, one.state)} for one in found],
        "waiting_triage": demands.waiting(),
        "names": organisation_names(one.holder for one in found),
    }
    return render(request, "portal/demands.html", context)


def demand(request: HttpRequest, case_id: str) -> HttpResponse:
    """What is public of one, and, once the data are open, the form for feedback."""
    found = demands.get(case_id)
    table = procedure(demands.KIND)
    row = table.rows["feedback"]
    assert row.form is not None
    schema = row.form.model_json_schema()
    problem = None
    if request.method == "POST":
        try:
            services.do(
                case_id=case_id,
                step=row.name,
                by=agent_of_request(request),
                form=forms.answers(schema, request.POST),
                idempotency_key=request.POST.get("_once", ""),
            )
        except Problem as refused:
            problem = refused
        else:
            messages.success(request, gettext("Your feedback was passed on."))
            return redirect(f"/demand/{case_id}")
    context = {
        "section": "demands",
        "it": found,
        "state": state_name(table, found.state),
        "names": organisation_names([found.holder]),
        "step": row,
        "feedback": found.state in row.sources,
        "fields": forms.fields(schema, {k: str(v) for k, v in request.POST.items()}),
        "problem": problem,
        "once": uuid.uuid4().hex,
    }
    return render(request, "portal/demand.html", context, status=422 if problem else 200)
