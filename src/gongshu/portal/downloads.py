"""Open data as a file: the whole table, or the part of it that a view chooses; streamed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

if TYPE_CHECKING:
    from gongshu.data.browsing import Browser, View

FORMATS = ("csv", "parquet", "json")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # so that spreadsheets open the Chinese as Chinese


def view_response(browser: Browser, view: View, *, name: str) -> HttpResponseBase:
    """`name` ends in one of FORMATS."""
    from gongshu.data.formats import FORMATS as FORMS  # here: it loads Arrow

    form = FORMS[name.rpartition(".")[2]]
    response: HttpResponseBase
    if form.name == "parquet" and view.is_whole and len(browser.files) == 1:
        response = FileResponse(browser.files[0].open("rb"), content_type=form.media_type)
    else:
        pieces: Iterator[bytes] = form.write(browser.stream(view))
        marked = chain([BYTE_ORDER_MARK], pieces) if form.name == "csv" else pieces
        response = StreamingHttpResponse(marked, content_type=form.media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
