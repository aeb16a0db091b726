"""Long work: the jobs of one's organisation; one job, its log, cancel and another try."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongshu.accounts.agents import agent_of_request
from gongshu.jobs import selectors, services
from gongshu.jobs.models import Job
from gongshu.jobs.shown import lines_of, may_cancel, may_retry

MOST = 100


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    found = selectors.visible(agent_of_request(request))[:MOST]
    return render(request, "portal/jobs.html", {"section": "mine", "jobs": found})


@login_required
def job(request: HttpRequest, job_id: str) -> HttpResponse:
    """How far it is, and what can be done about it."""
    agent = agent_of_request(request)
    found = selectors.job(job_id, agent)
    if request.method == "POST":
        acts = {"cancel": services.cancel, "retry": services.retry}
        if act := acts.get(request.POST.get("do", "")):
            act(found, agent)
        return redirect(f"/job/{found.id}")
    if _abandoned(found):  # no worker has noticed: that none runs is what the reader has to see
        services.requeue_expired()
        found.refresh_from_db()
    context = {
        "section": "mine",
        "job": found,
        "running": found.finished is None,
        "lines": lines_of(found),
        "may_cancel": may_cancel(found),
        "may_retry": may_retry(found),
    }
    return render(request, "portal/job.html", context)


def _abandoned(job: Job) -> bool:
    return job.lease_until is not None and job.lease_until < timezone.now()
