"""The quality of a dataset, the rules it is held to, contradictions, and the bureau's overview."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import contradictions, quality, quality_overview, selectors
from gongshu.catalog.models import Dataset
from gongshu.catalog.ownership import require_holder
from gongshu.catalog.quality_api import key_of
from gongshu.portal import charts
from gongshu.portal.names import organisation_names
from gongshu.portal.quality_forms import columns_of, said_by
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Conflict
from gongshu.wording import Problem, Sentence, current_language

BAR = 90  # pixels of a whole bar


def quality_page(request: HttpRequest, code: str) -> HttpResponse:
    agent = agent_of_request(request)
    dataset = selectors.get(code, agent)
    try:
        report = quality.report(dataset, agent)
    except Conflict:
        report = None
    compared, problem = _compared(request, dataset, agent)
    context = {
        "section": "search",
        "dataset": dataset,
        "agent": agent,
        "holder": selectors.is_holder(dataset, agent),
        "fresh": quality.fresh(dataset),
        "history": [_bar(one) for one in quality.history(dataset, agent)],
        "other": request.GET.get("with", ""),
        "key": request.GET.get("key", ""),
        "compared": compared,
        "problem": problem,
        **(_report(report) if report else {}),
    }
    return render(request, "portal/quality.html", context, status=422 if problem else 200)


def _compared(request: HttpRequest, dataset: Dataset, agent: Agent) -> tuple[Any, Problem | None]:
    other = request.GET.get("with", "").strip()
    if not other:
        return None, None
    try:
        theirs = selectors.get(other, agent)
        key = key_of(request.GET.get("key", "").strip())
        return contradictions.contradictions(dataset, theirs, agent, key=key), None
    except Problem as refused:
        return None, refused


def _report(report: Mapping[str, Any]) -> dict[str, Any]:
    """By dimension, in the reader's language, with the picture."""
    from gongshu.data.quality import DIMENSIONS  # here: it loads DuckDB

    scores = report["dimensions"]
    parts = [
        {
            "title": str(title),
            "score": scores[number],
            "indicators": [
                _indicator(one)
                for one in report["indicators"]
                if str(one["number"]).startswith(number)
            ],
        }
        for number, title in DIMENSIONS.items()
    ]
    shares = [(p["title"], None if p["score"] is None else p["score"] / 100) for p in parts]
    return {
        "report": report,
        "score": report["score"],
        "based": sum(one["value"] is not None for one in report["indicators"]),
        "dimensions": parts,
        "radar": charts.radar(shares),
        "fixes": [{**fix, "said": _said(fix["rule"])} for fix in report.get("fixes", ())],
    }


def _indicator(one: Mapping[str, Any]) -> dict[str, Any]:
    from gongshu.data.quality import KINDS

    findings = [{**f, "said": _said(f["rule"])} for f in one.get("findings", ())]
    kind = KINDS[one["number"]]
    return {
        **one,
        "said": str(kind.title),
        "lacks": str(kind.needs),
        "lower_is_better": kind.lower_is_better,
        "rules": [{**f, "examples": [_example(e) for e in f["examples"]]} for f in findings],
    }


def _example(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {'' if value is None else value}" for name, value in values.items())


def _said(text: Any) -> str:
    if isinstance(text, Mapping):
        return Sentence(en=text["en"], zh=text["zh"]).in_language(current_language())
    return str(text)


def _bar(one: Mapping[str, Any]) -> dict[str, Any]:
    score = one["score"]
    return {**one, "width": None if score is None else round(score / 100 * BAR)}


@login_required
def rules(request: HttpRequest, code: str) -> HttpResponse:
    """Declare what must hold; or look at, and take over, what the data suggest."""
    from gongshu.data.profiling.kinds import BY_CODE  # here: they load DuckDB
    from gongshu.data.quality.rules import Type

    agent = agent_of_request(request)
    dataset = selectors.get(code, agent)
    require_holder(dataset, agent)
    said, problem = quality.rules_of(dataset), None
    fields = list(dataset.fields.order_by("position"))
    if request.method == "POST":
        try:
            said = _posted(request, dataset, agent, said)
            quality.set_rules(dataset=dataset, rules=said, by=agent)
            messages.success(
                request, _("The rules are set; the data are judged anew."), extra_tags="good"
            )
            return redirect(f"/dataset/{dataset.code}/quality")
        except Problem as refused:
            problem = refused
    suggests = selectors.may_see_full_profile(dataset, agent)
    proposed = quality.proposed(dataset, agent) if suggests else {}
    context = {
        "section": "mine",
        "dataset": dataset,
        "agent": agent,
        "problem": problem,
        "columns": columns_of(fields, said),
        "key": said.get("key", []),
        "types": get_args(Type),
        "kinds": [code for code, kind in BY_CODE.items() if kind.check is not None],
        "checks": "\n".join(one["expression"] for one in said.get("checks", ())),
        "sequences": "\n".join(", ".join(one) for one in said.get("sequences", ())),
        "proposed": json.dumps(proposed, ensure_ascii=False, indent=1)
        if proposed and proposed != quality.rules_of(dataset)
        else "",
    }
    return render(request, "portal/quality_rules.html", context, status=422 if problem else 200)


def _posted(
    request: HttpRequest, dataset: Dataset, agent: Agent, before: Mapping[str, Any]
) -> dict[str, Any]:
    if request.POST.get("do") == "adopt":
        return quality.proposed(dataset, agent)
    return said_by(request.POST, list(dataset.fields.order_by("position")), before)


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    found = quality_overview.overview(agent)
    codes = {one.dataset.provider.code for one in found.datasets} | {
        one.provider for one in found.agencies
    }
    context = {
        "section": "oversight",
        "found": found,
        "rows": [
            {"one": one, "bar": round((one.score or 0) / 100 * BAR)} for one in found.datasets
        ],
        "names": organisation_names(sorted(codes)),
    }
    return render(request, "portal/quality_overview.html", context)
