"""`gongshu notice …`: what one was told, and who is told by mail or webhook as well."""

from __future__ import annotations

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence

NOTICES = {
    "time": Sentence(en="When", zh="时间"),
    "text": Sentence(en="Notice", zh="通知"),
    "link": Sentence(en="Where", zh="链接"),
}
DELIVERIES = {
    "id": Sentence(en="Number", zh="编号"),
    "created": Sentence(en="When", zh="时间"),
    "to": Sentence(en="To", zh="发往"),
    "state": Sentence(en="State", zh="状态"),
    "attempts": Sentence(en="Tries", zh="次数"),
    "last_error": Sentence(en="What went wrong", zh="失败原因"),
}
org = click.option("--org", "organisation", help="Whose: the code (default: your organisation).")


@click.group()
def notice() -> None:
    """Notices, and who is told of them by mail or webhook."""


@notice.command("list")
@acting_as
@as_json
def list_notices(acting: str | None, as_json: bool) -> None:
    """What your organisation was told, the newest first."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.accounts.api import MOST, notice_out
    from gongshu.jobs.selectors import notices

    found = [notice_out(row) for row in notices(shell_agent(acting))[:MOST]]
    if as_json:
        say_json(found)
    else:
        show_rows(found, NOTICES)


@notice.command("mail")
@click.argument("choice", required=False, type=click.Choice(["none", "each", "daily"]))
@click.option("--address", default="", help="Where mails go (default: where they went before).")
@acting_as
@as_json
def mail(choice: str | None, address: str, acting: str | None, as_json: bool) -> None:
    """Choose a mail for each notice, one digest daily, or none; without a word: what is chosen."""
    setup_django()
    from gongshu.accounts import mail as mails
    from gongshu.accounts import selectors
    from gongshu.accounts.agents import shell_agent
    from gongshu.accounts.api import mail_out
    from gongshu.accounts.models import Mail
    from gongshu.jobs.mail import OFF, is_on

    by = shell_agent(acting)
    person = selectors.person(by.person)
    if choice:
        address = address or person.mail_address
        person = mails.choose(person=person, mail=choice, address=address, by=by)
    if as_json:
        say_json(mail_out(person))
        return
    words, to = mails.WORDS[Mail(person.mail)], person.mail_address
    to_en, to_zh = (f", to {to}", f"，发往 {to}") if to else ("", "")
    say(
        Sentence(
            en=f"{person.username}: {words.en}{to_en}.",
            zh=f"{person.username}：{words.zh}{to_zh}。",
        )
    )
    if not is_on():
        say(OFF)


@notice.command("webhook")
@org
@acting_as
@as_json
def show_webhook(organisation: str | None, acting: str | None, as_json: bool) -> None:
    """Where an organisation's own systems are told of its notices."""
    setup_django()
    from gongshu.accounts import webhooks
    from gongshu.accounts.agents import shell_agent
    from gongshu.accounts.api import webhook_out

    by = shell_agent(acting)
    row = webhooks.get(organisation or by.organisation, by)
    if as_json:
        say_json(webhook_out(row))
    elif row.address:
        say(Sentence(en=f"The webhook: {row.address}", zh=f"网络回调：{row.address}"))
    else:
        say(Sentence(en="No webhook is set.", zh="尚未设置网络回调。"))


@notice.command("set-webhook")
@click.argument("address")
@org
@acting_as
@as_json
def set_webhook(address: str, organisation: str | None, acting: str | None, as_json: bool) -> None:
    """Send each notice to ADDRESS as well; the secret that signs them is shown this once."""
    setup_django()
    from gongshu.accounts import webhooks
    from gongshu.accounts.agents import shell_agent
    from gongshu.accounts.api import webhook_out

    by = shell_agent(acting)
    row, secret = webhooks.set_address(
        organisation=organisation or by.organisation, address=address, by=by
    )
    if as_json:
        say_json(webhook_out(row) | {"secret": secret})
        return
    say(Sentence(en=f"Notices go to {row.address}.", zh=f"通知将发往 {row.address}。"))
    say(Sentence(en=f"Secret, shown this once: {secret}", zh=f"密钥（仅显示这一次）：{secret}"))


@notice.command("remove-webhook")
@org
@acting_as
def remove_webhook(organisation: str | None, acting: str | None) -> None:
    """Send no more notices to the organisation's own systems."""
    setup_django()
    from gongshu.accounts import webhooks
    from gongshu.accounts.agents import shell_agent

    by = shell_agent(acting)
    webhooks.remove(organisation=organisation or by.organisation, by=by)
    say(Sentence(en="The webhook is taken away.", zh="网络回调已取消。"))


@notice.command("deliveries")
@click.option("--state", type=click.Choice(["waiting", "sent", "given_up"]), help="Only these.")
@acting_as
@as_json
def list_deliveries(state: str | None, acting: str | None, as_json: bool) -> None:
    """What left by mail or webhook, or waits to, and what went wrong; newest first."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.accounts.api import MOST, delivery_out
    from gongshu.jobs.deliveries import STATES
    from gongshu.jobs.models import DeliveryState
    from gongshu.jobs.selectors import deliveries

    rows = deliveries(shell_agent(acting), state or "").select_related("notice")[:MOST]
    found = [delivery_out(row) for row in rows]
    if as_json:
        say_json(found)
    else:
        shown = [one | {"state": STATES[DeliveryState(one["state"])]} for one in found]
        show_rows(shown, DELIVERIES)


@notice.command("again")
@click.argument("number")
@acting_as
def again(number: str, acting: str | None) -> None:
    """Send once more what was given up; `notice deliveries` shows the numbers."""
    setup_django()
    from gongshu.accounts import telling
    from gongshu.accounts.agents import shell_agent

    row = telling.again(number=number, by=shell_agent(acting))
    say(Sentence(en=f"It is sent again, to {row.to}.", zh=f"将重新发往 {row.to}。"))
