"""Blanks that repeat what stands above them: which columns are named, and how they are filled."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from gongshu.data import Table


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


CITY = (
    "市,区,街道,人数\n杭州,西湖,文新,1\n,,翠苑,2\n,上城,湖滨,3\n,,清波,4\n"
    "宁波,海曙,南门,5\n,,月湖,6\n"
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("区,街道,人数\n西湖,文新,1\n,翠苑,2\n,留下,3\n上城,湖滨,4\n,清波,5\n", ["区"]),
        (CITY, ["市", "区"]),
        # Totals and notes at the end say little in the other columns.
        (CITY + "合计,,,21\n注：以上数据为年末登记人数，仅供内部参考使用。,,,\n", ["市", "区"]),
        # A number of the row may stand before it.
        ("序号,区,人数\n1,西湖,4\n2,,5\n3,,6\n4,上城,7\n5,,8\n", ["区"]),
        # The columns of a group go on into optional ones further right.
        ("车次,起点,站序,备注\nG1,北京,1,\n,,2,\n,,3,晚点\nG2,上海,1,\n,,2,\n", ["车次", "起点"]),
        # Blanks that are missing values: the first is blank, another column lacks values too,
        # or a group's second column says nothing where the group begins.
        ("备注,人数\n,1\n,2\nx,3\n,4\n,5\n", []),
        ("备注,人数,电话\na,1,\n,2,5\n,3,\nb,4,6\n,5,7\n", []),
        ("备注,别名,人数\na,,1\n,x,2\n,,3\nb,,4\n,y,5\n", []),
        ("a,b\n1,2\n3,4\n5,6\n7,8\n", []),
        ("a,b\n1,2\n,4\n", []),
        ("a,b\nx,\n,\ny,\n,3\n,4\n", []),
    ],
)
def test_columns_that_go_on_below_are_told_from_missing_values(
    tmp_path: Path, text: str, named: list[str]
) -> None:
    with Table.read(written(tmp_path / "a.csv", text)) as table:
        assert table.report.blank_below == named


def test_a_new_group_carries_nothing_in_and_totals_stay_as_they_are(tmp_path: Path) -> None:
    text = CITY + "温州,,（待报）,0\n合计,,,21\n"
    path = written(tmp_path / "a.csv", text)
    with Table.read(path, fill=["市", "区"]) as table:
        rows = table.to_arrow().select(["市", "区"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("杭州", "西湖"),
        ("杭州", "西湖"),
        ("杭州", "上城"),
        ("杭州", "上城"),
        ("宁波", "海曙"),
        ("宁波", "海曙"),
        ("温州", None),
        ("合计", None),
    ]


def test_a_group_goes_on_over_the_pieces_in_which_a_file_is_kept(tmp_path: Path) -> None:
    many = 300_000  # more than a row group
    lines = "".join(f",{number},x\n" for number in range(many))
    path = written(tmp_path / "a.csv", f"k,n,t\nfirst,-1,x\n{lines}second,-2,x\n,-3,x\n")
    with Table.read(path, fill=["k"]) as table:
        column = table.to_arrow()["k"].to_pylist()
    assert column == ["first"] * (many + 1) + ["second"] * 2


def test_a_sheet_is_filled_as_a_text_is(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["区", "日期", "数"],
        ["西湖", "2024-01-05", 1],
        [None, None, 2],
        ["上城", None, 3],
    ):
        book.active.append(row)
    book.save(path := tmp_path / "a.xlsx")
    with Table.read(path, fill=["区", "日期"]) as table:
        assert [tuple(map(str, row.values())) for row in table.to_arrow().to_pylist()] == [
            ("西湖", "2024-01-05", "1"),
            ("西湖", "2024-01-05", "2"),
            ("上城", "None", "3"),
        ]
