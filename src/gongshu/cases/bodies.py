"""Files as they come over HTTP: as the body itself, or as the part `file` of a form.

Either way they are read in pieces and never held in memory; the size is known before it is
read, and a body that ends early is an error (`gongshu.wsgi`), because half a file can look like
a whole one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

PIECE = 256 * 1024
FORM_OVERHEAD = 64 * 1024  # the form around the file


def file_chunks(
    request: HttpRequest, name: str, require_size: Callable[[int], None]
) -> tuple[str, Iterator[bytes]]:
    """The uploaded file's name and its pieces; `require_size` refuses what is too large."""
    form = request.content_type == "multipart/form-data"
    require_size(_length(request) - (FORM_OVERHEAD if form else 0))
    if not form:
        return name or "upload", iter(lambda: request.read(PIECE), b"")
    file = _file_of_form(request)
    return name or file.name or "upload", iter(file.chunks(PIECE))


def _length(request: HttpRequest) -> int:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or -1)
    except ValueError:
        length = -1
    if length < 0:
        raise BadInput(
            "length_required",
            Sentence(en="The request does not say how long it is.", zh="请求未说明内容长度。"),
            suggestion=Sentence(
                en="Send a Content-Length instead of chunked encoding.",
                zh="请发送 Content-Length，而不要使用分块编码。",
            ),
        )
    if length == 0:
        raise no_file()
    return length


def _file_of_form(request: HttpRequest) -> UploadedFile[Any]:
    try:
        file = request.FILES.get("file")
    except MultiPartParserError:
        raise no_file() from None
    if not isinstance(file, UploadedFile):
        raise no_file()
    return file


def no_file() -> BadInput:
    return BadInput(
        "no_file",
        Sentence(en="There is no file in this request.", zh="请求中没有文件。"),
        suggestion=Sentence(
            en="Send it as the body, or as the part “file” of a form.",
            zh="请将文件作为请求正文，或作为表单的“file”部分发送。",
        ),
        field="file",
    )


def in_words(size: int) -> str:
    units = ((10**9, "GB"), (10**6, "MB"), (10**3, "KB"), (1, "B"))
    step, unit = next(u for u in units if size >= u[0] or u[0] == 1)
    return f"{size / step:.3g} {unit}"
