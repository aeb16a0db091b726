"""Any table written as any kind of CSV reads back the same (hypothesis)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongshu.data import Table

# Characters that every encoding below can write; the first cell of a row tells rows apart.
WORDS = st.text("王伟西湖区上城滨江人数abcXYZ ,;|\t\"'\r\n.-", max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
DIALECTS = st.tuples(
    ENCODINGS,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
COLUMNS: list[st.SearchStrategy[Any]] = [
    st.integers(-(10**14), 10**14),
    st.decimals(-(10**9), 10**9, places=2),
    st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)),
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)).map(
        lambda t: t.replace(microsecond=0)
    ),
    st.from_regex(r"0[0-9]{5}", fullmatch=True),  # codes with a leading zero
    st.from_regex(r"[1-9][0-9]{17}", fullmatch=True),  # 18 digits
    st.from_regex(r"[1-9]E[0-9]", fullmatch=True),
    WORDS,
]


@st.composite
def tables(draw: st.DrawFn) -> list[list[Any]]:
    kinds = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=4))
    row = st.tuples(*kinds)
    rows = draw(st.lists(row, min_size=2, max_size=8))
    return [[f"行{i}", *cells] for i, cells in enumerate(rows)]


def written(rows: list[list[Any]], dialect: tuple[str, str, str, bool]) -> bytes:
    encoding, delimiter, end, quote_all = dialect
    buffer = io.StringIO(newline="")
    # Python's writer leaves a lone carriage return unquoted: such a file means something else.
    quote_all = quote_all or any("\r" in str(cell) for row in rows for cell in row)
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow([f"列{i}" for i in range(len(rows[0]))])
    writer.writerows(rows)
    return buffer.getvalue().encode(encoding)


def plain(cell: Any) -> str:
    """A cell as text, so that `1.50` and Decimal("1.50") are the same and `007` is not 7."""
    return "" if cell is None else str(cell)


def read_back(data: bytes, **hints: Any) -> tuple[list[list[Any]], Table]:
    with tempfile.TemporaryDirectory() as folder:
        (path := Path(folder) / "table.csv").write_bytes(data)
        with Table.read(path, **hints) as table:
            columns = [column.to_pylist() for column in table.to_arrow().columns]
            return [list(row) for row in zip(*columns, strict=True)], table


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), DIALECTS)
def test_what_was_written_is_read(
    rows: list[list[Any]], dialect: tuple[str, str, str, bool]
) -> None:
    hints = {"header": True, "delimiter": dialect[1]}  # the content may imitate a delimiter
    got, table = read_back(written(rows, dialect), **hints)
    assert table.report.rows_rejected == 0
    assert [[plain(cell) for cell in row] for row in got] == [
        [plain(cell) for cell in row] for row in rows
    ]


DAYLIKE = r"[12][0-9]{3}[-/.][01]?[0-9][-/.][0-3]?[0-9]( [0-9]{2}:[0-9]{2})?"
NUMBERLIKE = st.one_of(
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{0,22})?([eE][-+]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(
        [
            "NA",
            "-",
            "true",
            "1,234",
            "0.10",
            "1e5",
            "00",
            "+1",
            "Infinity",
            "0x10",
            "1.0E400",
            "1.0E-400",
            "1.2345678901234567890E5",
            "1.5e299",
        ]
    ),
    st.from_regex(DAYLIKE, fullmatch=True),
)


def same_value(text: str, cell: Any) -> bool:
    """Whether the typed cell still is the text: exactly, or as the same number or day."""
    if cell is None:
        return text in ("NA", "-")
    if isinstance(cell, str):
        return cell == text
    if isinstance(cell, bool):
        return text == "true"
    if isinstance(cell, int | float | Decimal):
        return _same_number(text, cell)
    digits = [int(part) for part in re.split("[-/.: ]", text)]
    parts = [cell.year, cell.month, cell.day]
    return digits[:3] == parts and (len(digits) == 3 or digits[3:] == [cell.hour, cell.minute])


def _same_number(text: str, cell: float | Decimal) -> bool:
    bare = text.replace(",", "")
    unsigned = bare.lstrip("-")
    if unsigned.startswith("0") and unsigned[1:2].isdigit():
        return False  # a leading zero was lost
    return Decimal(repr(cell) if isinstance(cell, float) else str(cell)) == Decimal(bare)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NUMBERLIKE, min_size=1, max_size=6))
def test_no_value_is_changed_by_its_type(cells: list[str]) -> None:
    data = "".join(f"行{i};{cell}\n" for i, cell in enumerate(cells))
    got, _ = read_back(f"名;值\n{data}".encode(), header=True, delimiter=";")
    for text, row in zip(cells, got, strict=True):
        assert same_value(text, row[1]), (text, row[1])
