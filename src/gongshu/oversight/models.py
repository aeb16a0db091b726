"""The books as the worker keeps them: what has been folded so far, and how far that is.

Nothing here is a source of anything: all of it is made anew from the ledger's entries
(`gongshu disclosure --rebuild`), and every process carries on from it by itself.
"""

from __future__ import annotations

from django.db import models


class BookMark(models.Model):
    """Up to which entry the pages are written. One row; moved only compare-and-swap."""

    next = models.BigIntegerField(default=0)  # the place of the first entry not yet in the pages
    last = models.CharField(max_length=36, blank=True)  # the id of the entry before it
    form = models.PositiveSmallIntegerField(default=0)  # of the pages; another one is begun anew

    def __str__(self) -> str:
        return f"up to entry {self.next}"


class BookPage(models.Model):
    """One figure or history of the books (`oversight.books.Books`)."""

    section = models.CharField(max_length=20)
    key = models.CharField(max_length=500)
    value = models.TextField()  # JSON

    class Meta:
        constraints = [models.UniqueConstraint(fields=["section", "key"], name="one_page_of_a_key")]

    def __str__(self) -> str:
        return f"{self.section} {self.key}"


class Watched(models.Model):
    """Up to which entry monitoring has read. One row; moved only compare-and-swap, with what was
    raised on the way."""

    next = models.BigIntegerField(default=0)  # the place of the first entry not read yet

    def __str__(self) -> str:
        return f"up to entry {self.next}"
