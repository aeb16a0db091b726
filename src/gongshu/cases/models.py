"""One model for everything that a rule gives steps, actors and deadlines to.

`Case` is where a case stands; `CaseStep` is how it came there. The state is moved only by
`cases.services`, compare-and-swap on `revision`; the due date is stored, "overdue" derived.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gongshu.accounts.models import Person
from gongshu.rules.procedure import OPENED, Taken, View
from gongshu.rules.procedures import PROCEDURES


class Case(models.Model):
    id = models.CharField(primary_key=True, max_length=20)  # C-2026-000001
    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=200, blank=True)
    applicant = models.CharField(max_length=18, blank=True)  # blank: the administrator
    state = models.CharField(max_length=40)
    revision = models.PositiveIntegerField(default=0)
    payload = models.JSONField()
    due_at = models.DateField(null=True, blank=True)  # of the state it is in
    due_provisional = models.BooleanField(default=False)  # the calendar ends before it
    opened_by = models.CharField(max_length=100)
    idempotency_key = models.CharField(max_length=100, blank=True)
    request_digest = models.CharField(max_length=64, blank=True)  # of what was sent with the key
    # What there may be one of while it is under way: kind and subject; null afterwards.
    exclusive = models.CharField(max_length=250, null=True, unique=True)  # noqa: DJ001
    created = models.DateTimeField(default=timezone.now, editable=False)
    modified = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="case_by_subject"),
            models.Index(fields=["kind", "state"], name="case_by_state"),
            models.Index(fields=["due_at"], name="case_by_due_date"),
            models.Index(fields=["-created", "-id"], name="case_newest"),
            models.Index(fields=["kind", "-created"], name="case_newest_of_a_kind"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["opened_by", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="case_opened_once_per_key",
            )
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def parties(self) -> dict[str, str]:
        """party → organisation's code."""
        return {p.name: p.organisation for p in self.party_rows.all()}

    def view(self) -> View:
        """What the rules need to know of it."""
        taken = tuple(step.taken(self.kind) for step in self.steps.all())
        return View(self.state, self.parties, self.opened_by, taken)


class CaseParty(models.Model):
    """An organisation's part in a case; who is a party may see the case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="party_rows")
    name = models.CharField(max_length=40)
    organisation = models.CharField(max_length=18)
    # When the case was: an organisation's newest cases are found here, however many there are.
    opened = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["organisation", "-opened"], name="party_newest"),
            models.Index(fields=["case", "organisation"], name="party_of_a_case"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "name"], name="one_organisation_a_party")
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.case_id}: {self.organisation}"


class CaseAwaited(models.Model):
    """Whose turn it is, as the table says: what inboxes are looked up in.

    Written anew by `cases.services` with every step; what it says follows from the case.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="awaited")
    organisation = models.CharField(max_length=18, blank=True)  # a party; blank: by office
    office = models.CharField(max_length=20, blank=True)
    rank = models.CharField(max_length=10, blank=True)  # blank: either
    administrator = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "rank"], name="awaited_organisation"),
            models.Index(fields=["office", "rank"], name="awaited_office"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} waits for {self.organisation or self.office or 'administrator'}"


class CaseStep(models.Model):
    """A step that was taken: who, when, on what article, and its entry in the ledger."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=40)  # "open" for the first
    source = models.CharField(max_length=40, blank=True)
    target = models.CharField(max_length=40)
    person = models.CharField(max_length=100, blank=True)  # blank: the platform's clock
    organisation = models.CharField(max_length=18, blank=True)
    on_behalf_of = models.CharField(max_length=100, blank=True)  # who lent the person their rank
    at = models.DateTimeField()
    form = models.JSONField(null=True, blank=True)
    note = models.TextField(blank=True)
    article = models.CharField(max_length=100, blank=True)  # blank: a platform rule
    entry_id = models.CharField(max_length=36)
    idempotency_key = models.CharField(max_length=100, blank=True)
    request_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="step_taken_once_per_key",
            ),
            models.CheckConstraint(
                condition=Q(on_behalf_of="") | ~Q(on_behalf_of=models.F("person")),
                name="nobody_acts_on_behalf_of_themselves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.case_id}"

    def taken(self, kind: str) -> Taken:
        """The step as the rules see it, with the day from which its clocks run."""
        form = self.form or {}
        row = PROCEDURES[kind].step(self.name)
        day = timezone.localdate(self.at)
        if row and row.dated_by and row.dated_by in form:
            day = date.fromisoformat(form[row.dated_by])
        if self.name == OPENED and (counted := PROCEDURES[kind].counted_from):
            day = counted(form) or day
        return Taken(self.name, self.person, self.source, self.target, day, form, self.on_behalf_of)


class Registration(models.Model):
    """What a query code stands for. Where it stands is its record's state, a case of its own;
    this row is written only by the effects of registration cases and records."""

    code = models.CharField(primary_key=True, max_length=64)
    record = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="registration")
    registrant = models.CharField(max_length=18, db_index=True)
    dataset = models.CharField(max_length=80, blank=True, db_index=True)  # blank: not of this house
    what = models.CharField(max_length=20)  # resource, product
    name = models.CharField(max_length=200)
    summary = models.TextField()
    version = models.PositiveIntegerField(default=1)  # of the certificate
    valid_from = models.DateField()  # the date of the code
    valid_until = models.DateField()  # inclusive

    class Meta:
        ordering = ["-valid_from", "-code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=models.F("valid_from")),
                name="registration_term_is_ordered",
            )
        ]

    def __str__(self) -> str:
        return self.code


class Upload(models.Model):
    """A file that somebody has sent and that belongs to no case yet; a form may name it by its
    digest. After a day it is swept."""

    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=10)  # pdf, docx …
    size = models.PositiveBigIntegerField()
    person = models.CharField(max_length=100)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "digest"], name="uploaded_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.person}"


class CaseFile(models.Model):
    """A file attached to a case, kept under its digest (`cases.files`)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="files")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=10)
    size = models.PositiveBigIntegerField()
    step = models.CharField(max_length=40, blank=True)  # whose form names it; blank: no form
    person = models.CharField(max_length=100)
    organisation = models.CharField(max_length=18, blank=True)
    at = models.DateTimeField()
    entry_id = models.CharField(max_length=36)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["digest"], name="case_file_by_digest")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "digest", "step", "organisation"], name="a_file_attached_once"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="case_file_holds_something"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.case_id}"


class Scope(models.TextChoices):
    """Who reads a comment."""

    CASE = "case"  # all who see the case
    INTERNAL = "internal"  # the writer's own organisation, and audit


class CaseComment(models.Model):
    """What somebody remarked; no part of the decision."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="comments")
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.CASE)
    text = models.TextField()
    person = models.CharField(max_length=100)
    organisation = models.CharField(max_length=18, blank=True)
    at = models.DateTimeField()
    entry_id = models.CharField(max_length=36)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope__in=Scope.values), name="comment_scope_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(scope=Scope.INTERNAL, organisation=""),
                name="internal_to_an_organisation",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="a_comment_says_something"),
        ]

    def __str__(self) -> str:
        return f"comment {self.pk} on {self.case_id}"


class Assignee(models.Model):
    """Who of an organisation works on a case now. It informs; who may take a step is the law's."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignees")
    organisation = models.CharField(max_length=18)
    person = models.CharField(max_length=100, blank=True)  # blank: nobody any more
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["person"], name="assignee_by_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "organisation"], name="one_assignee_an_organisation"
            ),
            models.CheckConstraint(condition=~Q(organisation=""), name="an_assignee_is_somebodys"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.person} of {self.organisation}"


class Delegation(models.Model):
    """A head's rank, lent to a colleague for named procedures between two days (inclusive)."""

    delegator = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegated")
    delegate = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations")
    organisation = models.CharField(max_length=18)  # of both, when it was given
    procedures = models.JSONField()
    since = models.DateField()
    until = models.DateField()
    reason = models.TextField(blank=True)
    given = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)  # taken back before its last day
    entry_id = models.CharField(max_length=36)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(delegator=models.F("delegate")), name="nobody_delegates_to_themselves"
            ),
            models.CheckConstraint(
                condition=Q(until__gte=models.F("since")), name="delegation_term_is_ordered"
            ),
            models.CheckConstraint(
                condition=~Q(organisation=""), name="a_delegation_is_inside_an_organisation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegator_id} → {self.delegate_id}, {self.since} to {self.until}"


class CaseNumber(models.Model):
    """The last case number of a year, counted up under the row's lock."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
