"""What a catalogue file says, row by row, and what is wrong with a row: where, what, what to do.

A row keeps its place in the file, so that whoever made the file finds it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gongshu.catalog.template_words import header_of
from gongshu.wording import Problem, Sentence


@dataclass(frozen=True)
class RowError:
    sheet: str  # "" in JSON
    row: int  # of the sheet, as Excel counts; the line or the place in the list of JSON
    column: str  # the guide's header in Excel, the word in JSON; "" where it is the whole row
    code: str
    sentence: Sentence
    suggestion: Sentence | None = None

    def place(self) -> Sentence:
        zh = f"{f'“{self.sheet}”表' if self.sheet else ''}第 {self.row} 行"
        en = f"{f'Sheet “{self.sheet}”, row' if self.sheet else 'Row'} {self.row}"
        if self.column:
            zh, en = f"{zh}“{self.column}”", f"{en}, “{self.column}”"
        return Sentence(en=en, zh=zh)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, in both languages: the job that finds it knows no reader."""
        found: dict[str, Any] = {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "detail": {"en": self.sentence.en, "zh": self.sentence.zh},
        }
        if self.suggestion:
            found["suggestion"] = {"en": self.suggestion.en, "zh": self.suggestion.zh}
        return found


@dataclass
class Row:
    """One entry as the file has it; `wrong` is what the reader already found in it."""

    record: dict[str, Any]
    sheet: str
    number: int
    items: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    items_sheet: str = ""
    wrong: list[RowError] = field(default_factory=list)

    @property
    def code(self) -> str:
        return str(self.record.get("code", ""))

    def error(self, problem: Problem) -> RowError:
        name = problem.field or ""
        column = header_of(self.sheet, name) if self.sheet else name
        return RowError(
            self.sheet, self.number, column, problem.code, problem.sentence, problem.suggestion
        )

    def item_error(self, number: int, problem: Problem) -> RowError:
        name = problem.field or ""
        if not self.sheet:
            column = f"fields[{number}]" + (f".{name}" if name else "")
            place = self.number
        else:
            column, place = header_of(self.items_sheet, name), number
        return RowError(
            self.items_sheet, place, column, problem.code, problem.sentence, problem.suggestion
        )


def said(record: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: record[name] for name in names if name in record}
