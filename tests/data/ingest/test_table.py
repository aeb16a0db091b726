"""A Table can be made of what there is, reports its progress, and can be cancelled."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gongshu.data import Table, Unreadable

ROWS = pa.table({"id": [1, 2, 3], "name": ["a", "b", None]})


def test_a_table_is_made_of_arrow_of_parquet_and_of_a_table(tmp_path: Path) -> None:
    pq.write_table(ROWS, path := tmp_path / "rows.parquet")
    for thing in (ROWS, path, str(path), [path]):
        with Table.of(thing) as table:
            assert table.to_arrow() == ROWS
            assert Table.of(table) is table
            assert (table.num_rows, table.column_names) == (3, ["id", "name"])
    assert path.exists()  # what was given stays when the table is closed


def test_several_files_are_one_table(tmp_path: Path) -> None:
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path in paths:
        pq.write_table(ROWS, path)
    table = Table.of(paths)
    assert table.num_rows == 6
    assert table.to_arrow().num_rows == 6


def test_parquet_is_read_as_it_is(tmp_path: Path) -> None:
    pq.write_table(ROWS, path := tmp_path / "rows.parquet")
    with Table.read(path) as table:
        assert table.files == [path]
        assert table.report.format == "parquet"
        assert table.report.rows_read == 3
    assert path.exists()


def test_parquet_that_was_packed_is_read(tmp_path: Path) -> None:
    import gzip

    pq.write_table(ROWS, path := tmp_path / "rows.parquet")
    (packed := tmp_path / "rows.parquet.gz").write_bytes(gzip.compress(path.read_bytes()))
    with Table.read(packed) as table:
        assert table.to_arrow() == ROWS


def test_a_csv_is_not_taken_for_parquet(tmp_path: Path) -> None:
    (path := tmp_path / "rows.csv").write_text("a\n1\n")
    with pytest.raises(Unreadable):
        Table.of(path)


def big_file(path: Path, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding) as file:
        file.write("编号,姓名,金额\n")
        file.writelines(f"{i},姓名{i % 977},{i}.25\n" for i in range(400_000))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_progress_is_a_percentage_that_ends_at_100(tmp_path: Path, encoding: str) -> None:
    seen: list[float] = []
    with Table.read(big_file(tmp_path / "big.csv", encoding), progress=seen.append) as table:
        assert table.num_rows == 400_000
    assert all(0 <= percent <= 100 for percent in seen)
    assert seen[-1] == 100.0
    assert len(seen) > 2


def test_a_progress_that_raises_cancels_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    (folder := tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    class Cancelled(Exception):
        pass

    def cancel(percent: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        Table.read(big_file(tmp_path / "big.csv"), progress=cancel)
    assert list(folder.iterdir()) == []
