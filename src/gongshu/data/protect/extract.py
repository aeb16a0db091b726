"""The floor of an extract: no combination of quasi-identifiers in it belongs to fewer than k units.

It holds for the answer as it leaves, whole: rows of a smaller class are withheld, and nothing but
whole classes is, so that what remains is k-anonymous in the columns that the terms declare.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gongshu.data.policy.plan import Floor

Codes = NDArray[np.int64]


def large_classes(table: pa.Table, floor: Floor) -> tuple[pa.Table, bool]:
    """`table`, whose last columns are its units, without those and without the rows of small
    classes; and whether any were withheld. An extract of no rows reads like one of too few."""
    shown = table.num_columns - len(floor.k)
    rows = np.ones(table.num_rows, dtype=bool)
    classes = _combined([_codes(table.column(i)) for i in floor.quasi], table.num_rows)
    for position, k in enumerate(floor.k):
        rows &= _units(classes, table.column(shown + position)) >= k
    kept = table.select(list(range(shown))).filter(pa.array(rows))
    return kept, kept.num_rows < table.num_rows or not kept.num_rows


def _units(classes: Codes, units: pa.ChunkedArray) -> Codes:
    """Per row the number of distinct units in its class; a row without a unit adds none."""
    known = np.asarray(pc.is_valid(units).to_numpy(zero_copy_only=False), dtype=bool)
    pairs = np.unique(np.stack([classes[known], _codes(units)[known]]), axis=1)
    size = int(classes.max()) + 1 if len(classes) else 0
    return np.bincount(pairs[0], minlength=size)[classes]


def _combined(columns: list[Codes], rows: int) -> Codes:
    """One number per combination of values."""
    found = np.zeros(rows, dtype=np.int64)
    for codes in columns:
        wide = int(codes.max()) + 1 if len(codes) else 1
        _, found = np.unique(found * wide + codes, return_inverse=True)
    return found


def _codes(column: pa.ChunkedArray) -> Codes:
    """A small number per value; NULL is a value like others."""
    try:
        encoded = pc.dictionary_encode(column, null_encoding="encode").combine_chunks()
    except pa.ArrowNotImplementedError:  # a list, say: told apart as it is written
        texts = pa.chunked_array([pa.array([repr(value) for value in column.to_pylist()])])
        encoded = pc.dictionary_encode(texts).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
