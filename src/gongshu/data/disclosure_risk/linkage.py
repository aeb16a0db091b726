"""How many units would stand alone once what is known of them is put together (汇聚关联风险).

Two units agree in a column with the likelihood Σ p² over its values; in several columns with the
product of these, as if the columns had nothing to do with each other. Of n units, the share that
agrees with nobody else is then about e^(−(n−1)·product). Columns that hang together (district and
street) single out fewer than that, so the estimate errs on the side of caution.

>>> round(alone([0.5, 1 / 60], 200), 2), round(alone([0.5, 1 / 60, 1 / 30], 200), 2)
(0.19, 0.95)

What a link adds to a table cannot be more than the column tells by which it is made: whoever is
known to have been in a certain hospital is known by that and by all that is known of hospitals.

>>> round(together([0.5, 1 / 60], [1 / 500], by=1 / 4, units=200, found=1.0), 2)
0.66
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, prod


def alone(same: Iterable[float], units: int) -> float:
    """The share of units that no other one agrees with; without any column nobody stands alone."""
    chances = list(same)
    if not chances or units <= 0:
        return 0.0
    return exp(-(units - 1) * prod(chances))


def together(
    mine: Iterable[float], added: Iterable[float], *, by: float, units: int, found: float
) -> float:
    """After a link: `by` is how likely two units agree in the linking column, `found` the share of
    units that the other table has. Those not found stand as they stood."""
    known = list(mine)
    before = alone(known, units)
    linked = alone([*known, max(by, prod(added))], units)
    return found * max(before, linked) + (1 - found) * before
