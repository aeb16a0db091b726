"""Chinese working days, with holidays and moved working days (调休), as imported data.

Deadlines of the law are counted in working days. The State Council announces each year which
weekdays are off and which weekends are worked, so the calendar has a known end: a date counted
past it is provisional, and says so, never guessed silently.

>>> calendar = Calendar.load()
>>> calendar.is_workday(date(2026, 10, 10))  # a Saturday, worked
True
>>> calendar.add_workdays(date(2026, 9, 30), 1).day.isoformat()  # over the National Day week
'2026-10-08'
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

from gongshu.rules.lengths import Length
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

OURS = Path(__file__).parent / "calendar_cn.json"
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Due:
    day: date
    provisional: bool  # the calendar ends before it


@dataclass(frozen=True, slots=True)
class Year:
    """What the State Council announced for a year."""

    off: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True)
class Calendar:
    """Days off and moved working days of whole years, from `first` to `last` inclusive."""

    off: frozenset[date]
    worked: frozenset[date]
    first: date
    last: date

    @classmethod
    def load(cls, *paths: Path) -> Self:
        """Our file, completed or corrected by later ones of the same or the yearly shape."""
        years: dict[int, Year] = {}
        for path in (OURS, *paths):
            years |= read_years(path)
        first = last = min(years)
        while last + 1 in years:  # a year that is missing in between ends what is known
            last += 1
        return cls(
            off=frozenset(day for year in years.values() for day in year.off),
            worked=frozenset(day for year in years.values() for day in year.worked),
            first=date(first, 1, 1),
            last=date(last, 12, 31),
        )

    def knows(self, day: date) -> bool:
        return self.first <= day <= self.last

    def is_workday(self, day: date) -> bool:
        if day in self.worked:
            return True
        return day not in self.off and day.weekday() < SATURDAY

    def add_workdays(self, start: date, number: int) -> Due:
        """`number` working days after `start`; the day of the event itself is not counted."""
        day = start
        left = number
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_workday(day)
        return Due(day, provisional=not (self.knows(start) and self.knows(day)))

    def due(self, start: date, length: Length) -> Due:
        """The last day of `length` from `start`."""
        if length.working:
            return self.add_workdays(start, length.number)
        return Due(start + timedelta(days=length.number), provisional=False)

    def workdays_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; negative when `end` is earlier."""
        if end < start:
            return -self.workdays_between(end, start)
        span = (end - start).days
        return sum(self.is_workday(start + timedelta(days=n + 1)) for n in range(span))


@cache
def national() -> Calendar:
    return Calendar.load()


def read_years(path: Path) -> dict[int, Year]:
    """The years that a file knows; raises `BadInput` for a file that is no calendar."""
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if "days" in data:  # one year a file: {"year": 2026, "days": [{"date", "isOffDay"}]}
            found = {int(data["year"]): _of_days(data["days"])}
        else:
            found = {
                int(year): Year(_dates(days["off"]), _dates(days["worked"]))
                for year, days in data["years"].items()
            }
        for number, year in found.items():
            days = year.off | year.worked
            # A holiday at New Year is announced with days of the neighbouring year.
            if any(abs(day.year - number) > 1 for day in days) or year.off & year.worked:
                raise ValueError("a day of another year, or both off and worked")
        # A year that has not been announced yet comes as an empty list: not known.
        return {number: year for number, year in found.items() if year.off}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(
            "calendar",
            Sentence(
                en=f"{path.name} is not a calendar file.",
                zh=f"{path.name} 不是日历文件。",
            ),
            suggestion=Sentence(
                en='Expected: {"years": {"2027": {"off": ["2027-01-01"], "worked": []}}}.',
                zh='应为：{"years": {"2027": {"off": ["2027-01-01"], "worked": []}}}。',
            ),
        ) from None


def _of_days(days: Iterable[dict[str, Any]]) -> Year:
    off = [day["date"] for day in days if day["isOffDay"] is True]
    return Year(_dates(off), _dates(day["date"] for day in days if day["isOffDay"] is False))


def _dates(texts: Iterable[str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)
