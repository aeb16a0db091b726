"""What the footers of Parquet files tell without reading a row: schema, size, and value ranges.

A range is given only where every row group states its lowest and highest whole number, so it
holds for every value of the column.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq


class Range(NamedTuple):
    """Both ends are included; `filled`: no value is missing."""

    low: int
    high: int
    filled: bool


@dataclass(frozen=True)
class Footers:
    """Of one table's files together; `bytes` is their size on disk."""

    schema: pa.Schema
    rows: int
    bytes: int
    ranges: dict[str, Range] = field(default_factory=dict)  # by column


def read(files: Sequence[Path], columns: Collection[str] = ()) -> Footers:
    """The footers of `files`, with the ranges of those of `columns` that hold whole numbers."""
    found = [pq.read_metadata(file) for file in files]
    schema = found[0].schema.to_arrow_schema()
    ranges = {}
    for name in columns:
        # Not of floating point: a footer leaves NaN out of its statistics.
        if name in schema.names and pa.types.is_integer(schema.field(name).type):
            known = _range(found, name)
            if known is not None:
                ranges[name] = known
    size = sum(file.stat().st_size for file in files)
    return Footers(schema, sum(one.num_rows for one in found), size, ranges)


def _range(footers: Sequence[pq.FileMetaData], column: str) -> Range | None:
    lows, highs, filled = [], [], True
    for footer in footers:
        paths = [footer.schema.column(i).path for i in range(footer.num_columns)]
        if column not in paths:
            return None
        position = paths.index(column)
        for group in range(footer.num_row_groups):
            statistics = footer.row_group(group).column(position).statistics
            if statistics is None or not statistics.has_min_max:
                return None
            lows.append(int(statistics.min))
            highs.append(int(statistics.max))
            filled &= statistics.has_null_count and not statistics.null_count
    return Range(min(lows), max(highs), filled) if lows else None
