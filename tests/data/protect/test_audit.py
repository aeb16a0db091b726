"""The linear audit finds exactly what can be solved for: compared with exact fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.protect.audit import solvable
from gongshu.data.protect.members import Members, of

UNITS = 14
cells = st.lists(
    st.dictionaries(st.integers(0, UNITS - 1), st.integers(1, 3), min_size=1),
    min_size=1,
    max_size=9,
)


def members(rows: dict[int, int]) -> Members:
    return of(np.array(list(rows), dtype=np.uint64), np.array(list(rows.values())))


def rank(rows: list[list[int]]) -> int:
    """By elimination in fractions, so that nothing is rounded."""
    matrix = [[Fraction(value) for value in row] for row in rows]
    done = 0
    for column in range(len(matrix[0])):
        pivot = next((r for r in range(done, len(matrix)) if matrix[r][column]), None)
        if pivot is None:
            continue
        matrix[done], matrix[pivot] = matrix[pivot], matrix[done]
        for row in range(done + 1, len(matrix)):
            factor = matrix[row][column] / matrix[done][column]
            matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[done], strict=True)]
        done += 1
    return done


def solvable_by_elimination(asked: list[dict[int, int]], k: int) -> bool:
    atoms: dict[tuple[int, ...], set[int]] = {}
    for unit in range(UNITS):
        signature = tuple(cell.get(unit, 0) for cell in asked)
        if any(signature):
            atoms.setdefault(signature, set()).add(unit)
    rows = [[signature[number] for signature in atoms] for number in range(len(asked))]
    return any(
        len(units) < k and rank([*rows, [int(other == atom) for other in atoms]]) == rank(rows)
        for atom, units in atoms.items()
    )


@settings(max_examples=200, deadline=None)
@given(cells, st.integers(1, 5))
def test_it_finds_what_elimination_finds_and_nothing_else(
    asked: list[dict[int, int]], k: int
) -> None:
    found = solvable([members(cell) for cell in asked], k)
    assert found == solvable_by_elimination(asked, k)


def test_a_long_chain_of_differences_is_solved_too() -> None:
    """Each answer adds two units and takes none away; alternating signs give the last one."""
    asked = [{n: 1, n + 1: 1} for n in range(200)]
    assert not solvable([members(cell) for cell in asked], 2)
    assert solvable([members(cell) for cell in [*asked, {0: 1}]], 2)


def test_a_large_total_less_many_parts_is_solved_whatever_their_sizes() -> None:
    """Cells of ten, of hundreds and of ten thousand units, which together leave one unit over."""
    bounds = [1, *range(11, 2_000, 10), *range(2_000, 10_001, 400), 10_000]
    parts = [dict.fromkeys(range(a, b), 1) for a, b in pairwise(bounds) if b > a]
    whole = dict.fromkeys(range(10_000), 1)
    assert solvable([members(cell) for cell in [whole, *parts]], 2)
    assert not solvable([members(cell) for cell in [whole, *parts[1:]]], 2)
