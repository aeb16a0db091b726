"""What the Gate says: an answer or a decision; and an answer as bytes, the Arrow IPC stream that
is sent and the digest of it that is logged."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data.policy.refusals import Span
from gongshu.wording import Sentence

Rows: TypeAlias = pa.Table | pa.RecordBatchReader

BATCH = 8192
ROW_GROUP = 32_768


@dataclass(frozen=True)
class Answer:
    """What leaves. `withheld`: some cell or group is missing; `truncated`: rows were cut.

    `near` is for who runs the Gate, never for who asks: how many figures were held back since they
    lie too near to earlier answers.
    """

    table: pa.Table
    withheld: bool
    truncated: bool
    receipt: dict[str, Any]
    meter: Meter
    near: int = 0


@dataclass(frozen=True)
class Meter:
    """What a query took: rows and bytes of the files it read from, of the answer, and of CPU."""

    rows_read: int
    bytes_read: int
    rows: int
    bytes: int
    cpu_ms: int


@dataclass(frozen=True)
class Decision:
    """The verdict on a query that was not run."""

    allowed: bool
    code: str = ""
    sentence: Sentence | None = None
    span: Span | None = None
    suggestion: Sentence | None = None
    missing: dict[str, Any] | None = None  # a terms fragment that would allow it
    trace: tuple[Sentence, ...] = ()
    place: tuple[int, int] | None = None  # line and column of the span, counted from 1
    # Of a question that would be answered: the datasets it reads, and of them those of which
    # only protected figures leave.
    reads: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        return str(self.sentence) if self.sentence else ""


def batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    """Few rows at a time, of a table or of what is still being read."""
    if isinstance(rows, pa.Table):
        yield from rows.to_batches(max_chunksize=BATCH)
        return
    for batch in rows:
        for start in range(0, batch.num_rows, BATCH):
            yield batch.slice(start, BATCH)


def arrow_stream(rows: Rows) -> Iterator[bytes]:
    """The IPC stream, a batch at a time, so that a large answer is not held twice."""
    sink = _Chunks()
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), rows.schema) as writer:
        yield from sink.taken()
        for batch in batches(rows):
            writer.write_batch(batch)
            yield from sink.taken()
    yield from sink.taken()


def parquet_file(rows: Rows) -> Iterator[bytes]:
    """The Parquet file, a row group at a time."""
    sink = _Chunks()
    file = pa.PythonFile(sink, mode="w")
    with pq.ParquetWriter(file, rows.schema, compression="zstd") as writer:
        for group in _row_groups(rows):
            writer.write_table(group)
            yield from sink.taken()
    yield from sink.taken()


def _row_groups(rows: Rows) -> Iterator[pa.Table]:
    if isinstance(rows, pa.Table):
        yield from (rows.slice(at, ROW_GROUP) for at in range(0, rows.num_rows, ROW_GROUP))
        return
    waiting: list[pa.RecordBatch] = []
    for batch in rows:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= ROW_GROUP:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def digest(table: pa.Table) -> str:
    """SHA-256 of the Arrow stream, as hexadecimal digits."""
    found = hashlib.sha256()
    for part in arrow_stream(table):
        found.update(part)
    return found.hexdigest()


class _Chunks(io.RawIOBase):
    """What a writer wrote since it was last asked."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []
        self.position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        self.position += len(self.parts[-1])
        return len(self.parts[-1])

    def taken(self) -> Iterator[bytes]:
        parts, self.parts = self.parts, []
        yield from parts
