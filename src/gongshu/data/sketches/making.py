"""Sketches of a table's columns, in one pass of DuckDB with flat memory.

Of each column only hashes under a bound are gathered, and the bound comes from the approximate
count of distinct values, so that about one and a half times as many are gathered as are kept,
however long the column is. The counts may be brought along (a profile has them); otherwise a
cheap pass finds them first. Where the count was so wrong that too few are found, that column is
read once more.

The hash is AES under a secret key over the 64-bit fingerprint (DuckDB's `hash`) of the value's
canonical text, cut to 64 bits: without the secret nobody can tell from a sketch whether a value
is in the column (decision 0017).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from gongshu.data.profiling.source import Source, SourceColumn, Tabular, opened
from gongshu.data.sketches.canonical import SKETCHED, canonical
from gongshu.data.sketches.sketch import SPACE, Sketch

K = 1024
# A long column keeps more: otherwise nothing small could be recognised inside it.
ONE_IN = 64
MOST = 16 * K
AT_ONCE = 16  # columns a pass
REPEATS = 4  # a column is grouped before it is hashed where a value stands so often in it
BATCH = 250_000  # rows
# What the engine's hash makes of PROBE, in the version that sketches are made with.
PROBE, PROBED = "公数 gongshu sketch/2", 7081276975118109046

Hashes: TypeAlias = npt.NDArray[np.uint64]
Gathered: TypeAlias = tuple[list[int], int]  # hashes, ascending; values, repeated ones counted too


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
        _require_known_engine(source)
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


def _gathered_once_each(source: Source, column: SourceColumn, bound: int, key: bytes) -> Gathered:
    """The same of a column whose values repeat: each is brought to its canonical text once, which
    is most of the cost."""
    c = column.sql
    query = f"""SELECT if(t IS NULL, NULL, hash(t)) AS {c}, n FROM (
        SELECT {canonical(column)} AS t, n FROM (
            SELECT {c}, count(*) AS n FROM {source.relation} GROUP BY {c}))"""  # noqa: S608
    return _kept(source, query, [column], {column.name: bound}, key)[column.name]


def _gathered(
    source: Source, columns: Sequence[SourceColumn], bounds: Mapping[str, int], key: bytes
) -> dict[str, Gathered]:
    """The distinct hashes below each bound, ascending, and how many values there are."""
    texts = ", ".join(f"{canonical(c)} AS {c.sql}" for c in columns)
    hashes = ", ".join(f"if({c.sql} IS NULL, NULL, hash({c.sql})) AS {c.sql}" for c in columns)
    query = f"""SELECT {hashes}, 1 AS n
        FROM (SELECT {texts} FROM {source.relation})"""  # noqa: S608
    return _kept(source, query, columns, bounds, key)


def _kept(
    source: Source,
    query: str,
    columns: Sequence[SourceColumn],
    bounds: Mapping[str, int],
    key: bytes,
) -> dict[str, Gathered]:
    cipher = _cipher(key)
    smallest = {c.name: np.empty(0, np.uint64) for c in columns}
    values = dict.fromkeys(smallest, 0)
    for batch in source.connection.sql(query).to_arrow_reader(BATCH):
        times = batch.column("n")
        for column in columns:
            there = batch.column(column.sql).is_valid()
            hashes = _keyed(cipher, batch.column(column.sql).drop_null().to_numpy())
            below = hashes[hashes <= np.uint64(bounds[column.name] - 1)]
            smallest[column.name] = np.union1d(smallest[column.name], below)
            values[column.name] += pc.sum(times.filter(there)).as_py() or 0
    return {name: (found.tolist(), values[name]) for name, found in smallest.items()}


def _keyed(cipher: Cipher[modes.ECB], fingerprints: Hashes) -> Hashes:
    """Each of 64 bits by itself through AES: who has not the key cannot tell one from another."""
    blocks = np.zeros((len(fingerprints), 2), "<u8")
    blocks[:, 0] = fingerprints
    encryptor = cipher.encryptor()
    mixed = encryptor.update(blocks.tobytes()) + encryptor.finalize()
    return np.frombuffer(mixed, "<u8")[::2]


def _cipher(key: bytes) -> Cipher[modes.ECB]:
    # Blocks are looked at one by one, never as a text: what is told against ECB is about texts.
    return Cipher(AES(hashlib.sha256(b"gongshu-sketch/2" + key).digest()), modes.ECB())  # noqa: S305


def _require_known_engine(source: Source) -> None:
    """Fingerprints are the engine's own hash, which another version of it may change."""
    found = source.row(f"SELECT hash('{PROBE}')")[0]
    if found != PROBED:
        raise RuntimeError(
            f"this DuckDB hashes texts in another way than sketches were made by ({found} is not "
            f"{PROBED}); set PROBED to it and raise gongshu.catalog.sketching.RULES"
        )
