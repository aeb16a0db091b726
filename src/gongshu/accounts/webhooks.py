"""One address per organisation at which its own systems are told of its notices.

Its head sets it, or the administrator. Each setting makes another secret, which is shown once.
"""

from __future__ import annotations

import json
import re

from django.db import transaction
from django.utils import timezone

from gongshu.accounts.mail import link_to, require_scope
from gongshu.accounts.models import Organisation, Webhook
from gongshu.accounts.selectors import organisation as organisation_of
from gongshu.jobs import deliveries
from gongshu.jobs.models import Channel, Delivery, Notice
from gongshu.jobs.webhook import checked, secret_of
from gongshu.ledger import services as ledger
from gongshu.ledger.services import BEIJING, new_id
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent, Rank
from gongshu.rules.problems import Conflict, Forbidden
from gongshu.wording import Sentence

CASE = re.compile(r"/case/([^/?#]+)")


def may_set(code: str, by: Agent) -> bool:
    head = by.rank == Rank.HEAD and bool(code) and by.organisation == code
    return head or by.administrator or by.system


def get(code: str, by: Agent) -> Webhook:
    """The organisation's; one without an address if none was set."""
    _require(code, by)
    if not by.may_use("read"):
        require_scope(by)
    found = organisation_of(code)
    return Webhook.objects.filter(organisation=found).first() or Webhook(organisation=found)


@transaction.atomic
def set_address(*, organisation: str, address: str, by: Agent) -> tuple[Webhook, str]:
    """The row and the secret, which is shown this once."""
    _require(organisation, by)
    require_scope(by)
    address = checked(address)
    home = organisation_of(organisation)
    row = _locked(home)
    row.address, row.number, row.changed = address, row.number + 1, timezone.now()
    row.save()
    deliveries.redirect(organisation=organisation, to=address, secret=row.number)
    ledger.append(
        event="organisation.webhook_set",
        subject=Subject("organisation", organisation, organisation),
        by=by,
        public={"secret_number": row.number},
        private={"address": address},
        holder=organisation,
    )
    return row, secret_of(organisation, row.number)


@transaction.atomic
def remove(*, organisation: str, by: Agent) -> Webhook:
    """No more notices from now on, those that wait among them."""
    _require(organisation, by)
    require_scope(by)
    row = _locked(organisation_of(organisation))
    if not row.address:
        raise Conflict(
            "no_webhook",
            Sentence(en="No webhook is set.", zh="尚未设置网络回调。"),
        )
    row.address, row.changed = "", timezone.now()
    row.save()
    deliveries.withdraw_webhooks(organisation)
    ledger.append(
        event="organisation.webhook_removed",
        subject=Subject("organisation", organisation, organisation),
        by=by,
    )
    return row


def request_of(notice: Notice, organisation: str, row: Webhook) -> Delivery:
    """The notice as the organisation's systems read it, signed when it is sent."""
    number, case = new_id(), CASE.match(notice.link)
    body = {
        "id": number,
        "time": notice.created.astimezone(BEIJING).isoformat(timespec="seconds"),
        "organisation": organisation,
        "rank": notice.rank,
        "text": {"en": notice.text_en, "zh": notice.text_zh},
        "link": link_to(notice.link) if notice.link else "",
        "case": case[1] if case else "",
    }
    return Delivery(
        id=number,
        channel=Channel.WEBHOOK,
        organisation=organisation,
        to=row.address,
        secret=row.number,
        notice=notice,
        body=json.dumps(body, ensure_ascii=False),
    )


def _locked(home: Organisation) -> Webhook:
    Webhook.objects.get_or_create(organisation=home)
    return Webhook.objects.select_for_update().get(organisation=home)


def _require(code: str, by: Agent) -> None:
    if not may_set(code, by):
        raise Forbidden(
            "not_head",
            Sentence(
                en="Only the organisation's head or the administrator may do this.",
                zh="只有该机构的负责人或管理员可以执行此操作。",
            ),
        )
