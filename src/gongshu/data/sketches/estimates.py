"""What two or more sketches say of their columns together.

All are brought down to the smallest bound among them; below it each is complete, so counting what
they share there is counting in a random sample of the distinct values. Between sketches that hold
everything, the answers are exact. Otherwise an answer carries the interval in which the truth lies
99 times in 100 (Wilson's, which is not fooled by samples in which all or none agree; taking
without replacement only makes it wider than it need be).

A small column inside a very large one leaves few values below the common bound; then the interval
is wide, and `told` is the number that says so.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from gongshu.data.sketches.sketch import SPACE, Sketch

Z = 2.576  # 99 in 100


@dataclass(frozen=True, slots=True)
class Estimate:
    share: float
    low: float
    high: float
    told: int  # on how many values it rests

    @property
    def exact(self) -> bool:
        return self.low == self.high


NOTHING = Estimate(0.0, 0.0, 1.0, 0)


def contained(inner: Sketch, outer: Sketch) -> Estimate:
    """The share of the distinct values of `inner` that are in `outer`."""
    bound = min(inner.bound, outer.bound)
    sample = inner.below(bound)
    return _share(len(sample & outer.below(bound)), len(sample), exact=bound == SPACE)


def jaccard(one: Sketch, other: Sketch) -> Estimate:
    """Values in both, as a share of the values in either."""
    bound = min(one.bound, other.bound)
    a, b = one.below(bound), other.below(bound)
    return _share(len(a & b), len(a | b), exact=bound == SPACE)


def union(sketches: Collection[Sketch]) -> int:
    """How many distinct values there are in all of them together."""
    bound = min(s.bound for s in sketches)
    together = frozenset[int]().union(*(s.below(bound) for s in sketches))
    return round(len(together) * SPACE / bound)


def intersection(sketches: Collection[Sketch]) -> int:
    """How many distinct values are in every one of them."""
    bound = min(s.bound for s in sketches)
    first, *others = (s.below(bound) for s in sketches)
    return round(len(first.intersection(*others)) * SPACE / bound)


def _share(hits: int, of: int, *, exact: bool) -> Estimate:
    if not of:
        return Estimate(0.0, 0.0, 0.0, 0) if exact else NOTHING
    share = hits / of
    if exact:
        return Estimate(share, share, share, of)
    z2 = Z * Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    # Rounding must not leave all or none outside.
    low, high = min(share, middle - half), max(share, middle + half)
    return Estimate(share, max(0.0, low), min(1.0, high), of)
