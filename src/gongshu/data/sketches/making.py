"""Sketches of a table's columns, in one pass of DuckDB with flat memory.

Of each column only hashes under a bound are gathered, and the bound comes from the approximate
count of distinct values, so that about one and a half times as many are gathered as are kept,
however long the column is. The counts may be brought along (a profile has them); otherwise a
cheap pass finds them first. Where the count was so wrong that too few are found, that column is
read once more.

The hash is SHA-256 over a secret and the value's canonical text, cut to 64 bits: without the
secret nobody can tell from a sketch whether a value is in the column (decision 0017).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from gongshu.data.profiling.source import Source, SourceColumn, Tabular, opened
from gongshu.data.sketches.canonical import SKETCHED, canonical
from gongshu.data.sketches.sketch import SPACE, Sketch

K = 1024
# A long column keeps more: otherwise nothing small could be recognised inside it.
ONE_IN = 64
MOST = 16 * K
AT_ONCE = 16  # columns a pass
REPEATS = 4  # a column is grouped before it is hashed where a value stands so often in it


def sketches(
    table: Tabular,
    columns: Collection[str] | None = None,
    *,
    key: bytes,
    k: int = K,
    distinct: Mapping[str, int] | None = None,
) -> dict[str, Sketch]:
    """By name, for those of the columns that can be compared; `distinct`: approximate counts."""
    with opened(table) as source:
        wanted = [
            column
            for column in source.columns
            if column.family in SKETCHED and (columns is None or column.name in columns)
        ]
        counts = _counts(source, wanted, distinct or {})
        found: dict[str, Sketch] = {}
        for start in range(0, len(wanted), AT_ONCE):
            found |= _pass(source, wanted[start : start + AT_ONCE], counts, key=key, k=k)
    return found


def _counts(
    source: Source, columns: Sequence[SourceColumn], known: Mapping[str, int]
) -> dict[str, int]:
    unknown = [c for c in columns if c.name not in known]
    if unknown and source.rows:
        wanted = ", ".join(f"approx_count_distinct({c.sql})" for c in unknown)
        row = source.row(f"SELECT {wanted} FROM {source.relation}")  # noqa: S608
    else:
        row = (0,) * len(unknown)
    return {**known, **{c.name: n for c, n in zip(unknown, row, strict=True)}}


def _pass(
    source: Source,
    columns: Sequence[SourceColumn],
    counts: Mapping[str, int],
    *,
    key: bytes,
    k: int,
) -> dict[str, Sketch]:
    sizes = {c.name: _size(counts[c.name], k) for c in columns}
    bounds = {c.name: _bound(counts[c.name], sizes[c.name]) for c in columns}
    repeating = [c for c in columns if counts[c.name] * REPEATS <= source.rows]
    gathered = {c.name: _gathered_once_each(source, c, bounds[c.name], key) for c in repeating}
    others = [c for c in columns if c not in repeating]
    gathered |= _gathered(source, others, bounds, key) if others else {}
    made = {}
    for column in columns:
        hashes, values = gathered[column.name]
        bound, size = bounds[column.name], sizes[column.name]
        while len(hashes) < size and bound < SPACE:
            bound = min(SPACE, bound * 4)
            hashes, values = _gathered(source, [column], {column.name: bound}, key)[column.name]
        if len(hashes) > size:
            bound, hashes = hashes[size], hashes[:size]
        made[column.name] = Sketch(tuple(hashes), bound, source.rows, source.rows - values)
    return made


def _size(distinct: int, k: int) -> int:
    return max(k, min(distinct // ONE_IN, MOST))


def _bound(distinct: int, size: int) -> int:
    return SPACE if distinct <= 2 * size else SPACE * 3 * size // (2 * distinct)


def _gathered_once_each(
    source: Source, column: SourceColumn, bound: int, key: bytes
) -> tuple[list[int], int]:
    """The same of a column whose values repeat: each is hashed once, which is most of the cost."""
    c, h = column.sql, f"sha256($salt || {canonical(column)})"
    query = f"""SELECT list(DISTINCT left(h, 16)) FILTER ({_below("h", bound)}),
        coalesce(sum(n) FILTER (h IS NOT NULL), 0)::BIGINT
        FROM (SELECT {h} AS h, n FROM (
            SELECT {c}, count(*) AS n FROM {source.relation} GROUP BY {c}))"""  # noqa: S608
    ((hashes, values),) = source.connection.execute(query, {"salt": _salt(key)}).fetchall()
    return sorted(int(one, 16) for one in hashes or ()), values


def _gathered(
    source: Source, columns: Sequence[SourceColumn], bounds: Mapping[str, int], key: bytes
) -> dict[str, tuple[list[int], int]]:
    """The distinct hashes below each bound, ascending, and how many values there are."""
    texts = ", ".join(f"{canonical(c)} AS {c.sql}" for c in columns)
    hashes = ", ".join(f"sha256($salt || {c.sql}) AS {c.sql}" for c in columns)
    wanted = ", ".join(
        f"list(DISTINCT left({c.sql}, 16)) FILTER ({_below(c.sql, bounds[c.name])}), count({c.sql})"
        for c in columns
    )
    query = f"""SELECT {wanted} FROM (
        SELECT {hashes} FROM (SELECT {texts} FROM {source.relation}))"""  # noqa: S608
    ((*row,),) = source.connection.execute(query, {"salt": _salt(key)}).fetchall()
    return {
        column.name: (sorted(int(h, 16) for h in row[2 * i] or ()), row[2 * i + 1])
        for i, column in enumerate(columns)
    }


def _salt(key: bytes) -> str:
    # 128 bits: with them most values fit into one block of SHA-256.
    return hashlib.sha256(b"gongshu-sketch/1" + key).hexdigest()[:32]


def _below(c: str, bound: int) -> str:
    return f"{c} IS NOT NULL" if bound == SPACE else f"{c} < '{bound:016x}'"
