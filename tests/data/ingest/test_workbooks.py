"""Spreadsheets: the largest table, merged headers, and cells as the spreadsheet means them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gongshu.data import Table, Unreadable

Rows = list[list[Any]]


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    def write(merged: dict[str, list[str]] | None = None, **sheets: Rows) -> Path:
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(row)
            for cells in (merged or {}).get(name, []):
                sheet.merge_cells(cells)
        workbook.save(path := tmp_path / "book.xlsx")
        return path

    return write


def test_cells_keep_what_the_spreadsheet_says(book: Callable[..., Path]) -> None:
    day, time = dt.date(2024, 1, 5), dt.datetime(2024, 1, 5, 8, 30)
    path = book(
        S=[
            ["编号", "数量", "单价", "日期", "时刻", "有效", "代码", "和"],
            ["A1", 3, 1.5, day, time, True, "007", 0.1 + 0.2],
            ["A2", 4, 2.25, day, dt.datetime(2024, 1, 6), False, "012", 0.5],
        ]
    )
    with Table.read(path) as table:
        assert table.to_arrow().to_pylist()[0] == {
            "编号": "A1",
            "数量": 3,
            "单价": Decimal("1.50"),
            "日期": dt.date(2024, 1, 5),
            "时刻": dt.datetime(2024, 1, 5, 8, 30),
            "有效": True,
            "代码": "007",
            "和": Decimal("0.3"),
        }
        assert table.to_arrow()["时刻"][1].as_py() == dt.datetime(2024, 1, 6)


def test_the_largest_table_is_read_and_the_others_are_named(book: Callable[..., Path]) -> None:
    path = book(
        封面=[["数据说明"], ["联系人", "张三"]],
        数据=[["a", "b"], *[[i, f"x{i}"] for i in range(20)]],
        附表=[["c"], [1], [2]],
    )
    with Table.read(path) as table:
        assert (table.report.sheet, table.report.other_sheets) == ("数据", ["封面", "附表"])
        assert table.num_rows == 20
    with Table.read(path, sheet="附表") as table:
        assert (table.report.sheet, table.column_names, table.num_rows) == ("附表", ["c"], 2)


def test_a_sheet_that_is_not_there_is_a_sentence_that_names_those_that_are(
    book: Callable[..., Path],
) -> None:
    with pytest.raises(Unreadable) as caught:
        Table.read(book(数据=[["a"], [1]]), sheet="data")
    assert caught.value.code == "sheet"
    assert "数据" in caught.value.sentence.zh


def test_merged_headers_name_every_column_they_cover(book: Callable[..., Path]) -> None:
    path = book(
        {"S": ["A1:D1", "A2:A3", "B2:C2", "D2:D3"]},
        S=[
            ["2024年人口统计表", None, None, None],
            ["区县", "人口", None, "面积"],
            [None, "男", "女", None],
            ["西湖区", 10, 12, 5.5],
            ["上城区", 7, 8, 6.5],
        ],
    )
    with Table.read(path) as table:
        assert table.column_names == ["区县", "人口 男", "人口 女", "面积"]
        assert (table.report.preamble_lines, table.report.header_lines) == (1, 2)
        assert table.report.preamble == ["2024年人口统计表"]
        assert table.num_rows == 2


def test_a_merged_cell_in_the_body_holds_for_all_its_rows(book: Callable[..., Path]) -> None:
    path = book(
        {"S": ["A2:A3"]},
        S=[["城市", "区县", "数"], ["杭州", "西湖", 1], [None, "上城", 2], ["宁波", "海曙", 3]],
    )
    with Table.read(path) as table:
        assert table.to_arrow()["城市"].to_pylist() == ["杭州", "杭州", "宁波"]


def test_a_total_row_is_flagged_by_its_row_number(book: Callable[..., Path]) -> None:
    path = book(S=[["区县", "数\n（人）"], ["西湖", 1], ["上城", 2], ["合计", 3]])
    with Table.read(path) as table:
        assert table.column_names == ["区县", "数 （人）"]
        assert [(flag.line, flag.kind) for flag in table.report.flags] == [(4, "total")]


def test_a_long_number_in_a_cell_stays_text(book: Callable[..., Path]) -> None:
    path = book(S=[["证件号", "n"], ["110101199003071234", 1], [110101199003071234, 2]])
    with Table.read(path) as table:
        assert str(table.schema.field("证件号").type) == "string"
        assert table.to_arrow()["证件号"][0].as_py() == "110101199003071234"


def test_a_workbook_without_cells_is_unreadable(book: Callable[..., Path]) -> None:
    with pytest.raises(Unreadable) as caught:
        Table.read(book(S=[]))
    assert caught.value.code == "empty"


def test_header_and_skip_hints_hold_for_sheets(book: Callable[..., Path]) -> None:
    path = book(S=[["x", "y"], ["a", "b"], [1, 2]])
    with Table.read(path, skip=1) as table:
        assert table.column_names == ["a", "b"]
    with Table.read(path, header=False) as table:
        assert table.num_rows == 3


def test_a_cell_far_away_costs_a_sentence_and_not_the_process(tmp_path: Path) -> None:
    """Five kilobytes that ask for half a terabyte of cells."""
    workbook = openpyxl.Workbook()
    workbook.active.append(["a", "b"])
    workbook.active.append([1, 2])
    workbook.active["XFD1048576"] = "x"
    workbook.save(path := tmp_path / "book.xlsx")
    with pytest.raises(Unreadable) as caught:
        Table.read(path)
    assert caught.value.code == "too_large"


def test_a_cell_far_below_is_a_row_of_its_own(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["a", "b"])
    for number in range(5):
        workbook.active.append([number, 2])
    workbook.active["A200000"] = 7
    workbook.save(path := tmp_path / "book.xlsx")
    with Table.read(path) as table:
        assert table.to_arrow()["a"].to_pylist() == [0, 1, 2, 3, 4, 7]


def test_rows_are_counted_as_the_sheet_counts_them(book: Callable[..., Path]) -> None:
    """A cell may hold several lines; a row that is to be left out is still that row."""
    path = book(
        S=[
            ["学校\n名录"],
            ["名称", "人数"],
            ["第一\n小学", 1],
            ["废除", 2],
            ["第三\r\n小\n学", 3],
            ["第四小学", 4],
            ["合计", 10],
        ]
    )
    with Table.read(path) as table:
        assert [(flag.line, flag.kind) for flag in table.report.flags] == [(7, "total")]
    with Table.read(path, skip=[4, 7]) as table:
        assert table.to_arrow()["人数"].to_pylist() == [1, 3, 4]
        assert [reject.line for reject in table.report.rejects] == [4, 7]
        assert table.report.flags == []
