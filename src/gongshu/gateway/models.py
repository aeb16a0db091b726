"""One row per question asked of the gateway: the reservation while it runs, the meter after.

The row is written before the question runs, so that the limits of a grant hold across
processes, and is settled in the transaction that writes the ledger entry. What the public sees
is derived from the ledger, never from these rows.
"""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gongshu.grants.models import Grant

METER = ("rows_read", "bytes_read", "rows", "bytes", "cpu_ms")  # as in `gongshu.data.answers.Meter`


class Decision(models.TextChoices):
    RUNNING = "running", "执行中"
    ANSWERED = "answered", "已答复"
    REFUSED = "refused", "已拒绝"


class QueryRecord(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="queries")
    organisation = models.CharField(max_length=18)  # whose question it is: the grantee
    person = models.CharField(max_length=100)
    purpose = models.CharField(max_length=400)
    sql = models.TextField()
    versions = models.JSONField(default=dict)  # dataset → version number
    decision = models.CharField(
        max_length=10, choices=Decision.choices, default=Decision.RUNNING.value
    )
    code = models.CharField(max_length=40, blank=True)  # of a refusal
    entry_id = models.CharField(max_length=36, blank=True, db_index=True)
    at = models.DateTimeField(default=timezone.now)
    # A process that died in the middle holds its place among the concurrent ones until then;
    # afterwards the question is written off (gateway.lost).
    until = models.DateTimeField()

    # The meter.
    rows_read = models.PositiveBigIntegerField(null=True)
    bytes_read = models.PositiveBigIntegerField(null=True)
    rows = models.PositiveBigIntegerField(null=True)
    bytes = models.PositiveBigIntegerField(null=True)
    cpu_ms = models.PositiveBigIntegerField(null=True)
    ms = models.PositiveBigIntegerField(null=True)
    withheld = models.BooleanField(default=False)
    # Figures held back for lying near to earlier answers: for monitoring, never for who asks.
    near = models.PositiveIntegerField(default=0)
    truncated = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["grant", "-at"], name="queries_of_a_grant"),
            models.Index(fields=["until"], condition=Q(decision="running"), name="queries_running"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=Decision.values), name="query_decision_known"
            ),
            models.CheckConstraint(
                condition=Q(decision="running") | ~Q(entry_id=""), name="settled_query_has_an_entry"
            ),
            models.CheckConstraint(
                condition=~Q(decision="refused") | ~Q(code=""), name="refused_query_has_a_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.at:%Y-%m-%d %H:%M:%S} {self.decision}"
