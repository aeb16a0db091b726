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
_CONVERGED = 1e-10


def solvable(cells: Sequence[Members], k: int) -> bool:
    """Whether an atom of fewer than k units can be solved for."""
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
    """The rows of numbers, sparse: answer, atom and how often; and each atom's number of units."""

    rows: NDArray[np.int64]
    atoms: NDArray[np.int64]
    counts: Floats
    sizes: NDArray[np.int64]
    number: int

    def of(self, figures: Floats) -> Floats:
        """The answers that these figures of the atoms would have given."""
        given = self.counts * figures[self.atoms]
        return np.asarray(np.bincount(self.rows, given, self.number), dtype=np.float64)

    def spread(self, weights: Floats) -> Floats:
        """The sum of the rows with these weights: a vector over the atoms."""
        given = self.counts * weights[self.rows]
        return np.asarray(np.bincount(self.atoms, given, len(self.sizes)), dtype=np.float64)


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
    _, first, atom, sizes = np.unique(
        marks, axis=1, return_index=True, return_inverse=True, return_counts=True
    )
    spokesman = np.zeros(len(distinct), dtype=bool)  # one unit of each atom speaks for all
    spokesman[first] = True
    spoken = spokesman[places]
    return _Answers(
        rows[spoken],
        atom.reshape(-1)[places[spoken]],
        counts[spoken].astype(np.float64),
        sizes,
        len(cells),
    )


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
