"""What may be charged: the maximum permitted revenue, caps, the yearly deviation, what is carried.

Pricing notice (关于建立公共数据资源授权运营价格形成机制的通知, 发改价格〔2025〕65号), parts 1 to 4.
Money is `Decimal`, in yuan to the fen; rates are fractions (0.02 is 2 %). The worked example of
our reading, numbers invented: cost 100, treasury yield 2 %, 6 points on top, tax 5.

>>> rate = permitted_rate(Decimal("0.02"), Decimal("0.06"))
>>> maximum = maximum_revenue(Decimal(100), rate, tax=Decimal(5))
>>> str(maximum), str(excess(Decimal(120), maximum))
('113.00', '7.00')
>>> off = deviation(Decimal(120), maximum)
>>> f"{off:.2%}", adjustment(off).value
('6.19%', 'charges')

The notice does not say how a maximum of up to three years is split into years, nor how to round:
the maximum of a year is given by whoever reports it, and amounts are cut to whole fen, so that
nothing permits more than the formula. It says “deviates” (偏离) without a sign: the absolute
deviation decides, and the sign is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from gongshu.rules.registrations import years_later
from gongshu.wording import Sentence

FEN = Decimal("0.01")
MOST_POINTS = Decimal("0.06")  # part 3(1): at most 6 percentage points over the yield
TOLERANCE = Decimal("0.10")  # part 4
LONGEST_CYCLE_YEARS = 3  # part 4, in principle
NOTHING = Decimal(0)


class Use(StrEnum):
    """What a product is for; part 1: only for industry may anything be charged."""

    GOVERNANCE = "governance"  # 公共治理
    PUBLIC_BENEFIT = "public_benefit"  # 公益事业
    INDUSTRY = "industry"  # 产业发展、行业发展


class Adjustment(StrEnum):
    CHARGES = "charges"  # the operator's own, guided
    CAPS = "caps"


def fen(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_FLOOR)


def operating_cost(items: Iterable[Decimal], subsidy: Decimal) -> Decimal:
    """Part 3(1): reasonable cost of products for industry alone, net of government subsidy."""
    return sum(items, NOTHING) - subsidy


def permitted_rate(treasury_yield: Decimal, points: Decimal) -> Decimal:
    """The average 10-year treasury yield of the year before the survey, and the points on top."""
    if not 0 <= points <= MOST_POINTS:
        raise ValueError("between 0 and 6 percentage points are added")
    return treasury_yield + points


def maximum_revenue(
    cost: Decimal, rate: Decimal, *, tax: Decimal, deducted: Decimal = NOTHING
) -> Decimal:
    """Cost, permitted profit and tax, less what an earlier cycle took too much."""
    return fen(cost + cost * rate + tax - deducted)


def maximum_revenue_at_tax_rate(cost: Decimal, rate: Decimal, tax_rate: Decimal) -> Decimal:
    """The same where the tax is a rate on the revenue itself.

    >>> str(maximum_revenue_at_tax_rate(Decimal(100), Decimal("0.08"), Decimal("0.06")))
    '114.89'
    """
    return fen(cost * (1 + rate) / (1 - tax_rate))


def excess(actual: Decimal, maximum: Decimal) -> Decimal:
    """What a cycle took above its maximum, to be deducted in later ones."""
    return max(NOTHING, actual - maximum)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle that is over: its maximum, what it took, and what it deducted for earlier ones."""

    maximum: Decimal
    actual: Decimal
    deducted: Decimal = NOTHING


def outstanding(cycles: Sequence[Cycle]) -> Decimal:
    """What is still to be deducted: all excess, less all deductions. Never below zero.

    >>> over = Cycle(maximum=Decimal(113), actual=Decimal(120))
    >>> smoothed = Cycle(maximum=Decimal(110), actual=Decimal(100), deducted=Decimal(4))
    >>> str(outstanding([over])), str(outstanding([over, smoothed]))
    ('7', '3')
    """
    owed = NOTHING
    for cycle in cycles:
        owed = max(NOTHING, owed - cycle.deducted) + excess(cycle.actual, cycle.maximum)
    return owed


def deviation(actual: Decimal, maximum: Decimal) -> Decimal:
    """By which part of the year's maximum the revenue lies above (or, negative, below) it."""
    return (actual - maximum) / maximum


def adjustment(deviated: Decimal) -> Adjustment:
    """Part 4: 10 % or less, the actual charges are adjusted under guidance; beyond, the caps."""
    return Adjustment.CHARGES if abs(deviated) <= TOLERANCE else Adjustment.CAPS


def last_day_of_cycle(begins: date) -> date:
    """The latest end of a cycle; beyond it, the review is overdue.

    >>> last_day_of_cycle(date(2026, 1, 1))
    datetime.date(2029, 1, 1)
    """
    return years_later(begins, LONGEST_CYCLE_YEARS)


@dataclass(frozen=True, slots=True)
class Cap:
    product: str
    cap: Decimal
    volume: Decimal  # expected over the cycle, in the product's unit


def caps_refused(uses: Mapping[str, str], caps: Sequence[Cap], maximum: Decimal) -> Sentence | None:
    """Why these caps cannot be set; None if they can.

    Our reading of “within the maximum”: what the caps bring in at the expected volume is.
    """
    named = [cap.product for cap in caps]
    return (
        _wrong_products(named, [name for name, use in uses.items() if use == Use.INDUSTRY])
        or _not_free(uses, {cap.product: cap.cap for cap in caps})
        or _above_maximum(sum((cap.cap * cap.volume for cap in caps), NOTHING), maximum)
    )


def charges_refused(
    uses: Mapping[str, str], charges: Mapping[str, Decimal], caps: Mapping[str, Decimal] | None
) -> Sentence | None:
    """Why these charges cannot be made; `caps` None: a trial, before there are any.

    >>> uses = {"score": "industry", "map": "governance"}
    >>> def said(**charges: int) -> str:
    ...     found = {name: Decimal(charge) for name, charge in charges.items()}
    ...     refused = charges_refused(uses, found, {"score": Decimal(10)})
    ...     return refused.en if refused else "may be charged"
    >>> said(score=10, map=0)
    'may be charged'
    >>> said(score=11)
    '“score” is charged 11, above its cap of 10.'
    >>> said(score=9, map=1)
    '“map” serves governance or public benefit and is free.'
    """
    needed = [name for name, use in uses.items() if use == Use.INDUSTRY]
    refused = _wrong_products([*charges], needed) or _not_free(uses, charges)
    if refused or caps is None:
        return refused
    return next((_above_cap(name, charges[name], caps) for name in _over(charges, caps)), None)


def _over(charges: Mapping[str, Decimal], caps: Mapping[str, Decimal]) -> list[str]:
    return [name for name, charge in charges.items() if charge > caps.get(name, NOTHING)]


def _above_cap(name: str, charge: Decimal, caps: Mapping[str, Decimal]) -> Sentence:
    cap = caps.get(name, NOTHING)
    return Sentence(
        en=f"“{name}” is charged {charge}, above its cap of {cap}.",
        zh=f"“{name}”收费 {charge} 元，超过上限 {cap} 元。",
    )


def _wrong_products(named: Sequence[str], needed: Iterable[str]) -> Sentence | None:
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        return Sentence(
            en=f"“{twice[0]}” is named twice.",
            zh=f"“{twice[0]}”重复列出。",
        )
    missing = [name for name in needed if name not in named]
    if missing:
        return Sentence(
            en=f"“{missing[0]}” is a product for industry and is missing here.",
            zh=f"缺少用于产业发展、行业发展的产品“{missing[0]}”。",
        )
    return None


def _not_free(uses: Mapping[str, str], charges: Mapping[str, Decimal]) -> Sentence | None:
    for name, charge in charges.items():
        if name not in uses:
            return Sentence(
                en=f"“{name}” is not on the list of products.",
                zh=f"“{name}”不在产品和服务清单内。",
            )
        if uses[name] != Use.INDUSTRY and charge > 0:
            return Sentence(
                en=f"“{name}” serves governance or public benefit and is free.",
                zh=f"“{name}”用于公共治理、公益事业，应当免费。",
            )
    return None


def _above_maximum(total: Decimal, maximum: Decimal) -> Sentence | None:
    if total <= maximum:
        return None
    return Sentence(
        en=f"At the expected volume these caps bring in {fen(total)}, above the maximum permitted "
        f"revenue of {maximum}.",
        zh=f"按预计销售量，上述上限收费合计 {fen(total)} 元，超过最高准许收入 {maximum} 元。",
    )
