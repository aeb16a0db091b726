"""Complements inside one answer: a withheld cell must not follow from a total beside it.

    SELECT district, count(*) … UNION ALL SELECT 'all', count(*) …

shows every district but the small one, and the sum: the small one is the difference. So the
smallest further cell is withheld too; it has k units, and then the difference tells of k at least.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gongshu.data.policy.plan import ProtectedBlock
from gongshu.data.protect.cells import Cells

Key = tuple[object, ...]


def withhold_complements(answer: Sequence[Cells]) -> None:
    """Look at every pair of blocks of which one splits up the other's cells."""
    changed = True
    while changed:
        changed = False
        for coarse in answer:
            for fine in answer:
                if coarse is not fine and _splits(coarse.block, fine.block):
                    changed |= _withhold_below(coarse, fine)


def _splits(coarse: ProtectedBlock, fine: ProtectedBlock) -> bool:
    same = coarse.base == fine.base and coarse.where == fine.where
    return same and set(coarse.key_texts) < set(fine.key_texts)


def _withhold_below(coarse: Cells, fine: Cells) -> bool:
    parents = _keys(coarse, coarse.block.key_texts)
    children: dict[Key, list[int]] = defaultdict(list)
    for cell, key in enumerate(_keys(fine, coarse.block.key_texts)):
        children[key].append(cell)
    units = fine.smallest_units()
    k = max(unit.k for unit in fine.block.units)
    changed = False
    for position, key in enumerate(parents):
        if coarse.kept[position]:
            changed |= _withhold_beside(fine, children[key], units.tolist(), k)
    return changed


def _withhold_beside(fine: Cells, cells: list[int], units: list[int], k: int) -> bool:
    """One withheld cell of fewer than k units, or several whose units may be the same few."""
    changed = False
    for shown in [fine.kept, *fine.shown.values()]:
        hidden = [cell for cell in cells if not shown[cell]]
        left = [cell for cell in cells if shown[cell]]
        if not hidden or not left:
            continue
        if len(hidden) > 1 and any(units[cell] >= k for cell in hidden):
            continue
        smallest = min(left, key=lambda cell: (units[cell], cell))
        if shown is fine.kept:
            fine.withhold(smallest)
        else:
            shown[smallest] = False
        changed = True
    return changed


def _keys(cells: Cells, texts: Sequence[str]) -> list[Key]:
    """The key of every cell, cut to the coarser block's keys."""
    positions = [cells.block.key_texts.index(text) for text in texts]
    columns = [cells.raw.column(f"g{position}").to_pylist() for position in positions]
    return list(zip(*columns, strict=True)) if columns else [()] * cells.count
