"""What the owner allows, and the versions: a version is one row, it exists whole or not at all."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gongshu.catalog.models.entries import Dataset


class Mode(models.TextChoices):
    """What a version is made of: its own file alone, or all of its parent's and one more."""

    FULL = "full", "全量"
    APPEND = "append", "追加"


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
    columns = models.JSONField(default=list)  # [[name, type]]; blank in rows from before
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.FULL.value)
    parent = models.PositiveIntegerField(null=True, blank=True)  # the number it came after
    entry_id = models.CharField(max_length=36)
    created_by = models.CharField(max_length=100)
    created = models.DateTimeField(default=timezone.now, editable=False)
    # Its rows are gone, by the dataset's rule or by hand; the row stays and says so.
    removed = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=100, blank=True)
    removed_entry = models.CharField(max_length=36, blank=True)

    class Meta:
        ordering = ["dataset", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="version_number_once"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="version_mode_known"),
            models.CheckConstraint(
                condition=~Q(mode="append") | Q(parent__isnull=False),
                name="an_append_has_a_parent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} version {self.number}"


class VersionRules(models.Model):
    """What tells the rows of a dataset apart, and how long its versions are kept."""

    dataset = models.OneToOneField(
        Dataset, on_delete=models.CASCADE, related_name="version_rules", primary_key=True
    )
    key_columns = models.JSONField(default=list)  # names
    # {"last": 5, "days": 90, "monthly": true}: kept by any of them; none: all are kept
    retention = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.dataset_id}: {self.key_columns} {self.retention}"


class VersionHold(models.Model):
    """Somebody's word that a version must stay: an audit, a dispute, a court."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="holds")
    organisation = models.CharField(max_length=18, blank=True)  # blank: the administrator
    reason = models.TextField()
    person = models.CharField(max_length=100)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "organisation"], name="one_hold_of_an_organisation"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_hold_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.reason[:40]}"


class Comparison(models.Model):
    """What differs between two versions, by one key; for whoever may see exact counts."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="comparisons")
    older = models.PositiveIntegerField()
    newer = models.PositiveIntegerField()
    key_columns = models.JSONField(default=list)
    changes = models.JSONField()
    made = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["dataset", "-newer", "-older"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "older", "newer"], name="one_comparison_of_two"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}: {self.older} to {self.newer}"
