"""Other catalogues on a page: the sources, one with its runs, a dry run with its difference."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gongshu.accounts.agents import agent_of_request
from gongshu.interop.harvest import services, shown
from gongshu.jobs import selectors as jobs
from gongshu.jobs.models import Job
from gongshu.portal.entry_fields import LABELS
from gongshu.rules.agents import Agent
from gongshu.rules.problems import not_found
from gongshu.wording import Problem, current_language


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    context = {"section": "harvest", "sources": shown.sources(agent)}
    return render(request, "portal/harvest.html", context)


@login_required
def source(request: HttpRequest, name: str) -> HttpResponse:
    """What it is, its runs, and with `?job=`, what a dry run found."""
    agent = agent_of_request(request)
    problem = None
    if request.method == "POST":
        try:
            return _done(request, name, agent)
        except Problem as refused:
            problem = refused
    number = request.GET.get("job", "")
    job = _dry_run(number, agent) if number else None
    detail = shown.detail(name, agent)
    runs = detail["runs"]
    context: dict[str, Any] = {
        "section": "harvest",
        "source": detail,
        "waiting_run": runs[0] if runs and runs[0]["state"] == "waiting" else None,
        "notes": [_note(note) for note in detail["notes"]],
        "job": job,
        "running": job is not None and job.finished is None,
        "diff": _diff(job.result) if job is not None and job.result else None,
        "problem": problem,
    }
    return render(request, "portal/harvest_source.html", context, status=422 if problem else 200)


def _done(request: HttpRequest, name: str, agent: Agent) -> HttpResponse:
    doing = request.POST.get("do")
    if doing == "dry-run":
        return redirect(f"/harvest/{name}?job={services.check(name, by=agent).id}")
    if doing == "run":
        services.start(name, by=agent)
        messages.success(request, _("The source is being read."), extra_tags="good")
    elif doing == "confirm-gone":
        services.confirm_gone(name, by=agent)
        messages.success(request, _("They are marked as gone."), extra_tags="good")
    return redirect(f"/harvest/{name}")


def _dry_run(number: str, agent: Agent) -> Job:
    found = jobs.job(number, agent)
    if found.kind != "harvest_check":
        raise not_found()
    return found


def _diff(result: dict[str, Any]) -> dict[str, Any]:
    changed = [
        {**one, "fields": [(_(LABELS.get(k, k)), *pair) for k, pair in one["fields"].items()]}
        for one in result["changed"]
    ]
    return {
        **result,
        "changed": changed,
        "broken": [_note(one) for one in result["broken"]],
        "notes": [_note({"detail": note}) for note in result["notes"]],
        "unmapped": sorted(result["unmapped"].items()),
    }


def _note(note: dict[str, Any]) -> dict[str, Any]:
    language = "zh" if current_language().lower().startswith("zh") else "en"
    return {**note, "detail": note["detail"][language]}
