"""/delta/<domain>/<name>/…: the Delta table of an open dataset, read-only, also in ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from gongshu.catalog import selectors
from gongshu.interop import delta
from gongshu.rules.agents import ANONYMOUS
from gongshu.rules.problems import not_found

PIECE = 1 << 20
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@require_safe
def file(request: HttpRequest, domain: str, name: str, path: str) -> HttpResponseBase:
    dataset = selectors.get(f"{domain}.{name}", ANONYMOUS)
    found = delta.served(dataset, path) if delta.may_be_read(dataset) else None
    if found is None:
        raise not_found()
    size = found.stat().st_size
    span = _span(request.headers.get("Range", ""), size)
    if span == (0, 0):
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    opened = found.open("rb")
    if span is None:
        response: HttpResponseBase = FileResponse(opened)
        response["Content-Length"] = str(size)
    else:
        response = StreamingHttpResponse(_pieces(opened, *span), status=206)
        response["Content-Length"] = str(span[1] - span[0])
        response["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Content-Type"] = (
        "application/json" if path.endswith(".json") else "application/vnd.apache.parquet"
    )
    return response


def _pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """A range may be the whole of a large file: never more than a piece of it is held."""
    with file:
        file.seek(start)
        while start < end and (piece := file.read(min(PIECE, end - start))):
            start += len(piece)
            yield piece


def _span(text: str, size: int) -> tuple[int, int] | None:
    """From where to before where; None: the whole; (0, 0): what cannot be sent."""
    match = RANGE.fullmatch(text)
    if match is None or match[0] == "bytes=-" or max(len(match[1]), len(match[2])) > 18:
        return None
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start = int(match[1])
        end = min(size, int(match[2]) + 1) if match[2] else size
    return (start, end) if start < end else (0, 0)
