"""A range is told only of what every footer states, and never of what a footer leaves out."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gongshu.data import Gate, Terms, footers

QUESTION = "SELECT sum(age) AS total, avg(age) AS mean FROM d.t"


def write(path: Path, ages: list[Any], type_: str = "int32", **options: Any) -> Path:
    table = pa.table({"id": [str(i) for i in range(len(ages))], "age": pa.array(ages, type_)})
    pq.write_table(table, path, **options)
    return path


def terms(high: float) -> Terms:
    age = {"rights": ["measure"], "functions": ["sum", "avg"], "min": 0, "max": high}
    return Terms.model_validate(
        {
            "grantee": "91110000100000000X",
            "purposes": ["t"],
            "term": {"from": "2020-01-01", "until": "2099-12-31"},
            "basis": {"statute": "none"},
            "protection": {"method": "threshold", "k": 2},
            "datasets": {
                "d.t": {"unit": {"column": "id", "space": "one"}, "columns": {"age": age}}
            },
        }
    )


def test_the_range_spans_all_files_and_row_groups(tmp_path: Path) -> None:
    one = write(tmp_path / "1.parquet", [5, 7, 6, 9], row_group_size=2)
    two = write(tmp_path / "2.parquet", [-3, 4])
    found = footers.read([one, two], ["age", "id", "no such column"])
    assert found.ranges == {"age": (-3, 9, True)}
    assert found.rows == 6


def test_a_missing_value_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "1.parquet", [5, None, 6])
    assert footers.read([file], ["age"]).ranges == {"age": (5, 6, False)}


def test_nothing_is_told_of_a_row_group_without_statistics(tmp_path: Path) -> None:
    one = write(tmp_path / "1.parquet", [5, 7])
    two = write(tmp_path / "2.parquet", [900], write_statistics=False)
    assert footers.read([one, two], ["age"]).ranges == {}


def test_nothing_is_told_of_floating_point_whose_nan_a_footer_leaves_out(tmp_path: Path) -> None:
    file = write(tmp_path / "1.parquet", [1.0, float("nan")], "float64")
    assert footers.read([file], ["age"]).ranges == {}


@pytest.mark.parametrize(("high", "total"), [(100, 176), (40, 166), (40.5, 166.5)])
def test_the_clamp_holds_whether_or_not_the_footers_show_that_it_is_needed(
    tmp_path: Path, high: float, total: float
) -> None:
    file = write(tmp_path / "1.parquet", [30, 31, 32, 33, 50])
    with Gate(terms(high), {"d.t": file}, per_row={"d.t"}) as gate:
        (row,) = gate.answer(QUESTION, purpose="t").table.to_pylist()
    assert row == {"total": total, "mean": pytest.approx(total / 5)}


def test_a_limit_of_the_asker_cuts_an_answer_that_needs_no_engine_above_it(
    tmp_path: Path,
) -> None:
    file = write(tmp_path / "1.parquet", [age for age in range(5) for _ in range(4)])
    groups = terms(100).model_dump(mode="json", by_alias=True, exclude_none=True)
    groups["datasets"]["d.t"]["columns"]["age"] = {"rights": ["group"]}
    sql = "SELECT age, count(*) AS n FROM d.t GROUP BY age"
    with Gate(Terms.model_validate(groups), {"d.t": file}) as gate:
        whole = gate.answer(sql, purpose="t").table
        cut = gate.answer(f"{sql} LIMIT 2", purpose="t").table
    assert sorted(whole.to_pydict()["age"]) == [0, 1, 2, 3, 4]
    assert cut.num_rows == 2
