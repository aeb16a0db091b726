"""Web pages, as many systems export them under the name of a workbook: their tables are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from gongshu.data import Table, Unreadable

EXPORT = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<style>td {mso-number-format:"\\@"}</style><script>if (1 < 2) { "<table><tr><td>no" }</script>
</head><body><table border=1>
<tr><td colspan=3>各区学校&nbsp;一览</td></tr>
<tr><th>区县</th><th>学校
   名称</th><th>学生数</th></tr>
<tr><td rowspan=2>西湖区</td><td>文新<br>小学</td><td>812</td></tr>
<tr><td>翠苑 &amp; 文华</td><td>640</td></tr>
<tr><td>上城区<td>清河<td>455
</table></body></html>
"""


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_an_export_named_xls_is_its_table(tmp_path: Path, encoding: str) -> None:
    with Table.read(written(tmp_path / "a.xls", EXPORT, encoding)) as table:
        assert [list(row.values()) for row in table.to_arrow().to_pylist()] == [
            ["西湖区", "文新\n小学", 812],
            ["西湖区", "翠苑 & 文华", 640],
            ["上城区", "清河", 455],
        ]
        assert table.column_names == ["区县", "学校 名称", "学生数"]
        report = table.report
        assert (report.format, report.preamble) == ("html", ["各区学校 一览"])
        assert report.encoding == ("gb18030" if encoding == "gb18030" else "utf-8")


def test_spans_that_meet_are_placed_as_a_browser_places_them(tmp_path: Path) -> None:
    page = """<table><tr><td>a<td>b<td>c<td>d
      <tr><td rowspan=2>1<td>2<td colspan=2 rowspan=2>3
      <tr><td>4
      <tr><td rowspan=99>5<td>6<td>7<td>8
      <tr><td>9<td>10<td>11</table>"""
    with Table.read(written(tmp_path / "a.html", page)) as table:
        assert [list(row.values()) for row in table.to_arrow().to_pylist()] == [
            [1, 2, 3, 3],
            [1, 4, 3, 3],
            [5, 6, 7, 8],
            [5, 9, 10, 11],
        ]


def test_the_largest_of_several_tables_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    page = """<!DOCTYPE html><table><tr><td>menu</td></tr></table>
    <table><caption>学校</caption><tr><th>a<th>b<tr><td>1<td>2<tr><td>3<td>4</table>
    <table><tr><td><table><tr><th>c<th>d<tr><td>5<td>6</table></td></tr></table>"""
    path = written(tmp_path / "a.html", page)
    with Table.read(path) as table:
        assert (table.report.sheet, table.column_names) == ("学校", ["a", "b"])
        assert table.report.other_sheets == ["1", "3", "4"]
    with Table.read(path, sheet="4") as table:
        assert table.to_arrow().to_pylist() == [{"c": 5, "d": 6}]
    with pytest.raises(Unreadable, match="no sheet"):
        Table.read(path, sheet="9")


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ("<!DOCTYPE html><html><body><p>Not found</p></body></html>", "format"),
        ("<html><table></table><table><tr></tr></table></html>", "format"),
        ("<html><table><tr><td></td><td> </td></tr></table></html>", "format"),
        ("<table><tr>" + "<td colspan=1000>x" * 20 + "</table>", "too_large"),
        ("<?xml version='1.0'?><Workbook><Table/></Workbook>", "format"),
    ],
)
def test_a_page_without_a_table_is_one_sentence(tmp_path: Path, page: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        Table.read(written(tmp_path / "a.html", page))
    assert refused.value.code == code
