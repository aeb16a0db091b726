"""Another process at the sequencer's lock, so that nobody else gets it meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from gongshu.ledger.sequencer import _lock


@contextmanager
def another_sequencer() -> Iterator[None]:
    """Within the block another connection holds the lock. For tests with real transactions."""
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with _lock(wait=True):
            holding.set()
            release.wait(30)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(30)
    try:
        yield
    finally:
        release.set()
        thread.join()
