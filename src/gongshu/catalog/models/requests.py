"""Requests that made something, and what the search index has not seen yet."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class KeyedRequest(models.Model):
    """A request that made something and came with an `Idempotency-Key`: a second one makes nothing.

    See `cases.idempotency`, which does the same for cases, whose rows keep the key themselves.
    """

    person = models.CharField(max_length=100)
    idempotency_key = models.CharField(max_length=100)
    request_digest = models.CharField(max_length=64)  # of what was sent with the key
    made = models.CharField(max_length=80)  # a dataset's code, or a job
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "idempotency_key"], name="made_once_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.made} by {self.person}"


class IndexChange(models.Model):
    """A dataset whose entry in the search index is out of date; no code: all of them."""

    code = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.code or "everything"
