"""`gongshu catalog template|import|export`: entries as the ministry's Excel form or as JSON."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Problem, Sentence

if TYPE_CHECKING:
    from gongshu.catalog.bulk import Found

FORMS = ("xlsx", "json", "ndjson")
ERROR_COLUMNS = {
    "place": Sentence(en="Where", zh="位置"),
    "what": Sentence(en="What is wrong", zh="问题"),
    "do": Sentence(en="What to do", zh="处理方法"),
}


@click.command("template")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def template(file: Path) -> None:
    """The ministry's form as an empty Excel FILE."""
    setup_django()
    from gongshu.catalog.template import write_workbook

    write_workbook(file)
    say(Sentence(en=f"The form is in {file}.", zh=f"模板已写入 {file}。"))


@click.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="ndjson",
    help="As what: ndjson, if nothing is said.",
)
@click.option("--domain", help="Only of this domain.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Into this file.")
@acting_as
def export_entries(form: str, domain: str | None, out: Path | None, acting: str | None) -> None:
    """The entries that one may see, as the ministry's Excel form or as JSON."""
    setup_django()
    from gongshu.accounts import agents
    from gongshu.catalog import exchange, selectors

    agent = agents.shell_agent(acting)
    rows = selectors.visible_to(agent).filter(domain__code=domain) if domain else None
    if out is not None:
        exchange.write_entries(out, form, agent, rows)
    elif form == "xlsx":
        raise Problem(
            "out_owed",
            Sentence(en="Excel needs a file: --out FILE.", zh="导出 Excel 须用 --out 指定文件。"),
        )
    else:
        for line in exchange.as_lines(exchange.export_entries(agent, rows), form):
            click.echo(line, nl=False)


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--provider", default="", metavar="ORG", help="Whose entries, all of them.")
@click.option("--dry-run", is_flag=True, help="Check every row and write nothing.")
@click.option("--skip-bad", is_flag=True, help="Write the good rows and leave out the others.")
@acting_as
@as_json
def import_entries(
    file: Path, provider: str, dry_run: bool, skip_bad: bool, acting: str | None, as_json: bool
) -> None:
    """Entries from the ministry's Excel form or JSON (- for stdin); new ones are drafts."""
    setup_django()
    from gongshu.accounts import agents
    from gongshu.catalog import bulk

    by = agents.shell_agent(acting)
    with tempfile.TemporaryDirectory() as folder:
        path = _on_disk(file, Path(folder))
        found = bulk.check(path, by=by, provider=provider)
        if not dry_run and (skip_bad or not found.bad):
            found = bulk.write(path, by=by, provider=provider, skip_bad=skip_bad)
    refused = bool(found.bad) and not skip_bad and not dry_run
    if as_json:
        say_json(found.as_dict() | {"written": not dry_run and not refused})
    else:
        _tell(found, dry_run=dry_run, refused=refused)
    if refused:
        sys.exit(1)


def _on_disk(file: Path, folder: Path) -> Path:
    if str(file) == "-":
        path = folder / "stdin"
        path.write_bytes(sys.stdin.buffer.read())
        return path
    if not file.is_file():
        raise Problem("missing", Sentence(en=f"There is no file {file}.", zh=f"没有文件 {file}。"))
    return file


def _tell(found: Found, *, dry_run: bool, refused: bool) -> None:
    rows = [
        {"place": str(e.place()), "what": str(e.sentence), "do": str(e.suggestion or "")}
        for e in found.errors
    ]
    if rows:
        show_rows(rows, ERROR_COLUMNS)
    if found.wrong > len(rows):
        more = found.wrong - len(rows)
        say(Sentence(en=f"… and {more:,} more errors.", zh=f"……另有 {more} 处错误。"))
    say(
        Sentence(
            en=f"{found.rows:,} rows: {found.new:,} new, {found.changed:,} changed, "
            f"{found.unchanged:,} unchanged, {found.bad:,} with errors.",
            zh=f"共 {found.rows} 行：新增 {found.new}，更改 {found.changed}，"
            f"未变 {found.unchanged}，有误 {found.bad}。",
        )
    )
    if refused:
        say(
            Sentence(
                en="Nothing was written: mend these rows, or --skip-bad leaves them out.",
                zh="未写入任何内容：请修改这些行，或用 --skip-bad 略过。",
            )
        )
    elif dry_run:
        say(Sentence(en="Checked only; nothing was written.", zh="仅检查，未写入。"))
