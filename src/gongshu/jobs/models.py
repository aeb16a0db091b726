"""Long work as rows, and the outbox of notices.

A running job has a worker and a lease, and the database holds that: a job whose worker died is
never taken for one that runs.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gongshu.wording import Sentence


class State(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = (State.DONE, State.FAILED, State.CANCELLED)


class Job(models.Model):
    """One piece of work. `attempts` grows with each start and fences off a worker that lost it."""

    id = models.CharField(primary_key=True, max_length=36, editable=False)
    kind = models.CharField(max_length=40)
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    message_en = models.CharField(max_length=500, blank=True)
    message_zh = models.CharField(max_length=500, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_en = models.TextField(blank=True)
    error_zh = models.TextField(blank=True)
    result = models.JSONField(null=True)
    saved = models.JSONField(null=True)  # how far it got, for the next attempt
    cancel_requested = models.BooleanField(default=False)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    organisation = models.CharField(max_length=18, blank=True)
    person = models.CharField(max_length=100, blank=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["state", "id"], name="job_by_state"),
            models.Index(fields=["organisation", "-id"], name="job_by_organisation"),
            models.Index(fields=["subject_kind", "subject_id"], name="job_by_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(state=State.RUNNING, lease_until__isnull=False) & ~Q(worker="")
                    | ~Q(state=State.RUNNING) & Q(worker="", lease_until__isnull=True)
                ),
                name="running_means_leased",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FINAL, finished__isnull=False)
                | ~Q(state__in=FINAL) & Q(finished__isnull=True),
                name="final_means_finished",
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="percent_is_one"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="job_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.state})"

    @property
    def message(self) -> Sentence:
        return Sentence(en=self.message_en, zh=self.message_zh)

    @property
    def error(self) -> Sentence | None:
        return Sentence(en=self.error_en, zh=self.error_zh) if self.error_en else None


class JobLine(models.Model):
    """A line of a job's log, for the people who wait for it."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField(default=timezone.now)
    text_en = models.CharField(max_length=500)
    text_zh = models.CharField(max_length=500)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text_en

    @property
    def text(self) -> Sentence:
        return Sentence(en=self.text_en, zh=self.text_zh)


class Tick(models.Model):
    """When a periodic task is next due; whoever moves the time on runs it."""

    name = models.CharField(primary_key=True, max_length=60)
    due = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Outbox(models.Model):
    """A notice to be delivered, written in the transaction of the act it tells of."""

    to = models.CharField(max_length=60)  # an organisation's code, or "kind:<office>"
    rank = models.CharField(max_length=10, blank=True)
    person = models.CharField(max_length=100, blank=True)  # of theirs this one alone
    text_en = models.TextField()
    text_zh = models.TextField()
    link = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(default=timezone.now)
    delivered = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=Q(delivered__isnull=True), name="outbox_undelivered"
            )
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.text_en}"


class Notice(models.Model):
    """A notice in an organisation's inbox; each of its people reads it for themself."""

    outbox = models.OneToOneField(Outbox, on_delete=models.PROTECT)  # delivered once
    to = models.CharField(max_length=60)
    rank = models.CharField(max_length=10, blank=True)
    person = models.CharField(max_length=100, blank=True)  # of theirs this one alone
    text_en = models.TextField()
    text_zh = models.TextField()
    link = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["to", "-id"], name="notice_by_recipient")]

    def __str__(self) -> str:
        return f"{self.to}: {self.text_en}"

    @property
    def text(self) -> Sentence:
        return Sentence(en=self.text_en, zh=self.text_zh)


class NoticeRead(models.Model):
    """That a person has read a notice."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="readings")
    person = models.CharField(max_length=100)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "person"], name="read_once_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.notice_id}"


class Channel(models.TextChoices):
    MAIL = "mail"
    WEBHOOK = "webhook"


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Delivery(models.Model):
    """What leaves the platform by mail or webhook, as it will read; sent at least once.

    A worker holds it until `lease_until` while it sends; `attempts` fences off one that lost it.
    """

    id = models.CharField(primary_key=True, max_length=36, editable=False)
    channel = models.CharField(max_length=10, choices=Channel)
    organisation = models.CharField(max_length=18, blank=True)
    person = models.CharField(max_length=100, blank=True)  # whose mail
    to = models.CharField(max_length=300)  # a mail address, or an organisation's https address
    secret = models.PositiveIntegerField(default=0)  # which of its secrets signs it
    notice = models.ForeignKey(
        Notice, on_delete=models.CASCADE, null=True, related_name="deliveries"
    )
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    began = models.DateTimeField(default=timezone.now)  # to be sent; a day later it is given up
    next_at = models.DateTimeField(default=timezone.now)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    last_error_en = models.CharField(max_length=300, blank=True)
    last_error_zh = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(default=timezone.now)
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["channel", "next_at"],
                condition=Q(state=DeliveryState.WAITING),
                name="delivery_waiting",
            ),
            models.Index(fields=["organisation", "-id"], name="delivery_by_organisation"),
            models.Index(fields=["person", "-id"], name="delivery_by_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "channel", "organisation", "person"],
                name="a_notice_goes_once_to_each",
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.WAITING, ended__isnull=True)
                | Q(
                    state__in=[DeliveryState.SENT, DeliveryState.GIVEN_UP],
                    ended__isnull=False,
                    lease_until__isnull=True,
                ),
                name="waiting_means_not_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.id} ({self.state})"

    @property
    def last_error(self) -> Sentence | None:
        found = self.last_error_en
        return Sentence(en=found, zh=self.last_error_zh) if found else None
