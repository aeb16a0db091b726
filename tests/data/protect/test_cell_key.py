"""Noise that is the same for the same rows: asking again and averaging gain nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from gongshu.data import Gate, Terms
from gongshu.data.engines import EnginePool

NOW = datetime(2027, 1, 1, tzinfo=UTC)
GROUPS = 40


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(size=2) as pool:
        yield pool


def table(drop: str = "") -> pa.Table:
    rows = [
        {"id": f"g{g}p{i}", "g": f"g{g:02}", "sex": "FM"[i % 2], "x": 100 + i}
        for g in range(GROUPS)
        for i in range(20)
    ]
    return pa.Table.from_pylist([row for row in rows if row["id"] != drop])


def gate(pool: EnginePool, state: Path, data: pa.Table, grantee: str = "g") -> Gate:
    measure = {"rights": ["measure"], "functions": ["sum", "avg", "stddev_samp"]}
    terms = Terms.model_validate(
        {
            "grantee": grantee,
            "purposes": ["t"],
            "term": {"from": "2026-01-01", "until": "2029-01-01"},
            "protection": {"method": "cell_key", "k": 5, "spread": 2},
            "datasets": {
                "d.t": {
                    "unit": "id",
                    "columns": {"g": ["group", "filter"], "sex": ["group", "filter"], "x": measure},
                }
            },
        }
    )
    return Gate(terms, {"d.t": data}, engine=pool, state=state)


def ask(pool: EnginePool, state: Path, sql: str, **more: Any) -> list[dict[str, Any]]:
    with gate(pool, state, more.pop("data", table()), **more) as open_gate:
        return open_gate.answer(sql, purpose="t", now=NOW).table.to_pylist()


BY_GROUP = "SELECT g, count(*) AS n, sum(x) AS s, avg(x) AS m FROM d.t GROUP BY g ORDER BY g"


def test_the_same_rows_get_the_same_noise_however_they_are_asked_for(
    pool: EnginePool, tmp_path: Path
) -> None:
    once = ask(pool, tmp_path, BY_GROUP)
    assert ask(pool, tmp_path, BY_GROUP) == once
    assert ask(pool, tmp_path, BY_GROUP, grantee="other") == once
    filtered = ask(pool, tmp_path, "SELECT count(*) AS n, sum(x) AS s FROM d.t WHERE g = 'g07'")
    assert filtered == [{"n": once[7]["n"], "s": once[7]["s"]}]


def test_the_noise_is_spread_as_the_terms_say(pool: EnginePool, tmp_path: Path) -> None:
    noise = [row["n"] - 20 for row in ask(pool, tmp_path, BY_GROUP)]
    assert len(noise) == GROUPS
    assert len(set(noise)) > 4
    assert abs(sum(noise)) / GROUPS < 1.5
    assert 1.0 < (sum(value**2 for value in noise) / GROUPS) ** 0.5 < 3.0


def test_in_a_sum_the_noise_grows_with_the_largest_contribution(
    pool: EnginePool, tmp_path: Path
) -> None:
    exact = sum(100 + i for i in range(20))
    noise = [row["s"] - exact for row in ask(pool, tmp_path, BY_GROUP)]
    assert (sum(value**2 for value in noise) / GROUPS) ** 0.5 > 119
    assert all(isinstance(row["s"], int) for row in ask(pool, tmp_path, BY_GROUP))


def test_one_person_less_gives_the_cell_other_noise(pool: EnginePool, tmp_path: Path) -> None:
    """The difference of the two counts is not the person: it is seldom one."""
    with_all = ask(pool, tmp_path, BY_GROUP)
    differences = []
    for g in range(0, GROUPS, 5):
        without = ask(pool, tmp_path, BY_GROUP, data=table(drop=f"g{g}p3"))
        differences.append(with_all[g]["n"] - without[g]["n"])
        others = [n for n in range(GROUPS) if n != g]
        assert [with_all[n] for n in others] == [without[n] for n in others]
    assert differences.count(1) < len(differences) / 2


def test_another_state_folder_has_another_key(pool: EnginePool, tmp_path: Path) -> None:
    assert ask(pool, tmp_path / "a", BY_GROUP) != ask(pool, tmp_path / "b", BY_GROUP)


def test_the_threshold_still_holds_and_a_spread_is_not_shown(
    pool: EnginePool, tmp_path: Path
) -> None:
    small = "SELECT count(*) AS n FROM d.t WHERE g = 'g01' AND sex = 'F' AND g = 'nowhere'"
    assert ask(pool, tmp_path, small) == [{"n": None}]
    assert ask(pool, tmp_path, "SELECT stddev_samp(x) AS d FROM d.t") == [{"d": None}]
