"""How often two tables say different things of the same: a value and its copy, matched by a key.

Both are read as `canonical` texts, so that 1.0 and "1" agree. A key with several values on one
side is unclear and not judged; a key on one side only is counted apart.

>>> import pyarrow as pa
>>> one = pa.table({"id": [1, 2, 3, 4], "road": ["A", "B", "C", "D"]})
>>> copy = pa.table({"no": ["1", "2", "3", "9"], "street": ["A", "x", None, "D"]})
>>> compared(one, copy, key=("id", "no"), value=("road", "street"))
Compared(matched=3, differing=1, blank=1, unclear=0, unmatched=1)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from gongshu.data.profiling.source import MEMORY_LIMIT, SourceColumn, family_of
from gongshu.data.scratch import Scratch
from gongshu.data.sketches.canonical import canonical

Side: TypeAlias = pa.Table | Sequence[str | PathLike[str]]


@dataclass(frozen=True, slots=True)
class Compared:
    matched: int  # keys on both sides with one value on each, or none
    differing: int  # of these, the two values are not the same
    blank: int  # of these, only one of the sides has a value
    unclear: int  # keys that have several values on a side
    unmatched: int  # keys of the copy that the source does not have

    @property
    def rate(self) -> float | None:
        """Of the keys where both sides have a value."""
        told = self.matched - self.blank
        return self.differing / told if told > 0 else None

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "rate": self.rate}


def compared(source: Side, copy: Side, *, key: tuple[str, str], value: tuple[str, str]) -> Compared:
    """`key` and `value`: the column's name in the source, and in the copy."""
    with _side_by_side(source, copy, key, value) as connection:
        ((*row,),) = connection.execute(_COMPARING).fetchall()
        return Compared(*(int(n or 0) for n in row))


def differing(
    source: Side, copy: Side, *, key: tuple[str, str], value: tuple[str, str], limit: int = 5
) -> list[tuple[str, str, str]]:
    """Some keys with both values, for whoever may read both tables."""
    with _side_by_side(source, copy, key, value) as connection:
        rows = connection.execute(f"{_DIFFERING} LIMIT {int(limit)}").fetchall()
        return [(str(k), str(mine), str(theirs)) for k, mine, theirs in rows]


@contextmanager
def _side_by_side(
    source: Side, copy: Side, key: tuple[str, str], value: tuple[str, str]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Tables `source` and `copy` of (k, v, n)."""
    with Scratch("compare") as spill:
        connection = duckdb.connect(
            config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(spill)}
        )
        try:
            connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
            for name, side, i in (("source", source, 0), ("copy", copy, 1)):
                _bring(connection, name, side, key[i], value[i])
            yield connection
        finally:
            connection.close()


def _bring(
    connection: duckdb.DuckDBPyConnection, name: str, side: Side, key: str, value: str
) -> None:
    """A view of keys, each with its one value, or how many it has."""
    table = side if isinstance(side, pa.Table) else [str(path) for path in side]
    scanned = ds.dataset(table).scanner(columns={"k": ds.field(key), "v": ds.field(value)})
    connection.register(f"{name}_rows", scanned)
    described = connection.execute(f"DESCRIBE SELECT k, v FROM {name}_rows").fetchall()  # noqa: S608
    k, v = (
        canonical(SourceColumn(str(column), str(column), str(kind), family_of(str(kind))))
        for column, kind, *_ in described
    )
    # A table, since a scanner is read once.
    connection.execute(
        f"""CREATE TABLE {name} AS SELECT k, min(v) AS v, count(DISTINCT v) AS n
        FROM (SELECT {k} AS k, {v} AS v FROM {name}_rows) WHERE k IS NOT NULL GROUP BY k"""  # noqa: S608
    )


_COMPARING = """SELECT
    count_if(source.n IS NOT NULL AND one),
    count_if(one AND source.v <> copy.v),
    count_if(one AND (source.v IS NULL) <> (copy.v IS NULL)),
    count_if(source.n > 1 OR (source.n IS NOT NULL AND copy.n > 1)),
    count_if(source.n IS NULL)
FROM copy LEFT JOIN source USING (k), LATERAL (SELECT source.n <= 1 AND copy.n <= 1 AS one)"""
_DIFFERING = """SELECT k, source.v, copy.v FROM source JOIN copy USING (k)
WHERE source.n <= 1 AND copy.n <= 1 AND source.v <> copy.v ORDER BY k"""
