"""How a dataset's file was read: what was said of it, the file, the lines it did not give."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from gongshu.catalog.models.entries import Dataset


class Reading(models.Model):
    """Of the newest version alone. What was said of its file holds for the next one as well."""

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="reading")
    version = models.PositiveIntegerField()
    hints = models.JSONField(default=dict)  # as `gongshu.data.Table.read` takes them
    name = models.CharField(max_length=255)  # of the file
    original = models.CharField(max_length=64, blank=True)  # SHA-256; blank: it was not kept
    bytes = models.PositiveBigIntegerField()
    rejects = models.CharField(max_length=64, blank=True)  # SHA-256 of the lines not read
    rejected = models.PositiveBigIntegerField(default=0)
    modified = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.dataset_id} from {self.name}"
