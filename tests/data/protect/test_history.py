"""Differencing attacks, carried out: each finds its victim's value without history, not with it.

The victim is person v, in the East, with an income of 777. Every other income is known to lie
elsewhere, so an attack has succeeded when it computes 777 (or that the victim is there at all).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gongshu.data import Gate, Refused, Terms
from gongshu.data.engines import EnginePool

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SECRET = 777


def people(extra: int = 0) -> pa.Table:
    rows = [
        {
            "id": f"p{i:02}",
            "area": "East" if i < 30 else "West",
            "age": 20 + i,
            "mark": i % 7,
            "income": 1000 + i,
        }
        for i in range(60 + extra)
    ]
    rows += [
        {"id": f"n{i}", "area": "East", "age": 90 + i, "mark": i % 7, "income": None}
        for i in range(8)
    ]
    rows.append({"id": "v", "area": "East", "age": 99, "mark": 9, "income": SECRET})
    return pa.Table.from_pylist(rows)


def visits(victim: int = 3) -> pa.Table:
    rows = [{"id": f"p{i:02}", "month": m} for i in range(60) for m in (1, 2)]
    return pa.Table.from_pylist(rows + [{"id": "v", "month": 1 + m % 2} for m in range(victim)])


def terms(history: bool, **limits: int) -> Terms:
    return Terms.model_validate(
        {
            "grantee": "g",
            "purposes": ["t"],
            "term": {"from": "2026-01-01", "until": "2029-01-01"},
            "protection": {"method": "threshold", "k": 5},
            "history": history,
            "limits": {"filters_per_day": 200, **limits},
            "datasets": {
                "d.people": {
                    "unit": {"column": "id", "space": "one"},
                    "columns": {
                        "id": ["join"],
                        "area": ["group", "filter"],
                        "age": ["group", "filter"],
                        "mark": ["group", "filter"],
                        "income": {"rights": ["measure"], "functions": ["sum"]},
                    },
                },
                "d.visits": {
                    "unit": {"column": "id", "space": "one"},
                    "columns": {"id": ["join"], "month": ["group", "filter"]},
                },
            },
        }
    )


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(size=2) as pool:
        yield pool


class Attacker:
    def __init__(self, pool: EnginePool, history: bool, state: Path | None = None, **more: Any):
        tables = {"d.people": more.get("people", people()), "d.visits": visits()}
        self.gate = Gate(terms(history), tables, engine=pool, state=state)

    def one(self, sql: str) -> Any:
        return self.gate.answer(sql, purpose="t", now=NOW).table.column(0)[0].as_py()

    def all(self, sql: str) -> list[dict[str, Any]]:
        return self.gate.answer(sql, purpose="t", now=NOW).table.to_pylist()


def difference(one: Any, two: Any) -> Any:
    return None if one is None or two is None else one - two


TOTAL = "SELECT sum(income) AS s FROM d.people"


def by_difference(attacker: Attacker) -> Any:
    """All, and all but the victim."""
    return difference(attacker.one(TOTAL), attacker.one(f"{TOTAL} WHERE age < 99"))


def by_sliding_filter(attacker: Attacker) -> Any:
    """Two windows that differ at one end."""
    wide = attacker.one(f"{TOTAL} WHERE age BETWEEN 60 AND 99")
    return difference(wide, attacker.one(f"{TOTAL} WHERE age BETWEEN 60 AND 98"))


def by_complement(attacker: Attacker) -> Any:
    """Groups of one answer, and the total of another."""
    rows = attacker.all("SELECT mark, sum(income) AS s FROM d.people GROUP BY mark")
    parts = [row["s"] for row in rows]
    return difference(attacker.one(TOTAL), sum(parts)) if len(parts) == 7 else None


def by_union(attacker: Attacker) -> Any:
    """Groups of one answer added up, and a filter that leaves the victim out of them."""
    rows = attacker.all("SELECT area, sum(income) AS s FROM d.people WHERE age > 30 GROUP BY area")
    rest = attacker.one(f"{TOTAL} WHERE age > 30 AND age < 99")
    return difference(sum(row["s"] for row in rows), rest) if len(rows) == 2 else None


def by_tracker(attacker: Attacker) -> Any:
    """Denning's tracker: A, and A without B, and B padded by a tracker T and its complement."""
    padded = attacker.one(f"{TOTAL} WHERE age = 99 OR area = 'West'")
    return difference(padded, attacker.one(f"{TOTAL} WHERE area = 'West'"))


def by_condition(attacker: Attacker) -> Any:
    """Two conditional sums of one answer."""
    row = attacker.all(
        "SELECT sum(income) FILTER (WHERE area = 'East') AS a,"
        " sum(income) FILTER (WHERE area = 'East' AND age < 99) AS b FROM d.people"
    )[0]
    return difference(row["a"], row["b"])


def by_missing_values(attacker: Attacker) -> Any:
    """Sums over groups that differ in many persons, of whom only the victim has an income."""
    wide = attacker.one(f"{TOTAL} WHERE age > 40")
    return difference(wide, attacker.one(f"{TOTAL} WHERE age > 40 AND age < 90"))


def by_random_subsets(attacker: Attacker) -> Any:
    """Linear reconstruction: enough subsets of eight parts, each far from the others."""
    parts = [f"mark = {mark}" for mark in range(7)] + ["mark = 9"]
    chosen = [[2, 4, 7], [0, 1, 3, 4], [1, 3, 5, 7], [0, 2, 3, 4, 6], [0, 1, 2, 4, 7]]
    chosen += [[3, 4, 7], [3, 4, 5, 6, 7], [0, 5, 6], [1, 2, 7]]
    matrix, sums = [], []
    for some in chosen:
        value = attacker.one(f"{TOTAL} WHERE {' OR '.join(parts[p] for p in some)}")
        if value is not None:
            matrix.append([float(p in some) for p in range(8)])
            sums.append(float(value))
    if np.linalg.matrix_rank(np.array(matrix or [[0.0]])) < 8:
        return None
    return round(float(np.linalg.lstsq(np.array(matrix), np.array(sums), rcond=None)[0][7]))


ATTACKS = [
    by_difference,
    by_sliding_filter,
    by_complement,
    by_union,
    by_tracker,
    by_condition,
    by_missing_values,
    by_random_subsets,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_an_attack_that_succeeds_without_history_fails_with_it(
    attack: Any, pool: EnginePool
) -> None:
    assert attack(Attacker(pool, history=False)) == SECRET
    assert attack(Attacker(pool, history=True)) != SECRET


def test_the_same_question_is_answered_again_in_another_spelling(pool: EnginePool) -> None:
    attacker = Attacker(pool, history=True)
    first = attacker.one("SELECT count(*) FROM d.people WHERE area = 'West'")
    assert first == 30
    assert attacker.one("select COUNT(*) from d.people as z where z.area = 'West'") == 30
    rows = attacker.all("SELECT area, sum(income) AS s FROM d.people GROUP BY area")
    assert {row["area"] for row in rows} == {"East", "West"}


def test_a_cell_with_the_same_members_by_another_filter_is_withheld(pool: EnginePool) -> None:
    """Answered if and only if nobody differs would itself be the answer."""
    attacker = Attacker(pool, history=True)
    assert attacker.one("SELECT count(*) FROM d.people WHERE area = 'West'") == 30
    assert attacker.one("SELECT count(*) FROM d.people WHERE area = 'West' AND age < 99") is None


def test_one_more_row_of_one_person_is_a_difference(pool: EnginePool, tmp_path: Path) -> None:
    """The victim's further visit would change a count of visits by one."""
    sql = "SELECT count(*) AS n FROM d.visits"
    counts = []
    for victim in (3, 4):
        with Gate(terms(True), {"d.visits": visits(victim)}, engine=pool, state=tmp_path) as gate:
            counts.append(gate.answer(sql, purpose="t", now=NOW).table.column(0)[0].as_py())
    assert counts == [123, None]


def test_history_holds_across_versions_gates_and_restarts(pool: EnginePool, tmp_path: Path) -> None:
    first = Attacker(pool, True, tmp_path)
    assert first.one("SELECT count(*) FROM d.people WHERE area = 'West'") == 30
    first.gate.close()
    grown = Attacker(pool, True, tmp_path, people=people(extra=1))
    assert grown.one("SELECT count(*) FROM d.people WHERE area = 'West'") is None
    much = Attacker(pool, True, tmp_path, people=people(extra=20))
    assert much.one("SELECT count(*) FROM d.people WHERE area = 'West'") == 50


def test_of_two_near_identical_questions_at_once_at_most_one_is_answered(
    pool: EnginePool, tmp_path: Path
) -> None:
    asking = [Attacker(pool, True, tmp_path), Attacker(pool, True, tmp_path)]
    questions = [f"{TOTAL} WHERE age > 40 AND age < {age}" for age in (99, 100)]
    with ThreadPoolExecutor(2) as threads:
        pairs = zip(asking, questions, strict=True)
        answers = list(threads.map(lambda pair: pair[0].one(pair[1]), pairs))
    assert answers.count(None) >= 1


def test_queries_and_different_filters_per_day_are_counted(pool: EnginePool) -> None:
    with Gate(terms(False, filters_per_day=2), {"d.people": people()}, engine=pool) as gate:
        for age in (30, 31, 30, 31):
            gate.answer(f"{TOTAL} WHERE age > {age}", purpose="t", now=NOW)
        with pytest.raises(Refused, match="limit"):
            gate.answer(f"{TOTAL} WHERE age > 32", purpose="t", now=NOW)
