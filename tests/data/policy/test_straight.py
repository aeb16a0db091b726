"""What is chosen, sorted and cut without the engine comes out as the engine has it."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from gongshu.data.policy.straight import arranged, straight_of

NUMBERS = st.one_of(st.none(), st.integers(-5, 5))
TEXTS = st.one_of(st.none(), st.sampled_from(["", "a", "B", "é", "中文", "中", "😀", "aa", "\x00"]))
FLOATS = st.one_of(st.none(), st.floats(width=32))


def _query(sql: str) -> exp.Query:
    found = parse_one(sql, read="duckdb")
    assert isinstance(found, exp.Query)
    return found


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(TEXTS, NUMBERS, FLOATS, st.integers()), max_size=12),
    keys=st.lists(st.tuples(st.sampled_from(["g0", "v0", "v1"]), st.booleans()), max_size=3),
    limit=st.integers(0, 14),
    offset=st.integers(0, 5),
)
def test_it_sorts_and_cuts_as_the_engine_does(
    rows: list[tuple[Any, ...]], keys: list[tuple[str, bool]], limit: int, offset: int
) -> None:
    columns = list(zip(*rows, strict=True)) or [[], [], []]
    types = [pa.string(), pa.int64(), pa.float64()]
    p1 = pa.table(
        [pa.array(c, t) for c, t in zip(columns, types, strict=False)], ["g0", "v0", "v1"]
    )
    # All columns in the end, so that rows which the keys leave equal are equal.
    whole = [*keys, ("g0", False), ("v0", False), ("v1", False)]
    order = ", ".join(f"t.{name} {'DESC' if down else 'ASC'}" for name, down in whole)
    sql = (
        f"SELECT t.v0 AS c0, t.g0 AS c1, t.v1 AS c2 FROM p1 AS t ORDER BY {order} "
        f"LIMIT {limit} OFFSET {offset}"
    )
    straight = straight_of(_query(sql), ["p1"])
    assert straight is not None
    mine = arranged(straight, p1)
    if mine is None:  # then the engine is asked
        assert any(value != value for row in rows for value in row)
        return
    with duckdb.connect() as engine:
        engine.register("p1", p1)
        assert [tuple(row.values()) for row in mine.to_pylist()] == engine.execute(sql).fetchall()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT t.g0 AS c0 FROM p1 AS t",  # not cut: every answer is
        "SELECT t.g0 AS c0 FROM p1 AS t WHERE t.v0 > 3 LIMIT 5",
        "SELECT DISTINCT t.g0 AS c0 FROM p1 AS t LIMIT 5",
        "SELECT upper(t.g0) AS c0 FROM p1 AS t LIMIT 5",
        "SELECT t.g0 AS c0 FROM p1 AS t ORDER BY t.v0 NULLS FIRST LIMIT 5",
        "SELECT t.g0 AS c0 FROM p1 AS t ORDER BY t.v0 + 1 LIMIT 5",
        "SELECT t.g0 AS c0 FROM p1 AS t ORDER BY 1 LIMIT 5",
        "SELECT t.g0 AS c0 FROM p1 AS t LIMIT 5 OFFSET (SELECT 2)",
        "SELECT t.g0 AS c0 FROM p1 AS t LIMIT 50%",
        "SELECT t.g0 AS c0 FROM p1 AS t, p1 AS s LIMIT 5",
        "SELECT t.g0 AS c0 FROM p1 AS t QUALIFY row_number() OVER () = 1 LIMIT 5",
        "SELECT t.g0 AS c0 FROM p2 AS t LIMIT 5",
        "SELECT t.g0 AS c0 FROM p1 AS t USING SAMPLE 1 LIMIT 5",
        "SELECT t.g0 AS c0 FROM p1 AS t UNION SELECT 1 LIMIT 5",
    ],
)
def test_what_is_more_than_that_is_the_engines(sql: str) -> None:
    assert straight_of(_query(sql), ["p1"]) is None
    assert straight_of(_query(sql), ["p1", "p2"]) is None


def test_names_of_the_answer_and_of_the_table_are_told_apart() -> None:
    straight = straight_of(
        _query("SELECT t.v0 AS c0, t.g0 AS c1 FROM p1 AS t ORDER BY c0 DESC LIMIT 2"), ["p1"]
    )
    assert straight is not None
    assert straight.order == (("v0", True),)
    assert straight.columns == ("v0", "g0")
