"""Spreadsheets (.xlsx, .xls, .ods) and web pages: the largest table, or the one asked for.

Its cells come as texts (sheets.py); then the same rooms as for text files find the header and
the types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gongshu.data.ingest.hints import Hints
from gongshu.data.ingest.layout import flag_of
from gongshu.data.ingest.reading import TextReading
from gongshu.data.ingest.report import Flag, Report
from gongshu.data.ingest.sheets import Sheet, unpacked
from gongshu.data.ingest.text import Progress, TextFile
from gongshu.data.ingest.unreadable import Unreadable, empty_file
from gongshu.wording import Sentence


def read_workbook(
    path: Path, folder: Path, hints: Hints, progress: Progress, kind: str = "workbook"
) -> tuple[Path, Report]:
    """Typed Parquet of the largest table (or of the sheet that is asked for). `kind`: workbook, or
    html, whose tables are as sheets."""
    wanted = (hints.sheet,) if hints.sheet is not None else ()
    found = unpacked(path, folder, wanted, kind=kind)
    if hints.sheet is not None and hints.sheet not in found.sheets:
        raise _no_such_sheet(hints.sheet, found.names)
    if not found.sheets:
        raise empty_file()
    ((name, sheet),) = found.sheets.items()
    if sheet.blank:
        raise empty_file()
    progress(20.0)
    others = [other for other in found.names if other != name]
    report = Report.kept_in(
        folder, row_of=sheet.row_of, format=kind, sheet=name, other_sheets=others
    )
    inner = hints.inside(delimiter=",", header=hints.header)
    if left_out := hints.leave_out:
        inner = replace(inner, skip={sheet.line_of(row) for row in left_out})
    reading = TextReading(TextFile(sheet.file, "utf-8", 1.0), folder, inner, report, progress)
    file_, report = reading.read()
    _in_rows(report, reading, sheet)
    return file_, report


def _in_rows(report: Report, reading: TextReading, sheet: Sheet) -> None:
    """Say the report in rows of the sheet: a cell may hold many lines."""
    layout = reading.layout
    report.encoding = report.delimiter = report.quote = None
    report.preamble_lines, report.header_lines = layout.preamble, layout.header
    first = layout.preamble + layout.header
    left_out = {reject.line for reject in report.rejects}
    report.flags = [
        Flag(number, kind, " ".join(c for c in row if c)[:200])
        for number, row in enumerate(sheet.tail, start=sheet.rows - len(sheet.tail) + 1)
        if number > first and number not in left_out and (kind := flag_of(row, layout.width))
    ]
    report.confidence = {
        "header": layout.confidence,
        "sheet": 0.8 if report.other_sheets else 1.0,
    }


def _no_such_sheet(wanted: str, names: Sequence[str]) -> Unreadable:
    listed = "、".join(names[:10])
    return Unreadable(
        "sheet",
        Sentence(
            en=f"There is no sheet “{wanted}”; the file has: {', '.join(names[:10])}.",
            zh=f"没有名为“{wanted}”的工作表；文件中有：{listed}。",
        ),
        field="sheet",
    )
