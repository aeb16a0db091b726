"""The threshold: at least k distinct units behind every cell, and no unit that dominates it.

Units are counted, not rows: a join or a duplicated table multiplies rows, but no units. Each
protected input is counted on its own and the strictest k holds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from gongshu.data.policy.plan import Figure, ProtectedBlock
from gongshu.data.policy.terms import Dominance
from gongshu.data.protect.cells import Cells, Mask, Numbers

# From here on the largest units of a cell take longer to find than a second query does.
MANY_ROWS = 1_000_000
_KEPT = 1_000


class Thresholds:
    """Judges blocks under one rule, with as little asked of the engine as will do."""

    def __init__(self, rule: Dominance) -> None:
        self._rule = rule
        self._close: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()

    def judged(self, block: ProtectedBlock, rows: int, query: Callable[[str], pa.Table]) -> Cells:
        """The verdicts on a block read from `rows` rows. Over many, the bounds of the terms are
        tried first: they settle it where no cell is so small that its largest units matter."""
        kind = (block.key_texts, block.measure_texts)
        if block.quick and rows >= MANY_ROWS and kind not in self._close:
            cells = judge(block, query(block.quick), self._rule)
            if cells.complete:
                return cells
            if len(self._close) >= _KEPT:
                self._close.clear()
            self._close.add(kind)  # the next question of the kind goes the long way at once
        return judge(block, query(block.sql), self._rule)


def judge(block: ProtectedBlock, raw: pa.Table, dominance: Dominance) -> Cells:
    """The verdict on every cell of one block."""
    cells = Cells(block, raw, np.ones(raw.num_rows, dtype=bool))
    for position, unit in enumerate(block.units):
        cells.kept &= cells.numbers(f"n_{position}") >= unit.k
    for figure in block.figures:
        cells.shown[figure.name] = cells.kept & _figure(cells, figure, dominance)
    return cells


def _figure(cells: Cells, figure: Figure, dominance: Dominance) -> Mask:
    shown = np.ones(cells.count, dtype=bool)
    for position, unit in enumerate(cells.block.units):
        if figure.condition is not None:
            shown &= _both_sides(cells, position, figure.condition, unit.k)
        if figure.distinct is not None:
            shown &= cells.numbers(f"nd_{position}_{figure.distinct}") >= unit.k
        if figure.measure is not None:
            # Units with a value: a sum over thirty persons of whom one has an income is his.
            shown &= cells.numbers(f"nx_{position}_{figure.measure}") >= unit.k
            shown &= ~_dominated(cells, position, figure.measure, dominance)
    if figure.kind == "stddev":
        low, high = (cells.numbers(f"{end}_{figure.measure}") for end in ("lo", "hi"))
        shown &= low < high  # all the same: the spread would tell everyone's value
    return shown


def _both_sides(cells: Cells, position: int, condition: int, k: int) -> Mask:
    """Inside and outside of a FILTER: the rest is the whole minus the part."""
    inside = cells.numbers(f"f_{position}_{condition}") >= k
    if k < 2:
        return np.asarray(inside)
    return np.asarray(inside & (cells.numbers(f"fc_{position}_{condition}") >= k))


def _dominated(cells: Cells, position: int, measure: int, rule: Dominance) -> Mask:
    """Largest unit, two largest units, and p%: the second could guess the first within p."""
    total = cells.numbers(f"t_{position}_{measure}").astype(float)
    first, second = _largest(cells, position, measure)
    with np.errstate(invalid="ignore", over="ignore"):
        slack = 1e-9 * total  # rounding of sums, so that exactly half is not more than half
        dominated = first > rule.largest * total + slack
        dominated |= first + second > rule.two * total + slack
        dominated |= total - first - second < rule.p * first - slack
        # An endless value, or none, swallows all others: the sum would tell that someone has it.
        dominated |= ~np.isfinite(total)
    return np.asarray(dominated)


def _largest(cells: Cells, position: int, measure: int) -> tuple[Numbers, Numbers]:
    """The two largest units of every cell. Where they were not asked for, the bound of the terms:
    what passes with the most that any two units could have passes with what they do have."""
    name = f"top_{position}_{measure}"
    if name not in cells.raw.column_names:
        most = cells.block.most[measure]
        bound = np.full(cells.count, np.inf if most is None else float(most))
        return bound, bound
    tops = cells.raw.column(name).to_pylist()
    first = np.array([float(top[0]) if top else 0.0 for top in tops])
    second = np.array([float(top[1]) if top and len(top) > 1 else 0.0 for top in tops])
    return first, second
