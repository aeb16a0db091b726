"""What is shown of it all: the disclosure, what is overdue, and the auditor's view of the log."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime

from django.db.models import Max, QuerySet
from django.utils import timezone

from gongshu.cases import selectors as cases
from gongshu.cases.models import Case
from gongshu.ledger import selectors as ledger
from gongshu.ledger.models import Entry
from gongshu.ledger.subjects import Subject
from gongshu.oversight.books import Books, Line
from gongshu.oversight.disclosure import SHANGHAI, Disclosure, disclose
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence


def disclosure(year: int | None = None) -> Disclosure:
    """Derived from the ledger's entries alone; `year` None is from the first entry to now."""
    books, entries = _BOOKS.current()
    return disclose(books, year=year, today=timezone.localdate(), entries=entries)


def years() -> list[int]:
    """The years in which anything happened, and this one; newest first."""
    books, _ = _BOOKS.current()
    return sorted({*books.years, timezone.localdate().year}, reverse=True)


def overdue(agent: Agent) -> QuerySet[Case]:
    """Cases past their due date: the supervision list, for who supervises or audits."""
    require_overseer(agent)
    return cases.overdue()


def audit(
    agent: Agent,
    *,
    events: Iterable[str] = (),
    subject: Subject | None = None,
    organisation: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Entry]:
    """The log as the audit body reads it (the Opinion, 17): every act, oldest first, read only."""
    require_overseer(agent)
    return ledger.entries(
        events=tuple(events), subject=subject, organisation=organisation, since=since, until=until
    )


def is_overseer(agent: Agent) -> bool:
    """The data bureau, the audit body, and whoever runs the instance."""
    may = agent.administrator or agent.is_a(Kind.BUREAU) or agent.is_a(Kind.AUDITOR)
    return may and agent.may_use("read")


def require_overseer(agent: Agent) -> None:
    if not is_overseer(agent):
        raise Forbidden(
            "not_overseer",
            Sentence(
                en="This view is for the data bureau and the audit body.",
                zh="此视图仅供数据管理部门和审计机关使用。",
            ),
        )


class _Kept:
    """The books of this process, carried on from where they stopped.

    Entries that have their place in the tree never change, so only later ones are read; the few
    that wait for theirs are added to a copy. Keyed by place, it is never stale.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._empty()

    def _empty(self) -> None:
        self._books, self._next, self._last = Books(), 0, ""

    def current(self) -> tuple[Books, int]:
        with self._lock:
            self._catch_up()
            pending = [_line(e) for e in Entry.objects.filter(index__isnull=True).order_by("id")]
            if not pending:
                return self._books, self._next
            books = deepcopy(self._books)
            for line in pending:
                books.add(line)
            return books, self._next + len(pending)

    def _catch_up(self) -> None:
        if self._next and not Entry.objects.filter(index=self._next - 1, id=self._last).exists():
            self._empty()  # another log than the one we read: an instance restored from a copy
        newest = Entry.objects.aggregate(newest=Max("index"))["newest"]
        if newest is None or newest < self._next:
            return
        rows = Entry.objects.filter(index__gte=self._next).order_by("index")
        for entry in rows.iterator(chunk_size=2000):
            self._books.add(_line(entry))
            self._next, self._last = self._next + 1, entry.id


def _line(entry: Entry) -> Line:
    """From the exact text of the entry; the columns beside it are for searching only."""
    content = entry.content
    subject = content["subject"]
    return Line(
        id=content["id"],
        event=content["event"],
        at=datetime.fromisoformat(content["time"]).astimezone(SHANGHAI),
        subject_kind=subject["kind"],
        subject_id=subject["id"],
        organisation=subject["organisation"],
        facts=content["facts"],
    )


_BOOKS = _Kept()
