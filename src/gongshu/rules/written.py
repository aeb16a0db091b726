"""What forms are made of: texts, choices and what is said of a value that will not do.

Each field has its English title and, as `x-zh`, its Chinese one; the page, the API's schema and
the reference are made from the same field. A form's own check says what is wrong in a sentence
that whoever fills it in understands:

>>> raise wrong(Sentence("The end lies before the beginning.", "截止日期早于起始日期。"))
Traceback (most recent call last):
    ...
pydantic_core._pydantic_core.PydanticCustomError: The end lies before the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gongshu.wording import Sentence

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=8000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
DIGEST = r"^[0-9a-f]{64}$"  # SHA-256
MOST_FILES = 20
Digest = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=DIGEST.replace("a-f", "a-fA-F")),
    AfterValidator(str.lower),
]
Files = Annotated[list[Digest], Field(max_length=MOST_FILES)]  # sent before (`cases.files`)


class Form(BaseModel):
    """What a case or a step is written down in; nothing else may be sent along."""

    model_config = ConfigDict(extra="forbid")


def text(english: str, chinese: str, **more: Any) -> Any:
    """A field of several lines."""
    return Field(title=english, json_schema_extra={"x-zh": chinese, "x-long": True}, **more)


def line(english: str, chinese: str, **more: Any) -> Any:
    """A field of one line, a date, a number or a tick."""
    return Field(title=english, json_schema_extra={"x-zh": chinese}, **more)


def files(english: str, chinese: str) -> Any:
    """Files, by their digests; a page asks for the files themselves."""
    extra: Any = {"x-zh": chinese, "x-files": True}
    return Field(title=english, json_schema_extra=extra, default=[])


def choice(english: str, chinese: str, words: Mapping[str, Sentence], **more: Any) -> Any:
    """One of several stored words, each with what it is called."""
    called = {word: {"en": said.en, "zh": said.zh} for word, said in words.items()}
    extra: Any = {"x-zh": chinese, "x-choices": called}
    return Field(title=english, json_schema_extra=extra, **more)


def wrong(sentence: Sentence, field: str = "") -> PydanticCustomError:
    """What a form's own check raises: the sentence is shown as it is."""
    context = {"en": sentence.en, "zh": sentence.zh, "field": field}
    return PydanticCustomError("said", "{en}", context)


def _ticked(value: bool) -> bool:
    if not value:
        raise wrong(
            Sentence(
                "What is to be declared was not ticked; without it nothing can be sent.",
                "尚未勾选承诺事项，不能提交。",
            )
        )
    return value


Ticked = Annotated[bool, AfterValidator(_ticked)]
