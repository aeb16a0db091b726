"""`gongshu pull set|show|list|run|remove`: new versions from a URL or a database, on schedule."""

from __future__ import annotations

from typing import Any

import click

from gongshu.cli import setup_django
from gongshu.cli.hints import file_hints
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence

COLUMNS = {
    "dataset": Sentence(en="Dataset", zh="数据集"),
    "address": Sentence(en="From", zh="来源"),
    "cycle": Sentence(en="How often", zh="周期"),
    "next_due": Sentence(en="Next", zh="下次"),
    "last_at": Sentence(en="Last", zh="上次"),
    "last_said": Sentence(en="What came of it", zh="结果"),
}


@click.group()
def pull() -> None:
    """New versions pulled from a URL or a PostgreSQL table, on schedule."""


@pull.command("set")
@click.argument("code")
@click.argument("address")
@click.option("--cycle", required=True, help="realtime, daily, weekly, monthly … irregular, once.")
@click.option("--query", default="", help="Of a database: a table, or a SELECT.")
@click.option("--secret", default="", metavar="NAME", help="The name of the secret it asks for.")
@file_hints
@acting_as
@as_json
def set_pull(
    code: str,
    address: str,
    cycle: str,
    query: str,
    secret: str,
    acting: str | None,
    as_json: bool,
    **hints: Any,
) -> None:
    """Pull CODE from ADDRESS: https://…, or postgresql://user@host/database with --query."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import pulls, selectors

    by = shell_agent(acting)
    row = pulls.set_pull(
        dataset=selectors.get(code, by),
        address=address,
        cycle=cycle,
        query=query,
        secret=secret,
        hints=hints,
        by=by,
    )
    _show(pulls.pull_out(row), as_json)


@pull.command("show")
@click.argument("code")
@acting_as
@as_json
def show_pull(code: str, acting: str | None, as_json: bool) -> None:
    """Where CODE is pulled from, when next, and what came of the last time."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import pulls, selectors

    by = shell_agent(acting)
    _show(pulls.pull_out(pulls.get(selectors.get(code, by), by)), as_json)


@pull.command("list")
@acting_as
@as_json
def list_pulls(acting: str | None, as_json: bool) -> None:
    """All sources of your organisation."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import pulls

    found = [pulls.pull_out(row) for row in pulls.listed(shell_agent(acting))]
    if as_json:
        say_json(found)
    else:
        show_rows(found, COLUMNS)


@pull.command("run")
@click.argument("code")
@acting_as
@as_json
def run_pull(code: str, acting: str | None, as_json: bool) -> None:
    """Ask the source of CODE now; `gongshu job show` says how far it is."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import pulls, selectors
    from gongshu.jobs.shown import job_out

    by = shell_agent(acting)
    job = pulls.run_now(dataset=selectors.get(code, by), by=by)
    if as_json:
        say_json(job_out(job))
    else:
        say(Sentence(en=f"It is being asked; job {job.id}.", zh=f"正在拉取；任务 {job.id}。"))


@pull.command("remove")
@click.argument("code")
@acting_as
def remove_pull(code: str, acting: str | None) -> None:
    """Pull CODE no more; its versions stay."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import pulls, selectors

    by = shell_agent(acting)
    pulls.remove(dataset=selectors.get(code, by), by=by)
    say(Sentence(en=f"{code} is pulled no more.", zh=f"{code} 不再拉取。"))


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(found)
    else:
        show_rows([found], COLUMNS)
