"""The grants that concern the reader, and one of them with its use."""

from __future__ import annotations

import yaml
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongshu.accounts.agents import agent_of_request
from gongshu.gateway import selectors as gateway
from gongshu.grants import selectors
from gongshu.portal import linkage
from gongshu.portal.grant_terms import columns_of, protection_of
from gongshu.portal.names import dataset_titles, organisation_names

SHOWN_USES = 50


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    agent = agent_of_request(request)
    today = timezone.localdate()
    found = [(one, one.standing(today)) for one in selectors.visible(agent).order_by("-id")]
    context = {
        "section": "grants",
        "grants": found,
        "names": organisation_names(c for one, _ in found for c in (one.grantee, one.grantor)),
        "titles": dataset_titles((c for one, _ in found for c in one.terms["datasets"]), agent),
    }
    return render(request, "portal/grants.html", context)


@login_required
def grant(request: HttpRequest, grant_id: str) -> HttpResponse:
    agent = agent_of_request(request)
    found = selectors.get(grant_id, agent)
    terms = selectors.shown_terms(found, agent)
    context = {
        "section": "grants",
        "names": organisation_names([found.grantee, found.grantor]),
        "titles": dataset_titles(terms["datasets"], agent),
        "protection": protection_of(terms),
        "grant": found,
        "standing": found.standing(timezone.localdate()),
        "datasets": columns_of(terms),
        "terms_yaml": yaml.safe_dump(terms, allow_unicode=True, sort_keys=False),
        "uses": gateway.recent(agent, grant=found)[:SHOWN_USES],
        "linkage": linkage.of_grant(found, agent),
        "may_query": found in selectors.usable(agent),
    }
    return render(request, "portal/grant.html", context)
