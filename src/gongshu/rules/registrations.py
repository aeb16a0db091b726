"""How long a registration is valid, when it may be renewed, and what a query code looks like.

Registration measures (公共数据资源登记管理暂行办法, 发改数据规〔2025〕26号), articles 13 and 15.
Valid three years from the date of the code; for products and services of an authorised operation
whose agreed term is not over three years, as long as the operation. Renewal is possible in the
60 days before the end, each time for at most three years, counted from the day after it.

>>> validity(date(2026, 11, 23))
datetime.date(2029, 11, 23)
>>> validity(date(2026, 11, 23), agreed=(date(2026, 1, 1), date(2027, 12, 31)))
datetime.date(2027, 12, 31)

The unified coding rule of article 13 is not published, so a code says nothing: it is drawn by
chance and only looked up. A place that has a rule of its own plugs in another function
(`GONGSHU_REGISTRATION_CODES`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

YEARS = 3
RENEWAL_DAYS = 60
MEASURE_IN_FORCE = date(2025, 3, 1)
# Crockford's base 32, without the signs that are mistaken for one another.
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
OPAQUE = re.compile(f"^GS[{SIGNS}]{{16}}$")
CODE = re.compile(r"^[\x21-\x7e]{4,64}$")  # what any rule may make: printable, without spaces


def opaque_code(draw: Callable[[int], int]) -> str:
    """A code that says nothing; `draw(n)` gives a number below n, by chance.

    >>> opaque_code(lambda below: 7)
    'GS7777777777777777'
    """
    return "GS" + "".join(SIGNS[draw(len(SIGNS))] for _ in range(16))


def as_typed(code: str) -> str:
    """A code as somebody typed it off a certificate: capitals, without blanks.

    >>> as_typed(" gs77 7777 ")
    'GS777777'
    """
    return re.sub(r"\s", "", code).upper()


def years_later(day: date, years: int) -> date:
    """The same day years later; 28 February where that year has no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def validity(coded: date, *, agreed: tuple[date, date] | None = None) -> date:
    """The last valid day; `agreed` is the term of the operation of a product or service.

    An agreed term that has run out already still leaves the day of the code itself.
    """
    if agreed and agreed[1] < years_later(agreed[0], YEARS):
        return max(coded, agreed[1])
    return years_later(coded, YEARS)


def latest_renewal(valid_until: date) -> date:
    """The last day to which a registration that ends on `valid_until` can be renewed."""
    return years_later(valid_until + timedelta(days=1), YEARS) - timedelta(days=1)


def may_renew(valid_until: date, today: date) -> bool:
    """Whether the renewal window is open.

    >>> [may_renew(date(2027, 3, 1), date(2026, 12, day)) for day in (30, 31)]
    [False, True]
    """
    return valid_until - timedelta(days=RENEWAL_DAYS) <= today <= valid_until


def owed_from(started: date) -> date:
    """From which day the application is owed: operations older than the measure, from its own."""
    return max(started, MEASURE_IN_FORCE)
