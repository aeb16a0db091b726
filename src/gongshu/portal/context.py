"""What every page shows around its content: who is logged in, what waits, the log's key."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from gongshu.accounts.agents import agent_of_request
from gongshu.cases import selectors as cases
from gongshu.ledger.selectors import verifier_key
from gongshu.wording import Problem


def frame(request: HttpRequest) -> dict[str, Any]:
    try:
        agent = agent_of_request(request)
    except Problem:  # a bad token on a page's address: the page itself says so
        return {"log_key": verifier_key()}
    context: dict[str, Any] = {"agent": agent, "log_key": verifier_key()}
    if agent.person:
        home = getattr(request.user, "organisation", None)  # a token's person is not the user
        context["organisation"] = home.name(get_language() or "zh") if home else ""
        context["waiting"] = cases.inbox(agent).count()
    return context
