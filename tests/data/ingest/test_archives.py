"""Several files in one archive; and what a person says about a file that was read wrong."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data import Table, Unreadable
from gongshu.data.ingest import source

JANUARY = "区县,人数,日期\n西湖区,10,2026-01-01\n上城区,7,2026-01-02\n"
FEBRUARY = "日期,区县,人数\n2026/2/1,西湖区,12\n2026/2/2,余杭区,9\n"


def _packed(path: Path, **members: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return path


def test_files_of_one_shape_are_one_table_that_names_its_files(tmp_path: Path) -> None:
    path = _packed(tmp_path / "a.zip", jan_csv=JANUARY.encode("gb18030"), feb_csv=FEBRUARY)
    with Table.read(path) as table:
        rows = table.to_arrow().to_pylist()
        assert [row["source_file"] for row in rows] == ["feb.csv"] * 2 + ["jan.csv"] * 2
        assert [(row["区县"], row["人数"], str(row["日期"])) for row in rows] == [
            ("西湖区", 12, "2026-02-01"),
            ("余杭区", 9, "2026-02-02"),
            ("西湖区", 10, "2026-01-01"),
            ("上城区", 7, "2026-01-02"),
        ]
        assert table.report.members == ["feb.csv", "jan.csv"]
        assert table.report.rows_read == 4


def test_a_column_of_two_types_is_text_as_it_was_written(tmp_path: Path) -> None:
    path = _packed(tmp_path / "a.zip", a_csv="code,n\n001,1\n002,2\n", b_csv="code,n\n10,x\n11,y\n")
    with Table.read(path) as table:
        rows = table.to_arrow().to_pylist()
        assert [row["code"] for row in rows] == ["001", "002", "10", "11"]
        assert [row["n"] for row in rows] == ["1", "2", "x", "y"]
        assert "n" in table.report.notes[-1].en


def test_files_of_different_shapes_are_asked_about_and_one_can_be_named(tmp_path: Path) -> None:
    path = _packed(tmp_path / "a.zip", a_csv="a,b\n1,2\n", c_csv="c\nx\n")
    with pytest.raises(Unreadable) as asked:
        Table.read(path)
    assert asked.value.field == "member"
    assert "a.csv" in asked.value.sentence.en
    assert "c.csv" in asked.value.sentence.zh
    with Table.read(path, member="a.csv") as table:
        assert table.to_arrow().to_pylist() == [{"a": 1, "b": 2}]
    with pytest.raises(Unreadable, match="no file"):
        Table.read(path, member="d.csv")


def test_a_broken_file_among_others_is_named(tmp_path: Path) -> None:
    path = _packed(tmp_path / "a.zip", a_csv="a,b\n1,2\n", b_pdf=b"%PDF-1.7 ...")
    with pytest.raises(Unreadable) as wrong:
        Table.read(path)
    assert wrong.value.sentence.en.startswith("b.pdf: ")


def test_rejects_of_all_files_are_counted_and_kept_with_their_file(tmp_path: Path) -> None:
    many = "a,b\n" + "3,4\n" * 901 + "1,2,3,4\n" * 700
    path = _packed(tmp_path / "a.zip", x_csv=many, y_csv=many)
    with Table.read(path) as table:
        assert table.report.rows_rejected == 1400
        assert table.num_rows == 1802
        kept = table.rejects_file
        assert kept is not None
        told = [json.loads(line) for line in kept.read_text().splitlines()]
        assert len(told) == 1400
        assert told[0]["en"].startswith("x.csv: ")
        assert told[0]["text"] == "1,2,3,4"


@pytest.mark.parametrize("packed", ["zip", "gz"])
def test_what_grows_beyond_all_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: str
) -> None:
    monkeypatch.setattr(source, "SMALL_BYTES", 1 << 20)
    bomb = b"a,b\n" + b"0,0\n" * 2_000_000
    path = tmp_path / f"bomb.{packed}"
    if packed == "zip":
        _packed(path, a_csv=bomb)
    else:
        path.write_bytes(gzip.compress(bomb))
    with pytest.raises(Unreadable) as refused:
        Table.read(path)
    assert refused.value.code == "bomb"


def test_what_grows_in_many_small_parts_is_refused_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file of it is within measure, and each is packed once more; the whole is not."""
    monkeypatch.setattr(source, "SMALL_BYTES", 1 << 20)
    part = gzip.compress(b"a,b\n" + b"0,0\n" * 100_000)
    path = tmp_path / "bomb.zip"
    _packed(path, **{f"p{number}_csv_gz": part for number in range(20)})
    with pytest.raises(Unreadable) as refused:
        Table.read(path)
    assert refused.value.code == "bomb"


def test_archives_in_archives_come_to_an_end(tmp_path: Path) -> None:
    path = _packed(tmp_path / "a.zip", a_csv=b"a,b\n1,2\n", b_csv=b"a,b\n3,4\n")
    for level in range(4):
        inner = path.read_bytes()
        _packed(path, a_zip=inner, b_zip=inner)
        if level == 0:
            with Table.read(path) as table:
                assert (table.num_rows, table.column_names[-2:]) == (4, ["a", "b"])
    with pytest.raises(Unreadable) as refused:
        Table.read(path)
    assert refused.value.code == "bomb"


def test_a_file_that_was_packed_twice_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(gzip.compress(b"a,b\n1,2\n")))
    with Table.read(path) as table:
        assert table.to_arrow().to_pylist() == [{"a": 1, "b": 2}]


def test_a_column_is_kept_as_text_when_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code,n\n10,1\n20,2\n")
    with Table.read(path, text=["code"]) as table:
        assert table.to_arrow().to_pylist() == [{"code": "10", "n": 1}, {"code": "20", "n": 2}]
    with pytest.raises(Unreadable, match="no column"):
        Table.read(path, text=["nobody"])


def test_blanks_that_repeat_what_stands_above_are_named_and_filled_when_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("区,街道,人数\n西湖,文新,1\n,翠苑,2\n,留下,3\n上城,湖滨,4\n,清波,5\n")
    with Table.read(path) as table:
        assert table.report.blank_below == ["区"]
        assert table.to_arrow()["区"].null_count == 3
    with Table.read(path, fill=["区"]) as table:
        assert table.to_arrow()["区"].to_pylist() == ["西湖"] * 3 + ["上城"] * 2


def test_missing_values_are_not_taken_for_repeated_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("备注,人数\n,1\n,2\nx,3\n,4\n,5\n")
    with Table.read(path) as table:
        assert table.report.blank_below == []


def test_merged_cells_of_a_workbook_hold_for_every_row_they_cover(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [
        ("区", "街道", "人数"),
        ("西湖", "文新", 1),
        (None, "翠苑", 2),
        ("上城", "湖滨", 3),
    ]:
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "a.xlsx")
    with Table.read(tmp_path / "a.xlsx") as table:
        assert table.to_arrow()["区"].to_pylist() == ["西湖", "西湖", "上城"]


@settings(deadline=None, max_examples=40)
@given(
    files=st.lists(
        st.lists(
            st.one_of(
                st.tuples(st.integers(0, 99), st.sampled_from("xyz")).map(
                    lambda r: f"{r[0]},{r[1]}"
                ),
                st.sampled_from(["1,2,3,4", "5,6,7"]),
            ),
            min_size=1,
            max_size=8,
        ),
        min_size=2,
        max_size=4,
    )
)
def test_rows_read_and_rows_rejected_are_all_rows_of_all_files(files: list[list[str]]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, lines in enumerate(files):
            good = ["7,x", "8,y", "9,z"] * 5  # so that two columns are what most rows have
            archive.writestr(f"{number}.csv", "\n".join(["a,b", *good, *lines]) + "\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes(buffer.getvalue())
        with Table.read(path) as table:
            written = sum(len(lines) + 15 for lines in files)
            assert table.num_rows + table.report.rows_rejected == written
