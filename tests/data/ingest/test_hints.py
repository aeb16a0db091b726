"""What a person says of a file is used, or named as of no use: each hint with each kind of file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gongshu.data import Table

ROWS = [
    ["区", "码", "数"],
    ["西湖", "01", "1"],
    ["", "02", "2"],
    ["", "03", "3"],
    ["上城", "04", "4"],
]
Write = Callable[[Path], Path]


def as_csv(folder: Path, name: str = "a.csv") -> Path:
    (path := folder / name).write_text("".join(",".join(row) + "\n" for row in ROWS))
    return path


def as_workbook(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "表"
    for row in ROWS:
        book.active.append([cell or None for cell in row])
    book.create_sheet("另").append(["x", "y"])
    book.save(path := folder / "a.xlsx")
    return path


def as_json(folder: Path) -> Path:
    records = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
    (path := folder / "a.json").write_text(json.dumps({"表": records, "另": [{"x": 1}]}))
    return path


def as_parquet(folder: Path) -> Path:
    columns = zip(*ROWS[1:], strict=True)
    pq.write_table(pa.table(dict(zip(ROWS[0], columns, strict=True))), path := folder / "a.parquet")
    return path


def as_archive(folder: Path) -> Path:
    with zipfile.ZipFile(path := folder / "a.zip", "w") as archive:
        for name in ("a.csv", "b.csv"):
            archive.write(as_csv(folder, name), name)
    return path


CSV, BOOK, JSON, PARQUET, ARCHIVE = as_csv, as_workbook, as_json, as_parquet, as_archive
SAID: dict[str, Any] = {
    "encoding": "gb18030",
    "delimiter": ";",
    "header": False,
    "sheet": "另",
    "skip": [3],
    "member": "a.csv",
    "text": ["数"],
    "fill": ["区"],
}
# Where a hint is of no use; everywhere else the table that comes out is another one.
IDLE = {
    (CSV, "sheet"), (CSV, "member"),
    (BOOK, "encoding"), (BOOK, "delimiter"), (BOOK, "member"),
    (JSON, "delimiter"), (JSON, "header"), (JSON, "skip"), (JSON, "member"),
    (PARQUET, "encoding"), (PARQUET, "delimiter"), (PARQUET, "header"), (PARQUET, "sheet"),
    (PARQUET, "skip"), (PARQUET, "member"), (PARQUET, "text"),
    (ARCHIVE, "sheet"),
}  # fmt: skip


def came_out(path: Path, **said: Any) -> tuple[Any, list[str]]:
    with Table.read(path, **said) as table:
        notes = [note.en for note in table.report.notes if "of no use" in note.en]
        return (table.report.encoding, table.schema.names, table.to_arrow().to_pylist()), notes


@pytest.mark.parametrize("hint", SAID)
@pytest.mark.parametrize("write", [CSV, BOOK, JSON, PARQUET, ARCHIVE], ids=lambda w: w.__name__)
def test_a_hint_is_used_or_named(tmp_path: Path, write: Write, hint: str) -> None:
    path = write(tmp_path)
    before, none = came_out(path)
    after, notes = came_out(path, **{hint: SAID[hint]})
    assert none == []
    if (write, hint) in IDLE:
        assert notes == [f"Said, and of no use for a file of this kind: {hint}."]
        assert after == before
    else:
        assert notes == []
        assert after != before
