"""What a lease gives: governed SQL over exactly its sources, its parameters and its tables."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gongshu.data.engines import EngineFailed, EnginePool, Limits


def test_a_query_over_a_source_is_answered_as_an_arrow_table(
    pool: EnginePool, persons: Path
) -> None:
    with pool.lease("G-1/1", {"v1": [persons]}, Limits()) as worker:
        table = worker.query('SELECT town, count(*) AS n FROM "v1" GROUP BY town ORDER BY town')
    assert table.to_pydict() == {"town": ["x", "y"], "n": [1, 2]}


def test_a_source_may_have_a_name_with_a_dot_and_quotes(pool: EnginePool, persons: Path) -> None:
    with pool.lease("G-1/1", {'health."persons"': [persons]}, Limits()) as worker:
        table = worker.query('SELECT max(age) AS oldest FROM "health.""persons"""')
    assert table.to_pydict() == {"oldest": [71]}


def test_the_files_of_one_source_are_read_as_one_table(pool: EnginePool, tmp_path: Path) -> None:
    folder = tmp_path / "it's=here"  # a quote, and what DuckDB would take for a partition
    folder.mkdir()
    files = [folder / f"{n}.parquet" for n in range(3)]
    for n, file in enumerate(files):
        pq.write_table(pa.table({"a": [n]}), file)
    with pool.lease("G-1/1", {"v": files}, Limits()) as worker:
        table = worker.query("SELECT * FROM v ORDER BY a")
    assert table.to_pydict() == {"a": [0, 1, 2]}


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -7,
        2**62,
        1.5,
        "杭州'; --",
        b"\x00\xff",
        date(2026, 11, 23),
        datetime(2026, 11, 23, 8, 30, 0, 5),
        Decimal("12.50"),
        ["a", "b"],
    ],
    ids=str,
)
def test_a_parameter_arrives_as_the_value_it_was(
    pool: EnginePool, persons: Path, value: object
) -> None:
    with pool.lease("G-1/1", {"v1": [persons]}, Limits()) as worker:
        table = worker.query("SELECT ? AS value, ? AS two", [value, 2])
    assert table.to_pylist() == [{"value": value, "two": 2}]


def test_a_parameter_with_a_time_zone_stays_the_same_moment(
    pool: EnginePool, persons: Path
) -> None:
    moment = datetime(2026, 11, 23, 8, tzinfo=UTC)
    with pool.lease("G-1/1", {"v1": [persons]}, Limits()) as worker:
        table = worker.query("SELECT epoch(?::TIMESTAMPTZ) AS seconds", [moment])
    assert table.to_pylist() == [{"seconds": moment.timestamp()}]


def test_a_parameter_that_does_not_fit_is_refused_with_the_constant_sentence(
    pool: EnginePool, persons: Path
) -> None:
    with (
        pytest.raises(EngineFailed, match="engine"),
        pool.lease("G-1/1", {"v1": [persons]}, Limits()) as worker,
    ):
        worker.query("SELECT ?", [2**200])


def test_tables_are_there_for_their_query_and_gone_after_it(
    pool: EnginePool, persons: Path
) -> None:
    cells = pa.table({"town": ["y"], "noise": [3]})
    with pool.lease("G-1/1", {"v1": [persons]}, Limits()) as worker:
        joined = worker.query(
            "SELECT sum(age + noise) AS s FROM v1 JOIN cells USING (town)", tables={"cells": cells}
        )
        assert joined.to_pydict() == {"s": [Decimal(64 + 71 + 6)]}
        with pytest.raises(EngineFailed, match="engine"):
            worker.query("SELECT * FROM cells")
        assert worker.query("SELECT 1 AS one").to_pydict() == {"one": [1]}


def test_a_lease_without_sources_computes_over_tables_alone(pool: EnginePool) -> None:
    with pool.lease("G-1/none", {}, Limits()) as worker:
        table = worker.query("SELECT sum(n) AS n FROM t", tables={"t": pa.table({"n": [1.5, 2]})})
    assert table.to_pydict() == {"n": [3.5]}


def test_a_table_cannot_take_the_place_of_a_source(pool: EnginePool, persons: Path) -> None:
    with (
        pool.lease("G-1/1", {"v1": [persons]}, Limits()) as worker,
        pytest.raises(ValueError, match="source"),
    ):
        worker.query("SELECT * FROM v1", tables={"V1": pa.table({"a": [1]})})


def test_an_answer_of_many_batches_comes_whole(pool: EnginePool) -> None:
    with pool.lease("G-1/none", {}, Limits()) as worker:
        table = worker.query("SELECT range AS n, 'text ' || range AS s FROM range(500000)")
    assert table.num_rows == 500_000
    assert table["n"].to_pylist()[-1] == 499_999


def test_an_empty_answer_keeps_its_columns(pool: EnginePool, persons: Path) -> None:
    with pool.lease("G-1/1", {"v1": [persons]}, Limits()) as worker:
        table = worker.query("SELECT town, age FROM v1 WHERE age > ?", [200])
    assert (table.num_rows, table.column_names) == (0, ["town", "age"])


def test_days_are_counted_in_the_legal_time_of_china_on_every_machine(pool: EnginePool) -> None:
    with pool.lease("G-1/none", {}, Limits()) as worker:
        table = worker.query("SELECT ('2026-11-22 23:00:00+00'::TIMESTAMPTZ)::DATE AS day")
    assert table.to_pydict() == {"day": [date(2026, 11, 23)]}


@pytest.mark.parametrize("name", ["a*.parquet", "a?.parquet", "a[1].parquet"])
def test_a_path_that_the_engine_would_take_for_a_pattern_is_refused(
    pool: EnginePool, tmp_path: Path, name: str
) -> None:
    with (
        pytest.raises(ValueError, match="contains"),
        pool.lease("G-1/1", {"v1": [tmp_path / name]}, Limits()),
    ):
        pass
