"""JSON as a table: arrays, one record a line, documents with records inside; nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongshu.data import Table, Unreadable
from gongshu.data.ingest import records
from gongshu.data.ingest.report import Report
from gongshu.data.ingest.text import TextFile

CLINICS = [
    {"code": "007", "name": "东区诊所", "beds": 12, "open": True, "at": {"lon": 120.10, "lat": 30}},
    {"code": "008", "name": "West", "beds": None, "open": False, "tags": ["a", "b"]},
]


def read(tmp_path: Path, content: str | bytes, **hints: Any) -> Table:
    path = tmp_path / "data.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Table.read(path, **hints)


def rows(table: Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_arrow().to_pylist()
    return found


def test_an_array_of_objects_is_a_table_with_a_column_for_every_field(tmp_path: Path) -> None:
    with read(tmp_path, json.dumps(CLINICS, ensure_ascii=False)) as table:
        assert table.column_names == ["code", "name", "beds", "open", "at.lon", "at.lat", "tags"]
        first, second = rows(table)
        assert (first["code"], first["name"], first["beds"]) == ("007", "东区诊所", 12)
        assert (first["open"], second["open"]) == (True, False)
        assert float(first["at.lon"]) == 120.1
        assert second["at.lon"] is None
        assert json.loads(second["tags"]) == ["a", "b"]
        assert (table.report.format, table.report.rows_read, table.report.flags) == ("json", 2, [])


def test_one_object_a_line_and_a_bad_line_is_kept_with_its_number(tmp_path: Path) -> None:
    text = '{"a": 1}\n\n{"a": 2\n{"a": 3, "b": "x"}\n[4]\n'
    with read(tmp_path, text) as table:
        assert [row["a"] for row in rows(table)] == [1, 3]
        assert [reject.line for reject in table.report.rejects] == [3, 5]
        assert table.report.rows_read + table.report.rows_rejected == 4


def test_the_records_inside_a_document_are_found_and_the_rest_is_told(tmp_path: Path) -> None:
    document = {"success": True, "total": 732, "data": {"rows": CLINICS, "pages": [{"n": 1}]}}
    with read(tmp_path, json.dumps(document)) as table:
        assert table.num_rows == 2
        assert (table.report.sheet, table.report.other_sheets) == ("data.rows", ["data.pages"])
        assert "total: 732" in table.report.preamble
        assert table.report.confidence["records"] < 1
    with read(tmp_path, json.dumps(document), sheet="data.pages") as table:
        assert rows(table) == [{"n": 1}]
    with pytest.raises(Unreadable) as problem:
        read(tmp_path, json.dumps(document), sheet="rows")
    assert "data.rows" in problem.value.sentence.en
    assert "data.rows" in problem.value.sentence.zh


def test_a_mapping_of_codes_has_its_keys_as_a_column(tmp_path: Path) -> None:
    areas = {"03": [{"name": "西湖"}, {"name": "之江"}], "04": [{"name": "滨江"}], "05": []}
    with read(tmp_path, json.dumps(areas)) as table:
        found = [(row["key"], row["name"]) for row in rows(table)]
    assert found == [("03", "西湖"), ("03", "之江"), ("04", "滨江"), ("05", None)]


def test_arrays_of_arrays_are_read_like_a_sheet(tmp_path: Path) -> None:
    with read(tmp_path, '[["name", "beds"], ["East", 12], ["West", 7]]') as table:
        assert rows(table) == [{"name": "East", "beds": 12}, {"name": "West", "beds": 7}]


def test_numbers_keep_their_digits_and_a_key_that_comes_twice_both_values(tmp_path: Path) -> None:
    text = '[{"n": 12345678901234567890123, "a": 1, "a": 2}, {"n": 2, "a": 3}]'
    with read(tmp_path, text) as table:
        assert str(rows(table)[0]["n"]) == "12345678901234567890123"
        assert rows(table)[0]["a_2"] == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_other_encodings_are_read_too(tmp_path: Path, encoding: str) -> None:
    several = [{"名称": f"第{n}人民医院", "区": "西湖区"} for n in range(40)]
    with read(tmp_path, json.dumps(several, ensure_ascii=False).encode(encoding)) as table:
        assert rows(table)[3] == several[3]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[{"a": 1},\n {"a": 2', 2),
        ('[{"a": 1}\n{"a": 2}]', 2),
        ('{"a": {"b": [1,\n 2}', 2),
        ('[{"a": 1}] trailing', 1),
    ],
)
def test_json_that_breaks_off_is_refused_with_its_place(
    tmp_path: Path, text: str, line: int
) -> None:
    with pytest.raises(Unreadable) as problem:
        read(tmp_path, text)
    assert problem.value.code == "json"
    assert problem.value.line == line
    assert f"第 {line} 行" in problem.value.sentence.zh


@pytest.mark.parametrize("text", ["[]", "{}", "[{}]", "[{}, {}]"])
def test_nothing_inside_reads_as_an_empty_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable) as problem:
        read(tmp_path, text)
    assert problem.value.code == "empty"


def test_what_is_no_record_among_records_is_counted(tmp_path: Path) -> None:
    with read(tmp_path, '[{"a": 1}, 5, {"a": 2}, null]') as table:
        assert [row["a"] for row in rows(table)] == [1, 2]
        assert [reject.line for reject in table.report.rejects] == [2, 4]


CELLS = st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.none())
RECORDS = st.lists(st.dictionaries(st.text(max_size=4), CELLS, max_size=4), min_size=1, max_size=8)


@given(found=RECORDS, piece=st.integers(1, 40), indent=st.sampled_from([None, 2]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_stream_reads_what_reading_the_whole_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: Any, piece: int, indent: int | None
) -> None:
    path = tmp_path / "stream.json"
    path.write_bytes(json.dumps(found, indent=indent).encode())
    text = TextFile(path, "utf-8", 1.0)
    with monkeypatch.context() as patched:
        patched.setattr(records, "PIECE", piece)
        assert list(records.streamed(text)) == records.whole(text)


@given(found=RECORDS)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_is_lost(tmp_path: Path, found: Any) -> None:
    path = tmp_path / "lines.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in found))
    report = Report()
    kept = list(records.lines(TextFile(path, "utf-8", 1.0), report))
    assert len(kept) + report.rows_rejected == len(found)
