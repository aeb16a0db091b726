"""Where a dataset's new versions come from by themselves: for its holder."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import pulls, selectors
from gongshu.catalog.models import Dataset, Pull, UpdateCycle
from gongshu.catalog.ownership import require_holder
from gongshu.rules.agents import Agent
from gongshu.rules.problems import NotFound
from gongshu.wording import Problem

SAID = ("address", "query", "secret", "cycle")


@login_required
def source(request: HttpRequest, code: str) -> HttpResponse:
    """Set it, ask it now, remove it: told apart by the button."""
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    require_holder(found, agent)
    problem = None
    if request.method == "POST":
        try:
            return _done(request, found, agent)
        except NotFound:
            raise
        except Problem as refused:
            problem = refused
    row = Pull.objects.filter(dataset=found).first()
    cycle = found.update_cycle or UpdateCycle.DAILY
    said = {name: request.POST.get(name, getattr(row, name, "")) for name in SAID}
    context: dict[str, Any] = {
        "section": "mine",
        "dataset": found,
        "pull": row,
        "said": said | {"cycle": said["cycle"] or cycle},
        "cycles": UpdateCycle.values,
        "problem": problem,
    }
    return render(request, "portal/dataset_pull.html", context, status=422 if problem else 200)


def _done(request: HttpRequest, found: Dataset, agent: Agent) -> HttpResponse:
    doing = request.POST.get("do")
    if doing == "run":
        return redirect(f"/job/{pulls.run_now(dataset=found, by=agent).id}")
    if doing == "remove":
        pulls.remove(dataset=found, by=agent)
        messages.success(request, _("It is pulled no more."), extra_tags="good")
    else:
        said = {name: request.POST.get(name, "") for name in SAID}
        row = Pull.objects.filter(dataset=found).first()
        pulls.set_pull(dataset=found, by=agent, hints=row.hints if row else {}, **said)
        messages.success(request, _("The source is set; it is asked now."), extra_tags="good")
    return redirect(f"/dataset/{found.code}/pull")
