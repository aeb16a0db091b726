"""How the pool and a worker talk: a JSON head and binary parts, over one Unix socket.

    4 bytes  length of the head
    head     {"do": "query", "sql": "…", "parts": [1042]}
    parts    one after the other, each an Arrow IPC stream

Nothing is unpickled on either side: a worker that has been taken over can send bytes, but
the pool only ever reads JSON and Arrow out of them, and never more than it said it would.
"""

from __future__ import annotations

import json
import mmap
import socket
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

_LENGTH = struct.Struct(">I")
HEAD_BYTES = 4 << 20

LARGE = 16 << 20

Head = dict[str, Any]
Part: TypeAlias = bytearray | mmap.mmap


class Closed(Exception):
    """The other side is gone."""


class TooLarge(Exception):
    """The other side announced more bytes than it may send."""


def send(peer: socket.socket, head: Head, parts: Sequence[Any] = ()) -> None:
    """Send one message; a part is anything with the buffer protocol."""
    views = [memoryview(part).cast("B") for part in parts]
    body = json.dumps({**head, "parts": [len(view) for view in views]}).encode()
    try:
        peer.sendall(_LENGTH.pack(len(body)) + body)
        for view in views:
            peer.sendall(view)
    except TimeoutError:
        raise
    except OSError:
        raise Closed from None


def receive(
    peer: socket.socket,
    *,
    deadline: float | None = None,
    most: int | None = None,
    spool: Callable[[int], mmap.mmap] | None = None,
) -> tuple[Head, list[Part]]:
    """One message; TimeoutError at `deadline` (of `time.monotonic`), TooLarge above `most`.

    `spool` makes the room for a large part, so that it need not be held in memory.
    """
    (length,) = _LENGTH.unpack(_read(peer, _LENGTH.size, deadline))
    if length > HEAD_BYTES:
        raise TooLarge
    head: Head = json.loads(_read(peer, length, deadline))
    lengths = head.pop("parts", [])
    if most is not None and sum(lengths) > most:
        raise TooLarge
    large = spool if spool is not None else bytearray
    rooms = [large(length) if length > LARGE else bytearray(length) for length in lengths]
    return head, [_fill(peer, room, deadline) for room in rooms]


def mapped_file(length: int) -> mmap.mmap:
    """Room in a file without a name, which is gone with the last who reads it."""
    with tempfile.TemporaryFile(prefix="gongshu-answer-") as file:
        file.truncate(length)
        return mmap.mmap(file.fileno(), length)


def _read(peer: socket.socket, length: int, deadline: float | None) -> bytearray:
    data = bytearray(length)
    _fill(peer, data, deadline)
    return data


def _fill(peer: socket.socket, data: Part, deadline: float | None) -> Part:
    rest = memoryview(data)
    while rest:
        if deadline is not None:
            # A socket's timeout is per call: a worker that drips bytes must not outlive it.
            peer.settimeout(max(deadline - time.monotonic(), 0.0001))
        try:
            count = peer.recv_into(rest)
        except TimeoutError:
            raise
        except OSError:
            raise Closed from None
        if not count:
            raise Closed
        rest = rest[count:]
    return data
