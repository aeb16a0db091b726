"""`gongshu query`: ask under a grant, from the shell."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, console, say_json
from gongshu.wording import Problem, Sentence

if TYPE_CHECKING:
    from gongshu.gateway.services import GatewayAnswer

SHOWN_ROWS = 100
# The worker gives an entry its place within a second; without a worker this command does it.
WAIT_SECONDS = 5.0
WITHHELD = Sentence(
    en="Something is withheld: groups that are empty or too small to protect those in them.",
    zh="部分结果未予提供：空组或过小的组不予显示，以保护其中的个体。",
)
TRUNCATED = Sentence(
    en="The answer was cut at the number of rows the grant allows.",
    zh="结果已按授权允许的行数截断。",
)


@click.command()
@click.argument("sql")
@click.option("--grant", "grant_id", required=True, metavar="ID", help="Under which grant.")
@click.option("--purpose", required=True, help="One of the purposes of the grant.")
@click.option("--param", "params", multiple=True, help="A text for a `?`, in order; repeatable.")
@click.option(
    "--format",
    "form",
    default="table",
    type=click.Choice(["table", "json", "csv", "parquet", "arrow"]),
    help="How the answer is written.",
)
@click.option(
    "--receipt",
    "receipt_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the receipt to this file.",
)
@click.option(
    "--version",
    "numbers",
    multiple=True,
    metavar="CODE=NUMBER",
    help="A version other than the newest: CODE=NUMBER; repeatable.",
)
@click.option("--explain", is_flag=True, help="Only say how it would be decided, and why.")
@acting_as
def query(
    sql: str,
    grant_id: str,
    purpose: str,
    params: tuple[str, ...],
    form: str,
    receipt_file: Path | None,
    numbers: tuple[str, ...],
    explain: bool,
    acting: str | None,
) -> None:
    """Ask under a grant; SQL `-` is read from standard input."""
    setup_django()
    from gongshu.accounts import agents
    from gongshu.data.policy.refusals import Refused
    from gongshu.gateway import services

    text = sys.stdin.read() if sql == "-" else sql
    asked: dict[str, Any] = {"grant_id": grant_id, "purpose": purpose, "sql": text}
    asked |= {"params": params, "versions": versions_of(numbers), "by": agents.shell_agent(acting)}
    try:
        if explain:
            _explain(services.check(**asked), text, form)
            return
        answer = services.answer(**asked)
    except Refused as refused:
        show_refusal(refused, text)
        entry_id = getattr(refused, "entry_id", None)
        if receipt_file and entry_id:
            write_receipt(entry_id, receipt_file)
        sys.exit(1)
    show_answer(answer, form)
    if receipt_file:
        write_receipt(answer.entry_id, receipt_file)


def versions_of(numbers: tuple[str, ...]) -> dict[str, int] | None:
    found = {}
    for text in numbers:
        code, _, number = text.rpartition("=")
        if not code or not (number.isascii() and number.isdigit()) or not 0 < len(number) < 10:
            raise Problem(
                "version_option",
                Sentence(
                    en=f"“{text}” names no version: write health.persons=3.",
                    zh=f"“{text}”不是版本，写法如 health.persons=3。",
                ),
            )
        found[code] = int(number)
    return found or None


def show_answer(answer: GatewayAnswer, form: str) -> None:
    if form == "table":
        _show_table(answer)
    else:
        from gongshu.data.formats import FORMATS
        from gongshu.gateway.api import written

        out = sys.stdout.buffer
        for part in written(answer, FORMATS[form]):
            out.write(part)
        if form == "json":
            out.write(b"\n")
        out.flush()
    for flag, notice in ((answer.withheld, WITHHELD), (answer.truncated, TRUNCATED)):
        if flag:
            click.echo(str(notice), err=form != "table")


def _show_table(answer: GatewayAnswer) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    shown = answer.table.slice(0, SHOWN_ROWS)
    for field in shown.schema:
        numeric = str(field.type).startswith(("int", "uint", "float", "double", "decimal"))
        table.add_column(field.name, justify="right" if numeric else "left", overflow="fold")
    for row in zip(*(column.to_pylist() for column in shown.columns), strict=True):
        table.add_row(*("" if value is None else str(value) for value in row), style=None)
    console().print(table)
    versions = ", ".join(f"{code} v{number}" for code, number in answer.versions.items())
    more = f" (+{answer.rows - SHOWN_ROWS})" if answer.rows > SHOWN_ROWS else ""
    click.echo(
        str(
            Sentence(
                en=f"{answer.rows} rows{more} in {answer.ms} ms from {versions}; "
                f"entry {answer.entry_id}",
                zh=f"{answer.rows} 行{more}，{answer.ms} 毫秒，数据版本 {versions}；"
                f"账本条目 {answer.entry_id}",
            )
        )
    )


def show_refusal(refused: Any, sql: str) -> None:
    """On standard error: the text with the place marked, the reason, what to write instead."""
    title = Sentence(en=f"Refused ({refused.code})", zh=f"已拒绝（{refused.code}）")
    click.echo(click.style(str(title), bold=True, fg="red"), err=True)
    if refused.span:
        click.echo(marked(sql, refused.span), err=True)
    click.echo(str(refused.reason), err=True)
    if refused.suggestion:
        click.echo(str(refused.suggestion), err=True)


def marked(sql: str, span: tuple[int, int]) -> str:
    """The lines of `sql` that `span` touches, each with ^^^^ below its part.

    >>> print(marked("SELECT name\\nFROM t", (7, 11)))
      SELECT name
             ^^^^
    """
    from rich.cells import cell_len

    lines, start = [], 0
    for line in sql.splitlines(keepends=True):
        text = line.rstrip("\r\n").replace("\t", " ")
        first, last = max(span[0] - start, 0), min(span[1] - start, len(text))
        if first < last:
            # A Chinese character is two cells wide.
            lines += ["  " + text, "  " + " " * cell_len(text[:first])]
            lines[-1] += "^" * cell_len(text[first:last])
        start += len(line)
    return "\n".join(lines)


def _explain(decision: Any, sql: str, form: str) -> None:
    from gongshu.gateway.decisions import told

    if form == "json":
        say_json(told(decision))
    elif decision.allowed:
        click.echo(str(Sentence(en="This would be answered.", zh="该查询可以答复。")))
    else:
        show_refusal(decision, sql)
    if form != "json":
        for title, value in (
            (Sentence(en="How it was decided:", zh="判定过程："), decision.trace),
            (Sentence(en="A grant would need:", zh="所需的授权条款："), decision.missing),
        ):
            if value:
                click.echo(f"\n{title}\n{_yaml(value)}")
    if not decision.allowed:
        sys.exit(1)


def _yaml(value: Any) -> str:
    import yaml  # here: only --explain needs it

    if isinstance(value, list | tuple):
        value = [str(one) for one in value]
    return str(yaml.safe_dump(value, allow_unicode=True, sort_keys=False)).rstrip()


def write_receipt(entry_id: str, path: Path) -> None:
    """Wait for the entry's place in the log, then write the receipt."""
    from gongshu.ledger import services as ledger
    from gongshu.log.receipt import receipt_bytes

    deadline = time.monotonic() + WAIT_SECONDS
    while (found := ledger.receipt(entry_id)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    if found is None:
        raise Problem(
            "pending",
            Sentence(
                en=f"The entry {entry_id} is written and still waits for its place in the log.",
                zh=f"账本条目 {entry_id} 已写入，尚待编入日志。",
            ),
            suggestion=Sentence(
                en=f"Fetch it later: GET /api/receipts/{entry_id}",
                zh=f"稍后可获取：GET /api/receipts/{entry_id}",
            ),
        )
    path.write_bytes(receipt_bytes(found))
    click.echo(str(Sentence(en=f"Receipt: {path}", zh=f"回执：{path}")), err=True)
