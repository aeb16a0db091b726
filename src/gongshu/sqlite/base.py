"""Begin a transaction on SQLite by asking again and again, not by waiting inside SQLite.

SQLite has one writer; the others wait. Left to SQLite (its busy timeout), a thread waits with its
connection's mutex held. If meanwhile the writing thread's garbage collection comes upon an old
cursor of that connection, it waits for the mutex, and each waits for the other until the timeout.
So BEGIN IMMEDIATE never waits in SQLite here: it fails at once, and is tried again after a moment
that grows to 25 ms (SQLite's own grows to 100 ms, in which a busy writer starves the others).

This also gives a transaction that does not wait at all: `patience = 0`.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.025


class DatabaseWrapper(base.DatabaseWrapper):
    """`patience`: for how many seconds a transaction waits to begin."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.busy_timeout = float(self.settings_dict["OPTIONS"].get("timeout", 30))
        self.patience = self.busy_timeout

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Inside, a transaction that cannot begin at once fails with OperationalError."""
        before, self.patience = self.patience, 0.0
        try:
            yield
        finally:
            self.patience = before

    def _start_transaction_under_autocommit(self) -> None:
        """Called by Django for the outermost `atomic`."""
        deadline, pause = time.monotonic() + self.patience, FIRST_PAUSE
        raw: sqlite3.Connection = self.connection
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            while not self._begin(raw):
                if time.monotonic() >= deadline:
                    # Not raised from SQLite's: its traceback must keep no cursor alive.
                    raise OperationalError("database is locked")
                time.sleep(random.uniform(pause / 2, pause))  # noqa: S311
                pause = min(pause * 1.5, LONGEST_PAUSE)
        finally:
            raw.execute(f"PRAGMA busy_timeout = {int(self.busy_timeout * 1000)}")

    def _begin(self, raw: sqlite3.Connection) -> bool:
        try:
            raw.execute(f"BEGIN {self.settings_dict['OPTIONS'].get('transaction_mode', '')}")
        except sqlite3.OperationalError as error:
            # The low byte is the kind: BUSY, BUSY_SNAPSHOT, BUSY_RECOVERY.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise OperationalError(*error.args) from None
            return False
        return True
