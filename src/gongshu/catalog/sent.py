"""What providers send over HTTP: what an entry says, and what to believe about a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import BaseModel, create_model
from pydantic import Field as PydanticField

from gongshu.catalog.metadata import DESCRIBABLE, FIELD_DESCRIBABLE
from gongshu.catalog.models import Dataset, Field
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence


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


class FileHints(Schema, extra="forbid"):
    """What to believe about a file instead of guessing; what is left out is guessed."""

    encoding: str | None = None
    delimiter: str | None = None
    header: int | None = None
    sheet: str | None = None
    skip: int | list[int] | None = None  # lines above the header, or the numbers of lines
    member: str | None = None  # of an archive of several files
    text: list[str] = PydanticField(default_factory=list)  # columns that stay text
    fill: list[str] = PydanticField(default_factory=list)  # columns whose blanks repeat


class Hints(Schema):
    """The same in an address, and what the file is called."""

    name: str = ""
    upload: str = ""  # one that is whole, instead of a body
    encoding: str | None = None
    delimiter: str | None = None
    header: int | None = None
    sheet: str | None = None
    skip: str | None = None  # 3: lines above the header; 57,58 or 57,: these lines
    member: str | None = None
    text: list[str] = PydanticField(default_factory=list)
    fill: list[str] = PydanticField(default_factory=list)
    guess: bool = False  # forget what was said of the file before
    mode: Literal["full", "append"] | None = None  # append: beside the newest version's rows


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
