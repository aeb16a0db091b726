"""A person's notices by mail: none, each as it comes, or one digest a day.

`mail_of` writes the mail of a notice, in the person's own language: its sentence and where to read
on, and nothing of what the case holds.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from gongshu.accounts.models import Mail, Person
from gongshu.jobs import deliveries
from gongshu.jobs import mail as post
from gongshu.jobs.models import Channel, Delivery, Notice
from gongshu.ledger import services as ledger
from gongshu.ledger.services import new_id
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden
from gongshu.wording import Sentence

WORDS = {
    Mail.NONE: Sentence("no mails", "不发送邮件"),
    Mail.EACH: Sentence("a mail for each notice", "每条通知一封邮件"),
    Mail.DAILY: Sentence("one digest a day", "每日一封摘要"),
}
SETTINGS_PAGE = "/account/notices"
FOOT = Sentence(
    en="You chose mails of this kind yourself; change it here: {link}\n"
    "Nobody reads answers to this address.",
    zh="您自行选择了接收此类邮件，可在此更改：{link}\n请勿回复，本邮箱不接收来信。",
)


@transaction.atomic
def choose(*, person: Person, mail: str, address: str, by: Agent) -> Person:
    """What a person wants to have by mail, and where; they choose it themself."""
    _require_self(person, by)
    if mail not in set(Mail):
        known = ", ".join(Mail)
        raise BadInput(
            "unknown_mail",
            Sentence(en=f"There is no choice “{mail}”.", zh=f"没有“{mail}”这一选项。"),
            suggestion=Sentence(en=f"It is one of: {known}.", zh=f"可选：{known}。"),
            field="mail",
        )
    address = _checked(address, needed=mail != Mail.NONE)
    moved = address != person.mail_address
    person.mail, person.mail_address = mail, address
    person.save(update_fields=["mail", "mail_address"])
    if moved or mail == Mail.NONE:
        gone = Sentence("The person chose otherwise.", "该人员已更改邮件设置。")
        deliveries.withdraw_mail(person.username, gone)
    home = person.organisation.code if person.organisation else ""
    ledger.append(
        event="person.mail_set",
        subject=Subject("person", str(person.pk), home),
        by=by,
        public={"mail": mail},
    )
    return person


def _require_self(person: Person, by: Agent) -> None:
    if by.person != person.username:
        raise Forbidden(
            "not_yourself",
            Sentence(
                en="Everybody chooses for themself what they get by mail.",
                zh="邮件通知只能由本人设置。",
            ),
        )
    require_scope(by)


def require_scope(by: Agent) -> None:
    """A token that may read or work on cases does not say where notices go."""
    if not by.may_use("admin"):
        raise Forbidden(
            "token_scope",
            Sentence(
                en="This takes an access token that may be used to administer.",
                zh="此操作需要具有管理（admin）权限范围的访问令牌。",
            ),
        )


def _checked(address: str, *, needed: bool) -> str:
    address = address.strip()
    if not address and not needed:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        raise BadInput(
            "mail_address",
            Sentence(
                en=f"“{address[:60]}” is no mail address such as li@example.gov.cn.",
                zh=f"“{address[:60]}”不是有效的邮箱地址（如 li@example.gov.cn）。",
            ),
            field="address",
        ) from None
    return address


def language_of(person: Person) -> str:
    return person.language or settings.LANGUAGE_CODE


def link_to(path: str) -> str:
    """Where a reader of a mail goes; the path alone where the instance names no public address."""
    return f"{settings.PUBLIC_URL}{path}"


def mail_to(person: Person, *, subject: str, lines: str, notice: Notice | None = None) -> Delivery:
    foot = FOOT.in_language(language_of(person)).format(link=link_to(SETTINGS_PAGE))
    return Delivery(
        id=new_id(),
        channel=Channel.MAIL,
        organisation=person.organisation.code if person.organisation else "",
        person=person.username,
        to=person.mail_address,
        notice=notice,
        subject=post.one_line(subject),
        body=f"{lines}\n\n-- \n{foot}\n",
    )


def mail_of(notice: Notice, person: Person) -> Delivery:
    said = notice.text.in_language(language_of(person))
    brand = Sentence("Gongshu", "公数").in_language(language_of(person))
    lines = f"{said}\n\n{link_to(notice.link)}" if notice.link else said
    return mail_to(person, subject=f"[{brand}] {said}", lines=lines, notice=notice)
