"""How many are unique in the population, and how likely a person is found in it, from a sample.

A row that stands alone in a file need not be alone in the population that the file was drawn
from. Three estimates of the share of population uniques are known to agree with simulations:

- Zayatz (1991), "Estimation of the number of unique population elements using a sample":
  Bayes' rule, with the sizes of the sample's classes taken for those of the population's.
- Pitman's model after Hoshino (2001), "Applying Pitman's sampling formula to microdata
  disclosure risk assessment": maximum likelihood for two parameters, by Newton's method.
- The decision rule of Dankar, El Emam, Neisa and Roffey (2012), "Estimating the
  re-identification risk of clinical data sets": Pitman up to a tenth of the population, else
  Zayatz; Zayatz as well where Pitman has no solution. Above a tenth Dankar takes the lesser of
  Zayatz and the model SNB. ARX has SNB and finds Zayatz lesser in its published cases; SNB is
  left out here, so that above a tenth the estimate is Zayatz's, which is never the lower one.

`found_in_population` is the mean of 1/F for a class of f in the sample and F in the population
(Benedetti and Franconi 1998, the individual risk of μ-Argus): F given f is negative binomial.

>>> sizes = {1: 60, 2: 15, 10: 1}
>>> uniques(sizes, population=100).model
'sample'
>>> round(found_in_population(1, 0.5), 3)
0.693
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

SMALL_SAMPLE = 0.1
_STEPS = 300


@dataclass(frozen=True, slots=True)
class PopulationUniques:
    """The shares of the population that are unique in it, by model, and the one to go by."""

    population: int
    sampling_fraction: float
    model: str  # pitman, zayatz, sample (the file is the population) or none (nobody is unique)
    share: float
    zayatz: float
    pitman: float | None


def uniques(sizes: Mapping[int, int], population: int) -> PopulationUniques:
    """`sizes` says how many classes of each size the sample has; a partition of its members."""
    members = sum(size * count for size, count in sizes.items())
    fraction = min(1.0, members / population) if population else 1.0
    alone = sizes.get(1, 0)
    if not alone:
        return PopulationUniques(population, fraction, "none", 0.0, 0.0, 0.0)
    if members >= population:
        share = alone / members
        return PopulationUniques(members, 1.0, "sample", share, share, share)
    by_zayatz = _zayatz(sizes, members, population) / population
    number = _pitman(sizes, members, population)
    by_pitman = None if number is None else number / population
    chosen, share = ("zayatz", by_zayatz)
    if fraction <= SMALL_SAMPLE and by_pitman:
        chosen, share = ("pitman", by_pitman)
    return PopulationUniques(population, fraction, chosen, share, by_zayatz, by_pitman)


def _zayatz(sizes: Mapping[int, int], members: int, population: int) -> float:
    def once(size: int) -> float:
        """That of a population class of this size just one member is in the sample."""
        log = (
            math.log(size)
            + _log_choose(population - size, members - 1)
            - _log_choose(population, members)
        )
        return math.exp(log) if log > -700 else 0.0

    alone = sizes[1]
    whole = sum(count * once(size) for size, count in sizes.items())
    certain = alone * once(1) / whole
    return alone * certain * population / members


def _log_choose(n: int, k: int) -> float:
    if k < 0 or k > n:
        return -math.inf
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _pitman(sizes: Mapping[int, int], members: int, population: int) -> float | None:
    """None where the likelihood has no maximum that Newton's method finds."""
    solved = _solve(sizes, members)
    if solved is None:
        return None
    theta, alpha = solved
    log = math.lgamma(theta + 1) - math.lgamma(theta + alpha) + alpha * math.log(population)
    number = math.exp(log) if log < 700 else math.inf
    return number if 0 < number <= population else None


def _solve(sizes: Mapping[int, int], members: int) -> tuple[float, float] | None:
    theta, alpha = _first_guess(sizes, members)
    for _ in range(_STEPS):
        try:
            (by_theta, by_alpha), (tt, ta, aa) = _slopes(sizes, members, theta, alpha)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        determinant = tt * aa - ta * ta
        if not determinant or determinant != determinant:
            return None
        step_theta = (by_theta * aa - by_alpha * ta) / determinant
        step_alpha = (by_alpha * tt - by_theta * ta) / determinant
        scale = 1.0
        # Only so far that both stay where the model is defined.
        while not _inside(theta - scale * step_theta, alpha - scale * step_alpha):
            scale /= 2
            if scale < 1e-9:
                return None
        theta, alpha = theta - scale * step_theta, alpha - scale * step_alpha
        if abs(scale * step_alpha) < 1e-13 and abs(scale * step_theta) < 1e-9 * (1 + abs(theta)):
            return theta, alpha
    return None


def _inside(theta: float, alpha: float) -> bool:
    return 0 < alpha < 1 and theta > -alpha


def _first_guess(sizes: Mapping[int, int], members: int) -> tuple[float, float]:
    """Hoshino's, from the classes of one and of two."""
    alone, pairs, n = sizes.get(1, 0), sizes.get(2, 0) or 1, members
    classes = sum(sizes.values())
    ratio = alone * (alone - 1) / pairs
    below = 2 * alone * classes + alone * ratio - n * ratio
    theta = (n * classes * ratio - alone * (n - 1) * (2 * classes + ratio)) / below if below else 1
    alpha = (theta * (alone - n) + (n - 1) * alone) / (n * classes)
    return (theta, alpha) if _inside(theta, alpha) else (1.0, 0.5)


def _slopes(
    sizes: Mapping[int, int], members: int, theta: float, alpha: float
) -> tuple[tuple[float, float], tuple[float, float, float]]:
    """First and second derivatives of the log likelihood, sums in closed form by polygammas."""
    classes = sum(sizes.values())
    start, end = theta / alpha + 1, theta / alpha + classes
    sums = (_digamma(end) - _digamma(start)) / alpha  # Σ 1 / (θ + iα), i from 1 below classes
    squares = (_trigamma(start) - _trigamma(end)) / alpha**2  # Σ 1 / (θ + iα)²
    first = (classes - 1 - theta * sums) / alpha  # Σ i / (θ + iα)
    mixed = (sums - theta * squares) / alpha  # Σ i / (θ + iα)²
    second = (first - theta * mixed) / alpha  # Σ i² / (θ + iα)²
    inner = outer = 0.0
    for size, count in sizes.items():
        if size > 1:
            inner += count * (_digamma(size - alpha) - _digamma(1 - alpha))
            outer += count * (_trigamma(1 - alpha) - _trigamma(size - alpha))
    by_theta = sums - (_digamma(members + theta) - _digamma(1 + theta))
    tt = -squares + _trigamma(1 + theta) - _trigamma(members + theta)
    return (by_theta, first - inner), (tt, -mixed, -second - outer)


def _digamma(x: float) -> float:
    """By recurrence upwards and the asymptotic series (Abramowitz and Stegun 6.3.18)."""
    value = 0.0
    while x < 10:
        value -= 1 / x
        x += 1
    square = 1 / (x * x)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240))))
    return value + math.log(x) - 1 / (2 * x) - series


def _trigamma(x: float) -> float:
    """As above (6.4.12)."""
    value = 0.0
    while x < 10:
        value += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    series = square * (1 / 6 - square * (1 / 30 - square * (1 / 42 - square * (1 / 30))))
    return value + 1 / x + square / 2 + series / x


_ASYMPTOTIC = 400


def found_in_population(size: int, fraction: float) -> float:
    """The mean of 1/F, where F is the population's class of which `size` are in the sample.

    p·∫u^(size-1)/(p+qu)du over 0…1, by its recurrence, in the direction in which it is stable.
    """
    p, q = fraction, 1 - fraction
    if q <= 0:
        return 1 / size
    if size > _ASYMPTOTIC:
        return p / (size - q)
    if p < q:
        value = math.log(1 / p) / q
        for f in range(1, size):
            value = (1 / f - p * value) / q
    else:
        value = 1 / (_ASYMPTOTIC + 1 - q)
        for f in range(_ASYMPTOTIC, size - 1, -1):
            value = (1 / f - q * value) / p
    return p * value
