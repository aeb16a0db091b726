"""What one column holds under a view: how many, how few, between what, and how spread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

from gongshu.data.browsing.conditions import quoted

FEW, COMMONEST, BARS = 1000, 10, 20

Ask = Callable[[str], list[Any]]


@dataclass(frozen=True, slots=True)
class Bar:
    """How many values lie from `low` up to the next bar's."""

    low: float
    count: int


@dataclass(frozen=True)
class Statistics:
    """`distinct` is estimated (HyperLogLog, a few per cent off); the rest is exact."""

    column: str
    rows: int
    empty: int
    distinct: int
    low: Any
    high: Any
    mean: float | None
    common: tuple[tuple[Any, int], ...] = ()  # of a column of few values, the most frequent
    bars: tuple[Bar, ...] = ()  # of a column of many numbers


def describe(column: str, kind: pa.DataType, scan: str, ask: Ask) -> Statistics:
    """By one query, and a second for how the values are spread; `scan` stands after FROM."""
    name = quoted(column)
    ordered = not (kinds.is_nested(kind) or kinds.is_binary(kind))
    number = kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind)
    ends = f"min({name}), max({name})" if ordered else "NULL, NULL"
    mean = f"avg({name})" if number else "NULL"
    ((rows, filled, distinct, low, high, middle),) = ask(
        f"SELECT count(*), count({name}), approx_count_distinct({name}), {ends}, {mean} FROM {scan}"  # noqa: S608
    )
    found = Statistics(
        column, rows, rows - filled, min(distinct, filled), low, high, _finite(middle)
    )
    if not filled or not ordered:
        return found
    if number and distinct > BARS:
        return replace(found, bars=_bars(name, scan, ask, low, high))
    often = distinct <= FEW and 2 * distinct <= filled
    return replace(found, common=_common(name, scan, ask)) if often else found


def _common(name: str, scan: str, ask: Ask) -> tuple[tuple[Any, int], ...]:
    sql = (
        f"SELECT {name}, count({name}) AS n FROM {scan} GROUP BY ALL "  # noqa: S608
        f"HAVING n > 0 ORDER BY n DESC, 1 LIMIT {COMMONEST}"
    )
    return tuple((value, int(count)) for value, count in ask(sql))


def _bars(name: str, scan: str, ask: Ask, low: Any, high: Any) -> tuple[Bar, ...]:
    start, width = float(low), (float(high) - float(low)) / BARS
    if not isfinite(width) or width <= 0:
        return ()
    place = f"least(floor(({name}::DOUBLE - {start!r}) / {width!r}), {BARS - 1})"
    counted = dict(ask(f"SELECT {place} AS bar, count({name}) FROM {scan} GROUP BY 1"))  # noqa: S608
    return tuple(Bar(start + bar * width, int(counted.get(bar, 0))) for bar in range(BARS))


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and isfinite(value) else None
