"""How easily somebody could be found in a dataset: asked, measured and shown to its provider."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import risk as services
from gongshu.catalog import selectors
from gongshu.catalog.models import Dataset
from gongshu.jobs.models import Job
from gongshu.jobs.selectors import job as find_job
from gongshu.portal.forms import as_yaml
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Problem, Sentence

WIDTH = 260  # of the histogram's longest bar, in its own units


@login_required
def risk(request: HttpRequest, code: str) -> HttpResponse:
    agent = agent_of_request(request)
    dataset = selectors.get(code, agent)
    choice = services.choice(dataset, agent)
    context: dict[str, Any] = {
        "section": "mine",
        "dataset": dataset,
        "columns": choice.columns,
        "asked": choice.asked,
        "largest": services.MOST_COLUMNS,
    }
    try:
        if request.method == "POST":
            context["asked"] = asked = _asked(request)
            found = services.ask(dataset=dataset, asked=asked, by=agent)
            if isinstance(found, Job):
                return redirect(f"/dataset/{code}/risk?job={found.id}")
            context |= _shown(found)
        elif request.GET.get("job"):
            context |= _of_job(dataset, request.GET["job"], agent)
    except Problem as problem:
        context["problem"] = problem
    context["percent_left_out"] = f"{100 * context['asked'].most_left_out:g}"
    status = 422 if "problem" in context else 200
    return render(request, "portal/risk.html", context, status=status)


def _asked(request: HttpRequest) -> services.Asked:
    sent = request.POST
    return services.Asked(
        quasi=tuple(sent.getlist("quasi")),
        sensitive=tuple(name for name in sent.getlist("sensitive") if name),
        unit=sent.get("unit", ""),
        k=int(_number(sent.get("k", "5"), "k")),
        most_left_out=_number(sent.get("most_left_out", "1"), "most_left_out") / 100,
        population=int(_number(sent["population"], "population"))
        if sent.get("population")
        else None,
    )


def _number(text: str, field: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1e11:
        raise BadInput(
            "no_number",
            Sentence(en=f"“{text[:40]}” is no number here.", zh=f"“{text[:40]}”不是有效的数字。"),
            field=field,
        )
    return found


def _of_job(dataset: Dataset, job_id: str, agent: Agent) -> dict[str, Any]:
    job = find_job(job_id, agent)
    if job.kind == "risk" and job.finished is None:
        return {"job": job}
    return _shown(services.report_of(dataset, job, agent))


def _shown(report: dict[str, Any]) -> dict[str, Any]:
    """With bars for the histogram and the steps in the reader's words."""
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    titles = {name: said[language] for name, said in report["titles"].items()}
    bands = report["risk"]["histogram"]
    most = max((band["members"] for band in bands), default=0) or 1
    return {
        "report": report,
        "risk": report["risk"],
        "bands": [
            {
                **band,
                "y": 18 * at,
                "text_y": 18 * at + 11,
                "width": round(WIDTH * band["members"] / most),
            }
            for at, band in enumerate(bands)
        ],
        "height": 18 * len(bands),
        "measures": [
            (name, report["risk"]["l"][name], report["risk"]["entropy_l"][name], t)
            for name, t in report["risk"]["t"].items()
        ],
        "single": [
            {**one, "title": titles[one["step"]]} for one in report["suggestions"]["single"]
        ],
        "combinations": [
            {
                **one,
                "titles": [
                    (name, titles[step]) for name, step in one["steps"].items() if step != "as_is"
                ],
            }
            for one in report["suggestions"]["combinations"]
        ],
        "terms": as_yaml(report["terms"]) if report["terms"] else "",
        "unsaid": [(name, said[language]) for name, said in report["not_in_terms"].items()],
    }
