"""Who wants to be told: of new data in a dataset, of new hits of a search."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gongshu.catalog.models.entries import Dataset


class Following(models.Model):
    """A person, or (no person) a whole organisation, is told when the data change."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="followings")
    organisation = models.CharField(max_length=18)
    person = models.CharField(max_length=100, blank=True)
    told = models.PositiveIntegerField(default=0)  # the newest version they know of
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["dataset", "id"]
        indexes = [models.Index(fields=["organisation", "person"], name="following_by_follower")]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "organisation", "person"], name="followed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person or self.organisation} follows {self.dataset_id}"


class SavedSearch(models.Model):
    """A search that a person made, to make it again; `daily`: told of what it finds anew."""

    person = models.CharField(max_length=100)
    organisation = models.CharField(max_length=18, blank=True)
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=200, blank=True)
    filters = models.JSONField(default=dict)  # facet → values
    daily = models.BooleanField(default=True)
    seen_until = models.DateTimeField(default=timezone.now)  # what became known later is new
    looked_at = models.DateTimeField(default=timezone.now, db_index=True)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["person", "name"]
        constraints = [
            models.UniqueConstraint(fields=["person", "name"], name="saved_search_name_once"),
            models.CheckConstraint(condition=~Q(person=""), name="saved_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.person}"
