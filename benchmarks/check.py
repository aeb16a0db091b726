"""What the decision alone takes: text in, rewritten and rechecked SQL out, nothing executed. Five
kinds of query over two protected tables and one without a unit, 300 times each, no plan kept. The
peer is what sqlglot takes to parse, qualify and write the same text, which checks nothing."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

TIMES = 300
KINDS = {
    "simple_group_by": "SELECT district, count(*) AS n, avg(age) AS age FROM c.persons "
    "WHERE sex = 'F' GROUP BY district",
    "three_way_join": "SELECT r.province, p.sex, count(DISTINCT p.id) AS n, sum(v.cost) AS cost "
    "FROM c.persons p JOIN c.visits v ON p.id = v.id JOIN c.regions r ON p.district = r.district "
    "WHERE v.day >= DATE '2025-01-01' GROUP BY r.province, p.sex "
    "HAVING count(*) > 20 ORDER BY cost DESC LIMIT 20",
    "cte_and_window": "WITH m AS (SELECT date_trunc('month', day) AS month, count(*) AS n "
    "FROM c.visits GROUP BY 1) SELECT month, n, sum(n) OVER (ORDER BY month) AS running, "
    "n * 1.0 / lag(n) OVER (ORDER BY month) AS change FROM m ORDER BY month",
    "subqueries_and_union": "SELECT 'women' AS who, count(*) AS n FROM c.persons "
    "WHERE sex = 'F' AND id IN (SELECT id FROM c.visits WHERE kind = 'A') "
    "UNION ALL SELECT 'men', count(*) FROM c.persons WHERE sex = 'M' AND id IN "
    "(SELECT id FROM c.visits WHERE kind = 'B') "
    "UNION ALL SELECT 'all', n FROM (SELECT count(*) AS n FROM c.persons) x",
    "forty_case_sums": "SELECT district, "
    + ", ".join(f"sum(CASE WHEN age = {age} THEN 1 ELSE 0 END) AS a{age}" for age in range(40))
    + " FROM c.persons GROUP BY district",
}
TERMS = {
    "grantee": "91110000100000000X",
    "purposes": ["planning"],
    "term": {"from": "2020-01-01", "until": "2099-12-31"},
    "basis": {"statute": "none: made data"},
    "protection": {"method": "threshold", "k": 10},
    "datasets": {
        "c.persons": {
            "unit": {"column": "id", "space": "person"},
            "columns": {
                "id": ["join"],
                "district": ["group", "filter", "join"],
                "sex": ["group", "filter"],
                "age": {
                    "rights": ["group", "filter", "measure"],
                    "functions": ["avg", "sum"],
                    "min": 0,
                    "max": 120,
                },
            },
        },
        "c.visits": {
            "unit": {"column": "id", "space": "person"},
            "columns": {
                "id": ["join"],
                "day": ["group", "filter"],
                "kind": ["group", "filter"],
                "cost": {"rights": ["measure"], "functions": ["sum"], "min": 0, "max": 9999},
            },
        },
        "c.regions": {"columns": {"district": ["show", "join"], "province": ["show", "group"]}},
    },
}


def collected_as_in_the_server() -> None:
    """What wsgi.py does when it has loaded all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)


def run() -> dict[str, Any]:
    import pyarrow as pa

    from gongshu.data.policy.checker import Checker
    from gongshu.data.policy.terms import Terms

    text, day = pa.string(), pa.date32()
    schemas = {
        "c.persons": {"id": text, "district": text, "sex": text, "age": pa.int32()},
        "c.visits": {"id": text, "day": day, "kind": text, "cost": pa.float64()},
        "c.regions": {"district": text, "province": text},
    }
    checker = Checker(
        Terms.model_validate(TERMS),
        {name: pa.schema(list(columns.items())) for name, columns in schemas.items()},
        b"benchmark",
    )
    collected_as_in_the_server()
    return {kind: _measured(checker, sql, schemas) for kind, sql in KINDS.items()}


def _measured(checker: Any, sql: str, schemas: dict[str, Any]) -> dict[str, float]:
    from sqlglot import parse_one
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.schema import MappingSchema

    names = {"c": {name.split(".")[1]: dict.fromkeys(s, "text") for name, s in schemas.items()}}
    known = MappingSchema(names, dialect="duckdb")
    peer = _milliseconds(
        lambda: qualify(parse_one(sql, dialect="duckdb"), schema=known, dialect="duckdb").sql(
            "duckdb"
        )
    )
    took = _milliseconds(lambda: checker.plan(sql, None))
    return {
        "p50_ms": median(took),
        "p95_ms": quantiles(took, n=20)[-1],
        "sqlglot_alone_p50_ms": median(peer),
        "ratio": median(took) / median(peer),
    }


def _milliseconds(act: Callable[[], Any]) -> list[float]:
    took = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return took[5:]
