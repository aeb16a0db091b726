"""Estimates for a population, against populations that are known whole."""

from __future__ import annotations

import random
from collections import Counter
from math import comb

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.disclosure_risk import risk
from gongshu.data.disclosure_risk.population import found_in_population, uniques
from gongshu.wording import Problem

SIZES = st.dictionaries(st.integers(1, 40), st.integers(1, 300), min_size=1, max_size=12)


def population_of(seed: int, size: int = 40_000) -> list[int]:
    """Classes of very different sizes, many of them of one."""
    chance = random.Random(seed)
    return [int(chance.paretovariate(0.7)) for _ in range(size)]


@pytest.mark.parametrize("fraction", [0.02, 0.05, 0.1, 0.3, 0.6])
def test_the_estimate_is_near_the_truth(fraction: float) -> None:
    people = population_of(7)
    truth = sum(n == 1 for n in Counter(people).values()) / len(people)
    sample = random.Random(1).sample(people, int(len(people) * fraction))
    found = uniques(Counter(Counter(sample).values()), len(people))
    assert found.sampling_fraction == pytest.approx(fraction)
    assert found.model == ("pitman" if fraction <= 0.1 else "zayatz")
    assert truth * 0.6 < found.share < truth * 1.8


@settings(max_examples=100, deadline=None)
@given(SIZES, st.integers(1, 10_000))
def test_shares_are_shares_and_a_whole_population_needs_no_estimate(
    sizes: dict[int, int], times: int
) -> None:
    members = sum(size * count for size, count in sizes.items())
    found = uniques(sizes, members * times)
    assert 0 <= found.share <= 1
    if times == 1 and sizes.get(1):
        assert (found.model, found.share) == ("sample", sizes[1] / members)
    if not sizes.get(1):
        assert (found.model, found.share) == ("none", 0.0)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("fraction", [0.2, 0.5, 0.9])
def test_a_class_of_the_sample_is_found_in_its_population(size: int, fraction: float) -> None:
    """The mean of 1/F by its definition: F - f failures before the f-th success."""
    p, q = fraction, 1 - fraction
    mean = sum(comb(F - 1, size - 1) * p**size * q ** (F - size) / F for F in range(size, 2000))
    assert found_in_population(size, fraction) == pytest.approx(mean, rel=1e-7)


def test_who_does_not_know_who_is_in_the_file_finds_fewer() -> None:
    table = pa.table({"age": [30, 30, 41, 52]})
    whole = risk(table, ["age"], population=4)
    part = risk(table, ["age"], population=40)
    assert whole.journalist_risk == pytest.approx((1.0, 0.75))
    assert part.journalist_risk is not None
    assert part.journalist_risk[0] == pytest.approx(found_in_population(1, 0.1))
    assert part.journalist_risk[1] < 0.75


def test_a_population_smaller_than_the_file_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        risk(pa.table({"age": [30, 30, 41]}), ["age"], population=2)
    assert (refused.value.code, refused.value.field) == ("population_too_small", "population")
    assert "3" in refused.value.sentence.zh
