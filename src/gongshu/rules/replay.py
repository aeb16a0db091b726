"""Where every case stands, from the ledger's entries alone: a pure fold over them in their order.

What the database says of a case must be what its entries add up to. An entry about a case says
where it led from and to, and what is owed by when; each must begin where the one before it ended,
by a row of the procedure's table.

>>> first = Told("C-2026-000001", "e1", "case.opened", "public_complaint", "", "received", "")
>>> later = Told("C-2026-000001", "e2", "complaint.declined", "public_complaint", "received",
...              "declined", "")
>>> replay([first, later]).standing["C-2026-000001"].state
'declined'
>>> [broken.entry for broken in replay([later]).broken]
['e2']
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence


@dataclass(frozen=True)
class Told:
    """What one entry tells of a case; `due` is a date, or "" where nothing is owed."""

    case: str
    entry: str
    event: str
    procedure: str
    source: str
    target: str
    due: str


@dataclass(frozen=True)
class Stands:
    state: str
    due: str
    entry: str  # the last that told of it


@dataclass(frozen=True)
class Broken:
    """An entry, or a row of the database, that does not follow from the entries before."""

    case: str
    entry: str
    sentence: Sentence


@dataclass
class Replayed:
    standing: dict[str, Stands] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)


def replay(entries: Iterable[Told]) -> Replayed:
    """Fold the entries, oldest first. What does not follow is told, and then taken as said."""
    found = Replayed()
    for told in entries:
        before = found.standing.get(told.case)
        wrong = _wrong(told, before)
        if wrong:
            found.broken.append(Broken(told.case, told.entry, wrong))
        found.standing[told.case] = Stands(told.target, told.due, told.entry)
    return found


def _wrong(told: Told, before: Stands | None) -> Sentence | None:
    state = before.state if before else ""
    if told.source != state:
        return Sentence(
            en=f"It begins in “{told.source}”, where the case stood in “{state}”.",
            zh=f"其起点为“{told.source}”，而办件当时处于“{state}”。",
        )
    if told.source == told.target or _in_table(told):
        return None
    return Sentence(
        en=f"No row of the procedure leads from “{told.source}” to “{told.target}” by "
        f"{told.event}.",
        zh=f"程序表中没有以 {told.event} 从“{told.source}”到“{told.target}”的步骤。",
    )


def _in_table(told: Told) -> bool:
    procedure = PROCEDURES.get(told.procedure)
    if procedure is None:
        return False
    if not told.source:
        return told.target == procedure.initial
    return any(
        row.event == told.event and row.target == told.target and told.source in row.sources
        for row in procedure.steps
    )
