"""The options by which a command says what to believe about a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

OPTIONS = (
    click.option("--encoding", default=None, help="Instead of guessing: gb18030, utf-8 …"),
    click.option("--delimiter", default=None, help="What stands between the values."),
    click.option("--header", type=int, default=None, help="Number of header lines; 0: none."),
    click.option("--sheet", default=None, help="Of a workbook."),
    click.option("--skip", metavar="LINES", help="Lines above the header; or these: 57,58"),
    click.option("--member", default=None, help="Of an archive of several files."),
    click.option("--text", multiple=True, metavar="COLUMN", help="A column that stays text."),
    click.option("--fill", multiple=True, metavar="COLUMN", help="A column whose blanks repeat."),
)


def file_hints(command: Callable[..., Any]) -> Callable[..., Any]:
    """Each option becomes an argument of the same name."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
