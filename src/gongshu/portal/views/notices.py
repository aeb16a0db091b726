"""How one is told: mails, the webhook of one's organisation, and what became of each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext

from gongshu.accounts import mail, selectors, telling, webhooks
from gongshu.accounts.agents import agent_of_request
from gongshu.jobs import mail as post
from gongshu.jobs import selectors as jobs
from gongshu.jobs.deliveries import STATES
from gongshu.jobs.models import Delivery, DeliveryState
from gongshu.portal.names import organisation_names
from gongshu.rules.agents import Agent
from gongshu.wording import Problem, Sentence

PAGE = 50
LISTED = 500  # organisations that an administrator is shown to choose from
HERE = "/account/notices"


@login_required
def notices(request: HttpRequest) -> HttpResponse:
    return _page(request)


@login_required
def choose_mail(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        agent = agent_of_request(request)
        try:
            mail.choose(
                person=selectors.person(agent.person),
                mail=request.POST.get("mail", ""),
                address=request.POST.get("address", ""),
                by=agent,
            )
        except Problem as problem:
            return _page(request, problem=problem)
        messages.success(request, gettext("Your choice is kept."), extra_tags="good")
    return redirect(HERE)


@login_required
def set_webhook(request: HttpRequest) -> HttpResponse:
    """The answer shows the secret, which no other page will: so it is no redirect."""
    if request.method != "POST":
        return redirect(HERE)
    agent, code = agent_of_request(request), request.POST.get("organisation", "")
    try:
        if request.POST.get("do") == "remove":
            webhooks.remove(organisation=code, by=agent)
            messages.success(request, gettext("The webhook is taken away."), extra_tags="good")
            return redirect(f"{HERE}?organisation={code}")
        _, secret = webhooks.set_address(
            organisation=code, address=request.POST.get("address", ""), by=agent
        )
    except Problem as problem:
        return _page(request, problem=problem)
    answer = _page(request, secret=secret)
    add_never_cache_headers(answer)
    return answer


@login_required
def again(request: HttpRequest, number: str) -> HttpResponse:
    if request.method == "POST":
        try:
            telling.again(number=number, by=agent_of_request(request))
        except Problem as problem:
            return _page(request, problem=problem)
        messages.success(request, gettext("It is sent again."), extra_tags="good")
    return redirect(f"{HERE}#deliveries")


def _page(
    request: HttpRequest, *, problem: Problem | None = None, secret: str = ""
) -> HttpResponse:
    agent = agent_of_request(request)
    state = request.GET.get("state", "")
    rows = jobs.deliveries(agent, state if state in STATES else "").select_related("notice")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "problem": problem,
        "wrong": "" if problem is None else "mail" if "mail" in request.POST else "webhook",
        "secret": secret,
        "mail_off": not post.is_on(),
        "page": page,
        "state": state,
        "states": STATES.items(),
        "lines": [_line(row) for row in page],
        "names": organisation_names(row.organisation for row in page),
        **_mail(request, agent),
        **_webhook(request, agent),
    }
    return render(request, "portal/notices.html", context, status=422 if problem else 200)


def _mail(request: HttpRequest, agent: Agent) -> dict[str, Any]:
    person, again = selectors.person(agent.person), "mail" in request.POST
    return {
        "choices": mail.WORDS.items(),
        "chosen": request.POST["mail"] if again else person.mail,
        "address": request.POST.get("address", "") if again else person.mail_address,
    }


def _webhook(request: HttpRequest, agent: Agent) -> dict[str, Any]:
    """The webhook that is shown: one's own organisation's, or the one an administrator chose."""
    code = request.POST.get("organisation") or request.GET.get("organisation")
    code = code or agent.organisation
    mine = bool(code) and webhooks.may_set(code, agent)
    hook = webhooks.get(code, agent) if mine else None
    given = request.POST.get("address") if "organisation" in request.POST else None
    return {
        "code": code,
        "webhook": hook,
        "webhook_address": given if given is not None else hook and hook.address,
        "organisations": selectors.organisations()[:LISTED] if agent.administrator else (),
    }


def _line(row: Delivery) -> dict[str, Any]:
    said: Sentence | str = row.notice.text if row.notice else row.subject
    return {
        "row": row,
        "text": said,
        "state": STATES[DeliveryState(row.state)],
        "error": row.last_error,
    }
