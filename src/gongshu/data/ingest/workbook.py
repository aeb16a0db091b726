"""Spreadsheets (.xlsx, .xls, .ods): the largest table of the workbook, cell by cell as text.

A cell is written out as the spreadsheet means it (15 digits, dates in ISO form, a merged
cell in every row and column it covers), and then the same rooms as for text files find the
header and the types.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine as calamine

from gongshu.data.ingest.hints import Hints
from gongshu.data.ingest.layout import flag_of
from gongshu.data.ingest.reading import TextReading
from gongshu.data.ingest.report import Flag, Report
from gongshu.data.ingest.source import damaged, encrypted
from gongshu.data.ingest.text import Progress, TextFile
from gongshu.data.ingest.unreadable import Unreadable, empty_file
from gongshu.wording import Sentence

Cell = Any  # what calamine yields: str, float, int, bool, date, datetime, time, timedelta


def read_workbook(
    path: Path, folder: Path, hints: Hints, progress: Progress
) -> tuple[Path, Report]:
    """Typed Parquet of the largest table (or of the sheet that is asked for)."""
    try:
        name, others, rows = _largest_sheet(path, hints.sheet)
    except calamine.PasswordError:
        raise encrypted() from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError):
        raise damaged() from None
    texts = _as_text(rows)
    if not any(cell for row in texts for cell in row):
        raise empty_file()
    progress(20.0)
    cells = folder / "cells.csv"
    with cells.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(texts)
    report = Report.kept_in(folder, format="workbook", sheet=name, other_sheets=others)
    inner = hints.inside(delimiter=",", header=hints.header)
    reading = TextReading(TextFile(cells, "utf-8", 1.0), folder, inner, report, progress)
    file_, report = reading.read()
    _in_rows(report, reading, texts)
    return file_, report


def _in_rows(report: Report, reading: TextReading, texts: Sequence[Sequence[str]]) -> None:
    """Say the report in rows of the sheet: a cell may hold many lines."""
    layout = reading.layout
    report.encoding = report.delimiter = report.quote = None
    report.preamble_lines, report.header_lines = layout.preamble, layout.header
    first = layout.preamble + layout.header
    report.flags = [
        Flag(number, kind, " ".join(c for c in row if c)[:200])
        for number, row in enumerate(texts, start=1)
        if number > max(first, len(texts) - 20) and (kind := flag_of(row, layout.width))
    ]
    report.confidence = {
        "header": layout.confidence,
        "sheet": 0.8 if report.other_sheets else 1.0,
    }


def _largest_sheet(path: Path, wanted: str | None) -> tuple[str, list[str], list[list[Cell]]]:
    with calamine.CalamineWorkbook.from_path(str(path)) as book:
        names = [m.name for m in book.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
        if wanted is not None and wanted not in names:
            raise _no_such_sheet(wanted, names)
        sheets = [book.get_sheet_by_name(name) for name in ([wanted] if wanted else names)]
        if not sheets:
            raise empty_file()
        best = max(sheets, key=lambda sheet: sheet.height * sheet.width)
        rows = best.to_python(skip_empty_area=False)
        _fill_merged(rows, best.merged_cell_ranges or [])
        return best.name, [name for name in names if name != best.name], rows


def _no_such_sheet(wanted: str, names: Sequence[str]) -> Unreadable:
    listed = "、".join(names[:10])
    return Unreadable(
        "sheet",
        Sentence(
            en=f"There is no sheet “{wanted}”; the workbook has: {', '.join(names[:10])}.",
            zh=f"没有名为“{wanted}”的工作表；该工作簿包含：{listed}。",
        ),
        field="sheet",
    )


def _fill_merged(rows: list[list[Cell]], ranges: Sequence[tuple[Any, Any]]) -> None:
    """A merged cell holds for all it covers, but a title over the whole width stays one cell."""
    for (top, left), (bottom, right) in ranges:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        width = sum(1 for cell in rows[top] if cell != "")
        if right > left and width <= 1:
            continue
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = value


def _as_text(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Every cell as text. A column with times shows its midnights as times too."""
    timed = {i for row in rows for i, cell in enumerate(row) if isinstance(cell, dt.datetime)}
    return [[_text(cell, i in timed) for i, cell in enumerate(row)] for row in rows]


def _text(cell: Cell, timed: bool) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return f"{cell.isoformat()} 00:00:00" if timed else cell.isoformat()
    return "" if cell is None else str(cell)


def _number(value: float) -> str:
    """As the spreadsheet shows it: 15 digits, so that 0.1 + 0.2 is 0.3."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    text = format(Decimal(format(value, ".15g")), "f")
    return text if len(text) <= 40 else repr(value)
