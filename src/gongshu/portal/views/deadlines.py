"""What is late, for the bureau; and a person's own deadlines as a calendar."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongshu.accounts.agents import agent_of_request, agent_of_token
from gongshu.cases import deadlines
from gongshu.portal.names import organisation_names
from gongshu.rules.problems import status_of
from gongshu.rules.procedures import PROCEDURES
from gongshu.rules.urgency import IN_WORDS, Urgency
from gongshu.wording import Problem

PAGE = 50


@login_required
def escalations(request: HttpRequest) -> HttpResponse:
    agent, today = agent_of_request(request), timezone.localdate()
    page = Paginator(deadlines.escalated(agent, today), PAGE).get_page(request.GET.get("page"))
    start = PAGE * (page.number - 1)
    found = deadlines.escalations(agent, today, start=start, most=PAGE)
    lines = [
        {
            "one": one,
            "title": PROCEDURES[one.kind].title,
            "state": PROCEDURES[one.kind].states[one.state],
            "urgency": IN_WORDS[Urgency(one.urgency)],
            "organisations": [code for code in one.waits_for if not code.startswith("kind:")],
            "offices": [code[5:] for code in one.waits_for if code.startswith("kind:")],
        }
        for one in found
    ]
    names = organisation_names(code for one in found for code in one.waits_for)
    context = {"section": "inbox", "lines": lines, "names": names, "page": page}
    return render(request, "portal/escalations.html", context)


def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """No session: whoever subscribes is a calendar, and shows the token of its person."""
    try:
        agent = agent_of_token(token)
        deadlines.require_reading_token(agent)
    except Problem as problem:  # no page to log in: it would carry the address on
        said = str(problem.sentence)
        return HttpResponse(said, status=status_of(problem), content_type="text/plain")
    text = deadlines.calendar_file(agent)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=600"
    return response
