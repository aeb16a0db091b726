"""The threshold by example: who counts, who dominates, and which of several k holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from gongshu.data import Gate, Terms
from gongshu.data.engines import EnginePool

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(size=2) as pool:
        yield pool


def ask(
    pool: EnginePool, sql: str, incomes: list[Any], *, k: int = 3, firms: int = 0, **more: Any
) -> list[dict[str, Any]]:
    people = pa.Table.from_pylist(
        [
            {"id": f"p{i}", "firm": f"f{i % max(firms, 1)}", "g": "a", "income": income}
            for i, income in enumerate(incomes)
        ],
        schema=pa.schema(
            [("id", pa.string()), ("firm", pa.string()), ("g", pa.string()), ("income", pa.int64())]
        ),
    )
    firm = pa.table({"firm": [f"f{i}" for i in range(firms)], "size": list(range(firms))})
    measure = {"rights": ["measure"], "functions": ["sum", "avg", "stddev_samp"], **more}
    terms = Terms.model_validate(
        {
            "grantee": "g",
            "purposes": ["t"],
            "term": {"from": "2026-01-01", "until": "2029-01-01"},
            "protection": {"method": "threshold", "k": k},
            "datasets": {
                "d.people": {
                    "unit": "id",
                    "columns": {
                        "id": ["join"],
                        "firm": ["join"],
                        "g": ["group"],
                        "income": measure,
                    },
                },
                "d.firms": {"unit": "firm", "k": 4, "columns": {"firm": ["join"]}},
            },
        }
    )
    with Gate(terms, {"d.people": people, "d.firms": firm}, engine=pool) as gate:
        return gate.answer(sql, purpose="t", now=NOW).table.to_pylist()


SUM = "SELECT sum(income) AS s FROM d.people"


@pytest.mark.parametrize(
    ("incomes", "shown"),
    [
        ([10, 10, 10, 10], 40),
        ([10, 10, None, None], None),  # two persons with a value
        ([30, 10, 10, 10], 60),  # exactly half is not more than half
        ([31, 10, 10, 10], None),  # the largest has more than half
        ([45, 46, 5, 4], None),  # two have more than nine tenths
        ([-30, 10, 10, 10], 0),  # sizes count, not signs
        ([-50, 10, 10, 10], None),
        ([0, 0, 0, 0], 0),
    ],
)
def test_a_sum_needs_k_values_none_of_which_dominates(
    pool: EnginePool, incomes: list[Any], shown: Any
) -> None:
    assert ask(pool, SUM, incomes) == [{"s": shown}]


def test_values_are_clamped_before_anything_is_computed(pool: EnginePool) -> None:
    sql = "SELECT sum(income) AS s, avg(income) AS m, stddev_samp(income) AS d FROM d.people"
    row = ask(pool, sql, [10, 20, 30, 10**9, -5], min=0, max=40)[0]
    assert (row["s"], row["m"]) == (100, 20)
    assert row["d"] == pytest.approx(15.811388)


def test_a_cell_whose_values_are_all_the_same_shows_no_spread(pool: EnginePool) -> None:
    sql = "SELECT g, count(*) AS n, stddev_samp(income) AS d FROM d.people GROUP BY g"
    assert ask(pool, sql, [7, 7, 7, 7]) == [{"g": "a", "n": 4, "d": None}]


def test_a_spread_around_a_large_mean_keeps_its_digits(pool: EnginePool) -> None:
    sql = "SELECT stddev_samp(income) AS d FROM d.people"
    row = ask(pool, sql, [10**9 + i for i in range(5)], min=10**9, max=10**9 + 10)[0]
    assert row["d"] == pytest.approx(1.5811388300841898, rel=1e-12)


def test_a_row_of_which_every_figure_is_withheld_is_absent(pool: EnginePool) -> None:
    sql = "SELECT g, sum(income) AS s FROM d.people GROUP BY g"
    assert ask(pool, sql, [1000, 1, 1, 1]) == []


def test_rows_without_a_unit_do_not_exist(pool: EnginePool) -> None:
    people = pa.table({"id": ["a", "b", None, None, None]})
    terms = Terms.model_validate(
        {
            "grantee": "g",
            "purposes": ["t"],
            "term": {"from": "2026-01-01", "until": "2029-01-01"},
            "protection": {"method": "threshold", "k": 2},
            "datasets": {"d.p": {"unit": "id", "columns": {"id": ["join"]}}},
        }
    )
    with Gate(terms, {"d.p": people}, engine=pool) as gate:
        answer = gate.answer("SELECT count(*) AS n FROM d.p", purpose="t", now=NOW)
    assert answer.table.to_pylist() == [{"n": 2}]


@pytest.mark.parametrize(("firms", "shown"), [(3, None), (4, 12)])
def test_every_protected_input_is_counted_under_its_own_k(
    pool: EnginePool, firms: int, shown: int | None
) -> None:
    """People and firms are joined on a key that is a unit on one side only: refused; so people
    are counted, and a join on the firm's own unit needs four firms."""
    sql = "SELECT count(*) AS n FROM d.firms a JOIN d.firms b ON a.firm = b.firm"
    expected = None if firms < 4 else firms
    assert ask(pool, sql, [1] * 12, firms=firms) == [{"n": expected}]
    assert shown is None or firms >= 4
