"""How long a step may take: working days (工作日), calendar days, or what a fact decides.

>>> workdays(10).in_words.en
'10 working days'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gongshu.wording import Sentence


@dataclass(frozen=True, slots=True)
class Length:
    number: int
    working: bool

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("a length of time is not negative")

    @property
    def in_words(self) -> Sentence:
        if self.working:
            return Sentence(en=f"{self.number} working days", zh=f"{self.number} 个工作日")
        return Sentence(en=f"{self.number} days", zh=f"{self.number} 日")


@dataclass(frozen=True, slots=True)
class ByFact:
    """The length depends on one fact of the case, such as the sharing attribute of its data."""

    fact: str
    lengths: tuple[tuple[str, Length], ...]

    def of(self, facts: Mapping[str, object]) -> Length | None:
        return dict(self.lengths).get(str(facts.get(self.fact)))


def workdays(number: int) -> Length:
    return Length(number, working=True)


def days(number: int) -> Length:
    return Length(number, working=False)
