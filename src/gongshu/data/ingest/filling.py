"""Blanks that repeat what stands above them, as people leave them where a group goes on.

In a spreadsheet's merged cells that is certain, and done while it is read. Elsewhere a blank may
as well be a missing value: such columns are named in the report, and filled only when told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gongshu.data.ingest.layout import flag_of

BEFORE, FEW_ROWS = 2, 4  # columns that may stand before the first such column; rows to judge by
BLANK, FULL = 0.3, 0.95  # shares: blank in such a column, filled in the others
LOOKED_AT = 5000  # rows
LAST = 20  # rows, among which totals and footnotes stand

Places = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


def filled(path: Path, folder: Path, columns: Sequence[str]) -> Path:
    """The same table, in which these columns have no blank below a value.

    `columns` from the outermost inwards: where one of them has a value, a group begins and
    nothing is carried into it in those after it. Totals and footnotes at the end stay as they are.
    """
    target = folder / "filled.parquet"
    with pq.ParquetFile(path) as source:
        schema, first = source.schema_arrow, 0
        kept = _not_of_any_group(source)
        above = {name: pa.nulls(1, schema.field(name).type) for name in columns}
        with pq.ParquetWriter(target, schema, compression="zstd") as sink:
            for group in range(source.num_row_groups):
                rows = source.read_row_group(group)
                here = np.isin(np.arange(first, first + rows.num_rows), kept)
                sink.write_table(_group(rows, columns, above, here))
                first += rows.num_rows
    return target


def _group(
    rows: pa.Table, columns: Sequence[str], above: dict[str, pa.Array], kept: Marks
) -> pa.Table:
    """One row group, filled; `above`: each column's last value, which becomes this group's."""
    own = np.arange(1, rows.num_rows + 1)
    begins = np.zeros(rows.num_rows, bool)
    for name in columns:
        place = rows.schema.get_field_index(name)
        column = pa.concat_arrays([above[name], *_nothing_as_null(rows.column(place)).chunks])
        valid = np.asarray(column.is_valid())[1:] & ~kept
        last: Places = np.maximum.accumulate(np.where(valid, own, 0))
        begun: Places = np.maximum.accumulate(np.where(begins, own, 0))
        taken = np.where(kept, own, last)
        result = column.take(pa.array(taken, mask=~kept & (last < begun)))
        rows = rows.set_column(place, rows.schema.field(place), result)
        ended = int(last[-1]) if len(last) and last[-1] >= begun[-1] else None
        above[name] = column.take(pa.array([ended], pa.int64())) if len(last) else above[name]
        begins |= valid
    return rows


def _nothing_as_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A blank text is a blank as well as a missing value."""
    if pa.types.is_string(column.type):
        return pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, column)
    return column


def _not_of_any_group(source: pq.ParquetFile) -> list[int]:
    """Places of the totals and footnotes among the last rows."""
    count, rows = source.metadata.num_rows, None
    for group in reversed(range(source.num_row_groups)):
        found = source.read_row_group(group)
        rows = found if rows is None else pa.concat_tables([found, rows])
        if rows.num_rows >= LAST:
            break
    if rows is None:
        return []
    last = rows.slice(max(0, rows.num_rows - LAST))
    texts = zip(*(_texts(column) for column in last.columns), strict=True)
    first = count - last.num_rows
    return [first + n for n, cells in enumerate(texts) if flag_of(cells, len(cells))]


def _texts(column: pa.ChunkedArray) -> list[str]:
    return ["" if value is None else str(value) for value in column.to_pylist()]


def blank_below(path: Path) -> list[str]:
    """Columns whose blanks look so: one or several side by side near the left edge, where every
    row that begins a group says all that stand inside it, and the column after them is full."""
    footer = pq.read_metadata(path)
    if footer.num_rows < FEW_ROWS or not footer.num_row_groups or not _worth_a_look(footer):
        return []
    with pq.ParquetFile(path) as source:
        kept = set(_not_of_any_group(source))
        rows = source.read_row_group(0).slice(0, LOOKED_AT)
    there = [place for place in range(rows.num_rows) if place not in kept]
    if len(there) < FEW_ROWS:
        return []
    rows = rows.take(pa.array(there))
    says = [np.asarray(_nothing_as_null(c).combine_chunks().is_valid()) for c in rows.columns]
    return [rows.column_names[place] for place in _group_columns(says)]


def _group_columns(says: Sequence[Marks]) -> Collection[int]:
    blank = [1 - float(marks.mean()) for marks in says]
    full = [share <= 1 - FULL for share in blank]
    start = next((place for place, is_full in enumerate(full) if not is_full), len(says))
    if start > BEFORE or start == len(says) or not says[start][0]:
        return ()
    end = start
    while end < len(says) and blank[end] >= BLANK and _inside(says, start, end):
        end += 1
    if end == start or end == len(says) or not full[end]:
        return ()
    # One column alone may as well be missing values: then all that is beside it must be full.
    return range(start, end) if end > start + 1 or all(full[end:]) else ()


def _inside(says: Sequence[Marks], start: int, place: int) -> bool:
    """Whether the column says something wherever the one before it does."""
    return place == start or not bool((says[place - 1] & ~says[place]).any())


def _worth_a_look(footer: pq.FileMetaData) -> bool:
    """By the counts of missing values alone, which cost nothing."""
    places = range(min(BEFORE + 1, footer.num_columns))
    counts = (_nulls(footer, place) for place in places)
    return any(count is None or count >= BLANK / 2 * footer.num_rows for count in counts)


def _nulls(footer: pq.FileMetaData, place: int) -> int | None:
    found = []
    for group in range(footer.num_row_groups):
        statistics = footer.row_group(group).column(place).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        found.append(statistics.null_count)
    return int(sum(found))
