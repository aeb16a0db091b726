"""`gongshu job list|show|cancel|retry`: long work, and what became of it."""

from __future__ import annotations

import time
from typing import Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence

COLUMNS = {
    "id": Sentence(en="Number", zh="编号"),
    "kind": Sentence(en="Kind", zh="种类"),
    "subject": Sentence(en="About", zh="对象"),
    "state": Sentence(en="State", zh="状态"),
    "percent": Sentence(en="%", zh="%"),
    "created": Sentence(en="When", zh="时间"),
    "said": Sentence(en="Message", zh="消息"),
}
LINES = {"at": Sentence(en="When", zh="时间"), "text": Sentence(en="Log", zh="日志")}
STATES = ["queued", "running", "done", "failed", "cancelled"]
FOLLOW_SECONDS = 0.5


@click.group()
def job() -> None:
    """Long work: how far it is, its log, cancel, try again."""


@job.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@click.option("--dataset", "subject", default="", metavar="CODE", help="Only about this dataset.")
@acting_as
@as_json
def list_jobs(state: str | None, subject: str, acting: str | None, as_json: bool) -> None:
    """The jobs of your organisation, the newest first."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.jobs.api import MOST
    from gongshu.jobs.selectors import listed
    from gongshu.jobs.shown import job_out

    rows = listed(shell_agent(acting), state=state or "", subject=subject)[:MOST]
    found = [job_out(row) for row in rows]
    if as_json:
        say_json(found)
    else:
        show_rows([_line(one) for one in found], COLUMNS)


@job.command("show")
@click.argument("number")
@click.option("--follow", is_flag=True, help="Wait until it has ended.")
@acting_as
@as_json
def show_job(number: str, follow: bool, acting: str | None, as_json: bool) -> None:
    """How far the job NUMBER is, and its log."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.jobs.selectors import job as find
    from gongshu.jobs.shown import job_detail

    agent = shell_agent(acting)
    found = job_detail(find(number, agent))
    while follow and found["finished"] is None:
        time.sleep(FOLLOW_SECONDS)
        found = job_detail(find(number, agent))
    _show(found, as_json)


@job.command("cancel")
@click.argument("number")
@acting_as
@as_json
def cancel_job(number: str, acting: str | None, as_json: bool) -> None:
    """Cancel the job NUMBER; a running one ends when it next says how far it is."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.jobs import services
    from gongshu.jobs.selectors import job as find
    from gongshu.jobs.shown import job_detail

    agent = shell_agent(acting)
    _show(job_detail(services.cancel(find(number, agent), agent)), as_json)


@job.command("retry")
@click.argument("number")
@acting_as
@as_json
def retry_job(number: str, acting: str | None, as_json: bool) -> None:
    """Try the job NUMBER again, which failed or was cancelled; it goes on from what it saved."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.jobs import services
    from gongshu.jobs.selectors import job as find
    from gongshu.jobs.shown import job_detail

    agent = shell_agent(acting)
    _show(job_detail(services.retry(find(number, agent), agent)), as_json)


def _line(found: dict[str, Any]) -> dict[str, Any]:
    return found | {"said": found["error"]["detail"] if found["error"] else found["message"]}


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    show_rows([_line(found)], COLUMNS)
    if found["cancelling"]:
        say(Sentence(en="It is being cancelled.", zh="正在取消。"))
    if found["log"]:
        show_rows(found["log"], LINES)
