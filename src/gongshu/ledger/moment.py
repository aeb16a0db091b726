"""The moment at which an act happens: the clock's, unless whoever acts is told another.

A service takes `at` and tells it here; all that it calls (facts, effects, entries, grants) reads
one and the same moment, also when midnight passes meanwhile. So a year can be lived through in a
minute, and a deadline asked about on another day.

>>> with told(datetime(2027, 3, 1, 9, tzinfo=UTC)):
...     today().isoformat()
'2027-03-01'
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

from django.utils import timezone

_told: ContextVar[datetime | None] = ContextVar("moment", default=None)

__all__ = ["UTC", "now", "today", "told"]


def now() -> datetime:
    """Aware; the moment told to the act in hand, else the clock's."""
    return _told.get() or timezone.now()


def today() -> date:
    """The day in the instance's time zone."""
    return timezone.localdate(now())


@contextmanager
def told(at: datetime | None) -> Iterator[datetime]:
    """Everything inside happens at `at`; without one, at the moment of entering."""
    token = _told.set(at or now())
    try:
        yield now()
    finally:
        _told.reset(token)
