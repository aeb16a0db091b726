"""Memberships, outer joins and per-unit figures against a second implementation without SQL.

Written from what the constructs mean, not from the checker: which people are in which cell, and
what each of them adds to it. k units in every cell, of each side of an outer join; a figure that is
worked out per unit under a condition has k units that meet it and k that do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongshu.data import Gate, Terms
from gongshu.data.engines import EnginePool

NOW = datetime(2027, 1, 1, tzinfo=UTC)
PEOPLE = pa.schema([("id", pa.string()), ("g", pa.string())])
TRIPS = pa.schema([("id", pa.string()), ("c", pa.string()), ("x", pa.int64())])
Row = dict[str, Any]
Cells = list[tuple[Any, ...]]
UNIT = {"unit": {"column": "id", "space": "one"}}
MEASURE = {"rights": ["measure"], "functions": ["sum", "avg"]}

people = st.lists(
    st.sampled_from([f"u{i}" for i in range(14)]), min_size=4, max_size=14, unique=True
).flatmap(
    lambda ids: st.tuples(*(st.sampled_from(["p", "q", None]) for _ in ids)).map(
        lambda groups: [{"id": i, "g": g} for i, g in zip(ids, groups, strict=True)]
    )
)
trips = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from([None, *(f"u{i}" for i in range(16))]),
            "c": st.sampled_from(["a", "b", None]),
            "x": st.sampled_from([None, 1, 2, 7]),
        }
    ),
    min_size=6,
    max_size=40,
)


def terms(k: int) -> Terms:
    return Terms.model_validate(
        {
            "grantee": "g",
            "purposes": ["t"],
            "term": {"from": "2026-01-01", "until": "2029-01-01"},
            "protection": {
                "method": "threshold",
                "k": k,
                "dominance": {"largest": 1, "two": 1, "p": 0},
            },
            "datasets": {
                "d.people": {**UNIT, "columns": {"id": ["join"], "g": ["group", "filter"]}},
                "d.trips": {
                    **UNIT,
                    "columns": {"id": ["join"], "c": ["group", "filter"], "x": MEASURE},
                },
            },
        }
    )


def known(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["id"] is not None]


def by_group(rows: list[Row], k: int) -> Cells:
    """g and the number of rows, where k people are behind it."""
    cells: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        cells[row["g"]].append(row)
    return [(g, len(c)) for g, c in cells.items() if len({row["id"] for row in c}) >= k]


def members(people: list[Row], trips: list[Row], k: int, *, there: bool) -> Cells:
    ids = {trip["id"] for trip in known(trips) if trip["c"] == "a"}
    return by_group([row for row in people if (row["id"] in ids) is there], k)


def right_join(people: list[Row], trips: list[Row], k: int) -> Cells:
    cells: dict[Any, list[tuple[Any, Any]]] = defaultdict(list)
    of = {row["id"]: row for row in people}
    for trip in known(trips):
        person = of.get(trip["id"])
        cells[trip["c"]].append((trip["id"], person["id"] if person else None))
    out = []
    for c, rows in cells.items():
        mine = {person for _, person in rows if person is not None}
        if len({unit for unit, _ in rows}) >= k and len(mine) >= k:
            out.append((c, len(rows)))
    return out


def full_join(people: list[Row], trips: list[Row], k: int) -> Cells:
    travelled = [trip["id"] for trip in known(trips)]
    stayed = [row for row in people if row["id"] not in travelled]
    enough = len(set(travelled)) >= k and len(people) >= k
    return [(len(travelled) + len(stayed) if enough else None,)]


def bands(people: list[Row], trips: list[Row], k: int) -> Cells:
    times: dict[Any, int] = defaultdict(int)
    for trip in known(trips):
        times[trip["id"]] += 1
    cells: dict[int, int] = defaultdict(int)
    for n in times.values():
        cells[n] += 1
    return [(n, count) for n, count in cells.items() if count >= k]


def often(people: list[Row], trips: list[Row], k: int) -> Cells:
    sums: dict[Any, list[Any]] = defaultdict(list)
    for trip in known(trips):
        sums[trip["id"]].append(trip["x"])
    chosen = [values for values in sums.values() if len(values) >= 2]
    with_value = [v for v in chosen if any(x is not None for x in v)]
    total = sum(x for values in with_value for x in values if x is not None)
    shown = len(chosen) >= k and len(with_value) >= k
    return [(total if shown else None,)]


def conditional(people: list[Row], trips: list[Row], k: int) -> Cells:
    counts: dict[Any, int] = defaultdict(int)
    for trip in known(trips):
        counts[trip["id"]] += trip["c"] == "a"
    inside = sum(n > 0 for n in counts.values())
    outside = sum(n == 0 for n in counts.values())
    shown = inside >= k and (k == 1 or outside >= k)
    return [(sum(counts.values()) if shown else None,)]


QUESTIONS: dict[str, Callable[[list[Row], list[Row], int], Cells]] = {
    "SELECT g, count(*) AS n FROM d.people WHERE id IN "
    "(SELECT id FROM d.trips WHERE c = 'a') GROUP BY g": lambda p, t, k: members(
        p, t, k, there=True
    ),
    "SELECT g, count(*) AS n FROM d.people WHERE id NOT IN "
    "(SELECT id FROM d.trips WHERE c = 'a') GROUP BY g": lambda p, t, k: members(
        p, t, k, there=False
    ),
    "SELECT g, count(*) AS n FROM d.people p WHERE NOT EXISTS "
    "(SELECT 1 FROM d.trips t WHERE t.id = p.id AND t.c = 'a') GROUP BY g": lambda p, t, k: members(
        p, t, k, there=False
    ),
    "SELECT g, count(*) AS n FROM d.people p ANTI JOIN d.trips t ON t.id = p.id AND t.c = 'a' "
    "GROUP BY g": lambda p, t, k: members(p, t, k, there=False),
    "SELECT t.c, count(*) AS n FROM d.people p RIGHT JOIN d.trips t ON p.id = t.id "
    "GROUP BY t.c": right_join,
    "SELECT count(*) AS n FROM d.people p FULL JOIN d.trips t ON p.id = t.id": full_join,
    "SELECT n, count(*) AS people FROM (SELECT id, count(*) AS n FROM d.trips GROUP BY id) t "
    "GROUP BY n": bands,
    "SELECT sum(s) AS s FROM (SELECT id, sum(x) AS s FROM d.trips GROUP BY id "
    "HAVING count(*) >= 2) t": often,
    "SELECT sum(n) AS n FROM (SELECT id, count(*) FILTER (WHERE c = 'a') AS n FROM d.trips "
    "GROUP BY id) t": conditional,
}


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(size=2) as pool:
        yield pool


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(people, trips, st.sampled_from(sorted(QUESTIONS)), st.integers(1, 5))
def test_the_gate_and_the_second_implementation_agree(
    pool: EnginePool, people: list[Row], trips: list[Row], sql: str, k: int
) -> None:
    tables = {
        "d.people": pa.Table.from_pylist(people, schema=PEOPLE),
        "d.trips": pa.Table.from_pylist(trips, schema=TRIPS),
    }
    with Gate(terms(k), tables, engine=pool) as gate:
        table = gate.answer(sql, purpose="t", now=NOW).table
    ours = [tuple(row.values()) for row in table.to_pylist()]
    assert sorted(map(repr, ours)) == sorted(map(repr, QUESTIONS[sql](people, trips, k)))
