"""The web application, for granian or any other WSGI server."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongshu.settings")


class WholeBody:
    """A request's body that says so when it ends early.

    When a browser's upload is broken off, a WSGI server may just end the stream, and the half
    of a file that came would be read as a file. An `OSError` is what Django expects here.
    """

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        pieces = []
        while wanted:
            piece = self._stream.read(wanted)
            if not piece:
                raise OSError("the request ended before its announced length")
            pieces.append(piece)
            wanted -= len(piece)
            self._left -= len(piece)
        return b"".join(pieces)

    def readline(self, size: int = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        line = self._stream.readline(wanted) if wanted else b""
        if wanted and not line:
            raise OSError("the request ended before its announced length")
        self._left -= len(line)
        return line


def whole_bodies(
    application: Callable[..., Iterable[bytes]],
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdecimal():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
        return application(environ, start_response)

    return serve


application = whole_bodies(get_wsgi_application())
# What is loaded by now stays: the collector need not look it all over whenever a query's tree of
# many small objects sets it off, which was half of the slowest checks' time. And those die with
# their query: to look at the young ones every 700 was a third of what was left.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 20)
