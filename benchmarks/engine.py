"""What locking the engine in costs. The same queries run on a plain DuckDB connection in this
process (the peer) and through a leased worker, median of 300, over a Parquet file of 1 million
rows; the difference is the fixed cost of the sandbox. A new key is timed with a spare worker
ready and without one, against starting a fresh Python that imports DuckDB and connects.
The answer of 1 million rows is timed as the median of 5."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import duckdb

from gongshu.data.engines import EnginePool, Limits

ROWS = 1_000_000
QUERIES = {
    "constant": "SELECT 1 AS one",
    "group_by": "SELECT district, count(*) AS n, avg(age) AS age FROM persons GROUP BY district",
}
WHOLE = "SELECT * FROM persons"
PEER = "import duckdb, pyarrow; duckdb.connect().sql('SELECT 1').to_arrow_table()"
LIMITS = Limits(output_bytes=512 << 20)


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, EnginePool() as pool:
        file = Path(folder) / "persons.parquet"
        duckdb.execute(
            f"COPY (SELECT range AS id, range % 13 AS district, hash(range) % 90 AS age "
            f"FROM range({ROWS})) TO '{file}' (FORMAT parquet)"
        )
        return {
            "warm": _warm(pool, file),
            "1_million_rows_out": _whole(pool, file),
            "new_key": _starts(pool, file),
        }


def _warm(pool: EnginePool, file: Path) -> dict[str, Any]:
    plain = _plain(file)
    figures: dict[str, Any] = {}
    with pool.lease("warm/1", {"persons": [file]}, LIMITS) as worker:
        for name, sql in QUERIES.items():
            peer = _milliseconds(lambda sql=sql: plain.sql(sql).to_arrow_table(), 300)
            ours = _milliseconds(lambda sql=sql: worker.query(sql), 300)
            figures[name] = {
                "plain_ms": median(peer),
                "sandboxed_ms": median(ours),
                "sandboxed_p95_ms": quantiles(ours, n=20)[-1],
                "added_ms": median(ours) - median(peer),
            }
    figures["lease_and_query_ms"] = median(_milliseconds(lambda: _ask(pool, "warm/1", file), 300))
    return figures


def _whole(pool: EnginePool, file: Path) -> dict[str, Any]:
    plain = _plain(file)
    with pool.lease("warm/1", {"persons": [file]}, LIMITS) as worker:
        peer = median(_milliseconds(lambda: plain.sql(WHOLE).to_arrow_table(), 5))
        ours = median(_milliseconds(lambda: worker.query(WHOLE), 5))
    return {"plain_ms": peer, "sandboxed_ms": ours, "ratio": ours / peer}


def _starts(pool: EnginePool, file: Path) -> dict[str, Any]:
    number = count()

    def new_key() -> None:
        _ask(pool, f"new/{next(number)}", file)

    ready = []
    for _ in range(10):
        time.sleep(0.3)  # the spare has connected by then
        ready += _milliseconds(new_key, 1)
    with EnginePool(spares=0) as bare:
        _ask(bare, "first/1", file)
        without = _milliseconds(lambda: _ask(bare, f"new/{next(number)}", file), 10)
    process = _milliseconds(lambda: subprocess.run([sys.executable, "-c", PEER], check=True), 5)
    return {
        "spare_ready_ms": median(ready),
        "no_spare_ms": median(without),
        "fresh_python_process_ms": median(process),
        "fresh_process_by_no_spare": median(process) / median(without),
    }


def _ask(pool: EnginePool, key: str, file: Path) -> None:
    with pool.lease(key, {"persons": [file]}, LIMITS) as worker:
        worker.query(QUERIES["constant"])


def _plain(file: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET threads = 2; SET parquet_metadata_cache = true")
    connection.execute(f"CREATE VIEW persons AS SELECT * FROM read_parquet('{file}')")
    return connection


def _milliseconds(act: Callable[[], object], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return taken
