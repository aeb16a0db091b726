"""Blanks that repeat what stands above them, as people leave them where a group goes on.

In a spreadsheet's merged cells that is certain, and done while it is read. Elsewhere a blank may
as well be a missing value: such columns are named in the report, and filled only when told.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

LEADING, FEW_ROWS = 3, 4
BLANK, FULL = 0.3, 0.95  # shares: blank in the column, filled in all others


def filled(path: Path, folder: Path, columns: Collection[str]) -> Path:
    """The same table, in which these columns have no blank below a value."""
    target = folder / "filled.parquet"
    above: dict[str, pa.Scalar] = {}
    with pq.ParquetFile(path) as source:
        schema = source.schema_arrow
        with pq.ParquetWriter(target, schema, compression="zstd") as sink:
            for group in range(source.num_row_groups):
                rows = source.read_row_group(group)
                for name in columns:
                    place = rows.schema.get_field_index(name)
                    column = _forward(rows.column(place), above.get(name))
                    above[name] = column[-1] if len(column) else above.get(name)
                    rows = rows.set_column(place, schema.field(place), column)
                sink.write_table(rows)
    return target


def _forward(column: pa.ChunkedArray, above: pa.Scalar | None) -> pa.ChunkedArray:
    """A blank text is a blank as well as a missing value."""
    if pa.types.is_string(column.type):
        column = pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, column)
    if above is not None and above.is_valid and len(column) and not column[0].is_valid:
        first = pa.chunked_array([pa.array([above.as_py()], column.type)])
        column = pa.chunked_array([*first.chunks, *column.slice(1).chunks], column.type)
    return pc.fill_null_forward(column)


def blank_below(path: Path) -> list[str]:
    """Leading columns whose blanks look so: the first row has a value, many others have none,
    while nearly every cell of the other columns is filled. Read from the footer alone."""
    footer = pq.read_metadata(path)
    if footer.num_rows < FEW_ROWS or not footer.num_row_groups:
        return []
    names = footer.schema.to_arrow_schema().names
    blanks = [_nulls(footer, place) for place in range(len(names))]
    found = []
    for place, count in enumerate(blanks[:LEADING]):
        if count is None or count < BLANK * footer.num_rows:
            break
        found.append(names[place])
    rest = blanks[len(found) :]
    whole = all(n is not None and n <= (1 - FULL) * footer.num_rows for n in rest)
    if not found or not rest or not whole:
        return []
    first = pq.ParquetFile(path).read_row_group(0, columns=found).slice(0, 1).to_pylist()[0]
    return found if all(first[name] not in (None, "") for name in found) else []


def _nulls(footer: pq.FileMetaData, place: int) -> int | None:
    counts = []
    for group in range(footer.num_row_groups):
        statistics = footer.row_group(group).column(place).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        counts.append(statistics.null_count)
    return int(sum(counts))
