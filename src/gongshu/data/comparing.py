"""What differs between two tables: columns, and rows by a key or, without one, as they stand.

    found = compare(older_files, newer_files, key=["school_id"])
    found["rows"]      # {"added": 3, "removed": 1, "changed": 12}
    found["columns"]   # {"added": [...], "removed": [...], "retyped": [...], "changed": {name: n}}

Everything is counted by DuckDB out of core. Files that both tables have are not read where that
cannot matter, so that an append costs what was appended. A key that is missing, empty or twice in
either table tells no row from another: that is said, and rows are counted as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data.ingest.engine import connect, identifier, literal
from gongshu.data.scratch import Scratch

Progress = Callable[[int], None]


def compare(
    older: Sequence[Path],
    newer: Sequence[Path],
    *,
    key: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Plain values, as JSON keeps them. Every file has the columns of the first of its table."""
    say = progress or _silent
    with Scratch("compare") as folder:
        connection = connect(folder)
        try:
            connection.execute("SET preserve_insertion_order = false")
            return _compared(connection, _side(older), _side(newer), list(key), say)
        finally:
            connection.close()


@dataclass(frozen=True)
class Side:
    files: tuple[Path, ...]
    types: dict[str, pa.DataType]  # by column, in their order
    rows: int

    def only(self, other: Side) -> list[Path]:
        """Its files that the other has not: equal names are equal contents."""
        there = {path.name for path in other.files}
        return [path for path in self.files if path.name not in there]


def _side(files: Sequence[Path]) -> Side:
    schema = pq.read_schema(files[0])
    rows = sum(int(pq.read_metadata(path).num_rows) for path in files)
    return Side(tuple(files), dict(zip(schema.names, schema.types, strict=True)), rows)


def _compared(
    connection: duckdb.DuckDBPyConnection, older: Side, newer: Side, key: list[str], say: Progress
) -> dict[str, Any]:
    columns = _columns(older, newer)
    common = [name for name in older.types if name in newer.types]
    found: dict[str, Any] = {
        "key": key,
        "by_key": False,
        "key_problems": _key_problems(connection, older, newer, key, say) if key else [],
        "columns": columns,
    }
    say(40)
    if key and not found["key_problems"]:
        found |= {"by_key": True, "rows": {}}
        found["rows"], columns["changed"] = _by_key(connection, older, newer, key, common)
    elif set(older.types) == set(newer.types) and not columns["retyped"]:
        found["rows"] = _as_they_stand(connection, older, newer, common)
    else:  # rows of other columns are other rows
        found["rows"] = {"added": newer.rows, "removed": older.rows, "changed": None}
    found["rows"] |= {"older": older.rows, "newer": newer.rows}
    say(100)
    return found


def _columns(older: Side, newer: Side) -> dict[str, Any]:
    def named(name: str, side: Side) -> dict[str, str]:
        return {"name": name, "type": str(side.types[name])}

    both = [name for name in older.types if name in newer.types]
    return {
        "added": [named(name, newer) for name in newer.types if name not in older.types],
        "removed": [named(name, older) for name in older.types if name not in newer.types],
        "retyped": [
            {"name": name, "older": str(older.types[name]), "newer": str(newer.types[name])}
            for name in both
            if older.types[name] != newer.types[name]
        ],
        "changed": {},
    }


def _key_problems(
    connection: duckdb.DuckDBPyConnection, older: Side, newer: Side, key: list[str], say: Progress
) -> list[dict[str, Any]]:
    """Why the key tells no row from another: where, what, and in how many rows."""
    found: list[dict[str, Any]] = []
    for name, side in (("older", older), ("newer", newer)):
        missing = [column for column in key if column not in side.types]
        if missing:
            found.append({"where": name, "what": "missing", "columns": missing, "rows": None})
            continue
        parts = ", ".join(identifier(column) for column in key)
        empty = " OR ".join(f"{identifier(column)} IS NULL" for column in key)
        table = _read(side.files)
        nulls = _number(connection, f"SELECT count(*) FROM {table} WHERE {empty}")  # noqa: S608
        twice = _number(
            connection,
            f"SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM {table} "  # noqa: S608
            f"WHERE NOT ({empty}) GROUP BY {parts} HAVING n > 1)",
        )
        found += [
            {"where": name, "what": what, "columns": key, "rows": rows}
            for what, rows in (("empty", nulls), ("twice", twice))
            if rows
        ]
        say(15 if side is older else 30)
    return found


def _by_key(
    connection: duckdb.DuckDBPyConnection,
    older: Side,
    newer: Side,
    key: list[str],
    common: list[str],
) -> tuple[dict[str, int], dict[str, int]]:
    """A key that is in both tables once: rows of files that both have are the same rows."""
    left, right = older.only(newer), newer.only(older)
    if not left and not right:
        return {"added": 0, "removed": 0, "changed": 0}, {}
    values = [name for name in common if name not in key]
    # No file of its own on one side: a table of the same columns without rows.
    one = _read(left) if left else f"(FROM {_read(older.files[:1])} LIMIT 0)"
    two = _read(right) if right else f"(FROM {_read(newer.files[:1])} LIMIT 0)"
    parts = {name: _pair(name, older, newer) for name in common}
    on = " AND ".join(f"{a} = {b}" for a, b in (parts[name] for name in key))
    differ = {name: f"({a} IS DISTINCT FROM {b})" for name, (a, b) in parts.items()}
    any_differs = " OR ".join(differ[name] for name in values) or "FALSE"
    both = "(o.here AND n.here)"
    counts = [
        "count(*) FILTER (o.here IS NULL)",
        "count(*) FILTER (n.here IS NULL)",
        f"count(*) FILTER ({both} AND ({any_differs}))",
        *(f"count(*) FILTER ({both} AND {differ[name]})" for name in values),
    ]
    row = connection.execute(
        f"SELECT {', '.join(counts)} FROM (SELECT *, TRUE AS here FROM {one}) o "  # noqa: S608
        f"FULL OUTER JOIN (SELECT *, TRUE AS here FROM {two}) n ON {on}"
    ).fetchone()
    assert row is not None
    changed = {name: int(n) for name, n in zip(values, row[3:], strict=True) if n}
    return {"added": int(row[0]), "removed": int(row[1]), "changed": int(row[2])}, changed


def _as_they_stand(
    connection: duckdb.DuckDBPyConnection, older: Side, newer: Side, common: list[str]
) -> dict[str, int | None]:
    """As multisets: a row that is there twice more was added twice."""
    left, right = older.only(newer), newer.only(older)
    names = ", ".join(identifier(name) for name in common)
    parts = [
        f"SELECT {names}, {sign} AS here_ FROM {_read(files)}"  # noqa: S608
        for files, sign in ((left, -1), (right, 1))
        if files
    ]
    if not parts:
        return {"added": 0, "removed": 0, "changed": None}
    row = connection.execute(
        "SELECT coalesce(sum(greatest(more, 0)), 0), coalesce(sum(greatest(-more, 0)), 0) "  # noqa: S608
        f"FROM (SELECT sum(here_) AS more FROM ({' UNION ALL '.join(parts)}) GROUP BY {names})"
    ).fetchone()
    assert row is not None
    return {"added": int(row[0]), "removed": int(row[1]), "changed": None}


def _pair(name: str, older: Side, newer: Side) -> tuple[str, str]:
    """A column of both, made comparable: numbers as numbers, else what is written."""
    one, two = f"o.{identifier(name)}", f"n.{identifier(name)}"
    kinds = older.types[name], newer.types[name]
    if kinds[0] == kinds[1] or all(_is_number(kind) for kind in kinds):
        return one, two
    return f"{one}::VARCHAR", f"{two}::VARCHAR"


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _read(files: Sequence[Path]) -> str:
    """The files as a FROM item; a folder called “year=2024” is no column."""
    listed = ", ".join(literal(str(path)) for path in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def _silent(percent: int) -> None:
    pass
