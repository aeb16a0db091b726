"""`gongshu …`: one command per job.

Commands are loaded only when called, so that `gongshu verify` and `gongshu risk` start
without a database. A user's mistake (a `Problem`) is one sentence on stderr and exit 1.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from gongshu.cli import chinese
from gongshu.wording import Problem, Sentence, current_language, set_language

# command → where it lives; the order is the order of `gongshu --help`
COMMANDS: dict[str, str] = {
    "init": "gongshu.cli.instance:init",
    "demo": "gongshu.cli.demo.command:demo",
    "serve": "gongshu.cli.serve:serve",
    "doctor": "gongshu.cli.instance:doctor",
    "worker": "gongshu.cli.worker:worker",
    "ingest": "gongshu.cli.ingest:ingest",
    "upload": "gongshu.cli.upload:upload",
    "version": "gongshu.cli.version:version",
    "pull": "gongshu.cli.pull:pull",
    "job": "gongshu.cli.job:job",
    "catalog": "gongshu.cli.catalog:catalog",
    "search": "gongshu.cli.search:search",
    "following": "gongshu.cli.search:following",
    "joinable": "gongshu.cli.joinable:joinable",
    "element": "gongshu.cli.element:element",
    "grading": "gongshu.cli.grading:grading",
    "quality": "gongshu.cli.quality:quality",
    "reading": "gongshu.cli.reading:reading",
    "rows": "gongshu.cli.rows:rows",
    "harvest": "gongshu.cli.harvest:harvest",
    "org": "gongshu.cli.people:org",
    "user": "gongshu.cli.people:user",
    "token": "gongshu.cli.people:token",
    "notice": "gongshu.cli.notice:notice",
    "case": "gongshu.cli.case:case",
    "delegation": "gongshu.cli.delegation:delegation",
    "registration": "gongshu.cli.registration:registration",
    "calendar": "gongshu.cli.calendar:calendar",
    "grant": "gongshu.cli.grant:grant",
    "query": "gongshu.cli.query:query",
    "disclosure": "gongshu.cli.disclosure:disclosure",
    "duties": "gongshu.cli.duties:duties",
    "evaluation": "gongshu.cli.evaluation:evaluation",
    "monitoring": "gongshu.cli.monitoring:monitoring",
    "risk": "gongshu.cli.risk:risk",
    "verify": "gongshu.cli.verify:verify",
    "ledger": "gongshu.cli.ledger:ledger",
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return chinese.in_chinese(command) if reads_chinese() else command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each with its whole first sentence, over two lines where it needs them."""
        rows = [
            (name, command.get_short_help_str(limit=200))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name))
        ]
        with formatter.section("命令" if reads_chinese() else "Commands"):
            formatter.write_dl(rows)


def reads_chinese() -> bool:
    return current_language().lower().startswith("zh")


def choose_language(ctx: click.Context, option: click.Parameter, lang: str | None) -> None:
    """Before anything else is said: help and mistakes in the command line are, too."""
    if lang:
        set_language(lang)
        ctx.command = in_my_language()


def in_my_language() -> click.Command:
    if not reads_chinese():
        return gongshu
    chinese.speak()
    return chinese.in_chinese(gongshu)


@click.group(cls=LazyGroup)
@click.option(
    "--lang",
    default=None,
    is_eager=True,
    expose_value=False,
    callback=choose_language,
    help="Language of messages: zh or en (default: from $LANG).",
)
def gongshu() -> None:
    """Gongshu (公数): the whole life of public data on one platform."""


def setup_django() -> None:
    """Called at the top of every command that needs the instance."""
    home = Path(os.environ.get("GONGSHU_HOME", "instance")).resolve()
    if not (home / "secret_key").exists():
        raise Problem(
            "no_instance",
            Sentence(en=f"There is no instance in {home}.", zh=f"{home} 中没有实例。"),
            suggestion=Sentence(
                en="`gongshu init` makes one; GONGSHU_HOME names another folder.",
                zh="可用 `gongshu init` 建立；GONGSHU_HOME 可指定其他目录。",
            ),
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongshu.settings")
    import django  # here, not above: most start-up time is Django's
    from django.utils import translation

    django.setup()
    # Texts that Django itself says (a weak password, say) follow the shell's language.
    translation.activate("zh-hans" if reads_chinese() else "en")


def main() -> None:
    set_language(os.environ.get("GONGSHU_LANG") or os.environ.get("LANG") or "en")
    try:
        in_my_language()()
    except Problem as problem:
        click.echo(f"{problem.reason}", err=True)
        if problem.suggestion:
            click.echo(f"{problem.suggestion}", err=True)
        sys.exit(1)
