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
from gongshu.rules.lengths import AfterYearEnd, ByFact, ByForm, Length, Unwritten
from gongshu.rules.procedure import Facts, Procedure, Step, Taken, View, in_place

Ruled = Length | Unwritten
Override = Callable[[str, str, Ruled], Ruled]  # kind, step, the rule's length → what holds here
Stands = Callable[[str, str], bool]  # kind, step → whether its clock stands still here


def as_ruled(kind: str, step: str, length: Ruled) -> Ruled:
    """No override: the length that the rule says."""
    return length


def runs_on(kind: str, step: str) -> bool:
    """No clock stands still: what holds where nothing else is set."""
    return False


def length_of(
    procedure: Procedure, row: Step, facts: Facts, override: Override = as_ruled
) -> Length | None:
    """How long the step may take, in this case; None where no length is written."""
    within = row.within.of(facts) if isinstance(row.within, ByFact) else row.within
    if not isinstance(within, Length | Unwritten):
        return None
    found = override(procedure.kind, row.name, within)
    return found if isinstance(found, Length) else None


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
            more = override(procedure.kind, done.name, done.extends)
            assert isinstance(more, Length)
            longer = calendar.due(earliest.day, more)
            earliest = Due(longer.day, longer.provisional or earliest.provisional)
    return earliest


def falls(
    procedure: Procedure,
    view: View,
    row: Step,
    calendar: Calendar,
    override: Override = as_ruled,
    stands: Stands = runs_on,
) -> Due | None:
    """The last day before the clock takes the step `row`; None where no length is written."""
    came = view.last(row.since) if row.since else view.came
    if row.after is None or came is None or came.day is None:
        return None
    length = override(procedure.kind, row.name, row.after)
    assert isinstance(length, Length)
    if row.may_stand and stands(procedure.kind, row.name):
        # Each day on which the clock stood is a day more, of the kind that the length counts.
        stood = sum(
            calendar.workdays_between(*span) if length.working else (span[1] - span[0]).days
            for span in _stays(view, row.may_stand, came)
        )
        length = Length(length.number + stood, working=length.working)
    return calendar.due(came.day, length)


def _stays(view: View, state: str, after: Taken) -> list[tuple[date, date]]:
    """From when to when the case was in `state`, after that step; a stay that lasts is left out."""
    taken = view.taken[view.taken.index(after) :]
    entered = [one.day for one in taken if one.target == state != one.source]
    left = [one.day for one in taken if one.source == state != one.target]
    return [(a, b) for a, b in zip(entered, left, strict=False) if a and b]


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
    if isinstance(row.within, AfterYearEnd):
        return Due(row.within.of(came.day), provisional=False)
    length = length_of(procedure, row, facts, override)
    return calendar.due(came.day, length) if length else None


def _day(taken: Taken, field: str) -> date | None:
    written = taken.form.get(field)
    return date.fromisoformat(written) if isinstance(written, str) else None
