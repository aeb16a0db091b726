"""Organisations, the people who act for them, and their API tokens."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from gongshu.rules.agents import Kind, Rank


class Organisation(models.Model):
    """A body that acts on the platform, known by its unified social credit code (USCC)."""

    code = models.CharField(max_length=18, unique=True)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.name_zh} ({self.code})"


class OrganisationRole(models.Model):
    """One office an organisation holds: data bureau, source agency, operator…"""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Kind])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="one_role_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.kind}"


class Person(AbstractUser):
    """Someone who acts for an organisation, by rank; an administrator runs the instance."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="people", null=True, blank=True
    )
    rank = models.CharField(
        max_length=10, choices=[(r.value, r.value) for r in Rank], default=Rank.STAFF
    )
    is_administrator = models.BooleanField(default=False)
    language = models.CharField(max_length=10, blank=True)
