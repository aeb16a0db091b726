"""The figures of a profile, against counting in plain Python."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.profiling import profile
from gongshu.data.profiling import scan as scanning
from gongshu.data.profiling.source import opened

ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-5, 5)),
        st.one_of(st.none(), st.sampled_from(["a", "bb", "数据", ""])),
        st.one_of(st.none(), st.floats(width=32)),
        st.one_of(st.none(), st.dates()),
        st.one_of(st.none(), st.booleans()),
    ),
    max_size=30,
)
SCHEMA = pa.schema(
    [
        ("n", pa.int64()),
        ("s", pa.string()),
        ("f", pa.float64()),
        ("d", pa.date32()),
        ("b", pa.bool_()),
    ]
)


def table_of(rows: list[tuple]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [[]] * 5
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], SCHEMA)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_counts_extremes_and_uniqueness_agree_with_counting(rows: list[tuple]) -> None:
    found = profile(table_of(rows))
    assert found.rows == len(rows)
    for at, column in enumerate(found.columns):
        values = [row[at] for row in rows if row[at] is not None]
        assert column.nulls == len(rows) - len(values)
        # NaN equals nothing in Python, and itself in a database.
        keys = [str(abs(v)) if v == 0 or v != v else str(v) for v in values]
        assert column.distinct == len(set(keys))
        assert column.is_unique is (len(values) == len(set(keys)) and bool(values))
        finite = [v for v in values if not isinstance(v, float) or v - v == 0]
        if finite and column.type != "boolean":
            assert (column.min, column.max) == (min(finite), max(finite))
        assert sum(b.count for b in column.histogram) in (0, len(finite))
    json.dumps(found.to_dict(), allow_nan=False)


def test_lengths_quantiles_and_top_values_of_a_small_table_are_exact() -> None:
    found = profile(pa.table({"s": ["a", "数据", "a", None], "n": [1, 2, 3, 4]}))
    s, n = found.columns
    assert (s.shortest, s.longest) == (1, 2)
    assert [(t.value, t.count, t.share) for t in s.top_values] == [("a", 2, 0.5), ("数据", 1, 0.25)]
    assert n.quantiles == {"0.05": 1, "0.25": 1, "0.5": 2, "0.75": 3, "0.95": 4}
    assert [(b.low, b.count) for b in n.histogram] == [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert (n.mean, found.keys) == (2.5, ("n",))


def test_nested_binary_decimal_and_time_columns_are_profiled_and_are_json() -> None:
    table = pa.table(
        {
            "list": [[1], [1, 2]],
            "bytes": [b"\xff", None],
            "price": [Decimal("1.10"), Decimal("2.20")],
            "at": [datetime(2024, 1, 1), datetime(2024, 1, 2)],
            "day": [date(1, 1, 1), date(9999, 12, 31)],
            "none": pa.nulls(2),
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            "big": [2**62, -(2**62)],
        }
    )
    told = json.loads(json.dumps(profile(table).to_dict(), allow_nan=False))
    by_name = {c["name"]: c for c in told["columns"]}
    assert by_name["price"]["min"] == "1.10"
    assert by_name["at"]["max"] == "2024-01-02T00:00:00"
    assert by_name["big"]["max"] == str(2**62)
    assert by_name["kind"]["type"] == "text"
    assert by_name["none"]["nulls"] == 2


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More rows than the sample and than the slices: 600 000, every hundredth one twice."""
    count = 600_000
    path = tmp_path_factory.mktemp("large") / "large.parquet"
    key = pa.array(range(count))
    almost = pa.array([i if i % 100 else i + 1 for i in range(count)])
    sex = pa.array(["男" if i % 4 else "女" for i in range(count)])
    spread = pa.array([i * 0.1 for i in range(count)])
    phone = pa.array([str(13_000_000_000 + i * 7) for i in range(count)])
    table = pa.table({"key": key, "almost": almost, "sex": sex, "spread": spread, "c5": phone})
    # Many row groups, so that several threads share the work.
    pq.write_table(table, path, row_group_size=20_000)
    return path


def test_on_a_large_table_uniqueness_is_still_exact(large: Path) -> None:
    found = profile(large)
    assert found.column("key").is_unique is True
    assert found.column("almost").is_unique is False
    assert found.column("sex").is_unique is False
    assert found.keys == ("key", "c5")


def test_on_a_large_table_shares_come_from_a_sample_that_is_named(large: Path) -> None:
    found = profile(large)
    assert 25_000 < found.sample_rows < 35_000
    most = found.column("sex").top_values[0]
    assert most.value == "男"
    assert most.share == pytest.approx(0.75, abs=0.02)
    assert found.column("key").quantiles["0.5"] == pytest.approx(300_000, rel=0.03)
    assert found.column("key").max == 599_999


def test_a_profile_is_the_same_at_every_run(large: Path) -> None:
    assert profile(large).to_dict() == profile(large).to_dict()


def test_one_pair_of_equal_keys_among_many_is_found(tmp_path: Path) -> None:
    values = list(range(600_000))
    values[-1] = 5
    pq.write_table(pa.table({"key": values}), tmp_path / "a.parquet")
    assert profile(tmp_path / "a.parquet").column("key").is_unique is False


def test_a_book_in_a_cell_does_not_fill_the_profile() -> None:
    found = profile(pa.table({"s": ["x" * 100_000, "x" * 100_001]}))
    assert len(json.dumps(found.to_dict())) < 20_000
    # Equal in all that is kept of them, and still told apart.
    assert found.column("s").is_unique is True
    assert found.column("s").longest == 100_001


def test_an_empty_table_has_a_profile() -> None:
    found = profile(table_of([]))
    assert (found.rows, found.keys) == (0, ())


def people(count: int) -> pa.Table:
    return pa.table(
        {
            "patient_id": [f"p{i}" for i in range(count)],
            "age": [20 + i % 60 for i in range(count)],
            "诊断": ["流感" if i % 3 else "肺炎" for i in range(count)],
        }
    )


def test_several_files_and_anything_with_files_are_one_table(tmp_path: Path) -> None:
    class Stored:
        files = tuple(tmp_path / f"{i}.parquet" for i in range(2))

    for file in Stored.files:
        pq.write_table(people(10), file)
    assert profile(Stored()).rows == profile(list(Stored.files)).rows == 20
    assert profile(Stored()).column("patient_id").is_unique is False


def test_the_sample_of_a_large_table_has_the_size_it_should() -> None:
    # The other tests rest on these three being apart.
    assert scanning.SAMPLE_ROWS < scanning.SLICE_ROWS < 600_000


def test_a_slow_scan_draws_no_progress_into_what_is_printed() -> None:
    with opened(pa.table({"a": [1]})) as source:
        assert source.row("SELECT current_setting('enable_progress_bar')") == (False,)
