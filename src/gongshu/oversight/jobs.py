"""What the worker does for oversight by itself."""

from __future__ import annotations

from gongshu.jobs.registry import tick
from gongshu.oversight import bookkeeping, published

AN_HOUR = 3600


@tick("books", every_seconds=5)
def write_books() -> None:
    bookkeeping.WRITER.write()


@tick("yearly disclosures", every_seconds=AN_HOUR)
def open_yearly_disclosures() -> None:
    published.open_those_due()
