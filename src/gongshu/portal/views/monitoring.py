"""Monitoring and early warning: the rules, how often each has warned, and the warnings."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gongshu.accounts.agents import agent_of_request
from gongshu.cases.models import Case
from gongshu.oversight import monitoring
from gongshu.portal.names import organisation_names
from gongshu.rules.security_warning import SECURITY_WARNING
from gongshu.rules.warnings import MEANINGS, RULES


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    found = monitoring.overview(agent_of_request(request))
    rules = [
        {
            "name": name,
            "meaning": MEANINGS[rule](found.thresholds),
            "raised": found.raised.get(rule, 0),
            "waiting": found.waiting.get(rule, 0),
            "off": rule in found.thresholds.off,
        }
        for rule, name in RULES.items()
    ]
    context = {
        "section": "monitoring",
        "rules": rules,
        "days": monitoring.SHOWN_DAYS,
        "lines": [_line(case) for case in found.cases],
        "names": organisation_names(case.payload["organisation"] for case in found.cases),
    }
    return render(request, "portal/monitoring.html", context)


def _line(case: Case) -> dict[str, Any]:
    return {
        **monitoring.line(case),
        "rule": RULES[case.payload["kind"]],
        "state": SECURITY_WARNING.states[case.state],
        "ended": case.state in SECURITY_WARNING.finals,
    }
