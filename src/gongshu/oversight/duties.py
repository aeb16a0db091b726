"""The sharing duty list (共享责任清单): what each department shares, how, and whether in time.

The Opinion, item 1, asks for the list; its columns are those of a catalogue entry (Order 809,
article 13) that bind whoever provides: attribute, conditions, method, update cycle; the lengths in
which the provider replies, delivers and corrects (articles 21, 22, 26) as they hold in this place;
and beside what is promised what was done, read off the ledger (`oversight.promises`).

What a reader sees are the entries that they may know of, and figures about these alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from gongshu.cases import clock
from gongshu.catalog import selectors as catalog
from gongshu.catalog.freshness import next_due
from gongshu.catalog.models import Dataset, Sharing, State
from gongshu.ledger import moment
from gongshu.ledger.models import Entry
from gongshu.oversight.promises import EVENTS, Act, Duty, Promises, Tally
from gongshu.rules.agents import Agent
from gongshu.rules.lengths import ByFact, Length
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

SHARED = (Sharing.UNCONDITIONAL, Sharing.CONDITIONAL)
AT_ONCE = 500  # entries read together when all are written to a file


@dataclass(frozen=True)
class Promised:
    """How long the provider may take, in the words of the place."""

    reply: Sentence | None
    delivery: Sentence | None
    correction: Sentence | None


@dataclass(frozen=True)
class DutyLine:
    """One entry of the list."""

    dataset: Dataset
    items: tuple[str, ...]
    promised: Promised
    done: dict[Duty, Tally]
    overdue: int
    updated: date | None
    next_update: date | None
    update_late: bool


@dataclass
class ProviderLine:
    """One department: how much it shares, and how it keeps to its deadlines."""

    provider: str
    datasets: int = 0
    done: dict[Duty, Tally] = field(default_factory=dict)
    overdue: int = 0

    @property
    def in_time(self) -> int:
        return sum(tally.in_time for tally in self.done.values())

    @property
    def late(self) -> int:
        """Done too late, and not done though it is due."""
        return sum(tally.late for tally in self.done.values()) + self.overdue

    @property
    def share(self) -> float | None:
        """Of all that was due, what was done in time; None where nothing was."""
        due = self.in_time + self.late
        return self.in_time / due if due else None


def duties(agent: Agent, provider: str = "") -> QuerySet[Dataset]:
    """The entries of the list, by department."""
    rows = catalog.visible_to(agent).filter(sharing__in=SHARED).exclude(published_for="")
    rows = rows.exclude(state=State.RETIRED)
    rows = rows.filter(provider__code=provider) if provider else rows
    return rows.order_by("provider__code", "code")


def lines(datasets: QuerySet[Dataset], today: date | None = None) -> list[DutyLine]:
    """Some of these entries, each with its promises and what was done."""
    today = today or moment.today()
    promises = _KEPT.current()
    late: dict[str, int] = {}
    for _, owed in promises.overdue(today):
        late[owed.dataset] = late.get(owed.dataset, 0) + 1
    rows = datasets.prefetch_related("fields").annotate(newest=Max("versions__created"))
    return [_line(dataset, promises, late, today) for dataset in rows]


def every_line(agent: Agent, provider: str = "", today: date | None = None) -> Iterator[DutyLine]:
    """The whole list, for a file: some at a time, in an order that a change cannot shift."""
    rows, after = duties(agent, provider).order_by("pk"), 0
    while True:
        found = lines(rows.filter(pk__gt=after)[:AT_ONCE], today)
        yield from found
        if len(found) < AT_ONCE:
            return
        after = found[-1].dataset.pk


def providers(agent: Agent, today: date | None = None) -> list[ProviderLine]:
    """Who keeps to their deadlines: the most that is late first."""
    today = today or moment.today()
    counted = duties(agent).order_by().values_list("provider__code").annotate(n=Count("pk"))
    found = {code: ProviderLine(code, datasets=n) for code, n in counted}
    promises = _KEPT.current()
    owed = list(promises.overdue(today))
    named = {code for code, _ in promises.kept} | {one.dataset for _, one in owed}
    whose = dict(
        catalog.visible_to(agent).filter(code__in=named).values_list("code", "provider__code")
    )
    for (code, duty), tally in promises.kept.items():
        if code in whose:
            line = found.setdefault(whose[code], ProviderLine(whose[code]))
            line.done[duty] = line.done.get(duty, Tally()).plus(tally.in_time, tally.late)
    for _, one in owed:
        if one.dataset in whose:
            found.setdefault(whose[one.dataset], ProviderLine(whose[one.dataset])).overdue += 1
    return sorted(found.values(), key=lambda line: (-line.late, -line.datasets, line.provider))


def _line(dataset: Any, promises: Promises, late: dict[str, int], today: date) -> DutyLine:
    updated = timezone.localdate(dataset.newest) if dataset.newest else None
    expected = next_due(updated, dataset.update_cycle) if updated else None
    return DutyLine(
        dataset=dataset,
        items=tuple(one.name for one in dataset.fields.all()),
        promised=promised(dataset.sharing),
        done={
            duty: promises.kept[dataset.code, duty]
            for duty in Duty
            if (dataset.code, duty) in promises.kept
        },
        overdue=late.get(dataset.code, 0),
        updated=updated,
        next_update=expected,
        update_late=expected is not None and expected < today,
    )


def promised(sharing: str) -> Promised:
    """As they hold here: the national lengths, or a place's own."""
    return Promised(
        reply=_length("sharing_request", "consent", sharing),
        delivery=_length("sharing_request", "deliver", sharing),
        correction=_length("check_request", "correct", sharing),
    )


def _length(kind: str, name: str, sharing: str) -> Sentence | None:
    within = PROCEDURES[kind].rows[name].within
    ruled = within.of({"sharing_attribute": sharing}) if isinstance(within, ByFact) else within
    found = clock.profile().length(kind, name, ruled) if isinstance(ruled, Length) else None
    return found.in_words if isinstance(found, Length) else None


class _Kept:
    """The promises of this process, carried on from where they stopped.

    Entries that have their place in the tree never change, so only later ones are read; the few
    that wait for theirs are added to a copy. Keyed by place, they are never stale.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._promises, self._next, self._last = Promises(), 0, ""

    def current(self) -> Promises:
        with self._lock:
            self._catch_up()
            pending = Entry.objects.filter(index__isnull=True, event__in=EVENTS).order_by("id")
            acts = [_act(entry) for entry in pending]
            if not acts:
                return self._promises
            promises = self._promises.copy()
            for act in acts:
                promises.add(act)
            return promises

    def _catch_up(self) -> None:
        if self._next and not Entry.objects.filter(index=self._next - 1, id=self._last).exists():
            # Another log than the one we read: an instance restored from a copy.
            self._promises, self._next, self._last = Promises(), 0, ""
        end = Entry.objects.exclude(index=None).order_by("-index").only("index", "id").first()
        if end is None or end.index is None or end.index < self._next:
            return
        rows = Entry.objects.filter(index__range=(self._next, end.index), event__in=EVENTS)
        promises = self._promises.copy()  # others may be reading those that are out
        for entry in rows.order_by("index").iterator(chunk_size=2000):
            promises.add(_act(entry))
        self._promises, self._next, self._last = promises, end.index + 1, end.id


def _act(entry: Entry) -> Act:
    """From the exact text of the entry; the columns beside it are for searching only."""
    content = entry.content
    facts = content["facts"]
    due = facts.get("due", "")
    return Act(
        event=content["event"],
        day=timezone.localdate(datetime.fromisoformat(content["time"])),
        case=content["subject"]["id"],
        dataset=str(facts.get("dataset", "")),
        due=date.fromisoformat(due) if due else None,
        kind=str(facts.get("procedure", "")),
    )


_KEPT = _Kept()
