"""The DuckDB connection that reads and writes during ingest, and how long runs are watched."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb

from gongshu.data.ingest.text import Progress

MEMORY = "1GB"  # beyond it DuckDB works from the temporary folder: memory stays flat
_POLL_SECONDS = 0.1


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:", config={"memory_limit": MEMORY, "temp_directory": str(folder / "spill")}
    )
    # The result may not depend on where the machine stands.
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    return connection


def run(connection: duckdb.DuckDBPyConnection, sql: str, progress: Progress) -> int:
    """Run a long statement; `progress` is called in this thread and may raise to cancel it."""
    outcome: list[int | BaseException] = []

    def work() -> None:
        try:
            row = connection.execute(sql).fetchone()
            outcome.append(int(row[0]) if row else 0)
        except BaseException as error:  # handed to the waiting thread below
            outcome.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        worker.join(_POLL_SECONDS / 10)
        while worker.is_alive():
            progress(max(0.0, min(100.0, connection.query_progress())))
            worker.join(_POLL_SECONDS)
    except BaseException:
        connection.interrupt()
        worker.join()
        raise
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
