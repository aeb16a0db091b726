"""Entries, the openings of what they commit to, and the tree over them.

Rows are only ever added. Database triggers (migration 0002) hold that against mistakes in code;
against whoever owns the database, the signed checkpoints that others keep do.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.db import models


class Entry(models.Model):
    """One act or use. `body` is its exact canonical JSON; the other columns repeat it to search."""

    id = models.CharField(primary_key=True, max_length=36, editable=False)
    event = models.CharField(max_length=80)
    at = models.DateTimeField()
    organisation = models.CharField(max_length=18, blank=True)  # by whom
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=200)
    subject_organisation = models.CharField(max_length=18, blank=True)
    body = models.TextField()
    leaf_hash = models.BinaryField(max_length=32)
    index = models.BigIntegerField(null=True, unique=True)  # its place in the tree, once it has one

    class Meta:
        ordering = ["id"]  # ids grow with time (services.new_id)
        indexes = [
            models.Index(fields=["event", "at"], name="entry_by_event"),
            models.Index(fields=["subject_kind", "subject_id"], name="entry_by_subject"),
            models.Index(fields=["organisation", "at"], name="entry_by_organisation"),
            models.Index(fields=["subject_organisation", "at"], name="entry_by_owner"),
            models.Index(
                fields=["id"], condition=models.Q(index__isnull=True), name="entry_pending"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(index__isnull=True) | models.Q(index__gte=0),
                name="entry_index_is_a_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"

    @cached_property
    def content(self) -> dict[str, Any]:
        """The entry, read."""
        content: dict[str, Any] = json.loads(self.body)
        return content

    @property
    def facts(self) -> dict[str, Any]:
        """What of it is public, in clear."""
        facts: dict[str, Any] = self.content["facts"]
        return facts

    @property
    def pending(self) -> bool:
        return self.index is None


class Opening(models.Model):
    """Salt and value of one commitment, for its holder. An entry stays when its opening goes."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="openings")
    name = models.CharField(max_length=80)
    holder = models.CharField(max_length=18)
    salt = models.BinaryField(max_length=32)
    value = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "name"], name="one_opening_of_a_name")
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.name}"


class Tile(models.Model):
    """Up to 256 hashes of the tree, as tlog-tiles serves them; it grows at its end only."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="one_tile_a_place")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """A size and root the log has signed; `note` is the signed text."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["size"]

    def __str__(self) -> str:
        return f"checkpoint {self.size}"
