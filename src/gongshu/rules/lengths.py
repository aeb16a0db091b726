"""How long a step may take: working days (工作日), calendar days, or what a fact decides.

>>> workdays(10).in_words.en
'10 working days'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gongshu.wording import Sentence


@dataclass(frozen=True, slots=True)
class Length:
    number: int
    working: bool

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError("a length of time is at least one day")

    @property
    def in_words(self) -> Sentence:
        word = "day" if self.number == 1 else "days"
        if self.working:
            return Sentence(en=f"{self.number} working {word}", zh=f"{self.number} 个工作日")
        return Sentence(en=f"{self.number} {word}", zh=f"{self.number} 日")


@dataclass(frozen=True, slots=True)
class ByFact:
    """The length depends on one fact of the case, such as the sharing attribute of its data."""

    fact: str
    lengths: tuple[tuple[str, Length], ...]

    def of(self, facts: Mapping[str, object]) -> Length | None:
        return dict(self.lengths).get(str(facts.get(self.fact)))

    @property
    def in_words(self) -> Sentence:
        parts = [(key, length.in_words) for key, length in self.lengths]
        return Sentence(
            en=", ".join(f"{words.en} ({key})" for key, words in parts),
            zh="、".join(f"{words.zh}（{key}）" for key, words in parts),
        )


@dataclass(frozen=True, slots=True)
class ByForm:
    """Until the day that was written in the form of the step which led here."""

    field: str
    in_words: Sentence


@dataclass(frozen=True, slots=True)
class AfterYearEnd:
    """Until a day of the year after the one that the clock counts from, such as 31 March.

    >>> AfterYearEnd(3, 31).of(date(2026, 5, 10))
    datetime.date(2027, 3, 31)
    """

    month: int
    day: int

    def of(self, start: date) -> date:
        return date(start.year + 1, self.month, self.day)

    @property
    def in_words(self) -> Sentence:
        named = date(2026, self.month, self.day)
        return Sentence(
            en=f"{named.day} {named:%B} of the following year",
            zh=f"次年 {named.month} 月 {named.day} 日前",
        )


@dataclass(frozen=True, slots=True)
class Unwritten:
    """The rule wants the step and writes no length; a place's profile may set one.

    It is false, so that what asks for a length that somebody owes finds none.
    """

    @property
    def in_words(self) -> Sentence:
        return Sentence(en="no length is written", zh="未规定时限")

    def __bool__(self) -> bool:
        return False


UNWRITTEN = Unwritten()
BY_END_OF_MARCH = AfterYearEnd(3, 31)


def workdays(number: int) -> Length:
    return Length(number, working=True)


def days(number: int) -> Length:
    return Length(number, working=False)
