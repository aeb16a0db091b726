"""The estimate of who stands alone once tables are put together, against a count of whom."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.disclosure_risk.linkage import Learnt, alone, together

UNITS = 2000
KINDS = st.lists(st.integers(2, 60), min_size=1, max_size=4)
SHARES = st.lists(st.floats(0, 1), min_size=0, max_size=3)


def counted(rows: list[tuple[int, ...]]) -> float:
    return sum(1 for times in Counter(rows).values() if times == 1) / len(rows)


@given(mine=KINDS, learnt=st.lists(st.integers(2, 60), max_size=3), seed=st.integers(0, 9))
@settings(deadline=None, max_examples=40)
def test_columns_that_have_nothing_to_do_with_each_other_are_estimated_as_they_count(
    mine: list[int], learnt: list[int], seed: int
) -> None:
    pick = random.Random(seed)
    rows = [tuple(pick.randrange(k) for k in (*mine, *learnt)) for _ in range(UNITS)]
    told = [Learnt([1 / k], by=0.0) for k in learnt]
    assert abs(together([1 / k for k in mine], told, UNITS) - counted(rows)) < 0.06


@given(mine=KINDS, learnt=KINDS, found=SHARES)
def test_more_tables_never_tell_less_and_no_more_than_of_whom_they_have(
    mine: list[int], learnt: list[int], found: list[float]
) -> None:
    known = [1 / k for k in mine]
    told = [Learnt([1 / k], by=0.0, found=f) for k, f in zip(learnt, found, strict=False)]
    before = alone(known, UNITS)
    after = [together(known, told[:n], UNITS) for n in range(len(told) + 1)]
    assert after[0] == before
    assert all(more >= less - 1e-9 for less, more in pairwise(after))
    reached = max((one.found for one in told), default=0.0)
    assert after[-1] <= before + reached * (1 - before) + 1e-9
