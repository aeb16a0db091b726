"""What governing a query costs. One grouped count with an average, over a Parquet file of 1 and
of 10 million rows with a privacy unit: on a plain DuckDB connection in this process (the peer),
through a Gate alone, and through the platform's gateway with grant, limits, ledger entry and
record on SQLite with synchronous FULL, from the service call to the Arrow table. Medians of 60
at 1 million rows, of 7 at 10 million; the fixed cost is that of the same question over 1 000 rows.
Each row is a unit of its own, as the profile knows, and the average passes the dominance check; for
comparison the same without a unit."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import duckdb

SIZES = {"1_thousand": (1_000, 60), "1_million": (1_000_000, 60), "10_million": (10_000_000, 7)}
ASKED = "SELECT district, count(*) AS n, avg(income) AS income FROM {} GROUP BY district"
PURPOSE = "planning"
COLUMNS: dict[str, Any] = {
    "district": ["group", "filter"],
    "income": {"rights": ["measure"], "functions": ["avg"], "min": 0, "max": 100_000},
}
UNIT = {"column": "person_id", "space": "person"}


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"GONGSHU_HOME": folder, "DJANGO_SETTINGS_MODULE": "gongshu.settings"}
        platform = Platform(Path(folder))
        figures = {name: _measure(platform, name, *size) for name, size in SIZES.items()}
        platform.close()
        return figures


def _measure(platform: Platform, name: str, rows: int, times: int) -> dict[str, Any]:
    file = platform.folder / "uploads" / f"{name}.parquet"
    duckdb.execute(
        f"COPY (SELECT 'P' || range AS person_id, 'D' || range % 13 AS district, "
        f"(hash(range) % 90000)::INTEGER AS income FROM range({rows})) TO '{file}'"
    )
    code = f"bench.t_{name}"
    grants = platform.grants(code, file)
    plain = duckdb.connect()
    plain.execute("SET threads = 2")
    peer = ASKED.format(f"read_parquet('{file}')")
    figures: dict[str, Any] = {
        "plain_ms": median(_milliseconds(lambda: plain.sql(peer).to_arrow_table(), times))
    }
    for kind, grant in grants.items():
        took = _milliseconds(lambda grant=grant: platform.ask(grant, ASKED.format(code)), times)
        figures[kind] = {
            "gateway_ms": median(took),
            "gateway_p95_ms": quantiles(took, n=20)[-1],
            "gate_alone_ms": median(
                _milliseconds(lambda grant=grant: platform.gate(grant, ASKED.format(code)), times)
            ),
            "ratio_to_plain": median(took) / figures["plain_ms"],
        }
    return figures


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
        """A dataset of these rows, and a grant over it with a unit and one without."""
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
            "limits": {"queries_per_day": 1_000_000},
        }
        with_unit = {**terms, "datasets": {code: {"unit": UNIT, "columns": COLUMNS}}}
        without = {**terms, "datasets": {code: {"columns": COLUMNS}}}
        return {
            "with_unit": create_by_administrator(terms=with_unit, by=self.admin),
            "without_unit": create_by_administrator(terms=without, by=self.admin),
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

        gate_for(grant, sources(grant, {})).answer(sql, purpose=PURPOSE)

    def close(self) -> None:
        from gongshu.gateway.gates import close_all

        close_all()


def _milliseconds(act: Callable[[], Any], times: int) -> list[float]:
    for _ in range(2):
        act()
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return took
