"""Pages, counts and streams of a table's Parquet files, by DuckDB in this process.

A page is found in two steps: which rows, for which only the columns that decide it are read, then
those rows. Where nothing decides, the footers tell in which row group the page lies. Every question
has a deadline; one that passes it ends, and whoever asked is told.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data.browsing.statistics import Statistics, describe
from gongshu.data.browsing.view import View
from gongshu.wording import Problem, Sentence

SECONDS = 10.0
DEEPEST = 10_000  # rows that may be left out before a page of a sorted or filtered view
PLACES = {"file_index", "file_row_number"}  # DuckDB's own columns of a Parquet file
MEMORY = "1GB"


class Browser:
    """Looks into the files of one version; threads may share it, and it holds nothing open."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = tuple(Path(file) for file in files)

    @cached_property
    def schema(self) -> pa.Schema:
        return pq.read_schema(self.files[0])

    @cached_property
    def rows(self) -> int:
        return sum(footer.num_rows for footer in self._footers)

    @cached_property
    def _footers(self) -> list[pq.FileMetaData]:
        return [pq.read_metadata(file) for file in self.files]

    def page(self, view: View, *, limit: int, offset: int = 0) -> pa.Table:
        """These rows of the view. Without an order, rows come as they stand in the files."""
        if not view.conditions and not view.order:
            return self._in_place(view, limit, offset)
        if offset > DEEPEST:
            raise _too_deep()
        if PLACES & {name.casefold() for name in self.schema.names}:
            return self._in_one(view, limit, offset)
        found = _places(self.files, view, limit + offset)[offset:]
        return self._rows_at(found, view)

    def count(self, view: View, *, seconds: float = SECONDS) -> int | None:
        """How many rows fit; None when that takes longer than `seconds`."""
        if not view.conditions:
            return self.rows
        values: list[Any] = []
        sql = f"SELECT count(*) FROM {_scan(self.files)}{view.where(_marks(values))}"  # noqa: S608
        try:
            with _engine(seconds) as engine:
                (found,) = engine.execute(sql, values).fetchall()[0]
        except duckdb.InterruptException:
            return None
        return int(found)

    def statistics(self, view: View, column: str, *, seconds: float = SECONDS) -> Statistics:
        """Of one column, over the rows that fit the view."""
        values: list[Any] = []
        scan = f"{_scan(self.files)}{view.where(_marks(values))}"

        def ask(sql: str) -> list[Any]:
            return engine.execute(sql, values).fetchall()

        with _told_when_late(), _engine(seconds) as engine:
            return describe(column, self.schema.field(column).type, scan, ask)

    def stream(self, view: View) -> pa.RecordBatchReader:
        """The whole view, as it is asked for; close it when no more is wanted."""
        values: list[Any] = []
        where = view.where(_marks(values))
        sql = f"SELECT {view.chosen()} FROM {_scan(self.files)}{where}{view.order_by()}"  # noqa: S608
        # Its own cursor: what is read slowly holds up nobody else.
        cursor = _cursor()
        reader = cursor.sql(sql, params=values).to_arrow_reader(20_000)
        return pa.RecordBatchReader.from_batches(reader.schema, _kept_with(cursor, reader))

    def _in_place(self, view: View, limit: int, offset: int) -> pa.Table:
        """Reads no row group but those in which the page lies."""
        columns = list(view.columns) or None
        parts, skip, wanted = [self._nothing(view)], offset, limit
        for path, footer in zip(self.files, self._footers, strict=True):
            for group in range(footer.num_row_groups):
                rows = footer.row_group(group).num_rows
                if skip >= rows:
                    skip -= rows
                    continue
                with pq.ParquetFile(path) as file:
                    read = file.read_row_group(group, columns=columns)
                parts.append(read.slice(skip, wanted))
                wanted, skip = wanted - parts[-1].num_rows, 0
                if wanted <= 0:
                    return pa.concat_tables(parts)
        return pa.concat_tables(parts)

    def _in_one(self, view: View, limit: int, offset: int) -> pa.Table:
        values: list[Any] = []
        where = view.where(_marks(values))
        sql = (
            f"SELECT {view.chosen()} FROM {_scan(self.files)}{where}{view.order_by()} "  # noqa: S608
            f"LIMIT {limit:d} OFFSET {offset:d}"
        )
        with _told_when_late(), _engine(SECONDS) as engine:
            return engine.sql(sql, params=values).to_arrow_table()

    def _rows_at(self, places: Sequence[tuple[int, int]], view: View) -> pa.Table:
        """The rows at these places, in this order."""
        parts = [self._nothing(view)]
        with _told_when_late(), _engine(SECONDS) as engine:
            for index in sorted({index for index, _ in places}):
                numbers = sorted(row for at, row in places if at == index)
                listed = ", ".join(str(number) for number in numbers)
                sql = (
                    f"SELECT {view.chosen()} FROM {_scan([self.files[index]])} "  # noqa: S608
                    f"WHERE file_row_number IN ({listed}) ORDER BY file_row_number"
                )
                parts.append(engine.sql(sql).to_arrow_table().cast(parts[0].schema))
        rank = {place: at for at, place in enumerate(sorted(places))}
        order = pa.array([rank[place] for place in places], pa.int64())
        return pa.concat_tables(parts).take(order)

    def _nothing(self, view: View) -> pa.Table:
        """No row, with the view's columns: files of one version may write one type in two ways."""
        names = view.columns or self.schema.names
        return pa.schema([self.schema.field(name) for name in names]).empty_table()


@lru_cache(maxsize=256)
def _places(files: tuple[Path, ...], view: View, rows: int) -> list[tuple[int, int]]:
    """Where the first `rows` rows of the view lie. The files never change: their names are their
    content's, so what was found once is true for good."""
    values: list[Any] = []
    sql = (
        f"SELECT file_index, file_row_number FROM {_scan(files)}{view.where(_marks(values))}"  # noqa: S608
        f"{view.order_by()} LIMIT {rows:d}"
    )
    with _told_when_late(), _engine(SECONDS) as engine:
        return [(int(a), int(b)) for a, b in engine.execute(sql, values).fetchall()]


def _marks(values: list[Any]) -> Any:
    """Writes `?` for a value and keeps the value."""

    def mark(value: Any) -> str:
        values.append(value)
        return "?"

    return mark


def _scan(files: Sequence[Path]) -> str:
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


_lock = threading.Lock()
_connection: duckdb.DuckDBPyConnection | None = None


def _shared() -> duckdb.DuckDBPyConnection:
    """One engine a process, so that all questions together keep to one bound of memory."""
    global _connection
    with _lock:
        if _connection is None:
            _connection = duckdb.connect(
                config={
                    "memory_limit": MEMORY,
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                    "python_enable_replacements": False,
                }
            )
            _connection.execute("SET GLOBAL parquet_metadata_cache = true")
            _connection.execute("SET GLOBAL TimeZone = 'Asia/Shanghai'")
        return _connection


def _cursor() -> duckdb.DuckDBPyConnection:
    cursor = _shared().cursor()
    cursor.execute("SET enable_progress_bar = false")  # it would be drawn on whoever's terminal
    return cursor


@contextmanager
def _engine(seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
    cursor, done = _cursor(), threading.Event()

    # DuckDB's own max_execution_time lets some long scans end in their own time. What is not yet
    # running does not hear an interruption, so it is said again.
    def clock() -> None:
        late = not done.wait(seconds)
        while late:
            cursor.interrupt()
            late = not done.wait(0.05)

    watch = threading.Thread(target=clock, name="deadline", daemon=True)
    watch.start()
    try:
        yield cursor
    finally:
        done.set()
        watch.join()
        cursor.close()


@contextmanager
def _told_when_late() -> Iterator[None]:
    try:
        yield
    except duckdb.InterruptException:
        raise Problem(
            "deadline",
            Sentence(en="This takes too long to look for.", zh="查找耗时过长。"),
            suggestion=Sentence(
                en="Add a condition that leaves fewer rows, or download the table.",
                zh="请增加条件以缩小范围，或下载整表。",
            ),
        ) from None
    except duckdb.OutOfMemoryException:
        raise Problem(
            "limit",
            Sentence(en="This takes too much memory.", zh="所需内存过多。"),
            suggestion=Sentence(
                en="Sort by fewer columns, or download the table.", zh="请减少排序列，或下载整表。"
            ),
        ) from None


def _kept_with(
    cursor: duckdb.DuckDBPyConnection, reader: pa.RecordBatchReader
) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    finally:
        reader.close()
        cursor.close()


def _too_deep() -> Problem:
    return Problem(
        "too_deep",
        Sentence(
            en=f"Of a sorted or filtered table the first {DEEPEST:,} rows can be paged through.",
            zh=f"排序或筛选后的表最多可翻看前 {DEEPEST:,} 行。",
        ),
        suggestion=Sentence(
            en="Narrow the conditions, or download the filtered part.",
            zh="请缩小条件，或下载筛选结果。",
        ),
        field="page",
    )
