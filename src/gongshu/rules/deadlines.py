"""By when a case is owed something: worked out from its history alone, so that it can be replayed.

The due date of a state is the earliest among the steps that are owed in it. An extension that
was consented to counts on from there. The day of the event itself is not counted.

>>> from gongshu.rules.sharing_request import SHARING_REQUEST
>>> asked = Taken("submit", "li", "draft", "received", date(2026, 9, 30))
>>> view = View(state="received", taken=(asked,))
>>> due(SHARING_REQUEST, view, {"sharing_attribute": "unconditional"}, Calendar.load())
Due(day=datetime.date(2026, 10, 8), provisional=False)
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from gongshu.rules.calendar import Calendar, Due
from gongshu.rules.lengths import ByFact, ByForm, Length
from gongshu.rules.procedure import Facts, Procedure, Step, Taken, View, in_place

Override = Callable[[str, str, Length], Length]  # kind, step, the rule's length → what holds here


def as_ruled(kind: str, step: str, length: Length) -> Length:
    """No override: the length that the rule says."""
    return length


def length_of(
    procedure: Procedure, row: Step, facts: Facts, override: Override = as_ruled
) -> Length | None:
    """How long the step may take, in this case; None where no length is written."""
    within = row.within.of(facts) if isinstance(row.within, ByFact) else row.within
    return override(procedure.kind, row.name, within) if isinstance(within, Length) else None


def due(
    procedure: Procedure,
    view: View,
    facts: Facts,
    calendar: Calendar,
    override: Override = as_ruled,
) -> Due | None:
    """The earliest day by which something is owed in the case's state; None if nothing is."""
    rows = [row for row in procedure.from_state(view.state) if _owed(view, row)]
    found = [_of_row(procedure, view, row, facts, calendar, override) for row in rows]
    days = [one for one in found if one is not None]
    if not days:
        return None
    earliest = min(days, key=lambda one: one.day)
    for taken in view.here:
        done = procedure.step(taken.name)
        if done and done.extends:
            longer = calendar.due(earliest.day, override(procedure.kind, done.name, done.extends))
            earliest = Due(longer.day, longer.provisional or earliest.provisional)
    return earliest


def falls(view: View, row: Step, calendar: Calendar) -> Due | None:
    """The last day before the clock takes the step `row`; None where no length is written."""
    came = view.came
    if row.after is None or came is None or came.day is None:
        return None
    return calendar.due(came.day, row.after)


def _owed(view: View, row: Step) -> bool:
    return in_place(view, row) and not (row.once and view.last(row.name))


def _of_row(
    procedure: Procedure,
    view: View,
    row: Step,
    facts: Facts,
    calendar: Calendar,
    override: Override,
) -> Due | None:
    came = view.last(row.since) if row.since else view.came
    if came is None or came.day is None:
        return None
    if isinstance(row.within, ByForm):
        written = _day(came, row.within.field)
        return Due(written, provisional=False) if written else None
    length = length_of(procedure, row, facts, override)
    return calendar.due(came.day, length) if length else None


def _day(taken: Taken, field: str) -> date | None:
    written = taken.form.get(field)
    return date.fromisoformat(written) if isinstance(written, str) else None
