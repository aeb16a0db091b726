"""What was found about the quality of a version (GB/T 36344), one row a version.

The rules it was judged by are the columns' own (`Field.rules`) and the table's (`Dataset.rules`,
`VersionRules.key_columns`), as they stood then.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gongshu.catalog.models.versions import Version


class QualityReport(models.Model):
    version = models.OneToOneField(
        Version, on_delete=models.CASCADE, related_name="quality", primary_key=True
    )
    # 0 to 1 over the indicators that have a basis; none: nothing had one.
    score = models.FloatField(null=True, blank=True)
    report = models.JSONField()  # indicators, failing rules, examples: for the holder only
    rules = models.JSONField()
    made = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__range=(0, 1)),
                name="a_quality_score_is_a_share",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.score}"
