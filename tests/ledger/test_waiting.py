"""Transactions on SQLite wait for their turn without holding anybody else up."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _only_on_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has many writers")


def in_a_thread(work: Any) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_who_writes_is_not_blocked_by_an_old_cursor_of_one_who_waits() -> None:
    """As when its garbage collection comes upon it: both would stand still until the timeout."""
    cursors: list[Any] = []
    waiting = threading.Event()

    def wait() -> None:
        connection.ensure_connection()
        cursors.append(connection.connection.execute("SELECT 1 UNION SELECT 2"))
        waiting.set()
        with transaction.atomic():
            pass

    with transaction.atomic():
        thread = in_a_thread(wait)
        assert waiting.wait(10)
        time.sleep(0.3)
        begun = time.monotonic()
        cursors.clear()
        assert time.monotonic() - begun < 5
    thread.join()


def test_a_transaction_waits_until_the_writer_is_done() -> None:
    order: list[str] = []

    def write() -> None:
        with transaction.atomic():
            order.append("second")

    with transaction.atomic():
        thread = in_a_thread(write)
        time.sleep(0.3)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_an_impatient_transaction_fails_at_once_and_the_next_one_waits_again() -> None:
    outcome: list[str] = []

    def write() -> None:
        begun = time.monotonic()
        try:
            with connection.impatient(), transaction.atomic():  # type: ignore[attr-defined]
                outcome.append("wrote")
        except OperationalError:
            outcome.append("failed" if time.monotonic() - begun < 5 else "waited")
        with transaction.atomic():
            outcome.append("wrote")

    with transaction.atomic():
        thread = in_a_thread(write)
        time.sleep(0.3)
        assert outcome == ["failed"]
    thread.join()
    assert outcome == ["failed", "wrote"]
