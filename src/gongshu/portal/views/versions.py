"""The versions of a dataset: their list, what changed, what is kept, and one by its number."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gongshu.accounts.agents import agent_of_request
from gongshu.catalog import changes, retention, selectors
from gongshu.catalog.models import Dataset, VersionHold
from gongshu.catalog.tombstones import columns_of
from gongshu.catalog.versions_api import find
from gongshu.interop import delta
from gongshu.portal.downloads import FORMATS
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Problem, Sentence


def versions(request: HttpRequest, code: str) -> HttpResponse:
    """All of them; for whoever may see counts, what changed between any two."""
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    full = selectors.may_see_full_profile(found, agent)
    problem = None
    if request.method == "POST":
        try:
            return _done(request, found, agent)
        except Problem as refused:
            problem = refused
    rows = list(found.versions.order_by("-number"))
    context: dict[str, Any] = {
        "section": "search",
        "dataset": found,
        "versions": rows,
        "here": [one for one in rows if one.removed is None],
        "full": full,
        "may_download": selectors.may_download(found, agent),
        "problem": problem,
        "holder": selectors.is_holder(found, agent),
        "delta": request.build_absolute_uri(f"/delta/{code.replace('.', '/', 1)}")
        if delta.may_be_read(found) and rows
        else "",
    }
    if full and len(context["here"]) > 1:
        context |= _compared(request, found, agent)
    if context["holder"]:
        context |= _rules(found)
    return render(request, "portal/versions.html", context, status=422 if problem else 200)


def _compared(request: HttpRequest, found: Dataset, agent: Agent) -> dict[str, Any]:
    """The pair that was asked for; without one, the newest and the one before, if it is known."""
    newest = selectors.latest(found)
    earlier = changes.before(newest) if newest else None
    if newest is None or earlier is None:
        return {}
    pair = [request.GET.get(name, "") for name in ("older", "newer")]
    if not any(pair):
        kept = changes.kept(found, earlier.number, newest.number)
        return {"older": earlier.number, "newer": newest.number, "changes": kept}
    if not all(one.isascii() and one.isdigit() and len(one) < 10 for one in pair):
        return {"older": earlier.number, "newer": newest.number}
    older, newer = sorted(int(one) for one in pair)
    try:
        comparison, job = changes.between(found, older, newer, by=agent)
    except Problem as refused:
        return {"older": older, "newer": newer, "problem": refused}
    return {"older": older, "newer": newer, "changes": comparison, "job": job}


def _rules(found: Dataset) -> dict[str, Any]:
    held = VersionHold.objects.filter(version__dataset=found).select_related("version")
    return {
        "key": ", ".join(changes.key_of(found)),
        "rule": retention.rule_of(found),
        "fates": {one.version.number: one for one in retention.fates(found)},
        "going": [one.version.number for one in retention.fates(found) if one.goes],
        "holds": held,
    }


def _done(request: HttpRequest, found: Dataset, agent: Agent) -> HttpResponse:
    doing = request.POST.get("do")
    if doing == "rules":
        rule = {name: _number(request.POST.get(name, "")) for name in ("last", "days")}
        rule["monthly"] = request.POST.get("monthly") == "yes"
        key = [one.strip() for one in request.POST.get("key", "").replace("，", ",").split(",")]
        retention.checked(rule)
        changes.set_key(dataset=found, columns=[one for one in key if one], by=agent)
        retention.set_rule(dataset=found, rule=rule, by=agent)
        messages.success(request, _("The rules are set."), extra_tags="good")
    elif doing == "remove":
        number = _number(request.POST.get("number", "")) or 0
        retention.remove(dataset=found, number=number, by=agent)
        messages.success(request, _("The version is removed."), extra_tags="good")
    return redirect(f"/dataset/{found.code}/versions")


def _number(text: str) -> Any:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(
            "not_a_number", Sentence(en=f"“{text}” is no number.", zh=f"“{text}”不是数字。")
        )
    return int(text)


def version(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """A permanent address: it is of this version for ever, or says that its rows are gone."""
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    shown = find(found, number)
    if number != str(shown.number):
        return redirect(f"/dataset/{code}/v/{shown.number}")
    full = selectors.may_see_full_profile(found, agent)
    earlier = changes.before(shown)
    context = {
        "section": "search",
        "dataset": found,
        "version": shown,
        "full": full,
        "columns": columns_of(shown) if full else [],
        "changes": changes.kept(found, earlier.number, shown.number) if full and earlier else None,
        "earlier": earlier,
        "formats": FORMATS,
        "may_download": selectors.may_download(found, agent),
    }
    return render(request, "portal/version.html", context)
