"""The rules that a table's owner declares: what its values, rows and columns must keep.

rules = Rules.read({
    "key": ["school_id"],
    "fields": {"phone": {"pattern": "0571-[0-9]{8}", "required": True},
               "district": {"reference": {"dataset": "base.districts", "column": "code"}}},
    "checks": [{"expression": "closed >= opened", "title": "closed after it was opened"}],
    "sequences": [["opened", "closed"]],
})
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal, Self

import pydantic
from pydantic import BaseModel, ConfigDict, Field, field_validator

from gongshu.data.profiling.kinds import BY_CODE
from gongshu.wording import Problem, Sentence

Type = Literal["text", "integer", "number", "date", "timestamp", "time", "boolean"]
Bound = int | float | date
MOST_FIELDS, MOST_CHECKS, MOST_VALUES, LONGEST = 2000, 100, 1000, 500


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(_Strict):
    """The column of another dataset in which every value must stand. `authoritative`: it is the
    source of the truth about them (0105), not only a table they belong to (0402)."""

    dataset: str = Field(min_length=3, max_length=80)
    column: str = Field(min_length=1, max_length=200)
    authoritative: bool = False


class FieldRules(_Strict):
    type: Type | None = None
    standard: str = Field("", max_length=200)  # the standard that type, pattern and values are of
    pattern: str = Field("", max_length=LONGEST)  # the whole value, RE2
    kind: str = Field("", max_length=40)  # a semantic type, whose form is checked
    minimum: Bound | None = None
    maximum: Bound | None = None
    values: tuple[str, ...] = Field((), max_length=MOST_VALUES)
    reference: Reference | None = None
    unique: bool = False
    required: bool | None = None
    forbids: tuple[str, ...] = Field((), max_length=20)  # semantic types that must not be in it

    @field_validator("pattern")
    @classmethod
    def _is_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as wrong:
            raise ValueError(f"no regular expression: {wrong}") from None
        return pattern

    @field_validator("kind")
    @classmethod
    def _is_kind(cls, kind: str) -> str:
        if kind and (kind not in BY_CODE or BY_CODE[kind].check is None):
            raise ValueError(f"no kind whose form can be checked: {kind}")
        return kind

    @field_validator("forbids")
    @classmethod
    def _are_kinds(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(cls._is_kind(kind) for kind in kinds)


class Check(_Strict):
    """What must be true of each row, by its own columns (expressions.py)."""

    expression: str = Field(min_length=1, max_length=LONGEST)
    title: str = Field("", max_length=200)


class Rules(_Strict):
    fields: dict[str, FieldRules] = Field(default_factory=dict, max_length=MOST_FIELDS)
    key: tuple[str, ...] = Field((), max_length=20)
    checks: tuple[Check, ...] = Field((), max_length=MOST_CHECKS)
    sequences: tuple[tuple[str, ...], ...] = Field((), max_length=MOST_CHECKS)

    @classmethod
    def read(cls, said: Any) -> Self:
        """The rules, or one sentence about the first thing that is wrong in them."""
        try:
            return cls.model_validate(said)
        except pydantic.ValidationError as wrong:
            first = wrong.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "rules"
            raise Problem(
                "quality_rules",
                Sentence(
                    en=f"The rules cannot be read at {place}: {first['msg']}.",
                    zh=f"规则在 {place} 处无法读取：{first['msg']}。",
                ),
                field=place,
            ) from None

    def require_columns(self, known: set[str]) -> None:
        """Every column that a rule names must be there."""
        named = {*self.fields, *self.key, *(name for row in self.sequences for name in row)}
        for name in sorted(named - known):
            raise Problem(
                "unknown_column",
                Sentence(en=f"A rule names a column “{name}”.", zh=f"规则提到的列“{name}”不存在。"),
                suggestion=Sentence(
                    en=f"There are: {', '.join(sorted(known)[:50])}.",
                    zh=f"可用的有：{'、'.join(sorted(known)[:50])}。",
                ),
                field=f"fields.{name}",
            )

    def as_dict(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_defaults=True)
