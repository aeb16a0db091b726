"""The linear audit: what can be worked out from all answered cells together.

Every answered count or sum is a row of numbers: how often each unit's rows went into it. Units
that went into the same cells equally often are one *atom*; nobody can tell them apart. What a
grantee can compute from his answers is the span of those rows. If the indicator of an atom of
fewer than k units lies in the span, its figure can be solved for, by however many additions and
subtractions: two cells, a total minus its parts, or a system of random subsets.

    >>> from gongshu.data.protect.members import of
    >>> import numpy as np
    >>> def cell(*units): return of(np.array(units), np.ones(len(units)))
    >>> solvable([cell(1, 2, 3, 4), cell(1, 2, 3)], k=2)       # the difference is unit 4
    True
    >>> solvable([cell(1, 2, 3, 4), cell(1, 2)], k=2)
    False
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gongshu.data.protect.members import Members

_NEAR_ONE = 1 - 1e-7


def solvable(cells: Sequence[Members], k: int) -> bool:
    """Whether an atom of fewer than k units can be solved for."""
    matrix, sizes = _atoms(cells)
    if matrix.size == 0:
        return False
    # An indicator lies in the row space when its projection onto it has length one.
    _, singular, basis = np.linalg.svd(matrix, full_matrices=False)
    kept = basis[singular > singular.max() * 1e-10]
    return bool(np.any(((kept**2).sum(axis=0) > _NEAR_ONE) & (sizes < k)))


def _atoms(cells: Sequence[Members]) -> tuple[np.ndarray, np.ndarray]:
    """One row per cell, one column per atom; and the number of units of each atom."""
    units = np.concatenate([cell.units for cell in cells])
    counts = np.concatenate([cell.counts for cell in cells])
    rows = np.repeat(np.arange(len(cells)), [cell.size for cell in cells])
    distinct, places = np.unique(units, return_inverse=True)
    # Two random 64-bit labels per cell: units with equal sums are in the same cells.
    random = np.random.default_rng(0).integers(1, 2**63, size=(2, len(cells)), dtype=np.uint64)
    marks = np.zeros((2, len(distinct)), dtype=np.uint64)
    for mark, label in zip(marks, random, strict=True):
        np.add.at(mark, places, label[rows] * counts.astype(np.uint64))
    _, first, atom, sizes = np.unique(
        marks, axis=1, return_index=True, return_inverse=True, return_counts=True
    )
    matrix = np.zeros((len(cells), len(first)))
    matrix[rows, atom.reshape(-1)[places]] = counts
    return matrix, sizes
