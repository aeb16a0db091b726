"""Quantiles, a histogram and the commonest values, from a column's sample.

A quantile is a value that occurs (nearest rank). Shares are of the rows in the sample, so on a
table that is its own sample they are exact.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 20
TOP = 10


@dataclass(frozen=True, slots=True)
class TopValue:
    value: Any
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Bin:
    """low ≤ value < high, and ≤ high in the last one."""

    low: Any
    high: Any
    count: int
    share: float


def quantiles(ordered: Sequence[Any]) -> dict[str, Any]:
    if not ordered:
        return {}
    last = len(ordered) - 1
    return {str(q): ordered[min(last, math.ceil(q * len(ordered)) - 1)] for q in QUANTILES}


def top_values(values: Sequence[Any]) -> tuple[TopValue, ...]:
    """None where no value repeats: then ten of them would tell nothing."""
    counted = Counter(v for v in values if v is not None)
    most = counted.most_common(TOP)
    if not most or (most[0][1] == 1 and len(counted) > TOP):
        return ()
    # Of equally common values the same ones at every run: threads fill the sample in any order.
    enough = [item for item in counted.items() if item[1] >= most[-1][1]]
    common = sorted(enough, key=lambda item: (-item[1], str(item[0])))[:TOP]
    return tuple(TopValue(v, n, n / len(values)) for v, n in common)


def histogram(ordered: Sequence[Any], low: Any, high: Any) -> tuple[Bin, ...]:
    """BINS bins of equal width between the exact extremes, or one for each whole number."""
    if not ordered or low is None:
        return ()
    start, width, bins = _bins(low, high)
    edges = [start + i * width for i in range(1, bins)]
    below = [0, *(bisect_left(ordered, edge, key=_scale) for edge in edges), len(ordered)]
    counts = [after - before for before, after in pairwise(below)]
    return tuple(
        Bin(_edge(low, start + i * width), _edge(low, start + (i + 1) * width), n, n / len(ordered))
        for i, n in enumerate(counts)
    )


def _bins(low: Any, high: Any) -> tuple[float, float, int]:
    start, stop = _scale(low), _scale(high)
    if start == stop:
        return start, 0.0, 1
    whole = isinstance(low, int) or (isinstance(low, date) and not isinstance(low, datetime))
    if whole and stop - start < BINS:
        return start, 1.0, int(stop - start) + 1
    return start, stop / BINS - start / BINS, BINS


def _scale(value: Any) -> float:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None) - datetime(1970, 1, 1)) / timedelta(seconds=1)
    if isinstance(value, date):
        return float(value.toordinal())
    return float(value)


def _edge(like: Any, position: float) -> Any:
    if isinstance(like, datetime):
        return datetime(1970, 1, 1) + timedelta(seconds=position)
    if isinstance(like, date):
        return date.fromordinal(max(1, min(date.max.toordinal(), int(position))))
    if isinstance(like, Decimal):
        return round(position, 6)
    return position
