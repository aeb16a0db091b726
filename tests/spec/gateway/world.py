"""The small world in which the corpus asks its questions; every value follows from its number."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pyarrow as pa

DISTRICTS = (("East", 100), ("West", 80), ("North", 60), ("South", 40), ("Isle", 12), ("Rock", 3))
EDUCATION = ("primary", "secondary", "college", None)


@cache
def tables() -> dict[str, pa.Table]:
    """`secret.salaries` is passed to every Gate and granted by none."""
    return {
        "health.persons": _persons(),
        "health.visits": _visits(),
        "health.hospitals": pa.table(
            {
                "hospital_id": [f"h{i}" for i in range(5)],
                "city": ["A", "A", "B", "B", "C"],
                "beds": pa.array([100, 200, 300, 400, 500], pa.int32()),
                "名称": [f"医院{i}" for i in range(5)],
            }
        ),
        "secret.salaries": pa.table({"person_id": ["p000"], "salary": [1]}),
    }


def _persons() -> pa.Table:
    places = [name for name, size in DISTRICTS for _ in range(size)]
    rows = []
    for i, district in enumerate(places):
        rows.append(
            {
                "person_id": f"p{i:03}",
                "district": district,
                "sex": "F" if i % 2 else "M",
                "birth_year": 1940 + (i * 7) % 60,
                "education": EDUCATION[i % 4],
                "income": None if i % 10 == 0 else 1000 + 13 * ((i * 37) % 101),
                "phone": f"138{i % 3:04}{1000 + i % 4}",
                "name": f"Person {i}",
                "born": date(1940 + (i * 7) % 60, 1 + i % 12, 1 + i % 28),
                "vip": i % 5 == 0,
                "weight": 50.0 + (i % 40) / 2,
                "note": "secret" * (i % 2),
            }
        )
    schema = pa.schema(
        [
            ("person_id", pa.string()), ("district", pa.string()), ("sex", pa.string()),
            ("birth_year", pa.int32()), ("education", pa.string()), ("income", pa.int64()),
            ("phone", pa.string()), ("name", pa.string()), ("born", pa.date32()),
            ("vip", pa.bool_()), ("weight", pa.float64()), ("note", pa.string()),
        ]
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def _visits() -> pa.Table:
    rows = []
    for i in range(sum(size for _, size in DISTRICTS)):
        for j in range(i % 4):
            rows.append(
                {
                    "visit_id": f"v{i:03}-{j}",
                    "person_id": f"p{i:03}",
                    "hospital_id": f"h{(i + j) % 5}",
                    "day": datetime(2026, 1, 1) + timedelta(days=(i * 11 + j * 40) % 360, hours=j),
                    "cost": 10 + (i * 3 + j * 7) % 90,
                    "kind": ("in", "out", "lab")[(i + j) % 3],
                }
            )
    return pa.Table.from_pylist(rows)


PERSONS: dict[str, Any] = {
    "unit": {"column": "person_id", "space": "person"},
    "columns": {
        "person_id": ["join"],
        "district": ["group", "filter"],
        "sex": ["group", "filter"],
        "birth_year": ["group", "filter"],
        "education": ["group"],
        "income": {"rights": ["measure"], "functions": ["sum", "avg", "stddev_samp"]},
        "phone": {"rights": ["group", "filter"], "mask": "last4"},
        "born": ["group", "filter"],
        "vip": ["filter"],
        "weight": {"rights": ["measure"], "functions": ["avg"], "min": 40, "max": 80},
    },
}
VISITS: dict[str, Any] = {
    "unit": {"column": "person_id", "space": "person"},
    "columns": {
        "person_id": ["join"],
        "visit_id": ["join"],
        "hospital_id": ["join", "group", "filter"],
        "day": ["group", "filter"],
        "cost": {"rights": ["measure"], "functions": ["sum", "avg"], "min": 0, "max": 1000},
        "kind": ["group", "filter"],
    },
}
HOSPITALS: dict[str, Any] = {"columns": {"*": ["show", "group", "filter", "join"]}}


def terms(name: str) -> dict[str, Any]:
    """`main`: k = 10. `loose`: the same with k = 1 and no dominance, so that only the rewriting
    stands between an answer and plain DuckDB's. The others change one thing each."""
    data: dict[str, Any] = {
        "grantee": "91330100MA27XXXXXX",
        "purposes": ["planning"],
        "term": {"from": "2026-01-01", "until": "2029-11-30"},
        "output": "aggregate",
        "basis": {"statute": "Regulation on public data"},
        "protection": {"method": "threshold", "k": 10},
        "datasets": {
            "health.persons": PERSONS,
            "health.visits": VISITS,
            "health.hospitals": HOSPITALS,
        },
    }
    data = deepcopy(data)
    _VARIANTS[name](data)
    return data


def _loose(data: dict[str, Any]) -> None:
    dominance = {"largest": 1, "two": 1, "p": 0}
    data["protection"] = {"method": "threshold", "k": 1, "dominance": dominance}
    columns = data["datasets"]["health.persons"]["columns"]
    columns["phone"] = ["group", "filter"]


def _filtered(data: dict[str, Any]) -> None:
    data["datasets"]["health.persons"]["where"] = "district IN ('East', 'West')"


def _rows(data: dict[str, Any]) -> None:
    data["output"] = "rows"
    columns = data["datasets"]["health.persons"]["columns"]
    columns["district"] = ["show", "group", "filter"]
    columns["phone"] = {"rights": ["show"], "mask": "last4"}


def _extract(data: dict[str, Any]) -> None:
    _rows(data)
    persons = data["datasets"]["health.persons"]
    persons |= {"k": 10, "quasi": ["district", "sex", "birth_year"]}
    for name in ("sex", "birth_year"):
        persons["columns"][name] = ["show", "group", "filter"]


def _shown(data: dict[str, Any]) -> None:
    columns = data["datasets"]["health.persons"]["columns"]
    columns["district"] = ["show", "group", "filter"]


_VARIANTS = {
    "main": lambda data: None,
    "loose": _loose,
    "filtered": _filtered,
    "rows": _rows,
    "extract": _extract,
    "shown": _shown,
}
