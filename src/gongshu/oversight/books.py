"""What the ledger adds up to: entries folded into the figures that are disclosed and evaluated.

The fold reads entries and nothing else, so that a row changed in the database without an entry
changes no figure. It is a pure function of the entries in their order; what it has added up is
replaced, never changed in place, so that a copy of the books costs little and goes its own way:

>>> books = Books()
>>> books.add(Line("1", "query.answered", datetime(2026, 12, 1), "grant", "G-2026-0001", "91A",
...                {"grant": "G-2026-0001", "withheld": True}))
>>> books.use["G-2026-0001", 2026]
Tally(answered=1, withheld=1, refused=0)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, NamedTuple, Self

from gongshu.oversight.measures import ANSWERS, counted, quarter

CAPS = ("price.caps_set", "price.caps_adjusted")
CHARGES = (
    "price.trial_guided",
    "price.trial_changed",
    "price.charges_set",
    "price.charges_changed",
)
# Each may change what of a dataset is open.
CATALOGUE = ("entry.published", "entry.update_published", "entry.retired")
TERMS = "dataset.terms_set"


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
    by: str = ""  # the acting one


class Use(NamedTuple):
    """What the books look at of a question."""

    event: str
    year: int
    quarter: int
    grant: str
    grantee: str
    withheld: bool
    granted: tuple[str, ...]  # the datasets of its grant


def use_of(event: str, at: datetime, grant: str, grantee: str, facts: Mapping[str, Any]) -> Use:
    granted = tuple(facts.get("versions") or ())
    return Use(event, at.year, quarter(at), grant, grantee, bool(facts.get("withheld")), granted)


@dataclass(frozen=True, slots=True)
class Tally:
    answered: int = 0
    withheld: int = 0  # answered, with some of it withheld
    refused: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.answered + other.answered,
            self.withheld + other.withheld,
            self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class History:
    """What happened to one thing: its first entry, and every change since."""

    lines: tuple[Line, ...]

    @property
    def first(self) -> Line:
        return self.lines[0]

    def until(self, moment: datetime | None) -> list[Line]:
        return [line for line in self.lines if moment is None or line.at < moment]


@dataclass
class Books:
    grants: dict[str, History] = field(default_factory=dict)
    datasets: dict[str, History] = field(default_factory=dict)  # from their publication on
    terms: dict[str, History] = field(default_factory=dict)  # their owners', of each dataset
    use: dict[tuple[str, int], Tally] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)  # grant → grantee, by its entries
    caps: dict[str, History] = field(default_factory=dict)  # of each grant, oldest first
    charges: dict[str, History] = field(default_factory=dict)
    products: dict[str, History] = field(default_factory=dict)  # from their listing on
    counts: dict[tuple[str, str, int], int] = field(default_factory=dict)  # event, kind, year
    # dataset, quarter → answers under grants that it is in: which it was is not public
    asked: dict[tuple[str, int], int] = field(default_factory=dict)
    dues: dict[str, str] = field(default_factory=dict)  # case → by when a step is owed in it
    # organisation, quarter, what is counted of it (measures.py)
    measures: dict[tuple[str, int, str], int] = field(default_factory=dict)
    # Which pages were written on (section, key), since somebody last looked.
    touched: set[tuple[str, Any]] = field(default_factory=set, compare=False, repr=False)

    @property
    def years(self) -> set[int]:
        return {year for _, _, year in self.counts}

    def copy(self) -> Self:
        """Books of their own: each section is copied, what stands in it is never changed."""
        sections = {one.name: dict(getattr(self, one.name)) for one in SECTIONS}
        return replace(self, **sections, touched=set())

    def add(self, line: Line) -> None:
        if line.event.startswith("query."):
            self.add_use(
                use_of(line.event, line.at, line.subject_id, line.organisation, line.facts)
            )
            return
        kind = str(line.facts.get("kind", line.facts.get("procedure", "")))
        self._count("counts", (line.event, kind, line.at.year))
        if line.event.startswith("grant."):
            self._follow("grants", line.subject_id, line, begins="grant.issued")
        elif line.event in CAPS or line.event in CHARGES:
            section = "caps" if line.event in CAPS else "charges"
            self._follow(section, str(line.facts["grant"]), line)
        elif line.event.startswith("product."):
            self._follow("products", line.subject_id, line, begins="product.listed")
        elif line.event in CATALOGUE and line.facts.get("dataset"):
            code = str(line.facts["dataset"])
            self._follow("datasets", code, line, begins="entry.published")
        elif line.event == TERMS and line.subject_id not in self.terms:
            self._follow("terms", line.subject_id, line)
        if line.subject_kind == "case":
            self._measure(line)

    def add_use(self, use: Use, number: int = 1) -> None:
        """So many questions that differ in nothing the books look at: most of what a ledger has."""
        self._count("counts", (use.event, "", use.year), number)
        one = Tally(
            answered=number * (use.event == "query.answered"),
            withheld=number * (use.event == "query.answered" and use.withheld),
            refused=number * (use.event == "query.refused"),
        )
        key = use.grant, use.year
        self._write("use", key, self.use.get(key, Tally()) + one)
        if use.grant not in self.holders:
            self._write("holders", use.grant, use.grantee)
        if use.event == "query.answered":
            for dataset in use.granted:
                self._count("asked", (dataset, use.quarter), number)
            known = (self.datasets.get(dataset) for dataset in use.granted)
            for owner in {history.first.organisation for history in known if history}:
                self._count("measures", (owner, use.quarter, ANSWERS), number)

    def _follow(self, section: str, name: str, line: Line, *, begins: str = "") -> None:
        known: History | None = getattr(self, section).get(name)
        if known or not begins or line.event == begins:
            lines = (*known.lines, line) if known else (line,)
            self._write(section, name, History(lines))

    def _measure(self, line: Line) -> None:
        """A step: what it counts towards, and by when the next one is owed."""
        for measure in counted(line, self.dues.get(line.subject_id, "")):
            self._count("measures", (line.by, quarter(line.at), measure))
        due = str(line.facts.get("due", ""))
        if due != self.dues.get(line.subject_id, ""):
            self._write("dues", line.subject_id, due)

    def _count(self, section: str, key: Any, number: int = 1) -> None:
        counts = getattr(self, section)
        self._write(section, key, counts.get(key, 0) + number)

    def _write(self, section: str, key: Any, value: Any) -> None:
        if value == "":
            getattr(self, section).pop(key, None)
        else:
            getattr(self, section)[key] = value
        self.touched.add((section, key))


SECTIONS = tuple(one for one in fields(Books) if one.name != "touched")
