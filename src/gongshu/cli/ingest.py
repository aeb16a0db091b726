"""`gongshu ingest`: a file becomes a new version, and one sees what was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.hints import file_hints
from gongshu.cli.output import acting_as, as_json, console, in_my_language, say, say_json, show_rows
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.catalog.ingest import Ingested

# What a profile proposes, by data subject and by grade (GB/T 43697).
WORDS = {
    "public": Sentence(en="public", zh="公共数据"),
    "organisation": Sentence(en="of organisations", zh="组织数据"),
    "personal": Sentence(en="personal", zh="个人信息"),
    "core": Sentence(en="core", zh="核心数据"),
    "important": Sentence(en="important", zh="重要数据"),
    "general": Sentence(en="general", zh="一般数据"),
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dataset", "code", required=True, metavar="CODE", help="<domain>.<name>")
@click.option("--provider", default="", metavar="ORG", help="Whose dataset, for a new one.")
@file_hints
@click.option("--guess", is_flag=True, help="Forget what was said of the file before.")
@click.option("--append", is_flag=True, help="Beside the rows of the newest version.")
@acting_as
@as_json
def ingest(
    file: Path,
    code: str,
    provider: str,
    append: bool,
    acting: str | None,
    as_json: bool,
    **hints: Any,
) -> None:
    """Read any messy FILE into a new version; a draft entry is made if there is none."""
    setup_django()
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from gongshu.accounts import agents
    from gongshu.catalog.ingest import ingest_file

    by = agents.shell_agent(acting)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console(),
        transient=True,
        disable=as_json or not console().is_terminal,
    )
    with bar:
        task = bar.add_task("", total=100)
        done = ingest_file(
            file,
            code=code,
            provider=provider,
            by=by,
            hints=hints | ({"mode": "append"} if append else {}),
            progress=lambda percent, what: bar.update(
                task, completed=percent, description=str(what)
            ),
        )
    if as_json:
        say_json(summary(done))
    else:
        _show(done)


def summary(done: Ingested) -> dict[str, Any]:
    version = done.version
    return {
        "dataset": done.dataset.code,
        "version": version.number,
        "new": done.fresh,
        "mode": version.mode,
        "drafted": done.drafted,
        "rows": version.rows,
        "bytes": version.bytes,
        "digest": version.digest,
        "entry": version.entry_id,
        "report": version.report,
        "profile": version.profile,
    }


def _show(done: Ingested) -> None:
    code, version = done.dataset.code, done.version
    if done.drafted:
        say(Sentence(en=f"{code} is a new draft entry.", zh=f"已新建目录草稿 {code}。"))
    if done.fresh:
        say(
            Sentence(
                en=f"{code} version {version.number}: {version.rows:,} rows.",
                zh=f"{code} 第 {version.number} 版：{version.rows:,} 行。",
            )
        )
    else:
        say(
            Sentence(
                en=f"The file holds what version {version.number} holds; nothing was changed.",
                zh=f"文件内容与第 {version.number} 版相同，未作更改。",
            )
        )
    _show_report(version.report)
    _show_profile(version.profile)


def _show_report(report: Mapping[str, Any]) -> None:
    """What was taken for what; only what was there to guess."""
    parts = {
        "format": report["format"],
        "encoding": report["encoding"],
        "delimiter": repr(report["delimiter"]) if report["delimiter"] else None,
        "preamble": report["preamble_lines"] or None,
        "header": report["header_lines"] or None,
        "sheet": report["sheet"],
        "rejected": report["rows_rejected"] or None,
    }
    words = {
        "format": Sentence(en="format", zh="格式"),
        "encoding": Sentence(en="encoding", zh="编码"),
        "delimiter": Sentence(en="delimiter", zh="分隔符"),
        "preamble": Sentence(en="lines before the table", zh="表前说明行"),
        "header": Sentence(en="header lines", zh="表头行"),
        "sheet": Sentence(en="sheet", zh="工作表"),
        "rejected": Sentence(en="rows rejected", zh="拒收行"),
    }
    found = [f"{words[name]}: {value}" for name, value in parts.items() if value is not None]
    click.echo(str(Sentence(en="Guessed: ", zh="识别结果：")) + "; ".join(found))
    for reject in report["rejects"][:5]:
        reason = _said(reject["reason"])
        say(
            Sentence(
                en=f"  line {reject['line']}: {reason}", zh=f"  第 {reject['line']} 行：{reason}"
            )
        )
    for note in report["notes"]:
        click.echo(f"  {_said(note)}")


def _show_profile(profile: Mapping[str, Any]) -> None:
    rows = [
        {
            "name": column["name"],
            "type": column["type"],
            "meaning": _said(column["semantic_type"]["title"]) if column["semantic_type"] else "",
            "level": column["level"],
            "empty": f"{column['nulls'] / column['rows']:.1%}" if column["rows"] else "",
            "distinct": f"{column['distinct']:,}",
            "range": _range(column),
        }
        for column in profile["columns"]
    ]
    show_rows(
        rows,
        {
            "name": Sentence(en="Column", zh="列"),
            "type": Sentence(en="Type", zh="类型"),
            "meaning": Sentence(en="Looks like", zh="疑似"),
            "level": Sentence(en="Level", zh="级别"),
            "empty": Sentence(en="Empty", zh="空值"),
            "distinct": Sentence(en="Distinct", zh="不同值"),
            "range": Sentence(en="From – to", zh="范围"),
        },
    )
    grade = profile["grade"]
    category, level = WORDS[grade["category"]], WORDS[grade["grade"]]
    say(
        Sentence(
            en=f"Proposed: {category.en}, {level.en}, level {grade['level']}.",
            zh=f"建议：{category.zh}，{level.zh}，{grade['level']} 级。",
        )
    )
    click.echo(_said(grade["reason"]))


def _range(column: Mapping[str, Any]) -> str:
    low, high = column["min"], column["max"]
    return "" if low is None else f"{str(low)[:20]} – {str(high)[:20]}"


def _said(sentence: Any) -> str:
    """A sentence as JSON keeps it: both languages side by side."""
    if isinstance(sentence, Mapping):
        return in_my_language(sentence.get("zh", ""), sentence.get("en", ""))
    return str(sentence)
