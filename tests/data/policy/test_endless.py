"""Numbers that swallow all others: an endless sum would tell that someone has one."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from gongshu.data import Gate, Terms
from gongshu.data.engines import EnginePool

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def terms() -> Terms:
    measure = {"rights": ["measure"], "functions": ["sum", "avg", "stddev_samp"]}
    return Terms.model_validate(
        {
            "grantee": "g",
            "purposes": ["t"],
            "term": {"from": "2026-01-01", "until": "2029-01-01"},
            "protection": {"method": "threshold", "k": 3},
            "datasets": {
                "d.t": {
                    "unit": {"column": "id", "space": "one"},
                    "columns": {"id": ["join"], "g": ["group", "filter"], "x": measure},
                }
            },
        }
    )


@pytest.mark.parametrize("odd", [math.inf, -math.inf, math.nan, 1.7e308])
def test_no_sum_over_a_cell_tells_of_an_endless_value(odd: float) -> None:
    rows = [{"id": f"u{i}", "g": "ab"[i % 2], "x": 1.0 + i} for i in range(20)]
    rows[0]["x"] = odd
    rows.append({"id": "u2", "g": "a", "x": odd})
    with (
        EnginePool(size=1) as pool,
        Gate(terms(), {"d.t": pa.Table.from_pylist(rows)}, engine=pool) as gate,
    ):
        sql = (
            "SELECT g, sum(x) AS s, avg(x) AS m, stddev_samp(x) AS d, count(*) AS n "
            "FROM d.t GROUP BY g ORDER BY g"
        )
        table = gate.answer(sql, purpose="t", now=NOW).table.to_pylist()
    assert [(row["s"], row["m"], row["d"]) for row in table if row["g"] == "a"] == [(None,) * 3]
    assert table[1]["s"] is not None
