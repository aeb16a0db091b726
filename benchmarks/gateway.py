"""What governing a query costs: on a plain DuckDB connection in this process (the peer), through a
Gate alone, and through the platform's gateway with grant, limits, ledger entry and record on SQLite
with synchronous FULL, from the service call to the Arrow table. Three questions over a Parquet file
with a privacy unit: a grouped count, a grouped average, and a table by month, district and sex with
two sums and a filter. Medians of 60 at 1 thousand and 1 million rows, of 5 at 10 million, plain and
governed in turn; the fixed cost is that over 1 thousand rows. Each row is a unit of its own, as the
profile knows; for comparison without a unit, and over the same rows with a unit that is not known
to be (four rows each), where rows are first summed up per unit."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import duckdb

SIZES = {"1_thousand": (1_000, 60), "1_million": (1_000_000, 60), "10_million": (10_000_000, 5)}
ASKED = "SELECT district, count(*) AS n, avg(income) AS income FROM {} GROUP BY district"
QUESTIONS = {
    "count": "SELECT district, count(*) AS n FROM {} GROUP BY district",
    "average": ASKED,
    "table": "SELECT date_trunc('month', day) AS month, district, sex, count(*) AS n, "
    "sum(income) AS income, sum(tax) AS tax FROM {} WHERE day >= DATE '2025-02-01' "
    "GROUP BY date_trunc('month', day), district, sex ORDER BY month, district, sex",
}
PURPOSE = "planning"
COLUMNS: dict[str, Any] = {
    "district": ["group", "filter"],
    "sex": ["group", "filter"],
    "day": ["group", "filter"],
    "income": {"rights": ["measure"], "functions": ["avg", "sum"], "min": 0, "max": 100_000},
    "tax": {"rights": ["measure"], "functions": ["sum"], "min": 0, "max": 50_000},
}
UNITS = {
    "unit_per_row": {"column": "person_id", "space": "person"},
    "unit_of_four_rows": {"column": "household", "space": "household"},
    "no_unit": None,
}
MADE = """SELECT 'P' || range AS person_id, 'H' || range // 4 AS household,
  'D' || range % 13 AS district, CASE WHEN hash(range, 1) % 2 = 0 THEN 'F' ELSE 'M' END AS sex,
  DATE '2025-01-01' + (hash(range, 2) % 365)::INTEGER AS day,
  (hash(range) % 90000)::INTEGER AS income, (hash(range, 3) % 40000)::INTEGER AS tax
FROM range({})"""


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"GONGSHU_HOME": folder, "DJANGO_SETTINGS_MODULE": "gongshu.settings"}
        platform = Platform(Path(folder))
        figures = {name: _measure(platform, name, *size) for name, size in SIZES.items()}
        platform.close()
        return figures


def _measure(platform: Platform, name: str, rows: int, times: int) -> dict[str, Any]:
    file = platform.folder / "uploads" / f"{name}.parquet"
    duckdb.execute(f"SET enable_progress_bar = false; COPY ({MADE.format(rows)}) TO '{file}'")
    code = f"bench.t_{name}"
    grants = platform.grants(code, file)
    return {
        question: {
            kind: _compared(platform, grant, sql.format(code), _plain(file, sql), times)
            for kind, grant in grants.items()
        }
        for question, sql in QUESTIONS.items()
    }


def _plain(file: Path, sql: str) -> Callable[[], Any]:
    plain = duckdb.connect()
    plain.execute("SET threads = 2")
    plain.execute("SET enable_progress_bar = false")
    peer = sql.format(f"read_parquet('{file}')")
    return lambda: plain.sql(peer).to_arrow_table()


def _compared(
    platform: Platform, grant: Any, sql: str, plain: Callable[[], Any], times: int
) -> dict[str, float]:
    """One after the other, so that what else the machine does falls on all alike."""
    acts = {
        "plain": plain,
        "gateway": lambda: platform.ask(grant, sql),
        "gate_alone": lambda: platform.gate(grant, sql),
    }
    took: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(times + 2):
        for name, act in acts.items():
            took[name] += _milliseconds(act, 1)
    settled = {name: values[2:] for name, values in took.items()}
    middle = {name: median(values) for name, values in settled.items()}
    return {
        "plain_ms": middle["plain"],
        "gateway_ms": middle["gateway"],
        "gateway_p95_ms": quantiles(settled["gateway"], n=20)[-1],
        "gate_alone_ms": middle["gate_alone"],
        "gateway_to_plain": middle["gateway"] / middle["plain"],
        "gate_to_plain": middle["gate_alone"] / middle["plain"],
    }


class Platform:
    """An instance made for this run, with the administrator's grants."""

    def __init__(self, folder: Path) -> None:
        import django

        self.folder = folder
        for name in ("data", "index", "log", "uploads", "tmp", "static"):
            (folder / name).mkdir()
        (folder / "secret_key").write_text("benchmark")
        django.setup()
        from django.core.management import call_command

        from gongshu.accounts import agents, services
        from gongshu.accounts.codes import uscc_check_character
        from gongshu.ledger import services as ledger
        from gongshu.rules.agents import SYSTEM

        call_command("migrate", verbosity=0)
        ledger.create_key()
        services.create_first_administrator(username="admin", password="a long enough password 1")
        self.code = "11330100MA0000004" + uscc_check_character("11330100MA0000004")
        services.create_organisation(code=self.code, name_zh="基准", kinds=["agency"], by=SYSTEM)
        self.admin = agents.administrator()

    def grants(self, code: str, file: Path) -> dict[str, Any]:
        """A dataset of these rows, and a grant over it for each unit."""
        from gongshu.catalog import services, versions
        from gongshu.data import Table
        from gongshu.grants.services import create_by_administrator

        dataset = services.create_draft(code=code, provider=self.code, by=self.admin)
        with Table.read(file) as table:
            versions.add_version(dataset=dataset, table=table, source_name=file.name, by=self.admin)
        terms: dict[str, Any] = {
            "grantee": self.code,
            "purposes": [PURPOSE],
            "term": {"from": "2020-01-01", "until": "2099-12-31"},
            "basis": {"statute": "none: made data"},
            "protection": {"method": "threshold", "k": 10},
            # Ten million households and cells need more than the 1 GB that is the default.
            "limits": {"queries_per_day": 1_000_000, "memory": "4GB"},
        }
        return {
            kind: create_by_administrator(
                terms={**terms, "datasets": {code: _columns(unit)}}, by=self.admin
            )
            for kind, unit in UNITS.items()
        }

    def another(self, grant: Any) -> Any:
        """One more grant under the same terms."""
        from gongshu.grants.services import create_by_administrator

        return create_by_administrator(terms=grant.terms, by=self.admin)

    def ask(self, grant: Any, sql: str) -> None:
        from gongshu.gateway.services import answer

        answer(grant_id=grant.id, purpose=PURPOSE, sql=sql, by=self.admin)

    def gate(self, grant: Any, sql: str) -> None:
        from gongshu.gateway.gates import gate_for, sources
        from gongshu.grants.reach import of_grant

        found = sources(of_grant(grant), {})
        gate_for(grant, found).answer(sql, purpose=PURPOSE)

    def close(self) -> None:
        from gongshu.gateway.gates import close_all

        close_all()


def _columns(unit: dict[str, str] | None) -> dict[str, Any]:
    return {"columns": COLUMNS, **({"unit": unit} if unit else {})}


def _milliseconds(act: Callable[[], Any], times: int) -> list[float]:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return took
