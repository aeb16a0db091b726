"""Organisations, the people who act for them, and their API tokens.

What a person may do derives from the offices of their organisation, their rank in it, and
nothing else: there are no groups, no per-person permissions, no superuser.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from gongshu.rules.agents import Kind, Rank


class Organisation(models.Model):
    """A body that acts on the platform, known by its unified social credit code (USCC)."""

    code = models.CharField(max_length=18, unique=True)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name_zh} ({self.code})"

    def name(self, language: str) -> str:
        """The name in the reader's language, as far as there is one."""
        return self.name_zh if language.lower().startswith("zh") else self.name_en or self.name_zh


class OrganisationRole(models.Model):
    """One office an organisation holds: data bureau, source agency, operator…"""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Kind])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="one_role_of_a_kind"),
            models.CheckConstraint(
                condition=models.Q(kind__in=[k.value for k in Kind]), name="role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.kind}"


class Webhook(models.Model):
    """Where an organisation's own systems are told of its notices; blank: nowhere.

    The secret that signs them is worked out from `number`, which never comes twice.
    """

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, primary_key=True, related_name="webhook"
    )
    address = models.CharField(max_length=300, blank=True)
    number = models.PositiveIntegerField(default=0)
    changed = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.address}"


class Mail(models.TextChoices):
    NONE = "none"
    EACH = "each"
    DAILY = "daily"


class People(BaseUserManager["Person"]):
    """Django's way to find who logs in; people are made by `accounts.services` alone."""


class Person(AbstractBaseUser):
    """Someone who acts for an organisation, by rank; an administrator runs the instance."""

    username = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=100, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="people", null=True, blank=True
    )
    rank = models.CharField(
        max_length=10, choices=[(r.value, r.value) for r in Rank], default=Rank.STAFF.value
    )
    is_administrator = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, blank=True)
    mail = models.CharField(max_length=10, choices=Mail, default=Mail.NONE)
    mail_address = models.CharField(max_length=254, blank=True)
    digest_at = models.DateTimeField(null=True)  # when the last daily digest was looked after
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects = People()

    USERNAME_FIELD = "username"

    class Meta:
        ordering = ["username"]
        indexes = [
            models.Index(fields=["mail"], condition=~models.Q(mail="none"), name="person_by_mail")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rank__in=[r.value for r in Rank]), name="rank_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(is_administrator=True) | models.Q(organisation__isnull=False),
                name="people_act_for_an_organisation",
            ),
            models.CheckConstraint(
                condition=models.Q(mail=Mail.NONE) | ~models.Q(mail_address=""),
                name="mail_goes_to_an_address",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        return self.name or self.username


class ApiToken(models.Model):
    """A bearer token of one person: only its SHA-256 is kept, the text is shown once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=12)  # its first characters, so that its owner knows it
    scopes = models.JSONField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return f"{self.start}… of {self.person_id}"

    def in_force(self, now: datetime) -> bool:
        return self.revoked is None and now < self.expires


class FailedLogin(models.Model):
    """One wrong password; enough of them in a short while and the door stays shut a while."""

    username = models.CharField(max_length=100)
    address = models.CharField(max_length=45)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["username", "at"], name="failed_login_by_name"),
            models.Index(fields=["address", "at"], name="failed_login_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.username} from {self.address}"
