"""What was promised about sharing, and what was kept: a fold over the ledger's entries.

Each entry of a case says by when the next act is due. When the act comes, its entry's own day is
compared with what the entry before had promised, so that the ledger alone decides who kept to
their deadlines, and a changed row changes nothing.

>>> promises = Promises()
>>> promises.add(Act("sharing.requested", date(2026, 11, 2), "C-1", "a.b", date(2026, 11, 16)))
>>> promises.add(Act("sharing.consented", date(2026, 11, 17), "C-1", "a.b", date(2026, 12, 14)))
>>> promises.kept["a.b", Duty.REPLY]
Tally(in_time=0, late=1)
>>> [(one.duty.value, one.due.isoformat()) for one in promises.open.values()]
[('delivery', '2026-12-14')]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

SHARING, CHECK, ENTRY = "sharing_request", "check_request", "catalogue_entry"


class Duty(StrEnum):
    """What a provider owes; the words are stored in files that others keep."""

    REPLY = "reply"  # Order 809, article 21
    DELIVERY = "delivery"  # article 22
    CORRECTION = "correction"  # article 26
    UPDATE = "update"  # article 17


IN_WORDS = {
    Duty.REPLY: Sentence("Replies", "答复"),
    Duty.DELIVERY: Sentence("Deliveries", "提供"),
    Duty.CORRECTION: Sentence("Checks and corrections", "校核更正"),
    Duty.UPDATE: Sentence("Updates of the catalogue", "目录更新"),
}
# kind and steps → the duty that they fulfil
FULFILLED_BY = {
    Duty.REPLY: (SHARING, ("consent", "refuse")),
    Duty.DELIVERY: (SHARING, ("deliver",)),
    Duty.CORRECTION: (CHECK, ("correct", "report")),
    Duty.UPDATE: (ENTRY, ("submit",)),
}
# kind and steps → the duty that is owed from then on; resubmitting and extending owe it anew
OWED_BY = {
    Duty.REPLY: (SHARING, ("submit", "resubmit", "extend", "ask_extension")),
    Duty.DELIVERY: (SHARING, ("consent",)),
    Duty.CORRECTION: (CHECK, ("find_wrong", "find_right")),
    Duty.UPDATE: (ENTRY, ("change", "return_update", "extend", "ask_extension")),
}
OPENED = {CHECK: Duty.CORRECTION}  # owed from the opening of the case itself
# Nothing is owed by the provider while it waits for somebody else, or when the case is over.
WAITING = {SHARING: ("ask_supplement", "withdraw"), CHECK: ("withdraw",)}


def _events(steps: Mapping[Duty, tuple[str, tuple[str, ...]]]) -> dict[str, Duty]:
    return {
        PROCEDURES[kind].rows[name].event: duty
        for duty, (kind, names) in steps.items()
        for name in names
    }


FULFILS, OWES = _events(FULFILLED_BY), _events(OWED_BY)
RESTS = {PROCEDURES[kind].rows[name].event for kind, names in WAITING.items() for name in names}
EVENTS = ("case.opened", *sorted({*FULFILS, *OWES, *RESTS}))


@dataclass(frozen=True, slots=True)
class Act:
    """An entry as this fold reads it: days are Chinese days."""

    event: str
    day: date
    case: str
    dataset: str
    due: date | None  # of what comes next
    kind: str = ""  # of the case


@dataclass(frozen=True, slots=True)
class Owed:
    duty: Duty
    dataset: str
    due: date


@dataclass(frozen=True, slots=True)
class Tally:
    in_time: int = 0
    late: int = 0

    def plus(self, in_time: int, late: int) -> Tally:
        return Tally(self.in_time + in_time, self.late + late)


@dataclass
class Promises:
    kept: dict[tuple[str, Duty], Tally] = field(default_factory=dict)  # by dataset
    open: dict[str, Owed] = field(default_factory=dict)  # by case

    def add(self, act: Act) -> None:
        before = self.open.get(act.case)
        if duty := FULFILS.get(act.event):
            if before and before.duty == duty:
                late = act.day > before.due
                tally = self.kept.get((act.dataset, duty), Tally())
                self.kept[act.dataset, duty] = tally.plus(not late, late)
            self.open.pop(act.case, None)
        if act.event in RESTS:
            self.open.pop(act.case, None)
        owed = OWES.get(act.event) or (OPENED.get(act.kind) if act.event == "case.opened" else None)
        if owed and act.due:
            self.open[act.case] = Owed(owed, act.dataset, act.due)

    def copy(self) -> Promises:
        """What is in it never changes, so that this is quick."""
        return Promises(dict(self.kept), dict(self.open))

    def overdue(self, today: date) -> Iterable[tuple[str, Owed]]:
        """What is late now and not done yet, with its case."""
        return ((case, one) for case, one in self.open.items() if one.due < today)
