"""What a step counts towards, for whoever took it: whether it was due, and taken in time.

A step is judged by the day by which the step before it said that something is owed. A step that
leaves the case where it is (an extension) settles nothing. Names are stored; they are added to,
never renamed:

>>> class line:
...     event, by, at = "sharing.consented", "11A", datetime(2026, 10, 9)
...     facts = {"procedure": "sharing_request", "from": "received", "to": "agreed"}
>>> list(counted(line, "2026-10-08"))
['sharing.consented', 'due:sharing_request']
>>> list(counted(line, "2026-10-09"))
['sharing.consented', 'due:sharing_request', 'kept:sharing_request']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

DUE, KEPT = "due:", "kept:"
ANSWERS = "answers"  # under grants with data of this owner
# Decisions of an agency on what others ask of it.
DECISIONS = (
    *("sharing.consented", "sharing.refused"),
    *("demand.accepted", "demand.refused", "demand.met"),
    *("check.verified_right", "check.verified_wrong", "check.corrected"),
)
SYSTEM = "system"  # the platform's clock: nobody's doing


class Step(Protocol):
    @property
    def event(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def by(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


def counted(step: Step, due: str) -> Iterator[str]:
    """The measures that the entry of a case counts towards; `due` is what was owed before it."""
    if not step.by or step.by == SYSTEM:
        return
    if step.event in DECISIONS:
        yield step.event
    if due and step.facts.get("from") != step.facts.get("to"):
        procedure = step.facts.get("procedure", "")
        yield f"{DUE}{procedure}"
        if step.at.date().isoformat() <= due:
            yield f"{KEPT}{procedure}"


def quarter(at: datetime) -> int:
    """Quarters as one running number: 2026's first is 8104."""
    return at.year * 4 + (at.month - 1) // 3
