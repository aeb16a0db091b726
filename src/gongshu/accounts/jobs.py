"""What the worker does for people by itself: writes mails and webhooks of notices, and sweeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gongshu.accounts import telling
from gongshu.jobs import deliveries
from gongshu.jobs.models import Delivery, Notice
from gongshu.jobs.registry import addresser, tick


@addresser
def who_wants_them_elsewhere(notices: Sequence[Notice]) -> Iterable[Delivery]:
    return telling.addressed(notices)


@tick("deliveries", every_seconds=24 * 3600)
def sweep_deliveries() -> None:
    deliveries.sweep()
