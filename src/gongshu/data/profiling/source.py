"""One table, wherever it stands, opened in a DuckDB of its own.

A table is a `gongshu.data.Table`, a `pyarrow.Table`, or one or several paths of Parquet with
the same columns. Inside DuckDB its columns are called c0, c1, … in the file's order: the true
names, which may hold quotes, spaces or differ only in case, never become part of any SQL.

>>> import pyarrow as pa
>>> with opened(pa.table({"a b": [1, 2], "A B": ["x", "y"]})) as source:
...     [(c.name, c.sql, c.family) for c in source.columns]
[('a b', 'c0', 'integer'), ('A B', 'c1', 'text')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data.scratch import Scratch
from gongshu.wording import Problem, Sentence

# Aggregates are flat and the rest spills, so a table larger than memory is no trouble.
MEMORY_LIMIT = "2GB"


@runtime_checkable
class HasFiles(Protocol):
    """What of `gongshu.data.Table` is needed here."""

    @property
    def files(self) -> Sequence[Path]: ...


Tabular: TypeAlias = HasFiles | pa.Table | str | PathLike[str] | Sequence[str | PathLike[str]]

_FAMILIES = {
    **dict.fromkeys(["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"], "integer"),
    **dict.fromkeys(["UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"], "integer"),
    **dict.fromkeys(["FLOAT", "DOUBLE"], "number"),
    "DECIMAL": "decimal",
    "VARCHAR": "text",
    "ENUM": "text",
    "DATE": "date",
    "TIME": "time",
    "BOOLEAN": "boolean",
    "BLOB": "binary",
}


def family_of(duckdb_type: str) -> str:
    """DECIMAL(10,2) → decimal, TIMESTAMP WITH TIME ZONE → timestamp; nested types → other."""
    if duckdb_type.endswith("]"):
        return "other"
    head = duckdb_type.partition("(")[0].strip()
    if head.startswith("TIMESTAMP"):
        return "timestamp"
    return _FAMILIES.get(head, "other")


@dataclass(frozen=True, slots=True)
class SourceColumn:
    name: str
    sql: str
    type: str
    family: str
    full: bool = False  # known to have a value in every row; otherwise nothing is known

    @property
    def as_text(self) -> str:
        """The SQL of its value as text."""
        return self.sql if self.type == "VARCHAR" else f"CAST({self.sql} AS VARCHAR)"


@dataclass(frozen=True, slots=True)
class Source:
    connection: duckdb.DuckDBPyConnection
    columns: tuple[SourceColumn, ...]
    rows: int
    # A FROM item whose columns are c0, c1, … and, last, `place`: a row number within its file.
    relation: str

    def query(self, sql: str) -> pa.Table:
        return self.connection.sql(sql).to_arrow_table()

    def row(self, sql: str) -> tuple[Any, ...]:
        """The one row of an aggregate."""
        # Fetched to the end: an unfinished result blocks the connection.
        (found,) = self.connection.execute(sql).fetchall()
        return found

    def column(self, name: str, field: str = "columns") -> SourceColumn:
        for column in self.columns:
            if column.name == name:
                return column
        raise unknown_column(name, [c.name for c in self.columns], field)


def unknown_column(name: str, known: Sequence[str], field: str) -> Problem:
    return Problem(
        "unknown_name",
        Sentence(en=f"There is no column “{name}”.", zh=f"没有名为“{name}”的列。"),
        suggestion=Sentence(
            en=f"The columns are: {', '.join(known)}.", zh=f"现有的列：{'、'.join(known)}。"
        ),
        field=field,
    )


@contextmanager
def opened(table: Tabular) -> Iterator[Source]:
    """The table in a fresh DuckDB, which is closed, with what it spilled, at the end."""
    with Scratch("scan") as spill:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(spill),
                "python_enable_replacements": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                # Row order is of no interest here, and keeping it costs memory.
                "preserve_insertion_order": False,
            },
        )
        try:
            # Files from elsewhere have names in them; times are shown as stored, not as here.
            connection.execute("SET TimeZone = 'UTC'")
            # It would be drawn on standard output, into the answer of `--json`.
            connection.execute("SET enable_progress_bar = false")
            yield _source(connection, table)
        finally:
            connection.close()


def _source(connection: duckdb.DuckDBPyConnection, table: Tabular) -> Source:
    full: set[int] = set()
    if isinstance(table, pa.Table):
        names, relation, rows = _arrow(connection, table)
    else:
        names, relation, rows, full = _parquet(_paths(table))
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608
    columns = tuple(
        SourceColumn(name, f"c{i}", str(kind), family_of(str(kind)), i in full)
        for i, (name, (_, kind, *_rest)) in enumerate(zip(names, described, strict=False))
    )
    return Source(connection, columns, rows, relation)


def _paths(table: HasFiles | str | PathLike[str] | Sequence[str | PathLike[str]]) -> list[Path]:
    if isinstance(table, HasFiles):
        return [Path(f) for f in table.files]
    if isinstance(table, str | PathLike):
        return [Path(table)]
    return [Path(f) for f in table]


def _arrow(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> tuple[list[str], str, int]:
    names = list(table.column_names)
    aliases = [f"c{i}" for i in range(len(names))]
    numbered = table.rename_columns(aliases).append_column(
        "place", pa.array(range(table.num_rows), pa.int64())
    )
    connection.register("arrow_table", numbered)
    return names, "arrow_table", table.num_rows


# A folder called “year=2024” must not become a column.
_READING = "file_row_number = true, hive_partitioning = false"


def _literal_path(path: Path) -> str:
    """A path that stands for itself: DuckDB would read *, ? and [ as patterns."""
    return re.sub(r"([*?\[])", r"[\1]", str(path)).replace("'", "''")


def _parquet(paths: list[Path]) -> tuple[list[str], str, int, set[int]]:
    try:
        footers = [pq.read_metadata(p) for p in paths]
        names = list(pq.read_schema(paths[0]).names)
    except (OSError, pa.ArrowInvalid, IndexError) as error:
        raise Problem(
            "unreadable",
            Sentence(
                en="This is not a table of Parquet files that can be read.",
                zh="这不是可以读取的 Parquet 表。",
            ),
        ) from error
    listed = ", ".join("'" + _literal_path(p) + "'" for p in paths)
    aliases = ", ".join([*(f"c{i}" for i in range(len(names))), "place"])
    relation = f"read_parquet([{listed}], {_READING}) AS source({aliases})"
    return names, relation, sum(f.num_rows for f in footers), _full(footers)


def _full(footers: list[pq.FileMetaData]) -> set[int]:
    """The places of columns of which every row group's footer counts no missing value. Where a
    column is nested, places in footers are others than in the schema: nothing is known."""
    flat = all(len(f.schema) == len(f.schema.to_arrow_schema()) for f in footers)
    groups = [f.row_group(n) for f in footers for n in range(f.num_row_groups)]
    if not (flat and groups):
        return set()
    return {
        i
        for i in range(len(footers[0].schema))
        if all(
            (told := group.column(i).statistics) is not None
            and told.has_null_count
            and told.null_count == 0
            for group in groups
        )
    }
