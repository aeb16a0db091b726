"""Any encoding a Chinese office may save in reads as the same table."""

from __future__ import annotations

import pytest

from gongshu.data import Unreadable
from tests.data.ingest.conftest import Read

SIMPLIFIED = "姓名,区县,年龄\n张伟,西湖区,31\n李娜,上城区,28\n欧阳修,滨江区,55\n"
TRADITIONAL = "學校名稱,地區,學生人數\n聖保羅書院,中西區,812\n香港真光中學,灣仔區,640\n"
SPANISH = "año,provincia,población\n2001,España,41\n2002,Cádiz,1117\n2003,Málaga,1287\n"

ENCODINGS = [
    (SIMPLIFIED, "utf-8", "utf-8"),
    (SIMPLIFIED, "utf-8-sig", "utf-8"),
    (SIMPLIFIED, "utf-16", "utf-16-le"),  # with a mark
    (SIMPLIFIED, "utf-16-le", "utf-16-le"),
    (SIMPLIFIED, "utf-16-be", "utf-16-be"),
    (SIMPLIFIED, "gbk", "gb18030"),
    (SIMPLIFIED, "gb18030", "gb18030"),
    (TRADITIONAL, "big5", "big5"),
    (TRADITIONAL, "gbk", "gb18030"),
    (TRADITIONAL, "utf-8", "utf-8"),
    (SPANISH, "latin-1", "cp1252"),
    (SPANISH, "cp1252", "cp1252"),
    (SPANISH, "utf-16-le", "utf-16-le"),
]


@pytest.mark.parametrize(("text", "written_in", "found"), ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_reads_the_same_in_every_encoding_and_line_end(
    read: Read, text: str, written_in: str, found: str, end: str
) -> None:
    table = read(text.replace("\n", end), written_in=written_in)
    rows = [line.split(",") for line in text.splitlines()]
    assert table.column_names == rows[0]
    got = [[str(cell) for cell in row.values()] for row in table.to_arrow().to_pylist()]
    assert got == rows[1:]
    assert table.report.encoding == found
    assert table.report.rows_rejected == 0


def test_a_rare_character_of_gb18030_survives(read: Read) -> None:
    table = read(SIMPLIFIED + "㐂𠮷,余杭区,3\n", written_in="gb18030")
    assert table.to_arrow()["姓名"][3].as_py() == "㐂𠮷"


def test_the_encoding_is_decided_by_lines_far_behind_an_ascii_head(read: Read) -> None:
    head = "id,name\n" + "".join(f"{i},name {i} in plain letters\n" for i in range(60_000))
    for written_in in ("gbk", "utf-8"):
        table = read(head + "60000,张伟\n60001,李娜\n", written_in=written_in)
        assert table.num_rows == 60_002
        assert table.to_arrow()["name"].to_pylist()[-2:] == ["张伟", "李娜"]
        assert table.report.rows_rejected == 0


def test_a_hint_overrides_the_guess(read: Read) -> None:
    data = "año,b\nñ,1\n".encode("latin-1")
    assert read(data, encoding="iso-8859-15").column_names == ["año", "b"]
    assert read(SIMPLIFIED, written_in="gbk", encoding="gb2312").column_names[0] == "姓名"


def test_an_unknown_encoding_is_a_clear_sentence(read: Read) -> None:
    with pytest.raises(Unreadable) as caught:
        read("a,b\n1,2\n", encoding="klingon")
    assert caught.value.code == "hint"
    assert "klingon" in caught.value.reason


def test_a_line_with_broken_bytes_is_a_reject_and_the_rest_is_read(read: Read) -> None:
    good = "姓名,年龄\n" + "张伟,31\n" * 50
    data = good.encode() + b"\xe5\xbc\xff,32\n" + "李娜,33\n".encode()
    table = read(data)
    assert table.report.encoding == "utf-8"
    assert table.num_rows == 51
    assert [reject.line for reject in table.report.rejects] == [52]
    assert "encoding" in table.report.rejects[0].reason.en


def test_a_broken_byte_in_a_gbk_file_costs_one_line(read: Read) -> None:
    data = ("姓名,年龄\n" + "张伟,31\n" * 50).encode("gbk") + b"\xff\xff,32\n"
    table = read(data + "李娜,33\n".encode("gbk"))
    assert table.report.encoding == "gb18030"
    assert (table.num_rows, table.report.rows_rejected) == (51, 1)
    assert table.report.rejects[0].line == 52
