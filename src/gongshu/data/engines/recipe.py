"""DuckDB's own locks, in the one order that works.

limits → `allowed_paths` = this lease's files → no external access → views → configuration
locked. `allowed_paths` can no longer be set once external access is off, and views over
files that are not allowed fail. A connection is opened with one thread, before the files
are known; its other threads start at `lock_in`, behind the fence that was put up meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

OPENING: dict[str, Any] = {
    # No thread may exist before the fence stands: Landlock binds a thread, not a process.
    "threads": 1,
    "async_threads": 0,
    # First of all: with external access off it can no longer be changed.
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "allow_extension_repositories": "forbidden",
    "max_temp_directory_size": "0B",
    "python_enable_replacements": False,
    "max_expression_depth": 250,
    "pivot_limit": 1,
    # The kernel caches the files once for all workers; a copy in each would only cost memory.
    "enable_external_file_cache": False,
}


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config=OPENING)
    # China has one legal time; a query's answer must not depend on the machine's zone.
    connection.execute("SET GLOBAL TimeZone = 'Asia/Shanghai'")
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    connection.execute("SET enable_progress_bar = false")
    return connection


def lock_in(
    connection: duckdb.DuckDBPyConnection,
    sources: Mapping[str, Sequence[str]],
    *,
    memory_bytes: int,
    threads: int,
    milliseconds: int,
) -> None:
    run = connection.execute
    run(f"SET GLOBAL threads = {threads:d}")
    run(f"SET GLOBAL memory_limit = '{memory_bytes:d}B'")
    # GLOBAL: a local setting is forgotten by the cursors of the connection.
    run(f"SET GLOBAL max_execution_time = {milliseconds:d}")
    files = sorted({file for paths in sources.values() for file in paths})
    run(f"SET GLOBAL allowed_paths = {_list(files)}")
    run("SET GLOBAL enable_external_access = false")
    for name, paths in sources.items():
        run(
            f"CREATE VIEW {_name(name)} AS SELECT * FROM read_parquet("  # noqa: S608
            f"{_list(paths)}, hive_partitioning = false)"
        )
    run("SET GLOBAL lock_configuration = true")


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "]"
