"""The linear audit: what can be worked out from all answered cells together.

Every answered count or sum is a row of numbers: how often each unit's rows went into it. Units
that went into the same cells equally often are one *atom*; nobody can tell them apart. What a
grantee can compute from his answers is the span of those rows. If the indicator of an atom of
fewer than k units lies in the span, its figure can be solved for, by however many additions and
subtractions: two cells, a total minus its parts, or a system of random subsets.

Whether it does is read off vectors that every row is orthogonal to, drawn at random: where such a
vector is not zero, the atom's figure could be another and all answers the same. An atom at which
all of them vanish is determined. One vector is one least-squares problem, solved by conjugate
gradients; with a thousand cells that takes a fiftieth of the time of a singular value
decomposition. What does not converge counts as solvable.

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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gongshu.data.protect.members import Members

Floats = NDArray[np.float64]

# An undetermined atom looks determined when all draws come out so near to zero: once in 10**11.
_DRAWS, _ZERO = 4, 1e-3
# Relative; an atom found by adding up to 10**5 answers still stays below _ZERO.
_CONVERGED = 1e-11


def solvable(cells: Sequence[Members], k: int) -> bool:
    """Whether an atom of fewer than k units can be solved for."""
    if not sum(cell.size for cell in cells):
        return False
    answers = _answers(cells)
    small = answers.sizes < k
    if not small.any():
        return False
    random = np.random.default_rng(len(answers.sizes))
    for _ in range(_DRAWS):
        free = _orthogonal(answers, random.standard_normal(len(small)))
        if free is None:
            return True
        small &= np.abs(free) < _ZERO
        if not small.any():
            return False
    return True


@dataclass(frozen=True)
class _Answers:
    """The rows of numbers, sparse and each of length 1, in the order of answers and in that of
    atoms; and each atom's number of units.

    What a row is multiplied with does not change the span. Of equal length, a cell of ten and one
    of a hundred thousand weigh the same, and the solver takes a fifth of the steps.
    """

    atoms: NDArray[np.int64]
    weights: Floats
    starts: NDArray[np.int64]  # of each answer
    atom_rows: NDArray[np.int64]
    atom_weights: Floats
    atom_starts: NDArray[np.int64]  # of each atom
    sizes: NDArray[np.int64]

    @property
    def number(self) -> int:
        return len(self.starts)

    def of(self, figures: Floats) -> Floats:
        """The answers that these figures of the atoms would have given."""
        return np.asarray(np.add.reduceat(self.weights * figures[self.atoms], self.starts))

    def spread(self, weights: Floats) -> Floats:
        """The sum of the rows with these weights: a vector over the atoms."""
        return np.asarray(
            np.add.reduceat(self.atom_weights * weights[self.atom_rows], self.atom_starts)
        )


def _answers(cells: Sequence[Members]) -> _Answers:
    units = np.concatenate([cell.units for cell in cells])
    counts = np.concatenate([cell.counts for cell in cells])
    rows = np.repeat(np.arange(len(cells)), [cell.size for cell in cells])
    distinct, places = np.unique(units, return_inverse=True)
    # Two random 64-bit labels per cell: units with equal sums are in the same cells.
    random = np.random.default_rng(0).integers(1, 2**63, size=(2, len(cells)), dtype=np.uint64)
    marks = np.zeros((2, len(distinct)), dtype=np.uint64)
    for mark, label in zip(marks, random, strict=True):
        np.add.at(mark, places, label[rows] * counts.astype(np.uint64))
    first, atom, sizes = _alike(marks)
    spokesman = np.zeros(len(distinct), dtype=bool)  # one unit of each atom speaks for all
    spokesman[first] = True
    spoken = spokesman[places]
    return _sparse(rows[spoken], atom[places[spoken]], counts[spoken].astype(np.float64), sizes)


def _alike(
    marks: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Columns that are equal are one atom: its first column, the atom of each, their number."""
    order = np.lexsort(marks)
    ordered = marks[:, order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
    atom = np.empty(len(order), dtype=np.int64)
    atom[order] = np.cumsum(begins) - 1
    return order[begins], atom, np.bincount(atom)


def _sparse(
    rows: NDArray[np.int64],
    atoms: NDArray[np.int64],
    counts: Floats,
    sizes: NDArray[np.int64],
) -> _Answers:
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    length = np.sqrt(np.add.reduceat(counts * counts, starts))
    place = np.cumsum(np.diff(rows, prepend=-1) != 0) - 1  # an answer about nobody has no row
    weights = counts / length[place]
    order = np.argsort(atoms, kind="stable")
    begins = np.flatnonzero(np.diff(atoms[order], prepend=-1))
    return _Answers(atoms, weights, starts, place[order], weights[order], begins, sizes)


def _orthogonal(answers: _Answers, drawn: Floats) -> Floats | None:
    """`drawn` without its part in the span of the rows; None if that was not found."""
    target = answers.of(drawn)
    weights, rest = np.zeros_like(target), target.copy()
    direction, size = rest.copy(), float(rest @ rest)
    enough = _CONVERGED**2 * size
    for _ in range(10 * answers.number + 100):
        if size <= enough:
            return drawn - answers.spread(weights)
        moved = answers.of(answers.spread(direction))
        step = size / float(direction @ moved)
        weights += step * direction
        rest -= step * moved
        before, size = size, float(rest @ rest)
        direction = rest + (size / before) * direction
    return None
