"""The pool's side of one worker process: ask it, wait for it no longer than allowed, kill it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from gongshu.data.engines import wire
from gongshu.data.engines.failures import EngineFailed
from gongshu.data.engines.limits import Limits

# Schema and framing of an Arrow stream come on top of what the limits allow for its data.
FRAMING_BYTES = 1 << 20
# The engine is told to stop itself a little before it is killed: a worker that stops in time
# can be used again, one that is killed costs a new start.
KILL_GRACE_SECONDS = 0.1
START_SECONDS = 30.0


class Process:
    """One worker process, held by its pidfd; nothing but `kill` may be done by two threads."""

    def __init__(self, peer: socket.socket, pidfd: int, pid: int) -> None:
        self.peer, self.pid = peer, pid
        self._pidfd = pidfd

    def is_alive(self) -> bool:
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return not poll.poll(0)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the worker; it ends with its socket, and is killed so that it ends now."""
        self.kill()
        self.forget()

    def forget(self) -> None:
        """Close our ends without touching the process (after a fork it is not ours)."""
        self.peer.close()
        os.close(self._pidfd)


class Worker:
    """A worker that is locked onto one key's files; `query` as often as the lease lasts.

    `locks` names those that the worker found standing when it tried to break them. One
    thread at a time may query.
    """

    def __init__(self, process: Process, key: str, limits: Limits) -> None:
        self.key, self.limits = key, limits
        self.process = process
        self.locks: Sequence[str] = ()
        self.usable = True
        self.stopped = False
        self.idle_since = 0.0
        self.cpu_ms = 0  # of all its queries so far
        self._sources: frozenset[str] = frozenset()

    def open(self, sources: Mapping[str, Sequence[str]], *, unsafe: bool) -> None:
        """Have the worker put up its locks around exactly these files."""
        self._sources = frozenset(name.casefold() for name in sources)
        head = {
            "sources": {name: list(paths) for name, paths in sources.items()},
            "memory_bytes": self.limits.memory_bytes,
            "output_bytes": self.limits.output_bytes,
            "threads": self.limits.threads,
            "milliseconds": self.limits.milliseconds,
            "unsafe": unsafe,
        }
        answer, _ = self._ask(head, [], START_SECONDS)
        if answer.get("status") != "ready":
            self._discard()
            raise EngineFailed("sandbox" if answer.get("code") == "sandbox" else "engine")
        self.locks = tuple(answer["locks"])

    def query(
        self,
        sql: str,
        params: Sequence[Any] = (),
        tables: Mapping[str, pa.Table] | None = None,
    ) -> pa.Table:
        """The answer of one SELECT over the sources and `tables`; EngineFailed otherwise."""
        tables = tables or {}
        if clash := self._sources & {name.casefold() for name in tables}:
            raise ValueError(f"a table may not take the name of a source: {sorted(clash)}")
        try:
            parts = [_stream(table) for table in tables.values()]
            if params:
                parts.append(_stream(_row(params)))
        except (pa.ArrowException, OverflowError, TypeError):
            raise EngineFailed("engine") from None
        head = {
            "sql": sql,
            "tables": list(tables),
            "output_bytes": self.limits.output_bytes,
            "processor_seconds": self.limits.seconds * self.limits.threads,
        }
        answer, received = self._ask(head, parts, self.limits.seconds + KILL_GRACE_SECONDS)
        if answer.get("status") != "done":
            if not answer.get("usable"):
                self._discard()
            code = answer.get("code")
            raise EngineFailed(code if code in ("deadline", "limit") else "engine")
        used = answer.get("cpu_ms")
        self.cpu_ms += used if isinstance(used, int) and used > 0 else 0
        return self._table(received)

    def _table(self, parts: list[wire.Part]) -> pa.Table:
        try:
            (part,) = parts
            table = pa.ipc.open_stream(pa.py_buffer(part)).read_all()
            # Offsets that point outside of the buffers would be read outside of them.
            table.validate(full=True)
        except (ValueError, pa.ArrowException):
            self._discard()
            raise EngineFailed("engine") from None
        return table

    def _ask(
        self, head: wire.Head, parts: list[pa.Buffer], seconds: float
    ) -> tuple[wire.Head, list[wire.Part]]:
        if not self.usable:
            raise EngineFailed("stopped" if self.stopped else "engine")
        peer, deadline = self.process.peer, time.monotonic() + seconds
        # Until the answer is here whole: an interrupted exchange must not be continued.
        self.usable = False
        try:
            peer.settimeout(seconds)
            wire.send(peer, head, parts)
            most = self.limits.output_bytes + FRAMING_BYTES
            answer = wire.receive(peer, deadline=deadline, most=most, spool=wire.mapped_file)
        except TimeoutError:
            code = "deadline"
        except wire.TooLarge:
            code = "limit"
        except (wire.Closed, ValueError):
            code = "engine"
        else:
            self.usable = not self.stopped
            return answer
        self._discard()
        raise EngineFailed("stopped" if self.stopped else code) from None

    def _discard(self) -> None:
        self.usable = False
        self.process.kill()


def _row(params: Sequence[Any]) -> pa.Table:
    # A worker cannot read the files of time zones; a moment is the same moment in UTC.
    plain = [
        value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
        for value in params
    ]
    return pa.table({str(i): pa.array([value]) for i, value in enumerate(plain)})


def _stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
