"""An answer as bytes: the Arrow IPC stream that is sent, and the digest of it that is logged."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

BATCH = 8192
ROW_GROUP = 32_768


def arrow_stream(table: pa.Table) -> Iterator[bytes]:
    """The IPC stream, a batch at a time, so that a large answer is not held twice."""
    sink = _Chunks()
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), table.schema) as writer:
        yield from sink.taken()
        for batch in table.to_batches(max_chunksize=BATCH):
            writer.write_batch(batch)
            yield from sink.taken()
    yield from sink.taken()


def parquet_file(table: pa.Table) -> Iterator[bytes]:
    """The Parquet file, a row group at a time."""
    sink = _Chunks()
    file = pa.PythonFile(sink, mode="w")
    with pq.ParquetWriter(file, table.schema, compression="zstd") as writer:
        for start in range(0, table.num_rows, ROW_GROUP):
            writer.write_table(table.slice(start, ROW_GROUP))
            yield from sink.taken()
    yield from sink.taken()


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
