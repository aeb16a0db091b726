"""A sentence for people, in Chinese and English side by side.

Every refusal, error and notice of the plain-Python rooms (data, log, rules), which know no
Django, is a `Sentence`. It is written where the refusal is decided, so that both languages
are read and changed together, and it is shown in the reader's language:

>>> unknown = Sentence(en="There is no column “age”.", zh="没有名为“age”的列。")
>>> str(unknown)
'There is no column “age”.'
>>> with language("zh"):
...     str(unknown)
'没有名为“age”的列。'
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_language: ContextVar[str] = ContextVar("gongshu_language", default="en")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages; `str()` gives the reader's."""

    en: str
    zh: str

    def in_language(self, code: str) -> str:
        """The sentence in `code` ("zh", "zh-hans", "zh_CN" … or anything else for English)."""
        return self.zh if code.lower().startswith("zh") else self.en

    def __str__(self) -> str:
        return self.in_language(_language.get())


def set_language(code: str) -> None:
    """The reader's language from here on, in this thread or task."""
    _language.set(code)


def current_language() -> str:
    return _language.get()


@contextmanager
def language(code: str) -> Iterator[None]:
    """The reader's language inside the block."""
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)


class Problem(Exception):
    """What a person did cannot be done: the one base of every refusal a user may meet.

    The page shows the sentence, the shell prints it and exits 1, the API answers with an
    RFC 9457 document. A bug is never a `Problem`.

    `code` is a stable word for programs, `suggestion` says what to do instead, `span` is the
    (start, end) offset of the offending text where there is one, `field` the name of the
    offending input where there is one.
    """

    def __init__(
        self,
        code: str,
        sentence: Sentence,
        *,
        suggestion: Sentence | None = None,
        span: tuple[int, int] | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.suggestion = suggestion
        self.span = span
        self.field = field

    @property
    def reason(self) -> str:
        """The sentence in the reader's language."""
        return str(self.sentence)

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"
