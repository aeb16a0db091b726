"""`gongshu rows`: look through the rows of open data as the page does, or write them to a file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, say, say_json, show_rows
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.data.browsing import Browser, View

TOO_LONG = Sentence(en="To count them takes too long.", zh="计数耗时过长。")


@click.command()
@click.argument("dataset")
@click.option("--where", multiple=True, metavar="COLUMN:OPERATOR:VALUE", help="Only rows that fit.")
@click.option("--sort", multiple=True, metavar="[-]COLUMN", help="In this order; - is downwards.")
@click.option("--column", multiple=True, metavar="NAME", help="Only these columns.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=25, help="How many rows.")
@click.option("--offset", type=click.IntRange(0), default=0, help="How many to leave out before.")
@click.option("--count", is_flag=True, help="Only how many rows fit.")
@click.option("--statistics", metavar="COLUMN", help="Only what this column holds.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "parquet", "arrow"]),
    default="table",
    help="All but a table hold every row that fits.",
)
@click.option("--output", type=click.File("wb"), help="The file to write; else the screen.")
@click.option("--version", type=click.IntRange(1), help="This version of the data.")
@acting_as
def rows(
    dataset: str,
    where: tuple[str, ...],
    sort: tuple[str, ...],
    column: tuple[str, ...],
    limit: int,
    offset: int,
    count: bool,
    statistics: str | None,
    form: str,
    output: BinaryIO | None,
    version: int | None,
    acting: str | None,
) -> None:
    """Look through the rows of the open DATASET, or write those that fit to a file."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import selectors
    from gongshu.catalog.browsing import browsed
    from gongshu.data.browsing import read_view

    agent = shell_agent(acting)
    _, browser = browsed(selectors.get(dataset, agent), agent, version)
    view = read_view(browser.schema, where=where, sort=sort, columns=column)
    if count:
        found = browser.count(view)
        say(TOO_LONG) if found is None else click.echo(found)
    elif statistics:
        _describe(browser, view, statistics)
    elif form == "table":
        _show(browser.page(view, limit=limit, offset=offset))
    else:
        _write(browser, view, form, output or sys.stdout.buffer)


def _show(table: Any) -> None:
    show_rows(table.to_pylist(), {name: Sentence(en=name, zh=name) for name in table.column_names})


def _describe(browser: Browser, view: View, column: str) -> None:
    from dataclasses import asdict

    from gongshu.data.browsing import require_column

    require_column(column, browser.schema)
    say_json(asdict(browser.statistics(view, column)))


def _write(browser: Browser, view: View, form: str, file: BinaryIO) -> None:
    from gongshu.data.formats import FORMATS

    for piece in FORMATS[form].write(browser.stream(view)):
        file.write(piece)
    file.flush()
