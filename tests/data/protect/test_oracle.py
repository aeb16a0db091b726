"""Two independent implementations must agree: the Gate, and a slow oracle without SQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongshu.data import Gate, Terms
from gongshu.data.engines import EnginePool
from gongshu.data.protect import threshold
from tests.data.protect import oracle
from tests.data.protect.oracle import Question

NOW = datetime(2027, 1, 1, tzinfo=UTC)
PEOPLE = pa.schema(
    [("id", pa.string()), ("g", pa.string()), ("c", pa.string()), ("x", pa.int64()),
     ("hidden", pa.string())]
)  # fmt: skip
TRIPS = pa.schema([("id", pa.string()), ("cost", pa.int64())])
RULES = ((1.0, 1.0, 0.0), (0.5, 0.9, 0.1), (0.6, 0.8, 0.2))

ids = st.sampled_from([None, *(f"u{i}" for i in range(12))])
people = st.lists(
    st.fixed_dictionaries(
        {
            "id": ids,
            "g": st.sampled_from(["p", "q", None]),
            "c": st.sampled_from(["a", "a", "b", None]),
            "x": st.sampled_from([None, *range(-20, 150, 7)]),
        }
    ),
    min_size=8,
    max_size=40,
)
loners = people.map(lambda rows: [dict(row, id=f"u{i}") for i, row in enumerate(rows)])
trips = st.lists(st.fixed_dictionaries({"id": ids, "cost": st.integers(0, 9)}), max_size=25)
questions = st.builds(
    Question,
    keys=st.sampled_from([(), ("g",), ("c",), ("g", "c")]),
    where=st.sampled_from([None, ("g", "=", "p"), ("c", "<>", "a"), ("g", ">=", "p")]),
    figures=st.lists(st.sampled_from(sorted(oracle.SQL)), min_size=1, max_size=4, unique=True).map(
        tuple
    ),
    joined=st.booleans(),
)


def terms(k: int, rule: tuple[float, ...], **changes: Any) -> Terms:
    largest, two, p = rule
    return Terms.model_validate(
        {
            "grantee": "g",
            "purposes": ["t"],
            "term": {"from": "2026-01-01", "until": "2029-01-01"},
            "protection": {
                "method": "threshold",
                "k": k,
                "dominance": {"largest": largest, "two": two, "p": p},
            },
            "datasets": {
                "d.people": {
                    "unit": {"column": "id", "space": "one"},
                    "columns": {
                        "id": ["join"],
                        "g": ["group", "filter"],
                        "c": ["group", "filter"],
                        "x": {
                            "rights": ["measure"],
                            "functions": ["sum", "avg"],
                            "min": oracle.LOW,
                            "max": oracle.HIGH,
                        },
                    },
                    **changes,
                },
                "d.trips": {
                    "unit": {"column": "id", "space": "one"},
                    "columns": {"id": ["join"]},
                },
            },
        }
    )


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(size=2) as pool:
        yield pool


def ask(
    pool: EnginePool, terms: Terms, sql: str, rows: Any, more: Any, per_row: tuple[str, ...] = ()
) -> list[tuple[Any, ...]]:
    tables = {
        "d.people": pa.Table.from_pylist(rows, schema=PEOPLE),
        "d.trips": pa.Table.from_pylist(more, schema=TRIPS),
    }
    with Gate(terms, tables, engine=pool, per_row=per_row) as gate:
        table = gate.answer(sql, purpose="t", now=NOW).table
    return [tuple(row.values()) for row in table.to_pylist()]


def ordered(rows: list[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    def cell(value: Any) -> str:
        return f"{float(value):.9g}" if isinstance(value, int | float) else str(value)

    return sorted(tuple(cell(value) for value in row) for row in rows)


HERE = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@HERE
@given(people, trips, questions, st.integers(1, 5), st.sampled_from(RULES))
def test_the_gate_and_the_oracle_agree(
    pool: EnginePool, rows: Any, more: Any, question: Question, k: int, rule: tuple[float, ...]
) -> None:
    ours = ask(pool, terms(k, rule), question.sql, rows, more)
    assert ordered(ours) == ordered(oracle.answer(question, rows, more, k, rule))


@HERE
@given(loners, trips, questions, st.integers(1, 5), st.sampled_from(RULES))
def test_they_agree_where_every_row_is_known_to_be_a_unit_of_its_own(
    pool: EnginePool, rows: Any, more: Any, question: Question, k: int, rule: tuple[float, ...]
) -> None:
    ours = ask(pool, terms(k, rule), question.sql, rows, more, per_row=("d.people",))
    assert ordered(ours) == ordered(oracle.answer(question, rows, more, k, rule))


@HERE
@given(loners, trips, questions, st.integers(1, 5), st.sampled_from(RULES))
def test_they_agree_where_the_bounds_of_the_terms_are_tried_before_the_largest_units(
    pool: EnginePool, rows: Any, more: Any, question: Question, k: int, rule: tuple[float, ...]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threshold, "MANY_ROWS", 0)
        ours = ask(pool, terms(k, rule), question.sql, rows, more, per_row=("d.people",))
    assert ordered(ours) == ordered(oracle.answer(question, rows, more, k, rule))


@HERE
@given(people, trips, questions, st.integers(2, 5), st.data())
def test_what_the_grant_does_not_let_count_does_not_change_the_answer(
    pool: EnginePool, rows: Any, more: Any, question: Question, k: int, data: st.DataObject
) -> None:
    """Ungranted columns, rows outside the row filter, rows without a unit, values past a clamp."""
    given_terms = terms(k, RULES[1], where="g = 'p' OR g = 'q'")
    changed = []
    for row in rows:
        other = dict(row, hidden=data.draw(st.text(max_size=3)))
        if row["g"] is None or row["id"] is None:
            other |= {"x": data.draw(st.integers(-20, 150)), "c": "a"}
        if row["x"] is not None and row["x"] > oracle.HIGH:
            other["x"] = data.draw(st.integers(oracle.HIGH, 10**12))
        changed.append(other)
    before = ask(pool, given_terms, question.sql, rows, more)
    assert before == ask(pool, given_terms, question.sql, changed, more)


@HERE
@given(people, questions, st.integers(1, 5), st.integers(2, 20))
def test_duplicating_every_row_answers_no_cell_more(
    pool: EnginePool, rows: Any, question: Question, k: int, times: int
) -> None:
    once = ask(pool, terms(k, RULES[0]), question.sql, rows, rows_of_trips(rows))
    many = ask(pool, terms(k, RULES[0]), question.sql, rows * times, rows_of_trips(rows))
    width = len(question.keys)
    assert sorted(map(repr, (row[:width] for row in once))) == sorted(
        map(repr, (row[:width] for row in many))
    )


def rows_of_trips(rows: Any) -> list[dict[str, Any]]:
    return [{"id": row["id"], "cost": 1} for row in rows[:20]]
