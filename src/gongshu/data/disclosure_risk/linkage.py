"""How many units would stand alone once what is known of them is put together (汇聚关联风险).

Two units agree in a column with the likelihood Σ p² over its values; in several columns with the
product of these, as if the columns had nothing to do with each other. Of n units, the share that
agrees with nobody else is then about e^(−(n−1)·product). Columns that hang together (district and
street) single out fewer than that, so the estimate errs on the side of caution.

>>> round(alone([0.5, 1 / 60], 200), 2), round(alone([0.5, 1 / 60, 1 / 30], 200), 2)
(0.19, 0.95)

What a link adds to a table cannot be more than the column tells by which it is made: whoever is
known to have been in a certain hospital is known by that and by all that is known of hospitals.

>>> hospital = Learnt([1 / 500], by=1 / 4)
>>> round(together([0.5, 1 / 60], [hospital], 200), 2)
0.66

Several tables tell more than each of them; who is in the smaller one is taken to be in the larger.

>>> round(together([0.5, 1 / 60], [hospital, Learnt([1 / 9], by=1 / 90, found=0.5)], 200), 2)
0.81
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, prod


@dataclass(frozen=True, slots=True)
class Learnt:
    """What another table tells of units: `added`, how likely two units agree in each column that is
    new; `by`, in the linking one; `found`, the share of the units that the table has."""

    added: Sequence[float]
    by: float
    found: float = 1.0

    @property
    def same(self) -> float:
        return max(self.by, prod(self.added))


def alone(same: Iterable[float], units: int) -> float:
    """The share of units that no other one agrees with; without any column nobody stands alone."""
    chances = list(same)
    if not chances or units <= 0:
        return 0.0
    return exp(-(units - 1) * prod(chances))


def together(mine: Iterable[float], learnt: Iterable[Learnt], units: int) -> float:
    """The share that stands alone with all that was learnt. Who is not found stands as before."""
    known, share, left = list(mine), 0.0, 1.0
    for one in sorted(learnt, key=lambda one: -one.found):
        share += (left - one.found) * alone(known, units)
        known, left = [*known, one.same], one.found
    return share + left * alone(known, units)
