"""What people have confirmed of the grade of each column (GB/T 43697)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from gongshu.catalog.models.entries import Field


class FieldGrade(models.Model):
    """One column's grade, by whom and why; the newest confirmation, the ledger has them all.

    `strictness` is 1 to 4 for the levels of general data, 5 for important, 6 for core data.
    """

    field = models.OneToOneField(Field, on_delete=models.CASCADE, related_name="grading")
    impacts = models.JSONField(default=list)  # [[whom it would harm, how badly], …]
    strictness = models.PositiveSmallIntegerField()
    proposed = models.PositiveSmallIntegerField()
    reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)  # whose profile the proposal was made from
    person = models.CharField(max_length=100)
    organisation = models.CharField(max_length=18)
    at = models.DateTimeField()
    entry_id = models.CharField(max_length=36)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(strictness__range=(1, 6), proposed__range=(1, 6)),
                name="strictness_known",
            ),
            models.CheckConstraint(
                condition=Q(strictness__gte=models.F("proposed")) | ~Q(reason=""),
                name="a_lower_grade_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field_id}: {self.strictness}"
