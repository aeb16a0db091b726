"""What the owner allows, and the versions: a version is one row, it exists whole or not at all."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from gongshu.catalog.models.entries import Dataset


class OwnerTerms(models.Model):
    """What the owner allows at most; a grant pins one number and can only narrow it."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="owner_terms")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["dataset", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="owner_terms_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} terms {self.number}"


class Version(models.Model):
    """A dataset's rows as of one moment: Parquet files under content-addressed names."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # SHA-256 over the files' digests, in order
    files = models.JSONField()  # [{name, digest, rows, bytes}]
    rows = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    profile = models.JSONField()  # for the holder only
    public_profile = models.JSONField()  # structure, meaning and grade
    report = models.JSONField()  # what was guessed about the file; for the holder only
    source_name = models.CharField(max_length=255, blank=True)
    entry_id = models.CharField(max_length=36)
    created_by = models.CharField(max_length=100)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["dataset", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="version_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} version {self.number}"
