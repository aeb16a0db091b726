"""What runs inside a worker process, from the fork to its end.

    forked → connects (one thread) → waits
           → "open": fence, limits, DuckDB's locks, views → "ready"
           → "query", as often as its lease asks → "done" or "failed"
           → the pool closes the socket, or kills → ends

Forked from `helper`, so everything it needs is imported already: once fenced in, it can
read no Python module any more.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset  # DuckDB imports it when a table is registered: too late behind the fence
import pyarrow.ipc

from gongshu.data.engines import recipe, sandbox, wire

# What the process itself needs above what the engine may hold: stacks, arenas, Arrow buffers.
ROOM_BYTES, ROOM_PER_THREAD = 192 << 20, 80 << 20
# Without these a hole in the gate is a hole in the wall; `unsafe` alone goes on without.
REQUIRED = {"reading", "writing"}
ONE_THREAD = pa.ipc.IpcReadOptions(use_threads=False)


def serve(peer: socket.socket) -> None:
    """Serve one pool over `peer` until it hangs up."""
    connection = recipe.connect()
    _rehearse(connection)
    with contextlib.suppress(wire.Closed):
        head, _ = wire.receive(peer)
        wire.send(peer, _open(connection, head))
        while True:
            head, parts = wire.receive(peer)
            sandbox.limit_processor(head["processor_seconds"])
            begun = time.process_time()
            try:
                answer = _query(connection, head, parts)
            except Exception as failure:
                code, usable = _verdict(failure)
                del failure
                wire.send(peer, {"status": "failed", "code": code, "usable": usable})
            else:
                used = round((time.process_time() - begun) * 1000)
                wire.send(peer, {"status": "done", "cpu_ms": used}, [answer])
            del parts


def _open(connection: duckdb.DuckDBPyConnection, head: wire.Head) -> wire.Head:
    """Put up every lock; the answer says which ones stand."""
    sources: dict[str, list[str]] = head["sources"]
    files = sorted({file for paths in sources.values() for file in paths})
    sandbox.give_up_privileges()
    sandbox.limit_resources(
        memory_bytes=head["memory_bytes"]
        + head["output_bytes"]
        + ROOM_BYTES
        + ROOM_PER_THREAD * head["threads"],
        files=2 * len(files) + 64,
    )
    sandbox.fence(files)
    locks = sandbox.standing(files, os.getppid())
    if not REQUIRED.issubset(locks) and not head["unsafe"]:
        return {"status": "failed", "code": "sandbox"}
    try:
        recipe.lock_in(
            connection,
            sources,
            memory_bytes=head["memory_bytes"],
            threads=head["threads"],
            milliseconds=head["milliseconds"],
        )
    except Exception as failure:
        return {"status": "failed", "code": _verdict(failure)[0]}
    return {"status": "ready", "locks": locks}


def _query(
    connection: duckdb.DuckDBPyConnection, head: wire.Head, parts: Sequence[wire.Part]
) -> pa.Buffer:
    """Run the one SELECT of `head` and give its answer as an Arrow stream."""
    names: list[str] = head["tables"]
    parameters = _parameters(parts[len(names)]) if len(parts) > len(names) else []
    for name, part in zip(names, parts, strict=False):
        connection.register(name, pa.ipc.open_stream(part, options=ONE_THREAD).read_all())
    try:
        statements = connection.extract_statements(head["sql"])
        # A second opinion on what the gate let through: exactly one statement, a SELECT.
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise ValueError("not one SELECT")
        # The statement that was looked at is the one that is run: it is not parsed again.
        connection.execute(statements[0], parameters)
        reader = connection.to_arrow_reader()
        if reader is None:
            raise ValueError("no result")
        with reader:
            return _stream(reader, head["output_bytes"])
    finally:
        for name in names:
            connection.unregister(name)


def _stream(reader: pa.RecordBatchReader, most: int) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
            if sink.tell() > most:
                raise MemoryError
    return sink.getvalue()


def _parameters(part: wire.Part) -> list[Any]:
    table = pa.ipc.open_stream(part, options=ONE_THREAD).read_all()
    return [column[0].as_py() for column in table.columns]


def _verdict(failure: Exception) -> tuple[str, bool]:
    """The code of a failure, and whether the worker can be trusted to work on."""
    if isinstance(failure, duckdb.OutOfMemoryException | MemoryError | pa.ArrowMemoryError):
        return "limit", False
    if isinstance(failure, duckdb.InterruptException):
        return "deadline", True
    if isinstance(failure, duckdb.FatalException | duckdb.InternalException):
        return "engine", False
    return "engine", True


def _rehearse(connection: duckdb.DuckDBPyConnection) -> None:
    """Do once what a query does, so that nothing is loaded for the first time behind the fence."""
    # A moment with a zone makes Python read the zone's file: the pool sends UTC only.
    batch = pa.record_batch({"a": [1], "b": [datetime.now(UTC)]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    part = bytearray(sink.getvalue())
    limits = {"sql": "SELECT * FROM rehearsal WHERE a > ? AND b > ?", "output_bytes": 1 << 20}
    _query(connection, {**limits, "tables": ["rehearsal"]}, [part, part])
    with contextlib.suppress(Exception):
        _query(connection, {**limits, "sql": "SELECT error('')", "tables": []}, [])


def run(peer: socket.socket, helper: int) -> None:
    """The child's whole life after the fork; never returns."""
    try:
        sandbox.die_with_the_parent(helper)
        os.setsid()
        os.environ.clear()
        keep = peer.fileno()
        os.closerange(3, keep)
        os.closerange(keep + 1, 1 << 16)
        serve(peer)
    finally:
        os._exit(0)
