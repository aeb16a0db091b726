"""How long a step may take: a number of working days, of days, or a date that was written down.

Lengths are data, so that the page, the documentation and a jurisdiction's profile read and
replace them without running anything:

>>> workdays(1).sentence.en, workdays(20).sentence.en, days(60).sentence.zh
('1 working day', '20 working days', '60日')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gongshu.wording import Sentence


@dataclass(frozen=True, slots=True)
class Length:
    """So many working days (工作日) or calendar days (日)."""

    n: int
    unit: Literal["workday", "day"]

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError("a length is at least one day")

    @property
    def sentence(self) -> Sentence:
        word = "working day" if self.unit == "workday" else "day"
        zh = f"{self.n}个工作日" if self.unit == "workday" else f"{self.n}日"
        return Sentence(en=f"{self.n} {word}{'' if self.n == 1 else 's'}", zh=zh)


def workdays(n: int) -> Length:
    return Length(n, "workday")


def days(n: int) -> Length:
    return Length(n, "day")


@dataclass(frozen=True, slots=True)
class ByFact:
    """A length that depends on a fact: one working day for unconditional sharing, ten else."""

    fact: str
    lengths: Mapping[str, Length]

    @property
    def sentence(self) -> Sentence:
        parts = [(key, length.sentence) for key, length in self.lengths.items()]
        return Sentence(
            en="; ".join(f"{key}: {s.en}" for key, s in parts),
            zh=";".join(f"{key}:{s.zh}" for key, s in parts),
        )


@dataclass(frozen=True, slots=True)
class ByDate:
    """Until the end of the day that stands in the payload at `path`."""

    path: tuple[str, ...]
    sentence: Sentence


Within = Length | ByFact | ByDate


def replaced(within: Within, override: Mapping[str, Length]) -> Within:
    """The length that a jurisdiction's profile puts in its place ("" for a plain length)."""
    if isinstance(within, Length):
        return override.get("", within)
    if isinstance(within, ByFact):
        return ByFact(within.fact, {**within.lengths, **override})
    return within
