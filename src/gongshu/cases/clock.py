"""By when: the due date of a state, on the Chinese working-day calendar.

The calendar is ours, completed by the files that `gongshu calendar import` put into the
instance. A due date is the shortest time any step out of the state may take.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from gongshu.rules.calendar import Calendar, Due
from gongshu.rules.lengths import ByFact, Length
from gongshu.rules.procedure import Procedure, Step

_read: dict[tuple[tuple[str, int], ...], Calendar] = {}


def folder() -> Path:
    return Path(settings.HOME) / "calendars"


def calendar() -> Calendar:
    """The calendar of this instance; read again when a file of it changes."""
    paths = sorted(folder().glob("*.json"))
    key = tuple((str(p), p.stat().st_mtime_ns) for p in paths)
    if key not in _read:
        _read.clear()
        _read[key] = Calendar.load(*paths)
    return _read[key]


def length_of(step: Step, facts: Mapping[str, Any]) -> Length | None:
    return step.within.of(facts) if isinstance(step.within, ByFact) else step.within


def due(procedure: Procedure, state: str, facts: Mapping[str, Any], at: datetime) -> Due | None:
    """The earliest deadline among the steps out of `state`, entered on the day of `at`."""
    start = timezone.localdate(at)
    lengths = [length_of(step, facts) for step in procedure.from_state(state)]
    found = [calendar().due(start, length) for length in lengths if length]
    return min(found, key=lambda d: d.day) if found else None


def extended(from_day: date | None, length: Length, at: datetime) -> Due:
    """The due date moved by an extension: counted on from the old one."""
    return calendar().due(from_day or timezone.localdate(at), length)
