"""The types a column of text may have, and the SQL that tests and casts each value.

A kind has two readings. The quick one is cheap and takes the ordinary spelling only (for
integers: the cast, written back, gives the same text). The careful one also takes the
harmless variations (spaces around, `2024-1-5`), and a missing-value marker is null. What
neither takes makes the query fail with the column's number, so that a file is typed in one
pass and still on *all* its values: no value is ever changed by a type that does not fit it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Null, but only in a column that is otherwise numbers or dates: in a text column NA may be
# Namibia, and "-" an answer.
MARKERS = (
    "NA", "N/A", "n/a", "na", "N.A.", "#N/A", "-", "--", "---", "—", "——", "－", "/",
    "null", "NULL", "Null", "None", "NONE", "none", "nan", "NaN", "NAN", "(null)", "\\N",
    ".", "..", "...", "…", "*", "**", "***", "****", "*****", "无", "暂无", "缺失", "不详", "无数据",
)  # fmt: skip
# As a pattern and not as a list: DuckDB makes a join of a long IN, for every value.
MARKER = "|".join(re.escape(marker) for marker in MARKERS)

# Spreadsheets keep 15 digits: a longer run of digits is an identifier, and stays text.
INTEGER = r"-?(0|[1-9][0-9]{0,14})"
NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"
GROUPED = r"-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?"
UNGROUPED = r"-?(0|[1-9][0-9]{0,2})(\.[0-9]+)?"
# `1E5` is a code; a point in the mantissa or a negative exponent is a measurement.
SCIENTIFIC = r"-?[0-9](\.[0-9]+[eE][-+]?[0-9]{1,3}|[eE]-[0-9]{1,3})"

SPACES = "' ' || chr(9) || chr(160) || chr(12288)"
MISMATCH = "gongshu-column-does-not-fit:"


def _braced(pattern: str) -> str:
    """A pattern inside a template: its braces are not places to fill."""
    return pattern.replace("{", "{{").replace("}", "}}")


def same_as_double(value: str) -> str:
    """SQL: the number `value` survives as a DOUBLE; 15 digits always do (IEEE 754)."""
    written = f"rtrim(rtrim(TRY_CAST({value} AS DOUBLE)::VARCHAR, '0'), '.')"
    return (
        f"(regexp_full_match({value}, '{NUMBER}') AND "
        f"(length({value}) <= 16 OR rtrim(rtrim({value}, '0'), '.') = {written}))"
    )


def trimmed(column: str) -> str:
    return f"trim({column}, {SPACES})"


def is_marker(value: str, *, or_empty: bool = True) -> str:
    """SQL: the trimmed cell stands for a missing value."""
    return f"regexp_full_match({value}, '{MARKER}{'|' if or_empty else ''}')"


@dataclass(frozen=True, slots=True)
class Kind:
    """One type, as SQL with `{x}` for the cell: as it is (quick), without outer spaces (careful)."""

    name: str
    sql_type: str
    quick: str = ""
    careful: str = ""
    cast: str = ""

    def reading(self, column: str, number: int) -> str:
        """The SQL expression of the typed column; it fails where a value does not fit."""
        fail = f"error('{MISMATCH}{number}')"
        if self.name == "text":
            return column
        trim = trimmed(column)
        if self.name == "nothing yet":
            return f"CASE WHEN {column} IS NULL OR {is_marker(trim)} THEN {column} ELSE {fail} END"
        missing = f"{trim} = ''" if self.name == "boolean" else is_marker(trim)
        return (
            f"CASE WHEN {column} IS NULL THEN NULL "
            f"WHEN {self.quick.format(x=column)} THEN {self.cast.format(x=column)} "
            f"WHEN {missing} THEN NULL "
            f"WHEN {self.careful.format(x=trim)} THEN {self.cast.format(x=trim)} "
            f"ELSE {fail} END"
        )


TEXT = Kind("text", "VARCHAR")
NOTHING_YET = Kind("nothing yet", "VARCHAR")
BOOLEAN = Kind(
    "boolean", "BOOLEAN",
    quick="{x} IN ('true', 'false')",
    careful="lower({x}) IN ('true', 'false')",
    cast="(lower({x}) = 'true')",
)  # fmt: skip
INTEGERS = Kind(
    "integer", "BIGINT",
    quick="(TRY_CAST({x} AS BIGINT)::VARCHAR = {x} AND length({x}) <= 15)",
    careful=f"regexp_full_match({{x}}, '{_braced(INTEGER)}')",
    cast="TRY_CAST({x} AS BIGINT)",
)  # fmt: skip
_EXACT = same_as_double("{x}")
DOUBLE = Kind(
    "number", "DOUBLE",
    quick=f"(length({{x}}) <= 16 AND regexp_full_match({{x}}, '{NUMBER}'))",
    careful=f"({_EXACT} OR regexp_full_match({{x}}, '{_braced(SCIENTIFIC)}'))",
    cast="TRY_CAST({x} AS DOUBLE)",
)  # fmt: skip


def decimal(digits: int, scale: int) -> Kind:
    """Exact: `1.50` stays 1.50, and `1.5` beside it is the same number."""
    sql_type = f"DECIMAL({digits},{scale})"
    fits = f"TRY_CAST({{x}} AS {sql_type})"
    return Kind(
        "decimal", sql_type,
        quick=f"(starts_with({fits}::VARCHAR, {{x}}) AND NOT ends_with({{x}}, '.'))",
        careful=rf"(regexp_full_match({{x}}, '-?(0|[1-9][0-9]*)(\.[0-9]{{{{1,{scale}}}}})?') AND {fits} IS NOT NULL)",
        cast=fits,
    )  # fmt: skip


def grouped(digits: int, scale: int) -> Kind:
    """Numbers with thousands separators, every one of them written so."""
    sql_type = f"DECIMAL({digits},{scale})" if scale else "BIGINT"
    plain = f"TRY_CAST(replace({{x}}, ',', '') AS {sql_type})"
    shape = f"(regexp_full_match({{x}}, '{_braced(GROUPED)}|{_braced(UNGROUPED)}') AND {plain} IS NOT NULL)"
    return Kind("grouped number", sql_type, quick=shape, careful=shape, cast=plain)


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
            f"CASE WHEN regexp_full_match({{x}}, '{_braced(self.shape)}') THEN "
            f"CAST({self.cast} AS DATE) BETWEEN DATE '{low}' AND DATE '{high}' ELSE false END"
        )

    @property
    def kind(self) -> Kind:
        quick = self.careful
        if not self.formats and self.sql_type != "TIMESTAMP WITH TIME ZONE":
            length = "= 10" if self.sql_type == "DATE" else "BETWEEN 19 AND 26"
            quick = f"({self.cast}::VARCHAR = {{x}} AND length({{x}}) {length})"
        return Kind(self.name, self.sql_type, quick, self.careful, self.cast)


_D, _T = r"[0-9]{1,2}", r"[0-9]{1,2}:[0-9]{2}"
_S = r"(:[0-9]{2}(\.[0-9]{1,6})?)?"
_YMD = r"[12][0-9]{3}"


def _both(day: str) -> tuple[str, ...]:
    return tuple(f"{day} {time}" for time in ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f"))


CALENDARS = (
    Calendar("date", "DATE", rf"{_YMD}-{_D}-{_D}"),
    Calendar("date year/month/day", "DATE", rf"{_YMD}/{_D}/{_D}", ("%Y/%m/%d",)),
    Calendar("date year.month.day", "DATE", rf"{_YMD}\.{_D}\.{_D}", ("%Y.%m.%d",)),
    Calendar("date 年月日", "DATE", rf"{_YMD}年{_D}月{_D}日", ("%Y年%m月%d日",)),
    Calendar("date yyyymmdd", "DATE", r"(19|20)[0-9]{6}", ("%Y%m%d",), needs_name=True),
    Calendar("time", "TIMESTAMP", rf"{_YMD}-{_D}-{_D}[ T]{_T}{_S}"),
    Calendar("time with zone", "TIMESTAMP WITH TIME ZONE",
             rf"{_YMD}-{_D}-{_D}[ T]{_T}{_S} ?(Z|[-+][0-9]{{2}}(:?[0-9]{{2}})?)"),
    Calendar("time year/month/day", "TIMESTAMP", rf"{_YMD}/{_D}/{_D} {_T}{_S}", _both("%Y/%m/%d")),
    Calendar("time 年月日", "TIMESTAMP", rf"{_YMD}年{_D}月{_D}日 ?({_T}{_S}|{_D}[时点]{_D}分({_D}秒)?)",
             (*_both("%Y年%m月%d日"), "%Y年%m月%d日%H:%M:%S", "%Y年%m月%d日%H:%M",
              "%Y年%m月%d日%H时%M分%S秒", "%Y年%m月%d日%H时%M分", "%Y年%m月%d日 %H时%M分%S秒",
              "%Y年%m月%d日 %H时%M分", "%Y年%m月%d日%H点%M分", "%Y年%m月%d日 %H点%M分")),
    Calendar("time yyyymmddhhmmss", "TIMESTAMP", r"(19|20)[0-9]{12}", ("%Y%m%d%H%M%S",), needs_name=True),
)  # fmt: skip

# Day and month first: only where the values themselves leave one reading.
AMBIGUOUS = tuple(
    (
        Calendar(f"date day{s}month{s}year", "DATE", rf"{_D}{e}{_D}{e}{_YMD}", (f"%d{s}%m{s}%Y",)),
        Calendar(f"date month{s}day{s}year", "DATE", rf"{_D}{e}{_D}{e}{_YMD}", (f"%m{s}%d{s}%Y",)),
        Calendar(f"time day{s}month{s}year", "TIMESTAMP", rf"{_D}{e}{_D}{e}{_YMD} {_T}{_S}", _both(f"%d{s}%m{s}%Y")),
        Calendar(f"time month{s}day{s}year", "TIMESTAMP", rf"{_D}{e}{_D}{e}{_YMD} {_T}{_S}", _both(f"%m{s}%d{s}%Y")),
    )
    for s, e in (("/", "/"), ("-", "-"), (".", r"\."))
)  # fmt: skip
