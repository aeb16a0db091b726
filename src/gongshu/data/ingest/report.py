"""What was guessed about a file and what could not be read: `Table.report`.

Every guess can be overridden by a hint of `Table.read`; `confidence` says, guess by guess,
how sure the reader was (1.0: said by the file itself or by a hint).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gongshu.wording import Sentence

REJECTS_KEPT = 1000  # the rest is counted: a wrong delimiter must not fill the memory
TEXT_KEPT = 500
REJECTS_FILE = "rejects.ndjson"


@dataclass(frozen=True, slots=True)
class Reject:
    """One line of the file that is not in the table, and why."""

    line: int
    reason: Sentence
    text: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A row that stays as data but does not look like it: a footnote or a total."""

    line: int
    kind: str  # "footnote" | "total"
    text: str


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """The type of one column and why it has it."""

    name: str
    type: str
    reason: Sentence


@dataclass(slots=True)
class Report:
    """The answers to “what did you take my file for?”."""

    format: str = "csv"
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    preamble_lines: int = 0
    preamble: list[str] = field(default_factory=list)
    header_lines: int = 0
    sheet: str | None = None
    other_sheets: list[str] = field(default_factory=list)
    rows_read: int = 0
    rows_rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    columns: list[ColumnGuess] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)
    confidence: dict[str, float] = field(default_factory=dict)
    # Leading columns in which blanks seem to repeat what stands above them (hint `fill`).
    blank_below: list[str] = field(default_factory=list)
    # Of an archive: the files that this table was put together from.
    members: list[str] = field(default_factory=list)
    # Rejects come by the line of the text that was read; what the file's reader calls it.
    _row_of: Callable[[int], int] = field(default=int, repr=False)
    _rejects_file: Path | None = field(default=None, repr=False)
    _waiting: list[str] = field(default_factory=list, repr=False)

    @classmethod
    def kept_in(cls, folder: Path, *, row_of: Callable[[int], int] = int, **said: Any) -> Report:
        """A report whose rejects are all kept, in a file of `folder`."""
        return cls(_rejects_file=folder / REJECTS_FILE, _row_of=row_of, **said)

    def reject(self, line: int, reason: Sentence, text: str = "") -> None:
        """Count one line that is not in the table, and keep it while there is room."""
        self.rows_rejected += 1
        line = self._row_of(line)
        if self._rejects_file is not None:
            told = {"line": line, "en": reason.en, "zh": reason.zh, "text": text}
            self._waiting.append(json.dumps(told, ensure_ascii=False) + "\n")
            if len(self._waiting) >= REJECTS_KEPT:
                self.flush()
        if len(self.rejects) < REJECTS_KEPT:
            self.rejects.append(Reject(line, reason, text[:TEXT_KEPT]))

    def flush(self) -> None:
        """Write the rejects that wait to the file that keeps them."""
        if self._rejects_file is not None and self._waiting:
            with self._rejects_file.open("a", encoding="utf-8", errors="replace") as file:
                file.writelines(self._waiting)
            self._waiting.clear()

    def take(self, other: Report, member: str) -> None:
        """Add what was found in one file of an archive."""
        self.rows_read += other.rows_read
        self.flags += [replace(flag, text=f"{member}: {flag.text}") for flag in other.flags]
        self.notes += [note for note in other.notes if note not in self.notes]
        other.flush()
        spilled = other._rejects_file
        if spilled is None or not spilled.exists():
            return
        with spilled.open(encoding="utf-8") as lines:
            for line in lines:
                told = json.loads(line)
                reason = Sentence(en=f"{member}: {told['en']}", zh=f"{member}：{told['zh']}")
                self.reject(told["line"], reason, told["text"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; sentences in both languages."""
        names = [name for name in self.__dataclass_fields__ if not name.startswith("_")]
        return {name: _plain(getattr(self, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Sentence):
        return {"en": value.en, "zh": value.zh}
    if isinstance(value, Reject | Flag | ColumnGuess):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value
