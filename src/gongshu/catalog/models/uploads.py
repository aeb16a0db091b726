"""Files on their way in: an upload that comes in pieces, and a source that is asked again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from gongshu.catalog.models.entries import Dataset
from gongshu.catalog.models.words import UpdateCycle
from gongshu.wording import Sentence


class Upload(models.Model):
    """A file that comes in pieces; `received` bytes of it are safe on the disk, under its id."""

    id = models.CharField(primary_key=True, max_length=32, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="uploads")
    length = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    source_name = models.CharField(max_length=255, blank=True)
    fingerprint = models.CharField(max_length=300, blank=True)  # by which its sender knows it again
    person = models.CharField(max_length=100)
    organisation = models.CharField(max_length=18, blank=True)
    job = models.CharField(max_length=36, blank=True)  # that ingests it, once it is whole
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.CheckConstraint(
                condition=Q(received__lte=F("length")), name="no_more_is_received_than_there_is"
            ),
            models.CheckConstraint(
                condition=Q(job="") | Q(received=F("length")), name="only_what_is_whole_is_ingested"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_name} {self.received}/{self.length}"


class PullKind(models.TextChoices):
    URL = "url"
    POSTGRESQL = "postgresql"


class Pulled(models.TextChoices):
    """What came of the last pull."""

    NEW = "new"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Pull(models.Model):
    """Where a dataset's new versions are fetched from, and when next. It holds no secret."""

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="pull")
    kind = models.CharField(max_length=10, choices=PullKind)
    address = models.CharField(max_length=500)  # without a password
    query = models.TextField(blank=True)  # of a database: a table, or a SELECT
    secret = models.CharField(max_length=60, blank=True)  # the name of one, never the secret
    hints = models.JSONField(default=dict)
    cycle = models.CharField(max_length=20, choices=UpdateCycle)
    person = models.CharField(max_length=100)  # who set it, with whose rights of the day it runs
    created = models.DateTimeField(default=timezone.now)
    next_due = models.DateTimeField(null=True, db_index=True)
    job = models.CharField(max_length=36, blank=True)  # the last one
    failures = models.PositiveIntegerField(default=0)  # one after the other
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    content_digest = models.CharField(max_length=64, blank=True)
    last_at = models.DateTimeField(null=True)
    last_state = models.CharField(max_length=10, choices=Pulled, blank=True)
    last_en = models.TextField(blank=True)
    last_zh = models.TextField(blank=True)
    last_version = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.address}"

    @property
    def last_said(self) -> Sentence:
        return Sentence(en=self.last_en, zh=self.last_zh)
