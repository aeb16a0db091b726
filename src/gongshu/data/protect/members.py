"""Sets of units with the number of rows each has in a cell, and how far two such sets differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Units = NDArray[np.uint64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Members:
    """Who is in a cell: units in ascending order, and how many rows each has there."""

    units: Units
    counts: Counts

    @property
    def size(self) -> int:
        return len(self.units)

    def differs_in(self, other: Members) -> int:
        """In how many units the rows differ. Rows, not only persons: one more visit of a known
        person changes a count."""
        common, mine, theirs = np.intersect1d(
            self.units, other.units, assume_unique=True, return_indices=True
        )
        same = int(np.count_nonzero(self.counts[mine] == other.counts[theirs]))
        return self.size + other.size - len(common) - same

    def strangers(self, others: Sequence[bytes]) -> Counts:
        """How many units of each list, packed, are not among these: it differs in no fewer."""
        lengths = np.array([len(other) // 8 for other in others], dtype=np.int64)
        units = np.frombuffer(b"".join(others), np.uint64)
        absent = np.concatenate([[0], np.cumsum(~np.isin(units, self.units))])
        ends = np.cumsum(lengths)
        return np.asarray(absent[ends] - absent[ends - lengths], dtype=np.int64)

    def together(self, other: Members) -> Members:
        """The rows of both, which have none in common."""
        units = np.concatenate([self.units, other.units])
        counts = np.concatenate([self.counts, other.counts])
        return of(units, counts)

    def packed(self) -> tuple[bytes, bytes]:
        return self.units.tobytes(), self.counts.tobytes()


def of(units: NDArray[Any], counts: NDArray[Any]) -> Members:
    """Units may stand several times; their rows add up. A unit without rows is no member."""
    distinct, places = np.unique(units.astype(np.uint64), return_inverse=True)
    added = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(added, places, counts.astype(np.int64))
    present = added > 0
    return Members(distinct[present], added[present])


def unpacked(units: bytes, counts: bytes) -> Members:
    return Members(np.frombuffer(units, np.uint64), np.frombuffer(counts, np.int64))


def split(table: pa.Table, cells: int, column: str) -> list[Members]:
    """The members of every cell, from the engine's list of cell, unit and number of rows."""
    table = table.filter(table.column("u").is_valid())
    cell = np.asarray(table.column("cell").to_numpy())
    units = np.asarray(table.column("u").to_numpy())
    counts = np.asarray(table.column(column).to_numpy())
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(cells + 1))
    return [
        of(units[order[start:end]], counts[order[start:end]]) for start, end in pairwise(bounds)
    ]
