"""What stands behind one figure of the evaluation: each entry or dataset that it counts.

Found anew from the ledger, by the same rule that counted it (measures.py), so that a figure that
cannot be shown is a figure that was not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gongshu.ledger.models import Entry
from gongshu.oversight.bookkeeping import BOOKS, line_of
from gongshu.oversight.disclosure import SHANGHAI
from gongshu.oversight.evaluation import datasets
from gongshu.oversight.indicators import INDICATORS, Indicator
from gongshu.oversight.measures import DUE, KEPT, counted
from gongshu.rules.problems import not_found

MOST = 500


@dataclass(frozen=True)
class Piece:
    entry: str  # its id
    event: str
    at: datetime | None
    about: str  # a case's number, a dataset's code
    link: str
    due: str
    counts: bool  # in the part, not only in the whole


def evidence(code: str, organisation: str, year: int) -> list[Piece]:
    """At most `MOST` pieces, newest first; datasets by their codes."""
    if code not in INDICATORS:
        raise not_found("no_indicator")
    row = INDICATORS[code]
    pieces = _datasets if row.whole[0].startswith("datasets") else _steps
    found = []
    for piece in pieces(row, organisation, year):
        found.append(piece)
        if len(found) == MOST:
            break
    return found


def _datasets(row: Indicator, organisation: str, year: int) -> Iterator[Piece]:
    books, _, _ = BOOKS.current()
    span = range(year * 4, year * 4 + 4)
    asked = {code for (code, at) in books.asked if at in span}
    for code, standing in sorted(datasets(books, span).items()):
        names = standing["counted"] | ({"datasets:asked"} if code in asked else set())
        if standing["owner"] == organisation and names & {*row.whole}:
            yield Piece(
                entry=standing["entry"],
                event="",
                at=None,
                about=code,
                link=f"/dataset/{code}",
                due="",
                counts=bool(names & {*row.part}),
            )


def _steps(row: Indicator, organisation: str, year: int) -> Iterator[Piece]:
    begin, end = (datetime(year + n, 1, 1, tzinfo=SHANGHAI) for n in (0, 1))
    acted = Entry.objects.filter(organisation=organisation, at__gte=begin, at__lt=end)
    timed = row.whole[0].startswith("due")
    if not timed:
        acted = acted.filter(event__in={*row.whole, *row.part})
    for entry in acted.filter(subject_kind="case").order_by("-at").iterator(chunk_size=500):
        line = line_of(entry.body)
        due = _due_before(entry) if timed else ""
        names = set(counted(line, due))
        names |= {
            prefix.rstrip(":") for prefix in (DUE, KEPT) for n in names if n.startswith(prefix)
        }
        if names & {*row.whole, *row.part}:
            yield Piece(
                entry=entry.id,
                event=entry.event,
                at=entry.at,
                about=entry.subject_id,
                link=f"/case/{entry.subject_id}",
                due=due,
                counts=bool(names & {*row.part}),
            )


def _due_before(entry: Entry) -> str:
    """What the step before it said is owed: of this case, the entry in the place before."""
    before = Entry.objects.filter(subject_kind="case", subject_id=entry.subject_id)
    if entry.index is not None:
        before = before.filter(index__lt=entry.index).order_by("-index")
    else:
        before = before.filter(id__lt=entry.id).order_by("-id")
    found = before.first()
    return str(found.facts.get("due", "")) if found else ""
