"""JSON as a table: an array of objects, one object a line (NDJSON), or a document that holds one.

Every record becomes a row of cells as text, numbers with the digits that they were written with,
and then the same rooms as for text files decide on the types. An object inside a record is spread
over columns (`a.b`), a list inside one stays together as JSON. Records are streamed, so that memory
stays flat; a document with its records deeper inside is read whole, up to `LARGEST_WHOLE`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongshu.data.ingest.hints import Hints
from gongshu.data.ingest.reading import TextReading
from gongshu.data.ingest.records import (
    Candidate,
    NotJson,
    candidates,
    flat,
    lines,
    rows_of,
    streamed,
    whole,
)
from gongshu.data.ingest.report import Report
from gongshu.data.ingest.text import Progress, TextFile
from gongshu.data.ingest.unreadable import Unreadable, empty_file
from gongshu.wording import Sentence

LARGEST_WHOLE = 256 << 20  # bytes
MOST_COLUMNS = 5000
NOT_A_RECORD = Sentence(
    en="It is no object like the other records.", zh="不是与其他记录同类的对象。"
)


@dataclass(frozen=True)
class Found:
    """Where the records are, and what else was there."""

    path: str  # of the list inside the document; "": the whole
    others: tuple[str, ...]
    beside: tuple[str, ...]  # what the document says besides, such as a total
    confidence: float


def read_document(
    text: TextFile, folder: Path, hints: Hints, progress: Progress
) -> tuple[Path, Report]:
    """Typed Parquet of the records; `hints.sheet` names the list inside the document."""
    report = Report.kept_in(folder, format="json", encoding=text.encoding)
    form = _form(text)
    if form == "document":
        found, node = _inside(text, hints.sheet)
        if _is_grid(node):
            return _grid(node, folder, hints, report, progress)
    else:
        found = Found("", (), (), 1.0)
        node = None
        if hints.sheet:
            raise _no_such_list(hints.sheet, [])
    cells = _written(_source(form, text, node, report), folder, report)
    progress(30.0)
    inner = Hints(delimiter=",", header=1, skip=0, text=hints.text)
    reading = TextReading(TextFile(cells, "utf-8", 1.0), folder, inner, report, progress)
    target, report = reading.read()
    _say(report, found, text)
    return target, report


def _form(text: TextFile) -> str:
    """One object a line, an array that can be streamed, or a document."""
    head = text.head().lstrip()
    if head.startswith("["):
        after = head[1:].lstrip()
        return "array" if after.startswith(("{", "]")) else "document"
    first = head.split("\n", 1)[0].strip()
    rest = head[len(first) :].strip()
    try:
        return "lines" if rest and isinstance(json.loads(first), dict) else "document"
    except ValueError:
        return "document"


def _source(form: str, text: TextFile, node: Any, report: Report) -> Iterator[Any]:
    """The records in their order, afresh at every call; what is none is counted in the report."""
    if form == "lines":
        return lines(text, report)
    if form == "array":
        return streamed(text)
    return rows_of(node)


def _inside(text: TextFile, wanted: str | None) -> tuple[Found, Any]:
    if text.size > LARGEST_WHOLE:
        raise Unreadable(
            "too_large",
            Sentence(
                en="The document is too large to look for records inside it.",
                zh="该 JSON 文档过大，无法在其中查找记录。",
            ),
            suggestion=Sentence(
                en="Give the array of records itself, or one record a line (NDJSON).",
                zh="请直接提供记录数组，或每行一条记录（NDJSON）。",
            ),
        )
    try:
        document = whole(text)
    except NotJson as trouble:
        raise _not_json(trouble) from None
    known = candidates(document)
    chosen = _chosen(known, wanted)
    others = tuple(one.path for one in known if one.path != chosen.path and one.path)
    sure = 1.0 if wanted is not None or not others else 0.8
    return Found(chosen.path, others, chosen.beside, sure), chosen.node


def _chosen(known: list[Candidate], wanted: str | None) -> Candidate:
    if wanted is not None:
        for one in known:
            if one.path == wanted:
                return one
        raise _no_such_list(wanted, [one.path for one in known if one.path])
    if not known:
        raise empty_file()
    return known[0]


def _written(records: Iterator[Any], folder: Path, report: Report) -> Path:
    """Cells as text: first the records with the columns met so far, then a header for all."""
    body, names = folder / "records.csv", {}  # type: ignore[var-annotated]
    count = 0
    try:
        with body.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for record in records:
                count += 1
                if not isinstance(record, Mapping):
                    report.reject(count, NOT_A_RECORD, json.dumps(record, ensure_ascii=False))
                    continue
                row = dict(flat(record))
                for name in row:
                    names.setdefault(name, len(names))
                if len(names) > MOST_COLUMNS:
                    raise _too_many_columns()
                writer.writerow([row.get(name, "") for name in names])
    except NotJson as trouble:
        raise _not_json(trouble) from None
    if not names:
        raise empty_file()
    return _padded(body, list(names), folder / "cells.csv")


def _padded(body: Path, names: list[str], target: Path) -> Path:
    """Every row as wide as the header: a record lacks what only later ones have."""
    with (
        body.open(encoding="utf-8", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in csv.reader(source):
            # An empty row of one column would read as no row at all.
            padded = row + [""] * (len(names) - len(row))
            file.write('""\n') if padded == [""] else writer.writerow(padded)
    body.unlink()
    return target


def _is_grid(node: Any) -> bool:
    """Rows without names: an array of arrays."""
    return isinstance(node, list) and bool(node) and all(isinstance(one, list) for one in node)


def _grid(
    node: list[list[Any]], folder: Path, hints: Hints, report: Report, progress: Progress
) -> tuple[Path, Report]:
    """As if it were a sheet: the header is looked for."""
    cells = folder / "cells.csv"
    with cells.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [[dict(flat({"": cell})).get("", "") for cell in row] for row in node]
        )
    inner = hints.inside(delimiter=",", header=hints.header)
    target, report = TextReading(
        TextFile(cells, "utf-8", 1.0), folder, inner, report, progress
    ).read()
    report.delimiter = report.quote = None
    return target, report


def _say(report: Report, found: Found, text: TextFile) -> None:
    """In records, not in lines of our own working file."""
    report.sheet, report.other_sheets = found.path or None, list(found.others)
    report.preamble, report.preamble_lines, report.header_lines = list(found.beside), 0, 0
    report.delimiter = report.quote = None
    report.flags = []
    report.confidence = {"encoding": text.confidence, "records": found.confidence}


def _not_json(trouble: NotJson) -> Unreadable:
    return Unreadable(
        "json",
        Sentence(
            en=f"The JSON breaks off or is wrong at line {trouble.line}, column {trouble.column}.",
            zh=f"JSON 在第 {trouble.line} 行第 {trouble.column} 列处中断或有误。",
        ),
        suggestion=Sentence(en="Export it again.", zh="请重新导出。"),
        line=trouble.line,
    )


def _no_such_list(wanted: str, known: list[str]) -> Unreadable:
    listed = ", ".join(known[:10]) or "–"
    return Unreadable(
        "sheet",
        Sentence(
            en=f"There is no list “{wanted}” in the document; it has: {listed}.",
            zh=f"文档中没有名为“{wanted}”的列表；其中有：{listed}。",
        ),
        field="sheet",
    )


def _too_many_columns() -> Unreadable:
    return Unreadable(
        "columns",
        Sentence(
            en=f"The records have more than {MOST_COLUMNS} different fields together.",
            zh=f"各记录的字段合计超过 {MOST_COLUMNS} 个。",
        ),
        suggestion=Sentence(
            en="Fields that are values (dates, codes) belong in a field of their own.",
            zh="作为取值的字段名（日期、代码等）应改为单独字段的值。",
        ),
    )
