"""Freshness: the update cycle that an entry promises against the days its versions came.

An update is due one cycle after the version before it, by the calendar of the Chinese day. It
came in time if it came by that day; if not, each further due day that passed counts as missed.

>>> from datetime import date as day
>>> kept = freshness("monthly", [day(2026, 1, 31), day(2026, 2, 28), day(2026, 5, 1)], day(2026, 5, 2))
>>> kept.in_time, kept.missed, kept.share  # February in time; March and April missed
(1, 2, 0.3333333333333333)
>>> kept.due, kept.late_since
(datetime.date(2026, 6, 1), None)
"""  # noqa: E501 (the example)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

from django.utils import timezone

from gongshu.catalog.models import Dataset, UpdateCycle
from gongshu.catalog.pulls import after

# What is promised “at once” is looked at by the day, as all others are.
BY_DAY = {UpdateCycle.REALTIME: UpdateCycle.DAILY}
MOST_MISSED = 10_000  # of a daily promise, 27 years


@dataclass(frozen=True)
class Freshness:
    cycle: str  # blank, irregular or once: nothing is promised
    last: date | None
    due: date | None
    late_since: date | None  # the day after which it was late, if it is late now
    in_time: int
    missed: int

    @property
    def promised(self) -> bool:
        return self.due is not None

    @property
    def share(self) -> float | None:
        """Of the updates that were due, those that came in time; None: none was due yet."""
        due = self.in_time + self.missed
        return self.in_time / due if due else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "cycle": self.cycle,
            "last": self.last.isoformat() if self.last else None,
            "due": self.due.isoformat() if self.due else None,
            "late_since": self.late_since.isoformat() if self.late_since else None,
            "in_time": self.in_time,
            "missed": self.missed,
            "share": self.share,
        }


def freshness(cycle: str, came: Sequence[date], today: date) -> Freshness:
    """`came`: the days of the versions, oldest first."""
    if not came or next_due(came[0], cycle) is None:
        return Freshness(cycle, came[-1] if came else None, None, None, 0, 0)
    in_time = missed = 0
    for before, then in pairwise(came):
        late = _passed(before, cycle, then)
        in_time, missed = in_time + (not late), missed + late
    late = _passed(came[-1], cycle, today)
    due = next_due(came[-1], cycle)
    return Freshness(cycle, came[-1], due, due if late else None, in_time, missed + late)


def of_dataset(dataset: Dataset, today: date | None = None) -> Freshness:
    """By the versions of the dataset, removed ones too: they did come."""
    made = dataset.versions.order_by("number").values_list("created", flat=True)
    came = [timezone.localdate(at) for at in made]
    return freshness(dataset.update_cycle, came, today or timezone.localdate())


def next_due(day: date, cycle: str) -> date | None:
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    due = after(noon, BY_DAY.get(UpdateCycle(cycle), cycle)) if cycle else None
    return timezone.localdate(due) if due else None


def _passed(since: date, cycle: str, until: date) -> int:
    """Due days after `since` that are over on `until`."""
    passed, due = 0, next_due(since, cycle)
    while due is not None and due < until and passed < MOST_MISSED:
        passed, due = passed + 1, next_due(due, cycle)
    return passed
