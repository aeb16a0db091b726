"""What `gongshu init` does inside the database; every step is done only where it is missing."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.management import call_command
from django.db import transaction

from gongshu import __version__
from gongshu.accounts import services as accounts
from gongshu.accounts.models import Person
from gongshu.ledger import selectors as ledger_selectors
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import SYSTEM


@dataclass(frozen=True)
class Prepared:
    log_key: str
    administrator: str  # empty: there was one already


def prepare(*, administrator: str, password: str) -> Prepared:
    """Database, log key, first entry, first administrator; interrupted, it goes on next time."""
    call_command("migrate", verbosity=0, interactive=False)
    key = ledger.create_key()
    with transaction.atomic():
        if not ledger_selectors.entries(events=["log.started"]).exists():
            ledger.append(
                event="log.started",
                subject=Subject("log", key.partition("+")[0]),
                by=SYSTEM,
                public={"key": key, "software": f"gongshu {__version__}"},
            )
    made = ""
    if not Person.objects.exists():
        made = accounts.create_first_administrator(
            username=administrator, password=password
        ).username
    ledger.sequence()
    return Prepared(key, made)
