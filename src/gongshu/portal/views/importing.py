"""The ministry's form on a page: take it, send it, see every error by row, confirm."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from gongshu.accounts.agents import agent_of_request
from gongshu.cases.bodies import no_file
from gongshu.catalog import bulk, imports
from gongshu.catalog.exchange_api import empty_form, exported
from gongshu.jobs import selectors as jobs
from gongshu.jobs.models import Job
from gongshu.rules.agents import Agent
from gongshu.rules.problems import not_found
from gongshu.wording import Problem, current_language


@login_required
def importing(request: HttpRequest) -> HttpResponse:
    """The form to send a file, and with `?job=`, what its job found or did."""
    agent = agent_of_request(request)
    bulk.require_importer(agent)
    problem = None
    if request.method == "POST":
        try:
            return redirect(f"/catalogue/import?job={_sent(request, agent).id}")
        except Problem as refused:
            problem = refused
    asked = request.GET.get("job", "")
    job = _job(asked, agent) if asked else None
    context: dict[str, Any] = {"section": "mine", "problem": problem, "job": job}
    if job is not None:
        context |= _told(job)
    return render(request, "portal/import.html", context, status=422 if problem else 200)


def _sent(request: HttpRequest, agent: Agent) -> Job:
    checked = request.POST.get("job", "")
    if checked:
        skip = request.POST.get("skip_bad") == "yes"
        return imports.confirm_import(_job(checked, agent), by=agent, skip_bad=skip)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise no_file()
    imports.require_size(file.size or 0)
    return imports.receive_import(file.chunks(), source_name=file.name or "", by=agent, write=False)


def _job(number: str, agent: Agent) -> Job:
    found = jobs.job(number, agent)
    if found.kind != "import_catalogue":
        raise not_found()
    return found


def _told(job: Job) -> dict[str, Any]:
    language = "zh" if current_language().lower().startswith("zh") else "en"
    result = job.result or {}
    errors = [
        {
            **error,
            "detail": error["detail"][language],
            "suggestion": error.get("suggestion", {}).get(language, ""),
        }
        for error in result.get("errors", [])
    ]
    return {
        "result": result,
        "errors": errors,
        "more": result.get("wrong", 0) - len(errors),
        "good": result.get("new", 0) + result.get("changed", 0),
        "running": job.finished is None,
        "written": bool(result.get("written")),
    }


@login_required
def template(request: HttpRequest) -> HttpResponseBase:
    return empty_form()


def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """What the reader may see, or of it one domain or provider, as the search page narrows it."""
    narrowed = {name: request.GET.get(name, "") for name in ("domain", "provider")}
    return exported(agent_of_request(request), form, **narrowed)
