"""Grants: who may do what, with which data, for what, until when, and on whose authority.

Sharing between agencies, opening, authorised operation, a customer's licence and an auditor's
access are one object. A grant's `state` is written only by the effects of its cases
(`grants.services`); whether it has expired is never stored but follows from `valid_until`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from gongshu.catalog.models import Dataset, OwnerTerms

PUBLIC = "public"  # the grantee of what is open to everyone


class Kind(models.TextChoices):
    """Which relation a grant puts into terms; stored and published, never renamed."""

    SHARING = "sharing", "政务共享"
    OPERATION = "operation", "授权运营"
    OPENING = "opening", "开放"
    LICENCE = "licence", "许可"
    AUDIT = "audit", "审计"
    ADMINISTRATIVE = "administrative", "平台管理"


class State(models.TextChoices):
    ACTIVE = "active", "有效"
    SUSPENDED = "suspended", "暂停"
    ENDED = "ended", "终止"


class Standing(models.TextChoices):
    """What a grant is worth on a day: its state, and where the day lies in its term."""

    IN_FORCE = "in_force", "有效"
    NOT_BEGUN = "not_begun", "尚未生效"
    EXPIRED = "expired", "已到期"
    SUSPENDED = "suspended", "暂停"
    ENDED = "ended", "终止"


class Grant(models.Model):
    id = models.CharField(primary_key=True, max_length=20)  # G-2026-0001
    kind = models.CharField(max_length=20, choices=Kind.choices)
    grantee = models.CharField(max_length=18, db_index=True)  # an organisation's code, or "public"
    grantor = models.CharField(max_length=18, blank=True)  # blank: the platform's administrator
    case_id = models.CharField(max_length=40, db_index=True)
    # The operation that a licence rests on, and without which it is worth nothing.
    under = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="licences", null=True, blank=True
    )
    terms = models.JSONField()  # effective: what was asked, within what the owners allowed
    terms_digest = models.CharField(max_length=64)
    scope = models.JSONField()  # all | domain | scenario | datasets, as it was granted
    valid_from = models.DateField()
    valid_until = models.DateField()  # inclusive, Asia/Shanghai
    state = models.CharField(max_length=20, choices=State.choices, default=State.ACTIVE.value)
    reason = models.TextField(blank=True)  # why it is suspended or ended
    entry_id = models.CharField(max_length=36)  # of grant.issued
    issued = models.DateTimeField(default=timezone.now, editable=False)
    changed = models.DateTimeField(default=timezone.now)  # of the state

    class Meta:
        ordering = ["-issued", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="grant_kind_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="grant_state_known"),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")), name="grant_term_is_ordered"
            ),
            models.CheckConstraint(condition=~Q(case_id=""), name="grant_has_a_case"),
            models.CheckConstraint(
                condition=Q(state="active") | ~Q(reason=""), name="grant_stopped_with_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(grantee="public") | Q(kind__in=["opening", "administrative"]),
                name="only_openings_are_for_all",
            ),
            # Separation of duties: nobody operates what they authorise.
            models.CheckConstraint(
                condition=~Q(kind="operation") | ~Q(grantor=F("grantee")),
                name="operator_is_not_grantor",
            ),
            models.CheckConstraint(
                condition=Q(kind="licence", under__isnull=False)
                | (~Q(kind="licence") & Q(under__isnull=True)),
                name="licence_rests_on_an_operation",
            ),
        ]

    def __str__(self) -> str:
        return self.id

    def standing(self, on: date) -> Standing:
        if self.state != State.ACTIVE:
            return Standing(self.state)
        if on < self.valid_from:
            return Standing.NOT_BEGUN
        return Standing.EXPIRED if on > self.valid_until else Standing.IN_FORCE

    @property
    def purposes(self) -> list[str]:
        return list(self.terms["purposes"])

    @property
    def limits(self) -> dict[str, Any]:
        return dict(self.terms.get("limits", {}))


class GrantDataset(models.Model):
    """One dataset of a grant, and the number of its owner's terms that held at issue."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="datasets")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="grants")
    # None: an administrator's grant over data whose owner has set no terms yet.
    owner_terms = models.ForeignKey(
        OwnerTerms, on_delete=models.PROTECT, related_name="grants", null=True, blank=True
    )

    class Meta:
        ordering = ["dataset__code"]
        constraints = [
            models.UniqueConstraint(fields=["grant", "dataset"], name="dataset_once_in_a_grant")
        ]

    def __str__(self) -> str:
        return f"{self.grant_id}: {self.dataset_id}"


class Side(models.TextChoices):
    """On which side of an authorised operation an organisation stands in a dataset."""

    MANAGING = "managing", "管理"  # provides the data, or authorises their operation
    OPERATING = "operating", "运营"


class Duty(models.Model):
    """Separation of duties, held by the database: one organisation, one dataset, one side.

    Written when an operation's grant is issued, and let go when it ends (`grants.duties`).
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="duties")
    organisation = models.CharField(max_length=18)
    side = models.CharField(max_length=20, choices=Side.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "organisation"], name="one_side_in_a_dataset"
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="duty_side_known"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.side} {self.dataset_id}"


class GrantNumber(models.Model):
    """The last number given in a year; its row is the lock under which the next is taken."""

    year = models.PositiveIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class LinkageFinding(models.Model):
    """What somebody could put together from a grant and all else they reach: the last estimate.

    For the holder and the bureau only. `inputs` says of what it was made; the worker estimates
    anew when they have changed.
    """

    grant = models.OneToOneField(
        Grant, on_delete=models.CASCADE, related_name="linkage", primary_key=True
    )
    inputs = models.CharField(max_length=64)
    highest = models.FloatField()  # the largest share of units that would stand alone
    detail = models.JSONField()
    made = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.grant_id}: {self.highest:.0%}"
