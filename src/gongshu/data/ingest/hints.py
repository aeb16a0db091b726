"""What a person says about a file, so that it need not be guessed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any

from gongshu.data.ingest.unreadable import Unreadable
from gongshu.wording import Sentence

# What can be said of a file of each kind; the rest is kept for the next file, and named.
OF_USE = {
    "csv": {"encoding", "delimiter", "header", "skip", "text", "fill"},
    "json": {"encoding", "sheet", "text", "fill"},
    "workbook": {"header", "sheet", "skip", "text", "fill"},
    "html": {"encoding", "header", "sheet", "skip", "text", "fill"},
    "parquet": {"fill"},
}


@dataclass(frozen=True, slots=True)
class Hints:
    """What the caller says about the file; None: guess."""

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | int | None = None
    sheet: str | None = None
    skip: int | Collection[int] | None = None
    member: str | None = None  # of an archive
    text: Collection[str] = ()  # columns that stay text, whatever they look like
    fill: Sequence[str] = ()  # columns in which a blank repeats what is above, outermost first

    def __post_init__(self) -> None:
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise Unreadable(
                "hint",
                Sentence(en="A delimiter is one character.", zh="分隔符应为一个字符。"),
                field="delimiter",
            )
        if isinstance(self.skip, int) and self.skip < 0:
            raise Unreadable(
                "hint",
                Sentence(en="`skip` cannot be negative.", zh="skip 不能为负数。"),
                field="skip",
            )

    def inside(self, **other: Any) -> Hints:
        """What holds for the text that another kind of file was made into."""
        return Hints(skip=self.skip, text=self.text, **other)

    def require_columns(self, names: Collection[str]) -> None:
        for name in (*self.text, *self.fill):
            if name not in names:
                raise Unreadable(
                    "hint",
                    Sentence(en=f"There is no column “{name}”.", zh=f"没有“{name}”这一列。"),
                    field="text" if name in self.text else "fill",
                )

    def idle(self, kind: str) -> list[str]:
        """What was said and says nothing of a file of this kind."""
        said = [f.name for f in fields(self) if getattr(self, f.name) not in (None, ())]
        return [name for name in said if name not in OF_USE[kind]]

    @property
    def skip_first(self) -> int | None:
        return self.skip if isinstance(self.skip, int) else None

    @property
    def leave_out(self) -> frozenset[int]:
        """Physical lines that are not to be read: footnotes, totals."""
        return (
            frozenset() if self.skip is None or isinstance(self.skip, int) else frozenset(self.skip)
        )
