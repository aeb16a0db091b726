"""The grants whose questions run in this process, looked at again while they run.

A suspension is an act of some other process as a rule. Its row in the database is the only word
about it, so each process that runs questions reads, four times a second, the standing of their
grants, and ends the workers of those that are no longer in force. A question that is answered
sooner is never looked at: the release checks the grant once more (`services._release`).
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

from gongshu.gateway.gates import pool
from gongshu.gateway.refusals import not_in_force
from gongshu.grants.models import Grant
from gongshu.ledger import moment

EVERY_SECONDS = 0.25
LINGERS = 5.0  # seconds without a question, after which the watcher ends

_log = logging.getLogger(__name__)
_changed = threading.Condition()
_running: Counter[str] = Counter()  # questions by grant
_watcher: threading.Thread | None = None


@contextmanager
def watched(grant_id: str) -> Iterator[None]:
    """While the block lasts, the grant's workers are ended when it is not in force any more."""
    with _changed:
        _running[grant_id] += 1
        _ensure_watcher()
        _changed.notify()
    try:
        yield
    finally:
        with _changed:
            _running.subtract([grant_id])
            if not _running[grant_id]:
                del _running[grant_id]
            _changed.notify()


def _ensure_watcher() -> None:
    global _watcher
    if _watcher is None or not _watcher.is_alive():  # a fork takes no thread along
        _watcher = threading.Thread(target=_watch, name="grants in use", daemon=True)
        _watcher.start()


def _watch() -> None:
    """Stays a while after the last question: to start a thread costs more than to wake one."""
    global _watcher
    while True:
        with _changed:
            if not _changed.wait_for(lambda: bool(_running), LINGERS):
                _watcher = None
                return
            if _changed.wait_for(lambda: not _running, EVERY_SECONDS):
                continue
            asked_about = list(_running)
        try:
            _stop_those_not_in_force(asked_about)
        except DatabaseError:
            _log.exception("the standing of grants in use could not be read")
        finally:
            connection.close()


def _stop_those_not_in_force(grant_ids: list[str]) -> None:
    now = moment.now()
    for grant in Grant.objects.filter(pk__in=grant_ids):
        if not_in_force(grant, now) is not None:
            pool().kill(f"{grant.pk}/")
