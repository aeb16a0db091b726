"""What knowing a table costs. A CSV of 3 million rows and 12 columns (Chinese text, ids, dates,
decimals) is made and copied to Parquet by DuckDB: the peer, as in ingest. Then the profile of
that Parquet is taken (figures, semantic types, uniqueness, repeated rows, grade), and DuckDB's
own SUMMARIZE for comparison. The risk (k, l and t of one sensitive column) is set against the
bare GROUP BY that k alone needs. Median of 3 each, wall and CPU time of this process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from gongshu.data.disclosure_risk import risk
from gongshu.data.profiling import profile

ROWS = 3_000_000
MADE = """SELECT i AS id, '张' || chr((19968 + hash(i) % 3000)::INT) AS name,
    '330106' || lpad((hash(i + 1) % 99999999)::VARCHAR, 12, '0') AS number,
    '1' || lpad((hash(i + 2) % 9999999999)::VARCHAR, 10, '3') AS mobile,
    if(hash(i + 3) % 2 = 0, '男', '女') AS sex, hash(i + 4) % 100 AS age,
    (hash(i + 5) % 1000000) / 100.0 AS amount, DATE '2020-01-01' + (hash(i + 6) % 1500)::INT AS day,
    TIMESTAMP '2020-01-01' + to_seconds(i) AS seen,
    '浙江省杭州市西湖区文三路' || (hash(i + 7) % 999) || '号' AS address,
    (hash(i + 8) % 1000000) / 7.0 AS measure, 330100 + hash(i + 9) % 8 AS area
    FROM range({rows}) AS made(i)"""


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        text, file = Path(folder) / "made.csv", Path(folder) / "made.parquet"
        duckdb.execute(f"COPY ({MADE.format(rows=ROWS)}) TO '{text}' (HEADER)")
        copy = _timed(
            lambda: duckdb.execute(
                f"COPY (FROM read_csv('{text}')) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
            )
        )
        known = _timed(lambda: profile(file))
        summary = _timed(lambda: duckdb.sql(f"SUMMARIZE FROM '{file}'").fetchall())
        grouped = _timed(lambda: duckdb.sql(_group_by(file)).fetchall())
        measured = _timed(lambda: risk(file, ["sex", "age", "area"], ["amount"]))
    return {
        "rows": ROWS,
        "copy": _seconds(copy),
        "profile": {**_seconds(known), **_ratio(known, copy, "copy")},
        "summarize": {**_seconds(summary), **_ratio(summary, copy, "copy")},
        "group_by_for_k": _seconds(grouped),
        "risk_k_l_t": {**_seconds(measured), **_ratio(measured, grouped, "group_by")},
    }


def _group_by(file: Path) -> str:
    return f"SELECT min(n) FROM (SELECT count(*) AS n FROM '{file}' GROUP BY sex, age, area)"


def _timed(act: Callable[[], object]) -> tuple[float, float]:
    """Medians of (wall, CPU) seconds."""
    walls, cpus = [], []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        act()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return median(walls), median(cpus)


def _seconds(times: tuple[float, float]) -> dict[str, float]:
    return {"wall_s": round(times[0], 2), "cpu_s": round(times[1], 2)}


def _ratio(times: tuple[float, float], peer: tuple[float, float], name: str) -> dict[str, float]:
    return {
        f"wall_to_{name}": round(times[0] / peer[0], 2),
        f"cpu_to_{name}": round(times[1] / peer[1], 2),
    }
