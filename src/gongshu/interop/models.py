"""Sources that are harvested, their runs, and where each harvested entry comes from.

A source is made by the effect of its case (`harvest.effects`). What identifies an entry is the
source and what the source itself calls it, never an address.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gongshu.accounts.models import Organisation
from gongshu.catalog.models import Dataset


class HarvestSource(models.Model):
    code = models.CharField(max_length=30, unique=True)
    title = models.CharField(max_length=200)
    protocol = models.CharField(max_length=10)
    url = models.CharField(max_length=500)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    domain = models.CharField(max_length=30)
    domains = models.JSONField(default=dict)  # the source's theme → a domain of ours
    every = models.CharField(max_length=10, blank=True)
    most_gone = models.PositiveSmallIntegerField(default=10)  # percent
    case_id = models.CharField(max_length=40)
    active = models.BooleanField(default=True)
    next_due = models.DateTimeField(null=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(most_gone__lte=100), name="most_gone_is_a_percentage"
            )
        ]

    def __str__(self) -> str:
        return self.code


class RunState(models.TextChoices):
    RUNNING = "running", "进行中"
    WAITING = "waiting", "待确认"  # more is gone than may go at once
    DONE = "done", "已完成"
    FAILED = "failed", "失败"


class HarvestRun(models.Model):
    source = models.ForeignKey(HarvestSource, on_delete=models.CASCADE, related_name="runs")
    job_id = models.CharField(max_length=36, blank=True)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    counts = models.JSONField(default=dict)
    notes = models.JSONField(default=list)  # what was wrong or could not be mapped, by record
    started = models.DateTimeField(default=timezone.now)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(state="running"), name="one_run_of_a_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.pk}"


class HarvestedEntry(models.Model):
    """Provenance of one entry, and what the source said of it when it was last read."""

    source = models.ForeignKey(HarvestSource, on_delete=models.PROTECT, related_name="entries")
    key = models.CharField(max_length=64)  # SHA-256 of the identifier
    identifier = models.TextField()
    dataset = models.OneToOneField(Dataset, on_delete=models.PROTECT, related_name="harvested")
    digest = models.CharField(max_length=64)
    values = models.JSONField(default=dict)  # as mapped when last read
    uri = models.TextField(blank=True)
    publisher = models.TextField(blank=True)
    licence = models.TextField(blank=True)
    links = models.JSONField(default=list)  # its distributions: title, format, url
    original_modified = models.CharField(max_length=60, blank=True)
    harvested = models.DateTimeField(default=timezone.now)
    changed = models.DateTimeField(default=timezone.now)
    run = models.ForeignKey(HarvestRun, on_delete=models.PROTECT, related_name="+")  # last seen in
    gone_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="one_entry_of_an_identifier")
        ]

    def __str__(self) -> str:
        return self.identifier

    @property
    def address(self) -> str:
        """The original's, where it is one of the web; an IRI may be anything."""
        return self.uri if self.uri.startswith(("https://", "http://")) else ""
