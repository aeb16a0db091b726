"""The ways in which dates and times are written, each with the SQL that reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gongshu.data.ingest.kinds import Kind, braced


@dataclass(frozen=True, slots=True)
class Calendar:
    """A way of writing dates or times; `formats` are for strptime, none: the ISO cast."""

    name: str
    sql_type: str  # DATE | TIMESTAMP | TIMESTAMP WITH TIME ZONE
    shape: str
    formats: tuple[str, ...] = ()
    needs_name: bool = False  # 20240105 is a date only where the column says so

    @property
    def cast(self) -> str:
        if not self.formats:
            return f"TRY_CAST({{x}} AS {self.sql_type})"
        formats = ", ".join(f"'{f}'" for f in self.formats)
        return f"CAST(try_strptime({{x}}, [{formats}]) AS {self.sql_type})"

    @property
    def careful(self) -> str:
        low, high = "1000-01-01", "9999-12-31"
        # CASE, not AND: an aggregate's filter would parse the date of every value.
        return (
            f"CASE WHEN regexp_full_match({{x}}, '{braced(self.shape)}') THEN "
            f"CAST({self.cast} AS DATE) BETWEEN DATE '{low}' AND DATE '{high}' ELSE false END"
        )

    @property
    def kind(self) -> Kind:
        quick = self.careful
        if not self.formats and self.sql_type != "TIMESTAMP WITH TIME ZONE":
            length = "= 10" if self.sql_type == "DATE" else "BETWEEN 19 AND 26"
            quick = f"({{y}}::VARCHAR = {{x}} AND length({{x}}) {length})"
        return Kind(self.name, self.sql_type, quick, self.careful, self.cast)


_D = r"[0-9]{1,2}"
_YEAR = r"[12][0-9]{3}"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_ZONE = r"(Z|[-+][0-9]{2}(:?[0-9]{2})?)"
_CHINESE_CLOCK = rf"{_D}[时点]{_D}分({_D}秒)?"


def _clocked(*days: str) -> tuple[str, ...]:
    """Each way of writing the day, followed by each way of writing the time."""
    return tuple(f"{day}{time}" for day in days for time in ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f"))


CALENDARS = (
    Calendar("date", "DATE", rf"{_YEAR}-{_D}-{_D}"),
    Calendar("date year/month/day", "DATE", rf"{_YEAR}/{_D}/{_D}", ("%Y/%m/%d",)),
    Calendar("date year.month.day", "DATE", rf"{_YEAR}\.{_D}\.{_D}", ("%Y.%m.%d",)),
    Calendar("date 年月日", "DATE", rf"{_YEAR}年{_D}月{_D}日", ("%Y年%m月%d日",)),
    Calendar("date yyyymmdd", "DATE", r"(19|20)[0-9]{6}", ("%Y%m%d",), needs_name=True),
    Calendar("time", "TIMESTAMP", rf"{_YEAR}-{_D}-{_D}[ T]{_CLOCK}"),
    Calendar(
        "time with zone",
        "TIMESTAMP WITH TIME ZONE",
        rf"{_YEAR}-{_D}-{_D}[ T]{_CLOCK} ?{_ZONE}",
    ),
    Calendar(
        "time year/month/day",
        "TIMESTAMP",
        rf"{_YEAR}/{_D}/{_D} {_CLOCK}",
        _clocked("%Y/%m/%d "),
    ),
    Calendar(
        "time 年月日",
        "TIMESTAMP",
        rf"{_YEAR}年{_D}月{_D}日 ?({_CLOCK}|{_CHINESE_CLOCK})",
        (
            *_clocked("%Y年%m月%d日 ", "%Y年%m月%d日"),
            *(
                f"%Y年%m月%d日{space}%H{hour}%M分{seconds}"
                for space in (" ", "")
                for hour in "时点"
                for seconds in ("%S秒", "")
            ),
        ),
    ),
    Calendar(
        "time yyyymmddhhmmss", "TIMESTAMP", r"(19|20)[0-9]{12}", ("%Y%m%d%H%M%S",), needs_name=True
    ),
)


def _day_first_or_month_first(s: str) -> Iterator[Calendar]:
    """Only where the values themselves leave one reading: 13/02/2024, but not 01/02/2024."""
    shape = rf"{_D}{re.escape(s)}{_D}{re.escape(s)}{_YEAR}"
    for words, day in (("day, month", f"%d{s}%m{s}%Y"), ("month, day", f"%m{s}%d{s}%Y")):
        yield Calendar(f"date {words}, year ({s})", "DATE", shape, (day,))
        yield Calendar(
            f"time {words}, year ({s})", "TIMESTAMP", f"{shape} {_CLOCK}", _clocked(f"{day} ")
        )


ALL: tuple[Calendar, ...] = CALENDARS + tuple(
    calendar for s in "/-." for calendar in _day_first_or_month_first(s)
)
