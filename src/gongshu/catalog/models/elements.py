"""What is known of columns' values across the catalogue, and which datum each of them holds."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gongshu.catalog.models.entries import Dataset
from gongshu.catalog.models.versions import Version


class ColumnSketch(models.Model):
    """The values of one column of a dataset's newest version; nobody is shown `sketch`."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="sketches")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="sketches")
    column = models.CharField(max_length=200)
    family = models.CharField(max_length=12)  # text, integer, date …
    semantic_type = models.CharField(max_length=40, blank=True)
    form = models.CharField(max_length=16)  # of which secret and rules; others are made anew
    sketch = models.BinaryField()
    distinct = models.PositiveBigIntegerField()
    # How likely two units are to have the same value here (Σ p²); for linkage risk.
    same = models.FloatField(default=1.0)

    class Meta:
        ordering = ["dataset", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "column"], name="one_sketch_of_a_column")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}.{self.column}"


class SketchHash(models.Model):
    """The index: the smallest hashes of each column that may be a key."""

    hash = models.BigIntegerField()  # a 64-bit hash less 2**63, as databases count
    sketch = models.ForeignKey(
        ColumnSketch, on_delete=models.CASCADE, related_name="smallest", db_index=True
    )

    class Meta:
        indexes = [models.Index(fields=["hash", "sketch"], name="sketch_by_hash")]

    def __str__(self) -> str:
        return f"{self.hash} of {self.sketch_id}"


class DataElement(models.Model):
    """A datum that several may hold, after ISO/IEC 11179: what of what, in which form."""

    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    definition_zh = models.TextField(blank=True)
    definition_en = models.TextField(blank=True)
    object_class = models.CharField(max_length=100, blank=True)  # the thing: person, enterprise
    property = models.CharField(max_length=100, blank=True)  # what of it: number, name
    representation = models.CharField(max_length=100, blank=True)  # in which form: code, date
    entry_id = models.CharField(max_length=36, blank=True)  # of the act that named its source
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name_zh", "id"]

    def __str__(self) -> str:
        return self.name_zh

    def name(self, language: str) -> str:
        zh, en = self.name_zh, self.name_en
        return (zh or en) if language.lower().startswith("zh") else (en or zh)

    def definition(self, language: str) -> str:
        zh, en = self.definition_zh, self.definition_en
        return (zh or en) if language.lower().startswith("zh") else (en or zh)


class Role(models.TextChoices):
    SOURCE = "source", "数源"
    REFERENCE = "reference", "引用"
    CANDIDATE = "candidate", "候选"


class ElementField(models.Model):
    """A column that holds the datum: its one source, or a copy."""

    element = models.ForeignKey(DataElement, on_delete=models.CASCADE, related_name="fields")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="elements")
    column = models.CharField(max_length=200)
    role = models.CharField(max_length=10, choices=Role.choices)
    # Of a copy: how often it differs from its source, by which key, and when that was looked at.
    compared = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["element", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "column"], name="a_column_holds_one_datum"),
            models.UniqueConstraint(
                fields=["element"], condition=Q(role="source"), name="one_datum_one_source"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="element_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}.{self.column}: {self.role}"
