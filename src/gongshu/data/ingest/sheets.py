"""The sheets of a spreadsheet (.xlsx, .xls, .ods) or tables of a web page as CSV, by a process
of its own.

A workbook of a few kilobytes can ask its reader for terabytes: one cell in the last row and
column is enough. So the reader runs under limits of memory and time, and when it dies there is
a sentence for it and nothing else is lost.

    found = unpacked(path, folder)                 # the largest sheet
    found = unpacked(path, folder, ("Sheet2",))    # these, as far as they are there
    found.sheets["Sheet2"].file, found.names

A cell is written out as the spreadsheet means it: 15 digits, dates in ISO form, a merged cell in
every row and column that it covers.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from gongshu.data.ingest.source import damaged, encrypted
from gongshu.data.ingest.unreadable import Unreadable
from gongshu.wording import Sentence

if TYPE_CHECKING:  # the process that asks needs none of it
    import python_calamine as calamine

Cell = Any  # what calamine yields: str, float, int, bool, date, datetime, time, timedelta
TAIL = 20  # rows at the end of a sheet, where totals and notes stand
PART_OF_MEMORY = 3  # a third of the machine's
SECONDS = 900  # of the processor
# Each entry keeps a library from starting threads or from mapping memory of its own.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True, slots=True)
class Sheet:
    file: Path  # CSV: UTF-8, commas, \n
    rows: int
    tail: list[list[str]]  # the last rows
    blank: bool  # no cell says anything
    breaks: list[tuple[int, int]]  # rows that take several lines in `file`, and how many more

    def line_of(self, row: int) -> int:
        """The line of `file` on which a row begins; both count from 1."""
        return row + sum(more for long, more in self.breaks if long < row)

    def row_of(self, line: int) -> int:
        row, before = line, 0
        for long, more in self.breaks:
            if line <= long + before:
                break
            before += more
            row = line - before
        return row


@dataclass(frozen=True, slots=True)
class Sheets:
    names: list[str]  # of all worksheets
    sheets: dict[str, Sheet]  # of those unpacked


def unpacked(
    path: Path, folder: Path, wanted: Sequence[str] = (), *, kind: str = "workbook"
) -> Sheets:
    """`kind`: workbook, or html (in UTF-8). Raises `Unreadable`: damaged, encrypted, too large for
    the limits. A sheet that is not there is left out of `sheets`."""
    module = "gongshu.data.ingest.sheets"
    arguments = [str(os.getpid()), kind, str(path.resolve()), str(folder.resolve()), *wanted]
    done = subprocess.run(
        [sys.executable, "-I", "-m", module, *arguments],
        env=ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a crash may print data
        check=False,
    )
    told: dict[str, Any]
    try:
        told = json.loads(done.stdout) if done.returncode == 0 else {"wrong": "large"}
    except ValueError:
        told = {"wrong": "large"}
    if wrong := told.get("wrong"):
        raise {"damaged": damaged, "encrypted": encrypted}.get(wrong, _too_large)()
    sheets = {
        name: Sheet(file=folder / one.pop("file"), **one) for name, one in told["sheets"].items()
    }
    return Sheets(told["names"], sheets)


def _too_large() -> Unreadable:
    return Unreadable(
        "too_large",
        Sentence(
            en="The workbook takes more memory or time than there is; a cell may stand far "
            "outside of its table.",
            zh="读取该工作簿所需的内存或时间超出限制；可能有单元格远离数据区域。",
        ),
        suggestion=Sentence(
            en="Delete what stands outside of the table, or save the sheet as CSV.",
            zh="请删除数据区域以外的内容，或将工作表另存为 CSV。",
        ),
    )


# In the process of its own


def main(parent: int, kind: str, path: Path, folder: Path, wanted: Sequence[str]) -> None:
    from gongshu.data.engines.sandbox import die_with_the_parent, limit_processor, mapped_bytes
    from gongshu.data.ingest.webpage import TooWide

    die_with_the_parent(parent)
    limit_processor(SECONDS)
    import python_calamine as calamine

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // PART_OF_MEMORY
    space = mapped_bytes() + memory
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = (_of_page if kind == "html" else _of_workbook)(path, folder, wanted)
    except calamine.PasswordError:
        told = {"wrong": "encrypted"}
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError):
        told = {"wrong": "damaged"}
    except (MemoryError, TooWide):
        told = {"wrong": "large"}
    sys.stdout.write(json.dumps(told))


def _of_workbook(path: Path, folder: Path, wanted: Sequence[str]) -> dict[str, Any]:
    import python_calamine as calamine

    with calamine.CalamineWorkbook.from_path(str(path)) as book:
        worksheet = calamine.SheetTypeEnum.WorkSheet
        names = [m.name for m in book.sheets_metadata if m.typ == worksheet]
        found = {}
        for number, sheet in enumerate(_chosen(book, names, wanted)):
            rows = sheet.to_python(skip_empty_area=False)
            _fill_merged(rows, sheet.merged_cell_ranges or [])
            found[sheet.name] = _written(_as_text(rows), folder, f"sheet{number}.csv")
        return {"names": names, "sheets": found}


def _of_page(path: Path, folder: Path, wanted: Sequence[str]) -> dict[str, Any]:
    from gongshu.data.ingest.webpage import tables

    known = tables(path)
    size = {name: len(rows) * len(rows[0]) for name, (rows, _) in known.items()}
    if not wanted and known:
        wanted = [max(size, key=lambda name: size[name])]
    found = {}
    for number, name in enumerate(name for name in wanted if name in known):
        rows, merged = known[name]
        _fill_merged(rows, merged)
        found[name] = _written(rows, folder, f"sheet{number}.csv")
    return {"names": [*known], "sheets": found}


def _written(texts: list[list[str]], folder: Path, file: str) -> dict[str, Any]:
    with (folder / file).open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink, lineterminator="\n").writerows(texts)
    return {
        "file": file,
        "rows": len(texts),
        "tail": texts[-TAIL:],
        "blank": not any(cell for row in texts for cell in row),
        "breaks": [(n, ends) for n, row in enumerate(texts, 1) if (ends := _line_ends(row))],
    }


def _line_ends(row: Sequence[str]) -> int:
    return sum(cell.count("\n") for cell in row)


def _chosen(
    book: calamine.CalamineWorkbook, names: Sequence[str], wanted: Sequence[str]
) -> Iterator[calamine.CalamineSheet]:
    if wanted:
        yield from (book.get_sheet_by_name(name) for name in wanted if name in names)
        return
    best = None
    for name in names:  # one after the other: all at once may not have room
        sheet = book.get_sheet_by_name(name)
        if best is None or sheet.height * sheet.width > best.height * best.width:
            best = sheet
    if best is not None:
        yield best


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


def _run(arguments: Sequence[str]) -> NoReturn:
    parent, kind, path, folder, *wanted = arguments
    main(int(parent), kind, Path(path), Path(folder), wanted)
    sys.stdout.flush()
    os._exit(0)  # giving a large sheet back cell by cell takes as long as reading it


if __name__ == "__main__":
    _run(sys.argv[1:])
