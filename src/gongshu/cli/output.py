"""How commands answer: a table or lines for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from gongshu.wording import Sentence, current_language

if TYPE_CHECKING:
    from rich.console import Console

NOTHING = Sentence(en="None.", zh="无。")
SHANGHAI = ZoneInfo("Asia/Shanghai")  # days and hours are Chinese ones, wherever the shell is
as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
acting_as = click.option("--as", "acting", metavar="USER", help="Act as this user.")


def console() -> Console:
    """Where people look; a pipe gets lines that are not broken at 80 characters."""
    from rich.console import Console  # here: most answers are plain lines

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    return Console(width=width, highlight=False, soft_wrap=False)


def say(sentence: Sentence) -> None:
    click.echo(str(sentence))


def say_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def show_rows(rows: Sequence[Mapping[str, Any]], titles: Mapping[str, Sentence]) -> None:
    """A table with the columns that `titles` names, in that order."""
    if not rows:
        say(NOTHING)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles.values():
        table.add_column(str(title), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in titles))
    console().print(table)


def in_my_language(zh: str, en: str) -> str:
    return (zh or en) if current_language().lower().startswith("zh") else (en or zh)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(item) for item in value)
    return str(value)
