"""The books as the worker writes them: the same as folded anew, whatever happens in between."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from tests.world import World

from gongshu.ledger import services
from gongshu.ledger.models import Entry
from gongshu.ledger.subjects import Subject
from gongshu.oversight import bookkeeping, selectors
from gongshu.oversight.bookkeeping import Keeper, Writer
from gongshu.oversight.books import SECTIONS, Books
from gongshu.oversight.disclosure import SHANGHAI
from gongshu.oversight.models import BookMark, BookPage
from gongshu.rules.agents import SYSTEM, Agent

pytestmark = pytest.mark.django_db
AGENCY = Agent("li", "11330100MA0000004X", frozenset({"agency"}), "staff")
BEGIN = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
EMPTY = ("grants", "charges")  # kept like products and caps


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookkeeping, "BATCH", 7)
    monkeypatch.setattr(bookkeeping, "AT_ONCE", 2)


def act(event: str, subject: Subject, at: datetime, **facts: Any) -> None:
    with transaction.atomic():
        services.append(event=event, subject=subject, by=AGENCY, public=facts, at=at)


def acts(number: int, of: str = "C-1") -> None:
    """Steps of a case, questions, prices, catalogue entries: every section has its share."""
    grant, case = Subject("grant", "G-1", "91A"), Subject("case", of, "91A")
    other = Subject("case", f"{of}-other", "91A")
    for n in range(number):
        at, due = BEGIN + timedelta(days=n), date(2026, 3, 3 + n % 20).isoformat()
        act("query.answered", grant, at, withheld=n % 2 == 0, versions={"a.b": 1})
        step = {"procedure": "sharing_request", "from": f"s{n}", "to": f"s{n + 1}"}
        act("sharing.consented", case, at, **step, due=due if n % 3 else "")
        act("price.caps_set", other, at, grant="G-1", begins="2026-01-01", caps=[], **step)
        act("entry.published", other, at, dataset="a.b", title_zh="“引号”", open_data=True)
        act("product.listed", other, at, grant="G-1", product="p", use="industry", to="listed")
        act("dataset.terms_set", Subject("dataset", "a.b", "11A"), at, number=n)
    services.sequence()


def read_back() -> tuple[Books, int, int]:
    return Keeper().current()


def folded_anew() -> Books:
    books = Books()
    for body in Entry.objects.order_by("index").values_list("body", flat=True):
        books.add(bookkeeping.line_of(body))
    return books


def test_what_is_read_from_the_pages_is_what_a_fold_makes() -> None:
    acts(9)
    assert Writer().write() == 54
    assert BookMark.objects.get().next == 54
    books, entries, behind = read_back()
    assert (entries, behind) == (54, 0)
    assert books == folded_anew()
    assert all(getattr(books, one.name) for one in SECTIONS if one.name not in EMPTY)


def test_pages_are_carried_on_by_whichever_worker_comes() -> None:
    first, second = Writer(), Writer()
    for number in range(4):
        acts(number + 1, of=f"C-{number}")
        (first if number % 2 else second).write()
        assert read_back()[0] == folded_anew()


def test_of_two_workers_at_one_time_one_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    acts(5)
    slow, quick = Writer(), Writer()
    store = Writer._store

    def overtaken(self: Writer, before: int, last: str) -> bool:
        if self is slow and not before:
            quick.write()
        return store(self, before, last)

    monkeypatch.setattr(Writer, "_store", overtaken)
    slow.write()
    assert read_back()[0] == folded_anew()
    assert BookMark.objects.get().next == 30


def test_a_process_goes_on_by_itself_where_no_worker_writes() -> None:
    keeper = Keeper()
    acts(3)
    assert keeper.current()[1:] == (18, 0)
    acts(3, of="C-2")
    assert keeper.current()[0] == folded_anew()
    assert not BookPage.objects.exists()


def test_pending_entries_are_counted_and_kept_apart() -> None:
    acts(2)
    keeper = Keeper()
    before, entries, _ = keeper.current()
    act("query.refused", Subject("grant", "G-1", "91A"), BEGIN)
    books, more, _ = keeper.current()
    assert more == entries + 1
    assert books.use["G-1", 2026].refused == 1
    assert before.use["G-1", 2026].refused == 0


def test_books_that_somebody_reads_do_not_change_under_them() -> None:
    acts(1)
    keeper = Keeper()
    books, _, _ = keeper.current()
    before = books.copy()
    acts(3, of="C-2")
    keeper.current()
    assert books == before


def test_pages_of_another_log_or_another_form_are_begun_anew() -> None:
    acts(4)
    for changes in ({"last": "another"}, {"form": 0}):
        Writer().write()
        BookPage.objects.update(value="[[]]")  # nobody must read them any more
        BookMark.objects.update(**changes)
        assert read_back()[0] == folded_anew()
        Writer().write()
        assert read_back()[0] == folded_anew()


def test_a_page_says_how_many_entries_are_still_to_be_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bookkeeping, "MOST_AT_ONCE", 14)
    monkeypatch.setattr(bookkeeping, "BOOKS", Keeper())
    monkeypatch.setattr(selectors, "BOOKS", Keeper())
    acts(5)
    assert selectors.disclosure().behind == 16
    page = Client(headers={"accept-language": "en"}).get("/disclosure").content.decode()
    assert "2 more entries are being added up" in page
    assert selectors.disclosure().behind == 0


def test_an_empty_log_has_empty_books() -> None:
    assert Writer().write() == 0
    assert read_back() == (Books(), 0, 0)


def test_the_worker_s_tick_writes_the_pages_of_a_real_city(world: World) -> None:
    from gongshu.jobs.registry import ticks

    world.operate()
    services.sequence()
    [tick] = [one for one in ticks() if one.name == "books"]
    tick.run()
    assert BookMark.objects.get().next == Entry.objects.count()
    assert read_back()[0] == folded_anew()
    with transaction.atomic():
        services.append(event="log.started", subject=Subject("log", "x"), by=SYSTEM)
    services.sequence()
    tick.run()
    assert BookMark.objects.get().next == Entry.objects.count()
