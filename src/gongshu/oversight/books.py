"""What the ledger adds up to: entries folded into the figures that are disclosed.

The fold reads entries and nothing else, so that a row changed in the database without an entry
changes no figure. It is a pure function of the entries in their order:

>>> books = Books()
>>> books.add(Line("1", "query.answered", datetime(2026, 12, 1), "grant", "G-2026-0001", "91A",
...                {"grant": "G-2026-0001", "withheld": True}))
>>> books.use["G-2026-0001", 2026]
Tally(answered=1, withheld=1, refused=0)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CAPS = ("price.caps_set", "price.caps_adjusted")
CHARGES = (
    "price.trial_guided",
    "price.trial_changed",
    "price.charges_set",
    "price.charges_changed",
)
# Each may change what of a dataset is open.
CATALOGUE = ("entry.published", "entry.update_published", "entry.retired")


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the books read it; `at` is Chinese time."""

    id: str
    event: str
    at: datetime
    subject_kind: str
    subject_id: str
    organisation: str  # the subject's
    facts: Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    answered: int = 0
    withheld: int = 0  # answered, with some of it withheld
    refused: int = 0


@dataclass(slots=True)
class History:
    """What happened to one thing: its first entry, and every change since."""

    first: Line
    lines: list[Line] = field(default_factory=list)

    def until(self, moment: datetime | None) -> list[Line]:
        return [line for line in self.lines if moment is None or line.at < moment]


@dataclass
class Books:
    grants: dict[str, History] = field(default_factory=dict)
    datasets: dict[str, History] = field(default_factory=dict)  # from their publication on
    use: dict[tuple[str, int], Tally] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)  # grant → grantee, by its entries
    caps: dict[str, list[Line]] = field(default_factory=dict)  # of each grant, oldest first
    charges: dict[str, list[Line]] = field(default_factory=dict)
    products: dict[str, History] = field(default_factory=dict)  # from their listing on
    counts: Counter[tuple[str, str, int]] = field(default_factory=Counter)  # event, kind, year
    years: set[int] = field(default_factory=set)

    def add(self, line: Line) -> None:
        self.years.add(line.at.year)
        kind = str(line.facts.get("kind", line.facts.get("procedure", "")))
        self.counts[line.event, kind, line.at.year] += 1
        if line.event.startswith("query."):
            self._count_use(line)
        elif line.event.startswith("grant."):
            self._follow(self.grants, line, begins="grant.issued")
        elif line.event in CAPS or line.event in CHARGES:
            kept = self.caps if line.event in CAPS else self.charges
            kept.setdefault(str(line.facts["grant"]), []).append(line)
        elif line.event.startswith("product."):
            self._follow(self.products, line, begins="product.listed")
        elif line.event in CATALOGUE and line.facts.get("dataset"):
            self._follow(self.datasets, line, begins="entry.published")

    def _count_use(self, line: Line) -> None:
        tally = self.use.setdefault((line.subject_id, line.at.year), Tally())
        self.holders.setdefault(line.subject_id, line.organisation)
        if line.event == "query.answered":
            tally.answered += 1
            tally.withheld += bool(line.facts.get("withheld"))
        elif line.event == "query.refused":
            tally.refused += 1

    def _follow(self, kept: dict[str, History], line: Line, *, begins: str) -> None:
        name = str(line.facts.get("dataset", line.subject_id))
        if line.event == begins and name not in kept:
            kept[name] = History(line)
        if name in kept:
            kept[name].lines.append(line)
