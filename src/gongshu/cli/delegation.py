"""`gongshu delegation give|list|end`: a head's rank, lent to a colleague during leave."""

from __future__ import annotations

from datetime import datetime

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence

LIST = {
    "id": Sentence(en="Number", zh="编号"),
    "delegator": Sentence(en="From", zh="委托人"),
    "delegate": Sentence(en="To", zh="受托人"),
    "procedures": Sentence(en="Procedures", zh="程序"),
    "since": Sentence(en="From the day", zh="自"),
    "until": Sentence(en="Until", zh="至"),
    "ended": Sentence(en="Ended", zh="终止时间"),
}
a_day = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def delegation() -> None:
    """Delegation during leave: lend your rank to a colleague, see and end it."""


@delegation.command("give")
@click.option("--to", required=True, help="Which colleague.")
@click.option("--procedure", "procedures", multiple=True, required=True, help="Repeatable.")
@click.option("--since", type=a_day, required=True, help="The first day.")
@click.option("--until", type=a_day, required=True, help="The last day, included.")
@click.option("--reason", default="", help="Why, for your own organisation.")
@acting_as
@as_json
def give(
    to: str,
    procedures: tuple[str, ...],
    since: datetime,
    until: datetime,
    reason: str,
    acting: str | None,
    as_json: bool,
) -> None:
    """Lend your rank to a colleague, for these procedures, between two days."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import delegations
    from gongshu.cases.desk_api import delegation_out

    row = delegations.give(
        to=to,
        procedures=procedures,
        since=since.date(),
        until=until.date(),
        reason=reason,
        by=shell_agent(acting),
    )
    if as_json:
        say_json(delegation_out(row))
        return
    say(
        Sentence(
            en=f"Delegation {row.pk} is given to {to}, {row.since} to {row.until}.",
            zh=f"委托 {row.pk} 已作出：{to}，{row.since} 至 {row.until}。",
        )
    )


@delegation.command("list")
@acting_as
@as_json
def list_delegations(acting: str | None, as_json: bool) -> None:
    """Your organisation's delegations, the newest first."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import delegations
    from gongshu.cases.desk_api import delegation_out

    found = [delegation_out(row) for row in delegations.visible(shell_agent(acting))]
    if as_json:
        say_json(found)
        return
    show_rows(found, LIST)


@delegation.command("end")
@click.argument("number", type=int)
@acting_as
def end(number: int, acting: str | None) -> None:
    """Take a delegation back, or lay it down, now; `delegation list` shows the numbers."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import delegations

    delegations.end(number=number, by=shell_agent(acting))
    say(Sentence(en=f"Delegation {number} has ended.", zh=f"委托 {number} 已终止。"))
