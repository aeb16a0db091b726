"""Keep the books: fold entries as they come, write down what the fold has come to.

The worker writes the pages every few seconds, a few thousand entries at a time; it reads and folds
outside any transaction and writes only what changed, so that nobody waits. Every other process
begins with the pages, folds what came after them, and from then on only what is new.

Entries that have their place in the tree never change, so nothing here is ever stale: the books
are known by the place of the next entry. A log that is not the one the books were made from (an
instance restored from a copy) is noticed by the id of the last entry, and everything begun anew.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, fields
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from gongshu.ledger.models import Entry
from gongshu.oversight.books import CATALOGUE, Books, History, Line, Tally, Use, use_of
from gongshu.oversight.disclosure import SHANGHAI
from gongshu.oversight.models import BookMark, BookPage

FORM = 1  # of the pages: raised when the fold or its sections change
BATCH = 5000
AT_ONCE = 4  # batches a transaction: a rebuild writes for some tenths of a second at a time
# A page waits for no more than these; a reader is told how many are still to be added.
MOST_AT_ONCE = 100_000
LINE = tuple(one.name for one in fields(Line))
HISTORIES = {"grants", "datasets", "terms", "caps", "charges", "products"}


class Keeper:
    """Books carried on from where they stopped; the process's own, or those that are written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.begin(Books(), 0, "")

    def begin(self, books: Books, place: int, last: str) -> None:
        self._books, self._next, self._last = books, place, last

    def current(self) -> tuple[Books, int, int]:
        """The books, how many entries they are made from, how many are still to be added."""
        with self._lock:
            self._reopen()
            self._carry_on()
            behind = _end() - self._next
            if behind > 0:
                return self._books, self._next, behind
            pending = [line_of(e.body) for e in Entry.objects.filter(index=None).order_by("id")]
            if not pending:
                return self._books, self._next, 0
            books = self._books.copy()
            for line in pending:
                books.add(line)
            return books, self._next + len(pending), 0

    def _reopen(self) -> None:
        """At the beginning, or where this is another log: what the worker has written."""
        if self._next and _is_at(self._next, self._last):
            return
        while True:
            mark = _mark()
            sound = mark.form == FORM and (not mark.next or _is_at(mark.next, mark.last))
            books = _read_pages() if sound else Books()
            if _mark().next == mark.next:  # nothing was written while we read
                break
        self.begin(books, *((mark.next, mark.last) if sound else (0, "")))

    def _carry_on(self) -> None:
        if _end() <= self._next:
            return
        self._books = self._books.copy()  # others may be reading those that are out
        for _ in range(MOST_AT_ONCE // BATCH):
            if not self._fold():
                break
        self._books.touched.clear()

    def _fold(self) -> int:
        rows = Entry.objects.filter(index__range=(self._next, self._next + BATCH - 1))
        found = rows.order_by("index").values_list("id", "body")
        count = 0
        # Questions are most of a ledger and few of them differ: counted first, added once.
        uses: Counter[Use] = Counter()
        for entry_id, body in found:
            content = json.loads(body)
            if content["event"].startswith("query."):
                uses[_use(content)] += 1
            else:
                if content["event"] in CATALOGUE:  # decides whose data a question was under
                    self._add_uses(uses)
                self._books.add(_line(content))
            self._last, count = entry_id, count + 1
        self._add_uses(uses)
        self._next += count
        return count

    def _add_uses(self, uses: Counter[Use]) -> None:
        for use, number in uses.items():
            self._books.add_use(use, number)
        uses.clear()


class Writer(Keeper):
    """The worker's: the pages after it are what its books say."""

    def write(self, progress: Callable[[int, int], object] | None = None) -> int:
        """Bring the pages up to the newest entry; how many were added."""
        added = 0
        with self._lock:
            while True:
                self._follow_mark()
                before, last = self._next, self._last
                count = sum(self._fold() for _ in range(AT_ONCE))
                if not count:
                    return added
                if not self._store(before, last):
                    self.begin(Books(), 0, "")  # another worker was quicker: read what it wrote
                    continue
                added += count
                if progress:
                    progress(self._next, _end())

    def _follow_mark(self) -> None:
        mark, _ = BookMark.objects.get_or_create(pk=1, defaults={"form": FORM})
        sound = mark.form == FORM and (not mark.next or _is_at(mark.next, mark.last))
        if sound and (mark.next, mark.last) == (self._next, self._last):
            return
        if not sound:
            clear()
        self._next = 0
        self._reopen()

    def _store(self, before: int, last: str) -> bool:
        pages, gone = [], []
        for section, key in self._books.touched:
            value = getattr(self._books, section).get(key)
            if value is None:
                gone.append(key_text(key))
            else:
                text = value_text(section, value)
                pages.append(BookPage(section=section, key=key_text(key), value=text))
        with transaction.atomic():
            mark = BookMark.objects.filter(pk=1, next=before, last=last, form=FORM)
            if not mark.update(next=self._next, last=self._last):
                return False
            BookPage.objects.bulk_create(
                pages,
                batch_size=500,
                update_conflicts=True,
                unique_fields=["section", "key"],
                update_fields=["value"],
            )
            for start in range(0, len(gone), 500):
                BookPage.objects.filter(section="dues", key__in=gone[start : start + 500]).delete()
        self._books.touched.clear()
        return True


def clear() -> None:
    """Throw the pages away; the worker writes them anew."""
    with transaction.atomic():
        BookMark.objects.update_or_create(pk=1, defaults={"next": 0, "last": "", "form": FORM})
        BookPage.objects.all().delete()


def line_of(body: str) -> Line:
    """From the exact text of the entry; the columns beside it are for searching only."""
    return _line(json.loads(body))


def _use(content: Mapping[str, Any]) -> Use:
    subject, at = content["subject"], datetime.fromisoformat(content["time"])
    return use_of(content["event"], at, subject["id"], subject["organisation"], content["facts"])


def _line(content: Mapping[str, Any]) -> Line:
    subject = content["subject"]
    return Line(
        id=content["id"],
        event=content["event"],
        # The ledger writes Chinese time.
        at=datetime.fromisoformat(content["time"]).replace(tzinfo=SHANGHAI),
        subject_kind=subject["kind"],
        subject_id=subject["id"],
        organisation=subject["organisation"],
        facts=content["facts"],
        by=content["by"]["organisation"],
    )


def key_text(key: Any) -> str:
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def value_text(section: str, value: Any) -> str:
    if section in HISTORIES:
        value = [[getattr(one, name) for name in LINE] for one in value.lines]
    elif section == "use":
        value = astuple(value)
    # The moment of an entry is the one value that is no JSON by itself.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)


def _read_pages() -> Books:
    books = Books()
    rows = BookPage.objects.values_list("section", "key", "value")
    for section, key, value in rows.iterator(chunk_size=5000):
        getattr(books, section)[_key(key)] = _value(section, json.loads(value))
    return books


def _key(text: str) -> Any:
    key = json.loads(text)
    return tuple(key) if isinstance(key, list) else key


def _value(section: str, value: Any) -> Any:
    if section in HISTORIES:
        return History(tuple(_lines(value)))
    return Tally(*value) if section == "use" else value


def _lines(rows: list[list[Any]]) -> Iterator[Line]:
    for entry_id, event, at, *rest in rows:
        moment = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
        yield Line(entry_id, event, moment, *rest)


def _mark() -> BookMark:
    return BookMark.objects.filter(pk=1).first() or BookMark(form=FORM)


def _is_at(place: int, last: str) -> bool:
    return Entry.objects.filter(index=place - 1, id=last).exists()


def _end() -> int:
    newest = Entry.objects.aggregate(newest=Max("index"))["newest"]
    return 0 if newest is None else newest + 1


BOOKS = Keeper()
WRITER = Writer()
