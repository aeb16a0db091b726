"""Where the table begins and ends in a file: delimiter, preamble, header, footnotes."""

from __future__ import annotations

import pytest

from tests.data.ingest.conftest import Read


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(read: Read, delimiter: str) -> None:
    text = "name,city,count\nA,Hangzhou,1\nB,Ningbo,2\n".replace(",", delimiter)
    table = read(text)
    assert table.report.delimiter == delimiter
    assert table.to_arrow().to_pylist()[1] == {"name": "B", "city": "Ningbo", "count": 2}


def test_decimal_commas_do_not_pass_for_delimiters(read: Read) -> None:
    table = read("day;low;high\n2011-01-01;1,5;7,0\n2011-01-02;-1,0;3,5\n")
    assert table.report.delimiter == ";"
    assert table.column_names == ["day", "low", "high"]
    assert table.to_arrow()["low"].to_pylist() == ["1,5", "-1,0"]  # text: nothing is lost


def test_commas_inside_sentences_do_not_pass_for_delimiters(read: Read) -> None:
    text = "code\tnote\n1\tone, two, three\n2\tfour\n3\tfive, six\n"
    assert read(text).report.delimiter == "\t"


def test_one_column_is_a_table_too(read: Read) -> None:
    table = read("name\nAnna\nBob\nCy\n")
    assert table.column_names == ["name"]
    assert table.to_arrow()["name"].to_pylist() == ["Anna", "Bob", "Cy"]


def test_a_preamble_is_left_out_and_named(read: Read) -> None:
    text = "2024年杭州市学校名单,,\n制表单位：教育局,,\n,,\n"
    text += "学校,区县,人数\n一小,西湖区,300\n二小,上城区,412\n"
    report = (table := read(text)).report
    assert table.column_names == ["学校", "区县", "人数"]
    assert (report.preamble_lines, report.header_lines) == (3, 1)
    assert report.preamble == ["2024年杭州市学校名单", "制表单位：教育局"]
    assert table.num_rows == 2


def test_a_preamble_of_short_lines_is_left_out_too(read: Read) -> None:
    table = read("Export of 2024-03-01\n\nname,city,count\nA,Hangzhou,1\nB,Ningbo,2\n")
    assert table.column_names == ["name", "city", "count"]
    assert (table.report.preamble_lines, table.num_rows) == (2, 2)


def test_the_parts_of_a_header_of_several_lines_are_joined(read: Read) -> None:
    table = read("区县,人口,,产值\n,男,女,亿元\n西湖区,10,12,5.5\n上城区,7,8,6.1\n")
    assert table.column_names == ["区县", "人口 男", "人口 女", "产值 亿元"]
    assert table.report.header_lines == 2
    assert table.num_rows == 2


def test_a_header_with_line_ends_inside_a_cell_is_one_header(read: Read) -> None:
    table = read('区县,"人口\n（万人）"\n西湖区,10\n上城区,7\n')
    assert table.column_names == ["区县", "人口 （万人）"]
    assert table.to_arrow().to_pylist()[0] == {"区县": "西湖区", "人口 （万人）": 10}


def test_a_file_without_a_header_keeps_its_first_row(read: Read) -> None:
    table = read("1,2024-01-01,12.5\n2,2024-01-02,13.5\n3,2024-01-03,9.0\n")
    assert table.column_names == ["column_1", "column_2", "column_3"]
    assert table.report.header_lines == 0
    assert table.num_rows == 3


def test_years_in_the_first_row_are_a_header(read: Read) -> None:
    table = read("Sector,2000,2001,2002\nTimber,266,274,187\nSteel,227,804,10\n")
    assert table.column_names == ["Sector", "2000", "2001", "2002"]
    assert table.num_rows == 2


def test_unnamed_and_repeated_columns_get_names(read: Read) -> None:
    table = read("id,,name,name,Name\n1,x,a,b,c\n2,y,d,e,f\n")
    assert table.column_names == ["id", "column_2", "name", "name_2", "Name_3"]


def test_column_names_are_trimmed_and_quoted(read: Read) -> None:
    table = read(' id ,"he said ""no""",select\n1,a,b\n2,c,d\n')
    assert table.column_names == ["id", 'he said "no"', "select"]


@pytest.mark.parametrize(("header", "names", "rows"), [
    (False, ["column_1", "column_2"], 3),
    (True, ["a", "b"], 2),
    (2, ["a 1", "b x"], 1),
])  # fmt: skip
def test_a_header_hint_holds(read: Read, header: bool | int, names: list[str], rows: int) -> None:
    table = read("a,b\n1,x\n2,y\n", header=header)
    assert (table.column_names, table.num_rows) == (names, rows)


def test_a_skip_hint_holds(read: Read) -> None:
    table = read("x,y,z\nq,r,s\na,b,c\n1,2,3\n", skip=2)
    assert table.column_names == ["a", "b", "c"]
    assert table.report.preamble_lines == 2


def test_footnotes_and_totals_stay_as_data_and_are_flagged(read: Read) -> None:
    text = "区县,人数\n西湖区,10\n上城区,20\n合计,30\n数据来源：统计局,\n"
    table = read(text)
    assert table.to_arrow()["区县"].to_pylist()[-2:] == ["合计", "数据来源：统计局"]
    assert [(f.line, f.kind) for f in table.report.flags] == [(4, "total"), (5, "footnote")]


def test_a_short_footnote_line_stays_as_data(read: Read) -> None:
    table = read("a,b,c\nx,1,2\ny,3,4\n注：数据截至2024年\n")
    assert table.num_rows == 3
    assert table.report.rows_rejected == 0
    assert [(f.line, f.kind) for f in table.report.flags] == [(4, "footnote")]


def test_flagged_lines_can_be_left_out(read: Read) -> None:
    text = "区县,人数\n西湖区,10\n上城区,20\n合计,三十\n数据来源：统计局,\n"
    first = read(text)
    again = read(text, skip=[flag.line for flag in first.report.flags])
    assert again.to_arrow()["人数"].to_pylist() == [10, 20]


def test_blank_rows_are_dropped(read: Read) -> None:
    table = read("a,b\n\n1,x\n,\n  ,\t\n\n2,y\n,\n")
    assert table.to_arrow().to_pylist() == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert table.report.rows_rejected == 0


def test_blank_rows_far_behind_the_sample_are_dropped(read: Read) -> None:
    rows = [f"{i},value {i} of the table\n" for i in range(200_000)]
    rows[77_777:77_777] = [",\n", "\n"]
    table = read("id,text\n" + "".join(rows))
    assert table.num_rows == 200_000


def test_a_header_alone_is_a_table_without_rows(read: Read) -> None:
    table = read("name,city\n")
    assert (table.column_names, table.num_rows) == (["name", "city"], 0)
    assert table.to_arrow().num_rows == 0


def test_the_delimiter_hint_holds(read: Read) -> None:
    assert read("a:b,c\n1:2,3\n4:5,6\n", delimiter=":").column_names == ["a", "b,c"]
