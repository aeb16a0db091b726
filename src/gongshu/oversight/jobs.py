"""What the worker does for oversight by itself."""

from __future__ import annotations

from gongshu.jobs.registry import tick
from gongshu.oversight import bookkeeping, linkage_watch, monitoring, published

AN_HOUR = 3600
HALF_A_MINUTE = 30


@tick("books", every_seconds=5)
def write_books() -> None:
    bookkeeping.WRITER.write()


@tick("yearly disclosures", every_seconds=AN_HOUR)
def open_yearly_disclosures() -> None:
    published.open_those_due()


@tick("monitoring", every_seconds=HALF_A_MINUTE)
def watch() -> None:
    monitoring.watch()


@tick("linkage risk", every_seconds=300)
def watch_linkage() -> None:
    linkage_watch.watch()
