"""What providers send over HTTP: what an entry says, and files.

A file comes as the body itself or as the part `file` of a form. Either way it is read in pieces
and never held in memory; its size is known before it is read, and a body that ends early is an
error (`gongshu.wsgi`), because half a file can look like a whole one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from ninja import Schema
from pydantic import BaseModel, create_model
from pydantic import Field as PydanticField

from gongshu.catalog.ingest import require_size
from gongshu.catalog.metadata import DESCRIBABLE, FIELD_DESCRIBABLE
from gongshu.catalog.models import Dataset, Field
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

PIECE = 256 * 1024
FORM_OVERHEAD = 64 * 1024  # the form around the file


class Said(BaseModel, extra="allow"):
    """Unknown names are let through to the service, whose refusal lists the known ones.

    No `Schema`: Ninja's would read the body as an object's attributes and see known names only.
    """


def _texts(model: type[Dataset] | type[Field], names: Iterable[str]) -> dict[str, Any]:
    """One optional member per name, with the words it may be, for the OpenAPI document."""
    found: dict[str, Any] = {}
    for name in names:
        column: Any = model._meta.get_field(name)
        choices = [str(choice) for choice, _ in column.choices or ()]
        kind: Any = int | None if name == "level" else str | None
        extra: Any = {"enum": choices} if choices else None
        found[name] = (kind, PydanticField(default=None, json_schema_extra=extra))
    return found


FieldIn: Any = create_model("FieldIn", __base__=Said, **_texts(Field, FIELD_DESCRIBABLE))
EntryIn: Any = create_model(
    "EntryIn",
    __base__=Said,
    fields=(dict[str, FieldIn] | None, None),
    **_texts(Dataset, DESCRIBABLE),
)
DraftIn: Any = create_model(
    "DraftIn",
    __base__=Said,
    code=(str, ...),
    provider=(str, ""),
    **_texts(Dataset, DESCRIBABLE),
)


class Hints(Schema):
    """What the file is called, and what to believe about it instead of guessing."""

    name: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    header: int | None = None
    sheet: str | None = None
    skip: int | None = None


def require_known_hints(request: HttpRequest) -> None:
    """A misspelt hint would be passed over, and the file read as guessed."""
    unknown = sorted(set(request.GET) - set(Hints.model_fields))
    if unknown:
        raise BadInput(
            "unknown_hint",
            Sentence(en=f"There is no hint “{unknown[0]}”.", zh=f"没有“{unknown[0]}”这一提示。"),
            suggestion=Sentence(
                en=f"There are: {', '.join(Hints.model_fields)}.",
                zh=f"可用的有：{'、'.join(Hints.model_fields)}。",
            ),
            field=unknown[0],
        )


def file_chunks(request: HttpRequest, name: str) -> tuple[str, Iterator[bytes]]:
    """The uploaded file's name and its pieces."""
    form = request.content_type == "multipart/form-data"
    _require_length(request, FORM_OVERHEAD if form else 0)
    if not form:
        return name or "upload", iter(lambda: request.read(PIECE), b"")
    file = _file_of_form(request)
    return name or file.name or "upload", iter(file.chunks(PIECE))


def _require_length(request: HttpRequest, overhead: int) -> None:
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
    require_size(length - overhead)


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
