"""`gongshu catalog …`: find, show, list, import and export entries; write the search index."""

from __future__ import annotations

import sys
import time

import click

from gongshu.cli import describe, exchange, setup_django
from gongshu.cli.output import (
    acting_as,
    as_json,
    console,
    say,
    say_json,
    show_rows,
)
from gongshu.cli.search import COLUMNS, line, search
from gongshu.wording import Sentence, current_language


@click.group()
def catalog() -> None:
    """The catalogue of datasets."""


@catalog.command("list")
@click.option("--domain", help="Only of this domain.")
@click.option("--state", help="Only in this state: draft, published …")
@acting_as
@as_json
def list_entries(domain: str | None, state: str | None, acting: str | None, as_json: bool) -> None:
    """All entries that one may see."""
    setup_django()
    from gongshu.accounts import agents
    from gongshu.catalog import selectors

    rows = selectors.visible_to(agents.shell_agent(acting)).order_by("code")
    if domain:
        rows = rows.filter(domain__code=domain)
    if state:
        rows = rows.filter(state=state)
    lines = [line(row) for row in rows]
    if as_json:
        say_json(lines)
    else:
        show_rows(lines, COLUMNS)


@catalog.command("show")
@click.argument("code")
@acting_as
@as_json
def show_entry(code: str, acting: str | None, as_json: bool) -> None:
    """One entry with its columns and versions."""
    setup_django()
    from gongshu.accounts import agents
    from gongshu.catalog import selectors
    from gongshu.catalog.shown import detail

    agent = agents.shell_agent(acting)
    dataset = selectors.get(code, agent)
    shown = detail(dataset, agent)
    if as_json:
        say_json(shown)
        return
    out = console()
    out.print(f"[bold]{dataset.title(current_language())}[/]  {dataset.code}  ({dataset.state})")
    summary = dataset.summary(current_language())
    if summary:
        out.print(summary)
    out.print(f"{dataset.provider.name(current_language())} · {dataset.attribution or '—'}")
    show_rows(
        shown["fields"],
        {
            "name": Sentence(en="Column", zh="列"),
            "type": Sentence(en="Type", zh="类型"),
            "title": Sentence(en="Title", zh="名称"),
            "meaning": Sentence(en="Meaning", zh="含义"),
            "semantic_type": Sentence(en="Looks like", zh="疑似"),
            "level": Sentence(en="Level", zh="级别"),
        },
    )
    show_rows(
        shown["versions"],
        {
            "number": Sentence(en="Version", zh="版本"),
            "created": Sentence(en="When", zh="时间"),
            "rows": Sentence(en="Rows", zh="行数"),
            "entry": Sentence(en="Ledger entry", zh="日志条目"),
        },
    )


@catalog.command("generate")
@click.argument("number", type=click.IntRange(1, 5_000_000))
@click.option("--seed", default=1, help="The same seed makes the same entries.")
@as_json
def generate_entries(number: int, seed: int, as_json: bool) -> None:
    """NUMBER made-up draft entries, for measuring."""
    setup_django()
    from gongshu.accounts import agents
    from gongshu.catalog.synthetic import generate

    started = time.monotonic()
    made = generate(number=number, by=agents.administrator(), seed=seed)
    _timed("entries", made, time.monotonic() - started, as_json)


@catalog.command("index")
@as_json
def write_index(as_json: bool) -> None:
    """Write the search index anew from the database."""
    setup_django()
    from gongshu.catalog import index

    started = time.monotonic()
    count = index.rebuild(None if as_json else _progress)
    _timed("entries", count, time.monotonic() - started, as_json)


def _progress(count: int, total: int) -> None:
    """On one line of a terminal; a pipe is told every hundred thousand."""
    if sys.stderr.isatty():
        click.echo(f"\r{count:,} / {total:,}", nl=count >= total, err=True)
    elif count % 100_000 == 0:
        click.echo(f"{count:,} / {total:,}", err=True)


def _timed(what: str, number: int, seconds: float, as_json: bool) -> None:
    if as_json:
        say_json({what: number, "seconds": round(seconds, 3)})
    else:
        say(
            Sentence(
                en=f"{number:,} {what} in {seconds:.1f} s.",
                zh=f"{number:,} 条，用时 {seconds:.1f} 秒。",
            )
        )


for _command in (
    *(search, describe.domain, describe.describe, describe.terms),
    *(exchange.template, exchange.import_entries, exchange.export_entries),
):
    catalog.add_command(_command)
