"""Registrations in public: what is in publicity, objections, look-up by code, certificates.

For everybody, also without an account (registration measures, articles 12 and 13).
"""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import registrations, services
from gongshu.cases.models import Registration
from gongshu.cases.selectors import procedure
from gongshu.log.certificate import certificate_bytes
from gongshu.portal import case_files, forms
from gongshu.portal.case_contents import state_name
from gongshu.portal.names import organisation_names
from gongshu.rules.procedure import Step
from gongshu.wording import Problem

PAGE = 50


def listing(request: HttpRequest) -> HttpResponse:
    q = request.GET.get("q", "").strip()
    page = Paginator(registrations.search(q), PAGE).get_page(request.GET.get("page"))
    public = registrations.in_publicity()
    codes = [*(one.registrant for one in public), *(one.registrant for one in page)]
    context = {
        "section": "registrations",
        "q": q,
        "page": page,
        "lines": [_line(one) for one in page],
        "in_publicity": [{"it": one, "type": _type(one.type), **_state(one)} for one in public],
        "names": organisation_names(codes),
    }
    return render(request, "portal/registrations.html", context)


def publicity(request: HttpRequest, case_id: str) -> HttpResponse:
    """The four public fields of one, and the form of an objection."""
    found = registrations.publicity(case_id)
    row = procedure(registrations.CASE).rows["object"]
    problem = None
    if request.method == "POST":
        problem = _taken(request, case_id, row)
        if problem is None:
            messages.success(request, gettext("Your objection was recorded; it will be checked."))
            return redirect(f"/registrations/{case_id}")
    context = {
        "section": "registrations",
        "it": found,
        "type": _type(found.type),
        "step": row,
        "names": organisation_names([found.registrant]),
        **_state(found),
        **_form(request, row, problem),
    }
    return render(request, "portal/publicity.html", context, status=422 if problem else 200)


def registration(request: HttpRequest, code: str) -> HttpResponse:
    """What stands under a query code, and the form that asks for a correction."""
    found = registrations.get(code)
    row = procedure(registrations.RECORD).rows["ask_correction"]
    problem = None
    if request.method == "POST":
        problem = _taken(request, found.record_id, row)
        if problem is None:
            messages.success(request, gettext("Your request was recorded; it will be checked."))
            return redirect(f"/registration/{found.code}")
    context = {
        "section": "registrations",
        **_line(found),
        "step": row,
        "correctable": found.record.state in row.sources,
        "entry_id": registrations.entry_of(found),
        "names": organisation_names([found.registrant]),
        **_form(request, row, problem),
    }
    return render(request, "portal/registration.html", context, status=422 if problem else 200)


def certificate(request: HttpRequest, code: str, extension: str) -> HttpResponse:
    """The certificate: as a file that anybody can verify, or as a page to print."""
    if extension not in ("json", "pdf"):
        raise Http404
    found = registrations.get(code)
    made = registrations.certificate(found)
    if made is None:
        return HttpResponse(status=202, headers={"Retry-After": "1"})
    if extension == "pdf":
        from gongshu.cases.certificate_pdf import certificate_pdf  # here: it loads ReportLab

        address = request.build_absolute_uri(f"/registration/{found.code}")
        data = certificate_pdf(made, address=address)
    else:
        data = certificate_bytes(made)
    response = HttpResponse(data, content_type=f"application/{extension}")
    name = f"registration-{found.code}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _taken(request: HttpRequest, case_id: str, row: Step) -> Problem | None:
    assert row.form is not None
    schema, agent = row.form.model_json_schema(), agent_of_request(request)
    posted, problem = case_files.with_files(request, schema, agent)
    request.POST = posted  # type: ignore[assignment]  # shown again if something is wrong
    if problem:
        return problem
    try:
        services.do(
            case_id=case_id,
            step=row.name,
            by=agent,
            form=forms.answers(schema, posted),
            idempotency_key=posted.get("_once", ""),
        )
    except Problem as refused:
        return refused
    return None


def _form(request: HttpRequest, row: Step, problem: Problem | None) -> dict[str, object]:
    assert row.form is not None
    schema, agent = row.form.model_json_schema(), agent_of_request(request)
    return {
        "fields": case_files.fields(request.POST, schema, agent),
        "accepted": case_files.accepted(),
        "problem": problem,
        "once": uuid.uuid4().hex,
    }


def _line(found: Registration) -> dict[str, object]:
    what = procedure(registrations.CASE).payload.model_json_schema()["properties"]["what"]
    return {
        "it": found,
        "what": forms.called(what, found.what, "what"),
        "state": state_name(procedure(registrations.RECORD), found.record.state),
        "ended": found.record.state not in registrations.STANDING,
    }


def _type(type_: str) -> str:
    schema = procedure(registrations.CASE).payload.model_json_schema()["properties"]["type"]
    return forms.called(schema, type_, "type")


def _state(found: registrations.Publicity) -> dict[str, str]:
    return {"state": state_name(procedure(registrations.CASE), found.state)}
