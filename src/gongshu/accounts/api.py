"""Who is told where, over HTTP: notices, one's mails, an organisation's webhook, what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from gongshu.accounts import mail, selectors, telling, webhooks
from gongshu.accounts.agents import Unauthenticated, agent_of_request
from gongshu.accounts.models import Person, Webhook
from gongshu.jobs import mail as post
from gongshu.jobs import selectors as jobs
from gongshu.jobs.models import Delivery, Notice
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence

router = Router(tags=["notices"])
MOST = 200


class NoticeOut(Schema):
    id: int
    time: datetime
    rank: str
    text: str
    link: str


class MailIn(Schema):
    mail: str
    address: str = ""


class MailOut(Schema):
    mail: str
    address: str
    server: bool


class WebhookIn(Schema):
    address: str


class WebhookOut(Schema):
    organisation: str
    address: str
    changed: datetime | None


class NewWebhookOut(WebhookOut):
    secret: str


class DeliveryOut(Schema):
    id: str
    channel: str
    organisation: str
    person: str
    to: str
    text: str
    state: str
    attempts: int
    next: datetime | None
    last_error: str | None
    created: datetime
    ended: datetime | None


@router.get("/notices", response=list[NoticeOut])
def list_notices(request: HttpRequest) -> list[dict[str, Any]]:
    """What your organisation was told, the newest first; at most 200."""
    return [notice_out(row) for row in jobs.notices(agent_of_request(request))[:MOST]]


@router.get("/account/mail", response=MailOut)
def show_mail(request: HttpRequest) -> dict[str, Any]:
    """What you get by mail, and where; `server`: whether this instance sends any."""
    return mail_out(_self(agent_of_request(request)))


@router.put("/account/mail", response=MailOut)
def choose_mail(request: HttpRequest, given: MailIn) -> dict[str, Any]:
    """`mail` is none, each (a mail for each notice) or daily (one digest a day)."""
    by = agent_of_request(request)
    return mail_out(mail.choose(person=_self(by), mail=given.mail, address=given.address, by=by))


@router.get("/organisations/{code}/webhook", response=WebhookOut)
def show_webhook(request: HttpRequest, code: str) -> dict[str, Any]:
    """For its head and the administrator; without an address none is set."""
    return webhook_out(webhooks.get(code, agent_of_request(request)))


@router.put("/organisations/{code}/webhook", response=NewWebhookOut)
def set_webhook(request: HttpRequest, code: str, given: WebhookIn) -> dict[str, Any]:
    """Each notice is sent there from now on, signed with the `secret`, which is shown this once."""
    row, secret = webhooks.set_address(
        organisation=code, address=given.address, by=agent_of_request(request)
    )
    return webhook_out(row) | {"secret": secret}


@router.delete("/organisations/{code}/webhook", response=WebhookOut)
def remove_webhook(request: HttpRequest, code: str) -> dict[str, Any]:
    """No more notices are sent there, nor those that wait."""
    return webhook_out(webhooks.remove(organisation=code, by=agent_of_request(request)))


@router.get("/deliveries", response=list[DeliveryOut])
def list_deliveries(request: HttpRequest, state: str = "") -> list[dict[str, Any]]:
    """What left by mail or webhook, or waits to (`state`: waiting, sent, given_up): a head's whole
    organisation's, an administrator's all, everybody's own mails. At most 200, newest first."""
    rows = jobs.deliveries(agent_of_request(request), state).select_related("notice")
    return [delivery_out(row) for row in rows[:MOST]]


@router.post("/deliveries/{number}/again", response=DeliveryOut)
def send_again(request: HttpRequest, number: str) -> dict[str, Any]:
    """Send once more what was given up, to where it goes today."""
    return delivery_out(telling.again(number=number, by=agent_of_request(request)))


def _self(by: Agent) -> Person:
    if not by.person:
        raise Unauthenticated(
            "who_are_you", Sentence(en="Log in or send a token.", zh="请先登录或提供访问令牌。")
        )
    return selectors.person(by.person)


def notice_out(row: Notice) -> dict[str, Any]:
    return {
        "id": row.pk,
        "time": row.created,
        "rank": row.rank,
        "text": str(row.text),
        "link": row.link,
    }


def mail_out(person: Person) -> dict[str, Any]:
    return {"mail": person.mail, "address": person.mail_address, "server": post.is_on()}


def webhook_out(row: Webhook) -> dict[str, Any]:
    return {
        "organisation": row.organisation.code,
        "address": row.address,
        "changed": row.changed if row.number else None,
    }


def delivery_out(row: Delivery) -> dict[str, Any]:
    waiting = row.ended is None
    return {
        "id": row.id,
        "channel": row.channel,
        "organisation": row.organisation,
        "person": row.person,
        "to": row.to,
        "text": str(row.notice.text) if row.notice else row.subject,
        "state": row.state,
        "attempts": row.attempts,
        "next": row.next_at if waiting else None,
        "last_error": str(row.last_error) if row.last_error else None,
        "created": row.created,
        "ended": row.ended,
    }
