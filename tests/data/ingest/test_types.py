"""Which type a column gets, and that no value is changed by it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tests.data.ingest.conftest import Read

D, T = dt.date, dt.datetime

# values of one column → its type, and what becomes of the values
TYPES: list[tuple[str, list[str], str, list[Any]]] = [
    ("integers", ["1", "-20", "300"], "int64", [1, -20, 300]),
    ("spaces around numbers", [" 1", "20 ", "3"], "int64", [1, 20, 3]),
    ("leading zeros", ["007", "12", "300"], "string", ["007", "12", "300"]),
    ("all with leading zeros", ["01", "02", "03"], "string", ["01", "02", "03"]),
    ("18 digits", ["110101199003071234", "110101199003071235"], "string", None),
    ("15 digits", ["123456789012345", "1"], "int64", [123456789012345, 1]),
    ("plus signs", ["+1", "+2"], "string", ["+1", "+2"]),
    ("codes like 1E5", ["1E5", "2E6", "3"], "string", ["1E5", "2E6", "3"]),
    ("measured exponents", ["1.5e-05", "0.25", "3"], "double", [1.5e-05, 0.25, 3.0]),
    ("prices", ["1.50", "2.00", "1000.25"], "decimal128(18, 2)",
     [Decimal("1.50"), Decimal("2.00"), Decimal("1000.25")]),
    ("mixed scales", ["1", "2.5", "3.125"], "decimal128(18, 3)",
     [Decimal(1), Decimal("2.5"), Decimal("3.125")]),
    ("calculated figures", ["0.3333333333", "12.5"], "double", [0.3333333333, 12.5]),
    ("more digits than a double has", ["3.14159265358979323846", "2.5"], "decimal128(38, 20)",
     [Decimal("3.14159265358979323846"), Decimal("2.5")]),
    ("versions", ["1.2.3", "1.10"], "string", ["1.2.3", "1.10"]),
    ("a dot ahead", [".5", "1.5"], "string", [".5", "1.5"]),
    ("thousands", ["1,234", "12", "-1,234,567"], "int64", [1234, 12, -1234567]),
    ("thousands with cents", ["1,234.50", "12.25"], "decimal128(18, 2)",
     [Decimal("1234.50"), Decimal("12.25")]),
    ("commas that are no thousands", ["1,234", "1234"], "string", ["1,234", "1234"]),
    ("percentages", ["10%", "20%"], "string", ["10%", "20%"]),
    ("truth", ["true", "false", "TRUE"], "bool", [True, False, True]),
    ("truth with a marker", ["true", "false", "NA"], "string", ["true", "false", "NA"]),
    ("yes and no", ["是", "否"], "string", ["是", "否"]),
    ("ISO dates", ["2024-01-05", "1949-10-01"], "date32[day]", [D(2024, 1, 5), D(1949, 10, 1)]),
    ("short ISO dates", ["2024-1-5", "2024-01-06"], "date32[day]", [D(2024, 1, 5), D(2024, 1, 6)]),
    ("slashes", ["2024/1/5", "2024/12/31"], "date32[day]", [D(2024, 1, 5), D(2024, 12, 31)]),
    ("dots", ["2024.01.05", "2024.2.29"], "date32[day]", [D(2024, 1, 5), D(2024, 2, 29)]),
    ("Chinese dates", ["2024年1月5日", "2024年12月31日"], "date32[day]",
     [D(2024, 1, 5), D(2024, 12, 31)]),
    ("a day that does not exist", ["2024-02-30", "2024-01-01"], "string", None),
    ("two ways of writing dates", ["2024-01-05", "2024/1/6"], "string", None),
    ("day first, seen by the 13th", ["13/02/2024", "01/02/2024"], "date32[day]",
     [D(2024, 2, 13), D(2024, 2, 1)]),
    ("month first, seen by the 13th", ["02/13/2024", "02/01/2024"], "date32[day]",
     [D(2024, 2, 13), D(2024, 2, 1)]),
    ("day or month first", ["01/02/2024", "03/04/2024"], "string", None),
    ("times", ["2024-01-05 08:30:00", "2024-01-05 23:59:59"], "timestamp[us]",
     [T(2024, 1, 5, 8, 30), T(2024, 1, 5, 23, 59, 59)]),
    ("times with T and parts", ["2024-01-05T08:30", "2024-01-05T08:30:01.250"], "timestamp[us]",
     [T(2024, 1, 5, 8, 30), T(2024, 1, 5, 8, 30, 1, 250000)]),
    ("slash times", ["2024/1/5 8:30", "2024/1/5 8:30:15"], "timestamp[us]",
     [T(2024, 1, 5, 8, 30), T(2024, 1, 5, 8, 30, 15)]),
    ("Chinese times", ["2024年1月5日 8时30分", "2024年1月5日 18:30:00"], "timestamp[us]",
     [T(2024, 1, 5, 8, 30), T(2024, 1, 5, 18, 30)]),
    ("times with zone", ["2024-01-05T08:30:00+08:00", "2024-01-05T08:30:00Z"],
     "timestamp[us, tz=UTC]",
     [T(2024, 1, 5, 0, 30, tzinfo=dt.UTC), T(2024, 1, 5, 8, 30, tzinfo=dt.UTC)]),
    ("nanoseconds would be lost", ["2024-01-05 08:30:00.123456789"], "string", None),
    ("hours alone", ["08:30", "23:15"], "string", ["08:30", "23:15"]),
    ("infinity is no date", ["infinity", "2024-01-01"], "string", None),
    ("not a number is none", ["nan", "1.5", "inf"], "string", ["nan", "1.5", "inf"]),
    ("missing numbers", ["1", "NA", "-", "n/a", "2"], "int64", [1, None, None, None, 2]),
    ("missing dates", ["2024-01-05", "-", "NULL"], "date32[day]", [D(2024, 1, 5), None, None]),
    ("missing decimals", ["1.5", "——", "2.5"], "decimal128(18, 1)",
     [Decimal("1.5"), None, Decimal("2.5")]),
    ("Namibia and Napoli", ["NA", "DE", "FR"], "string", ["NA", "DE", "FR"]),
    ("only markers", ["NA", "-", "NA"], "string", ["NA", "-", "NA"]),
    ("minus zero", ["-0", "1"], "int64", [0, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "cells", "type_", "values"), TYPES, ids=[t[0] for t in TYPES])
def test_a_column_gets_the_type_that_keeps_its_values(
    read: Read, what: str, cells: list[str], type_: str, values: list[Any] | None
) -> None:
    lines = "".join(f'row {i};"{cell}"\n' for i, cell in enumerate(cells))
    column = read("label;value\n" + lines, delimiter=";", header=True).to_arrow()["value"]
    assert str(column.type).replace("large_", "") == type_
    assert column.to_pylist() == (cells if values is None else values)


def test_eight_digits_are_a_date_only_where_the_name_says_so(read: Read) -> None:
    table = read("出生日期,编号\n20240105,20240105\n19491001,19491001\n").to_arrow()
    assert table["出生日期"].to_pylist() == [D(2024, 1, 5), D(1949, 10, 1)]
    assert table["编号"].to_pylist() == [20240105, 19491001]


def test_eight_digits_that_are_no_day_stay_numbers_whatever_the_name(read: Read) -> None:
    assert read("日期,b\n20240105,1\n20241305,2\n").to_arrow()["日期"].to_pylist() == [
        20240105,
        20241305,
    ]


def test_an_empty_column_is_text_without_values(read: Read) -> None:
    column = read("a,b\n1,\n2,\n").to_arrow()["b"]
    assert str(column.type) == "string"
    assert column.null_count == 2


def test_the_report_names_every_type_and_a_reason_in_both_languages(read: Read) -> None:
    guesses = read("代码,金额\n001,1.50\n002,2.50\n").report.columns
    assert [(g.name, g.type) for g in guesses] == [("代码", "VARCHAR"), ("金额", "DECIMAL(18,2)")]
    assert all(g.reason.en and g.reason.zh for g in guesses)
