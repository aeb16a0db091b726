"""The ways to make a column coarser, each step coarser than the one before.

- numbers: bands (ages 5, 10, 20 years wide; others by the range), each a multiple of the last;
- dates: month, quarter, year; text that holds dates likewise, as the masks of terms read it;
- codes of digits (areas, postal codes): the first digits;
- other text: its first character; and everything can be hidden.

`rights` is how a grant's terms say the step: a bucket, a mask, or nothing for the value as it
is. None: the terms have no word for it, so that the owner must prepare such a column first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gongshu.data.profiling.kinds import DATE
from gongshu.data.profiling.semantics import coarse, recognise
from gongshu.data.profiling.source import Source, SourceColumn
from gongshu.wording import Sentence

_NUMBERS = {"integer", "decimal", "number"}
_AGE_BANDS = (5, 10, 20)
_BANDS_AT_FIRST = 40
_MANY_VALUES = 20
_PREFIXES = (9, 6, 4, 2)
_PARTS = ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    title: Sentence
    sql: str  # of the key `{k}`
    rights: Mapping[str, Any] | None


AS_IS = Step("as_is", Sentence(en="as it is", zh="原值"), "{k}", {})
HIDDEN = Step("hidden", Sentence(en="hidden", zh="隐去"), "NULL", None)


def ladder(source: Source, column: SourceColumn, key: str) -> tuple[Step, ...]:
    """`key` names the column in the temporary table `keys`, where its distinct values stand."""
    return (AS_IS, *_between(source, column, key), HIDDEN)


def _between(source: Source, column: SourceColumn, key: str) -> tuple[Step, ...]:
    if column.family in _NUMBERS:
        low, high = source.row(
            f"""SELECT min({key})::DOUBLE, max({key})::DOUBLE FROM keys
            WHERE isfinite({key}::DOUBLE)"""  # noqa: S608
        )
        return () if low is None else _bands(source, column, key, low, high)
    if coarse(column.family) == DATE:
        return _dates("{k}")
    if column.family == "text":
        return _text(source, key)
    return ()


def _bands(
    source: Source, column: SourceColumn, key: str, low: float, high: float
) -> tuple[Step, ...]:
    whole = column.family == "integer"
    if whole and low >= 0 and high <= 130:
        return tuple(_band(width) for width in _AGE_BANDS if width <= high - low)
    if whole and low >= 100_000 and _is_area(source, column, key):
        return (_band(100), _band(10_000))  # county → city → province
    if high <= low:
        return ()
    widths = _widths((high - low) / _BANDS_AT_FIRST, whole)
    return tuple(_band(width) for width in widths if width < high - low)


def _widths(first: float, whole: bool) -> list[int | float]:
    """1, 2 or 5 times a power of ten, and each a multiple of the one before."""
    power = math.floor(math.log10(first))
    lead = next((n for n in (1, 2, 5) if n * 10.0**power >= first), 10)
    if lead == 10:
        lead, power = 1, power + 1
    if whole and power < 0:
        lead, power = 2, 0
    exact = 10**power if power >= 0 else 10.0**power
    times = (1, 4, 20) if lead == 5 else (1, 5, 20) if lead == 1 else (1, 5, 25)
    return [lead * exact * by for by in times]


def _band(width: int | float) -> Step:
    said = f"{width:,.15g}"
    return Step(
        f"bucket:{width:.15g}",
        Sentence(en=f"bands of {said}", zh=f"按 {said} 分段"),
        f"floor({{k}} / {width!r}) * {width!r}",
        {"bucket": width},
    )


def _is_area(source: Source, column: SourceColumn, key: str) -> bool:
    found = source.connection.execute(
        f"SELECT DISTINCT {key}::BIGINT::VARCHAR FROM keys WHERE {key} IS NOT NULL LIMIT 500"  # noqa: S608
    ).fetchall()
    meaning = recognise(column.name, column.family, (value for (value,) in found))
    return meaning is not None and meaning.kind == "area_code"


def _dates(value: str) -> tuple[Step, ...]:
    month, quarter, year = (f"date_trunc('{part}', {value})" for part in _PARTS)
    return (
        Step("month", Sentence(en="month", zh="月"), month, {"mask": "month"}),
        Step("quarter", Sentence(en="quarter", zh="季度"), quarter, None),
        Step("year", Sentence(en="year", zh="年"), year, {"mask": "year"}),
    )


def _text(source: Source, key: str) -> tuple[Step, ...]:
    distinct, dated, shortest, longest, digits = source.row(
        f"""SELECT count(*), count(TRY_CAST(v AS DATE)) = count(*) AND count(*) > 0,
            min(length(v)), max(length(v)), bool_and(regexp_full_match(v, '[0-9]+'))
        FROM (SELECT DISTINCT {key}::VARCHAR AS v FROM keys WHERE {key} IS NOT NULL)"""  # noqa: S608
    )
    if dated:
        return _dates("TRY_CAST({k} AS DATE)")
    if digits and shortest == longest and longest >= 4:
        return tuple(_prefix(length) for length in _PREFIXES if length < longest)
    if distinct > _MANY_VALUES:
        first = Sentence(en="first character", zh="首字")
        return (Step("first1", first, "left({k}::VARCHAR, 1)", {"mask": "first1"}),)
    return ()


def _prefix(length: int) -> Step:
    return Step(
        f"prefix:{length}",
        Sentence(en=f"first {length} digits", zh=f"前 {length} 位"),
        f"left({{k}}::VARCHAR, {length})",
        None,
    )


def top_code(source: Source, column: SourceColumn, key: str) -> Step | None:
    """The highest twentieth of a number's values as one: for the long tail of a distribution."""
    if column.family not in _NUMBERS:
        return None
    (limit, high) = source.row(
        f"SELECT quantile_disc({key}::DOUBLE, 0.95), max({key})::DOUBLE FROM keys"  # noqa: S608
    )
    if limit is None or not limit < high or math.isinf(high):
        return None
    said = f"{limit:,.15g}"
    return Step(
        f"top:{limit:.15g}",
        Sentence(en=f"{said} and more as one", zh=f"{said} 及以上合并"),
        f"least({{k}}, {limit!r})",
        None,
    )
