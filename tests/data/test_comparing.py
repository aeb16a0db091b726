"""What differs between two tables, counted by DuckDB, is what a plain count of rows says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongshu.data.comparing import compare


def file(folder: Path, name: str, **columns: Any) -> Path:
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_rows_and_columns_are_counted_by_the_key(tmp_path: Path) -> None:
    older = file(tmp_path, "a", id=[1, 2, 3, 4], x=["p", "q", "r", None], y=[1, 2, 3, 4])
    newer = file(tmp_path, "b", id=[2, 3, 4, 5], x=["q", "R", "s", "t"], y=[2, 33, 4, 5])
    found = compare([older], [newer], key=["id"])
    assert found["rows"] == {"added": 1, "removed": 1, "changed": 2, "older": 4, "newer": 4}
    assert found["columns"]["changed"] == {"x": 2, "y": 1}
    assert found["by_key"] is True


def test_columns_that_came_went_or_are_of_another_type_are_named(tmp_path: Path) -> None:
    older = file(tmp_path, "a", id=[1, 2], gone=["x", "y"], n=[1, 2], t=[7, 8])
    newer = file(tmp_path, "b", id=[1, 2], n=[1.0, 2.5], come=["u", "v"], t=["7", "9"])
    found = compare([older], [newer], key=["id"])
    assert [one["name"] for one in found["columns"]["added"]] == ["come"]
    assert [one["name"] for one in found["columns"]["removed"]] == ["gone"]
    assert found["columns"]["retyped"] == [
        {"name": "n", "older": "int64", "newer": "double"},
        {"name": "t", "older": "int64", "newer": "string"},
    ]
    assert found["columns"]["changed"] == {"n": 1, "t": 1}  # 1 is 1.0, and 7 is written 7
    assert found["rows"]["changed"] == 1


@pytest.mark.parametrize(
    ("ids", "what", "rows"), [([1, 1, 2], "twice", 2), ([1, None, 2], "empty", 1)]
)
def test_a_key_that_tells_no_row_from_another_is_said(
    tmp_path: Path, ids: list[int | None], what: str, rows: int
) -> None:
    older = file(tmp_path, "a", id=[1, 2, 3], x=[1, 1, 1])
    newer = file(tmp_path, "b", id=pa.array(ids, pa.int64()), x=[1, 1, 1])
    found = compare([older], [newer], key=["id"])
    assert found["key_problems"] == [
        {"where": "newer", "what": what, "columns": ["id"], "rows": rows}
    ]
    assert found["by_key"] is False
    assert found["rows"]["changed"] is None
    assert found["rows"]["added"] == found["rows"]["removed"] == 1


def test_a_key_that_a_table_lacks_is_said(tmp_path: Path) -> None:
    older, newer = file(tmp_path, "a", x=[1]), file(tmp_path, "b", id=[1], x=[1])
    found = compare([older], [newer], key=["id"])
    assert found["key_problems"][0]["what"] == "missing"
    assert (found["rows"]["added"], found["rows"]["removed"]) == (1, 1)


def test_what_both_tables_share_is_not_read_again(tmp_path: Path) -> None:
    shared = file(tmp_path, "a", x=[1, 2, 2])
    more = file(tmp_path, "b", x=[2, 3])
    found = compare([shared], [shared, more])
    assert found["rows"] == {"added": 2, "removed": 0, "changed": None, "older": 3, "newer": 5}
    same = compare([shared], [shared])
    assert (same["rows"]["added"], same["rows"]["removed"]) == (0, 0)
    keyed = file(tmp_path, "k", id=[1, 2]), file(tmp_path, "l", id=[3])
    found = compare(keyed[:1], keyed, key=["id"])
    assert (found["rows"]["added"], found["rows"]["changed"]) == (1, 0)
    back = compare(keyed, keyed[:1], key=["id"])
    assert (back["rows"]["added"], back["rows"]["removed"]) == (0, 1)


ROWS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", None])), min_size=1)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ROWS, ROWS)
def test_the_counts_are_those_of_the_rows_themselves(
    tmp_path: Path, one: list[tuple[int, str | None]], two: list[tuple[int, str | None]]
) -> None:
    def put(name: str, rows: list[tuple[int, str | None]]) -> Path:
        texts = pa.array([row[1] for row in rows], pa.string())
        return file(tmp_path, name, id=[row[0] for row in rows], x=texts)

    as_they_stand = compare([put("a", one)], [put("b", two)])["rows"]
    assert as_they_stand["added"] == (Counter(two) - Counter(one)).total()
    assert as_they_stand["removed"] == (Counter(one) - Counter(two)).total()
    left, right = dict(one), dict(two)
    keyed = compare([put("c", list(left.items()))], [put("d", list(right.items()))], key=["id"])
    assert keyed["rows"] == {
        "added": len(right.keys() - left.keys()),
        "removed": len(left.keys() - right.keys()),
        "changed": sum(left[k] != right[k] for k in left.keys() & right.keys()),
        "older": len(left),
        "newer": len(right),
    }
