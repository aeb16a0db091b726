"""`gongshu reading`: how the newest version's file was read, and the lines that were not."""

from __future__ import annotations

import csv
from typing import Any, TextIO

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, in_my_language, say, say_json, show_rows
from gongshu.wording import Sentence

COLUMNS = {
    "name": Sentence(en="Column", zh="数据项"),
    "type": Sentence(en="Type", zh="类型"),
    "why": Sentence(en="Why", zh="依据"),
}
FLAGS = {
    "total": Sentence(en="total", zh="合计行"),
    "footnote": Sentence(en="footnote", zh="注释行"),
}
FORGOTTEN = Sentence(en="The next file is guessed anew.", zh="下一个文件将重新识别。")


@click.command()
@click.argument("dataset")
@click.option("--rejects", type=click.File("w"), help="Write the lines that were not read, as CSV.")
@click.option("--forget", is_flag=True, help="Guess the next file anew.")
@acting_as
@as_json
def reading(
    dataset: str, rejects: TextIO | None, forget: bool, acting: str | None, as_json: bool
) -> None:
    """How the file of the newest version of DATASET was read."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import readings, selectors
    from gongshu.catalog.readings_api import shown

    agent = shell_agent(acting)
    found = selectors.get(dataset, agent)
    if forget:
        readings.forget(dataset=found, by=agent)
        say(FORGOTTEN)
        return
    kept = readings.required(found, agent)
    if rejects is not None:
        sheet = csv.writer(rejects, lineterminator="\n")
        for line in readings.rejects(found, agent):
            sheet.writerow([line["line"], in_my_language(line["zh"], line["en"]), line["text"]])
        return
    told = shown(found, kept)
    if as_json:
        say_json(told)
    else:
        _show(told)


def _show(told: dict[str, Any]) -> None:
    report = told["report"]
    rows, bad = report["rows_read"], told["rejected"]
    say(
        Sentence(
            en=f"{told['name']}: version {told['version']}, {rows} rows read, {bad} lines not.",
            zh=f"{told['name']}：第 {told['version']} 版，读取 {rows} 行，未读取 {bad} 行。",
        )
    )
    for flag in report.get("flags", ()):
        what = FLAGS[flag["kind"]]
        say(
            Sentence(
                en=f"Line {flag['line']} looks like a {what.en}: {flag['text']}",
                zh=f"第 {flag['line']} 行似为{what.zh}：{flag['text']}",
            )
        )
    if blank := report.get("blank_below"):
        say(
            Sentence(
                en=f"Blanks seem to repeat what is above them (--fill): {', '.join(blank)}.",
                zh=f"以下列的空白似乎沿用上方的值（可用 --fill）：{'、'.join(blank)}。",
            )
        )
    for note in report.get("notes", ()):
        say(Sentence(**note))
    show_rows(
        [
            {"name": c["name"], "type": c["type"], "why": in_my_language(**c["reason"])}
            for c in report["columns"]
        ],
        COLUMNS,
    )
