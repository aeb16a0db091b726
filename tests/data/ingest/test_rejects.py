"""Rows that do not fit are rejects with their line and reason; none is lost in silence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gongshu.data import Unreadable
from tests.data.ingest.conftest import Read


def test_a_row_too_long_and_a_row_too_short_are_rejects(read: Read) -> None:
    report = (table := read("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")).report
    assert table.to_arrow()["a"].to_pylist() == [1, 10]
    assert sorted((r.line, r.text) for r in report.rejects) == [(3, "4,5"), (4, "6,7,8,9")]
    assert (report.rows_read, report.rows_rejected) == (2, 2)
    assert all("3 columns" in r.reason.en and "3 列" in r.reason.zh for r in report.rejects)


def test_empty_cells_beyond_the_last_column_are_no_fault(read: Read) -> None:
    table = read("a,b\n1,2\n3,4,,\n5,6\n")
    assert table.to_arrow()["b"].to_pylist() == [2, 4, 6]
    assert table.report.rows_rejected == 0


def test_a_writer_that_leaves_out_empty_cells_is_understood(read: Read) -> None:
    rows = "".join(f"{i},x\n" if i % 2 else f"{i},x,y\n" for i in range(20))
    table = read("a,b,c\n" + rows)
    assert (table.num_rows, table.report.rows_rejected) == (20, 0)
    assert table.to_arrow()["c"].null_count == 10
    assert table.report.notes


def test_an_unclosed_quote_costs_one_line_and_not_the_rest(read: Read) -> None:
    lines = [f"{i},text {i},x\n" for i in range(300_000)]
    lines[150_000] = '150000,"never closed,x\n'
    table = read("id,text,c\n" + "".join(lines))
    assert table.num_rows == 299_999
    assert [r.line for r in table.report.rejects] == [150_002]
    assert "quotation mark" in table.report.rejects[0].reason.en


def test_text_after_a_closing_quote_is_a_reject(read: Read) -> None:
    table = read('a,b\n1,"x"y\n2,"ok, good"\n3,z\n' + "4,w\n" * 30)
    assert [r.line for r in table.report.rejects] == [2]
    assert table.to_arrow()["b"].to_pylist()[:2] == ["ok, good", "z"]


def test_quoted_cells_keep_line_ends_delimiters_and_quotes(read: Read) -> None:
    table = read('a,b,c\n1,"two\nlines, and a ""word""",x\n2,"cr\r\nlf",y\n')
    assert table.to_arrow()["b"].to_pylist() == ['two\nlines, and a "word"', "cr\r\nlf"]


def test_quotes_that_quote_nothing_are_characters(read: Read) -> None:
    text = 'size\tname\n3" pipe\t"A" series\n5" pipe\tB 6"\n2" pipe\t"C\n'
    table = read(text)
    assert table.to_arrow().to_pylist() == [
        {"size": '3" pipe', "name": '"A" series'},
        {"size": '5" pipe', "name": 'B 6"'},
        {"size": '2" pipe', "name": '"C'},
    ]


def test_backslash_escapes_are_understood(read: Read) -> None:
    text = 'id,text\n1,"say \\"hi\\", twice"\n2,"plain"\n3,"back \\\\ slash"\n'
    table = read(text)
    assert table.to_arrow()["text"].to_pylist() == ['say "hi", twice', "plain", "back \\ slash"]


def test_line_ends_of_two_kinds_are_understood(read: Read) -> None:
    table = read("a,b\r\n1,x\n2,y\r\n3,z\n")
    assert table.to_arrow()["b"].to_pylist() == ["x", "y", "z"]
    assert table.report.rows_rejected == 0


def test_line_ends_that_change_late_are_understood(read: Read) -> None:
    text = "id,text\n" + "".join(f"{i},text {i}\n" for i in range(100_000))
    table = read(text + "100000,a\r\n100001,b\r\n")
    assert table.num_rows == 100_002
    assert table.to_arrow()["text"].to_pylist()[-2:] == ["a", "b"]


def test_zero_bytes_are_left_out(read: Read) -> None:
    assert read(b"a,b\n1,x\x00y\n2,z\n").to_arrow()["b"].to_pylist() == ["xy", "z"]


def test_the_lines_of_rejects_count_lines_inside_cells(read: Read) -> None:
    table = read('a,b\n1,"two\nlines"\n2,x,y\n3,z\n')
    assert [r.line for r in table.report.rejects] == [4]


def test_cells_that_look_like_rows_are_not_taken_for_rows(read: Read) -> None:
    """A piece of the file that is read on its own may begin inside such a cell."""
    inner = "\n".join(["1,2,3"] * 200)
    text = "a,b,c\n" + "".join(f'{i},"{inner}",z\n' for i in range(40_000))
    table = read(text)
    assert table.num_rows == 40_000
    assert table.to_arrow()["a"].to_pylist() == list(range(40_000))


def test_the_same_with_a_broken_row_in_it(read: Read) -> None:
    inner = "\n".join(["1,2,3"] * 20)
    lines = [f'{i},"{inner}",z\n' for i in range(5_000)]
    lines[2_500] = "2500,x\n"
    table = read("a,b,c\n" + "".join(lines))
    assert (table.num_rows, table.report.rows_rejected) == (4_999, 1)
    assert table.report.rejects[0].line == 2 + 2_500 * 20


def test_no_row_is_lost_whatever_is_broken(read: Read) -> None:
    """Good rows can be told by their number; every one of them must come out, in order."""
    chance = random.Random(20260101)
    for _ in range(20):
        lines, good = [], []
        for i in range(400):
            kind = chance.random()
            if kind < 0.9:
                lines.append(f'{i},"text, {i}",ok')
                good.append(i)
            else:
                lines.append(
                    chance.choice([f"{i},short", f"{i},a,b,long", f'{i},"open,x', "", ",,"])
                )
        table = read("id,text,state\n" + "\n".join(lines) + "\n")
        numbers = table.to_arrow()["id"].to_pylist()
        broken = sum(1 for line in lines if line not in ("", ",,")) - len(good)
        assert numbers == good
        assert table.report.rows_rejected == broken


def test_only_so_many_rejects_are_kept_and_all_are_counted(read: Read) -> None:
    table = read("a,b\n" + "1,2\n3,4,5\n" * 3000)
    assert table.report.rows_rejected == 3000
    assert len(table.report.rejects) == 1000


def test_the_report_is_plain_json(read: Read) -> None:
    import json

    report = read("a,b\n1,2\n3,4,5\n合计,6\n").report.to_dict()
    assert json.loads(json.dumps(report))["rejects"][0]["reason"]["zh"]


def test_a_bad_hint_is_a_clear_sentence(read: Read) -> None:
    for hints in ({"delimiter": "ab"}, {"delimiter": ""}, {"skip": -1}):
        with pytest.raises(Unreadable) as caught:
            read("a,b\n1,2\n", **hints)
        assert caught.value.code == "hint"


def test_an_unclosed_quote_in_a_title_costs_the_title_only(read: Read) -> None:
    table = read('"Table of 2024,,\nid,name,count\n1,a,2\n2,b,3\n')
    assert table.column_names == ["id", "name", "count"]
    assert table.num_rows == 2


def test_an_unclosed_quote_in_the_first_row_costs_that_row_only(read: Read) -> None:
    table = read('id,name,count\n1,"a,2\n2,b,3\n3,c,4\n')
    assert table.to_arrow()["id"].to_pylist() == [2, 3]
    assert [r.line for r in table.report.rejects] == [2]


def test_a_cell_may_be_very_long(read: Read) -> None:
    polygon = "POLYGON((" + "120.1 30.2, " * 400_000 + "))"
    table = read(f'id,shape\n1,"{polygon}"\n2,none\n')
    assert table.to_arrow()["shape"].to_pylist() == [polygon, "none"]


def test_blank_lines_do_not_hide_what_follows(read: Read) -> None:
    assert read("a,b\n" + "\n" * 1000 + "1,2\n").to_arrow().to_pylist() == [{"a": 1, "b": 2}]
    assert read("a,b\n" + "\n" * 1_200_000 + "1,2\n").num_rows == 1


def test_a_wrong_encoding_by_hint_is_a_clear_sentence_with_a_line(read: Read) -> None:
    with pytest.raises(Unreadable) as caught:
        read("id,name\n" + "1,张伟\n" * 20, written_in="gbk", encoding="utf-8")
    assert (caught.value.code, caught.value.line) == ("encoding", 2)


def test_a_skip_beyond_the_end_leaves_nothing(read: Read) -> None:
    with pytest.raises(Unreadable) as caught:
        read("a,b\n1,2\n", skip=10)
    assert caught.value.code == "empty"


def test_the_name_of_the_file_means_nothing(read: Read, tmp_path: Path) -> None:
    (tmp_path / "year=2024").mkdir()
    (tmp_path / "data1.csv").write_text("other,file\n9,9\n")
    for name in ("year=2024/data.csv", "data[1].csv", "data*.csv", "plain.csv.gz", "多 个'.xlsx"):
        table = read("a,b\n1,2\n3,4\n", name=name)
        assert table.to_arrow().to_pylist() == [{"a": 1, "b": 2}, {"a": 3, "b": 4}], name


def test_fullwidth_delimiters_are_understood(read: Read) -> None:
    table = read('姓名，备注，数\n张伟，"甲，乙"，1\n李娜，丙，2\n王芳，丁\n')
    assert table.report.delimiter == "，"
    assert table.to_arrow()["备注"].to_pylist() == ["甲，乙", "丙"]
    assert table.report.rows_rejected == 1
