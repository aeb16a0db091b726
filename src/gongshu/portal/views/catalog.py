"""Home, and the page of a dataset with its preview, download and versions."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import registrations
from gongshu.cases import selectors as cases
from gongshu.catalog import following, selectors
from gongshu.catalog.models import Dataset
from gongshu.grants import selectors as grants
from gongshu.grants.models import Grant, Standing
from gongshu.interop.harvest import shown as harvested
from gongshu.oversight import selectors as oversight
from gongshu.portal.case_contents import rows
from gongshu.portal.downloads import FORMATS
from gongshu.portal.tables import heads
from gongshu.rules.agents import Agent

PREVIEW_ROWS = 20


def home(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    datasets = selectors.visible_to(agent)
    context = {
        "newest": datasets.order_by("-modified")[:6],
        "disclosure": oversight.disclosure(),
        "domains": selectors.domains_with_counts(agent),
        "total": datasets.count(),
    }
    return render(request, "portal/home.html", context)


def dataset(request: HttpRequest, code: str) -> HttpResponse:
    agent = agent_of_request(request)
    found = selectors.get(code, agent)
    version = selectors.latest(found)
    full = selectors.may_see_full_profile(found, agent)
    context: dict[str, Any] = {
        "section": "search",
        "dataset": found,
        "version": version,
        "versions": found.versions.order_by("-number"),
        "fields": selectors.described_fields(found, full=full),
        "full": full,
        "grants": _grants(found, agent),
        "holder": selectors.is_holder(found, agent),
        "cases": rows(list(selectors.cases_about(found, agent)), agent),
        "openings": _openings(found, agent),
        "registrations": registrations.of_dataset(found.code, timezone.localdate()),
        "formats": FORMATS,
        "may_download": selectors.may_download(found, agent),
        "provenance": harvested.provenance(found),
        "follows": [row.person != "" for row in following.mine(agent).filter(dataset=found)],
    }
    if version and context["may_download"]:
        pages = Paginator(range(version.rows), PREVIEW_ROWS)
        page = pages.get_page(request.GET.get("page"))
        start = (page.number - 1) * PREVIEW_ROWS
        table = selectors.preview(found, agent, limit=PREVIEW_ROWS, offset=start)
        context |= {
            "heads": heads(table.schema),
            "preview": list(zip(*(c.to_pylist() for c in table.columns), strict=True)),
            "preview_page": page,
        }
    return render(request, "portal/dataset.html", context)


def _grants(found: Dataset, agent: Agent) -> list[tuple[Grant, Standing, bool]]:
    """Those that concern the reader, what each is worth today, and whether the reader may ask."""
    usable = {one.pk for one in grants.usable(agent)}
    today = timezone.localdate()
    rows = grants.visible(agent).filter(datasets__dataset=found)
    return [(one, one.standing(today), one.pk in usable) for one in rows]


def _openings(found: Dataset, agent: Agent) -> list[dict[str, Any]]:
    """What the reader may begin: its review, its registration, or a request to share it."""
    own = found.provider.code == agent.organisation
    of_own = "catalogue_entry" if found.state == "draft" else "registration_case"
    wanted = of_own if own else "sharing_request"
    return [{"kind": p.kind, "label": p.title} for p in cases.openable(agent) if p.kind == wanted]
