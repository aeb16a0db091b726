"""Domains, datasets and their fields: the catalogue entry.

An entry carries the core metadata of the catalogue guide (政务信息资源目录编制指南) and what
article 13 of the Government Data Sharing Regulations adds. Its `state`
is written only by the effects of its cases (`catalog.effects`).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from gongshu.accounts.models import Organisation
from gongshu.catalog.models.words import (
    Classification,
    Grade,
    Opening,
    Sharing,
    SharingMethod,
    State,
    UpdateCycle,
    Visibility,
)

# Computed by the database in the row itself, so that lists, feeds and the search index agree.
# What was published stays visible while its update is reviewed; a new grade "core" hides it now.
VISIBILITY = Case(
    When(state="retired", then=Value("authority")),
    When(published_for="public", grade="core", then=Value("bodies")),
    When(~Q(published_for=""), then=F("published_for")),
    When(state="draft", then=Value("provider")),
    default=Value("authority"),
)


class Domain(models.Model):
    """A field of work (health, transport, …), and the schema of its datasets' SQL names."""

    code = models.CharField(max_length=30, unique=True)
    title_zh = models.CharField(max_length=100)
    title_en = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    def title(self, language: str) -> str:
        return _in(language, self.title_zh, self.title_en)


class Dataset(models.Model):
    code = models.CharField(max_length=80, unique=True)
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="datasets")
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    summary_zh = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="datasets")
    # 信息资源代码: class, item, subject, detail, then "/" and a sequence number.
    resource_code = models.CharField(max_length=40, blank=True)
    related_codes = models.CharField(max_length=400, blank=True)  # 关联资源代码, with commas
    format = models.CharField(max_length=20, blank=True)
    update_cycle = models.CharField(max_length=20, choices=UpdateCycle.choices, blank=True)

    sharing = models.CharField(max_length=20, choices=Sharing.choices, blank=True)
    sharing_conditions = models.TextField(blank=True)  # scope and purpose, article 15
    sharing_basis = models.TextField(blank=True)  # reason and legal basis, articles 14 and 15
    sharing_method = models.CharField(max_length=20, choices=SharingMethod.choices, blank=True)
    opening = models.CharField(max_length=20, choices=Opening.choices, default=Opening.CLOSED.value)
    opening_conditions = models.TextField(blank=True)

    classification = models.CharField(max_length=20, choices=Classification.choices, blank=True)
    grade = models.CharField(max_length=20, choices=Grade.choices, blank=True)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    # The strictest confirmed grade of its columns (`FieldGrade.strictness`); 0: none confirmed.
    graded = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    unit_column = models.CharField(max_length=200, blank=True)  # whose privacy; blank: nobody's
    unit_space = models.CharField(max_length=100, blank=True)

    attribution = models.TextField(blank=True)
    licence = models.CharField(max_length=100, blank=True)
    source_url = models.URLField(max_length=500, blank=True)

    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT.value)
    # Both are written by publication: an update in the making opens nothing before its review.
    published_for = models.CharField(
        max_length=20, choices=[("public", "公开"), ("bodies", "公共机构")], blank=True
    )
    is_open_data = models.BooleanField(default=False)
    visibility = models.GeneratedField(
        expression=VISIBILITY,
        output_field=models.CharField(max_length=20, choices=Visibility.choices),
        db_persist=True,
    )
    # What must hold in a row: {"checks": [{"name", "expression"}]} (`data.quality.Rules`).
    rules = models.JSONField(default=dict, blank=True)
    published = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(default=timezone.now, editable=False)
    modified = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["visibility", "code"], name="dataset_by_visibility")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="dataset_state_known"),
            # Article 14: "not shared" only with its legal basis named.
            models.CheckConstraint(
                condition=~Q(sharing="none") | ~Q(sharing_basis=""), name="not_shared_has_a_basis"
            ),
            # Core data never reaches the open catalogue.
            models.CheckConstraint(
                condition=~Q(grade="core") | Q(opening="closed"), name="core_data_is_not_open"
            ),
            models.CheckConstraint(
                condition=Q(is_open_data=False) | ~Q(grade="core"),
                name="core_data_is_not_open_data",
            ),
            models.CheckConstraint(
                condition=Q(~Q(sharing="none"))
                | Q(GreaterThan(Length(Trim(F("sharing_basis"))), 0)),
                name="a_basis_is_not_blank",
            ),
            # A dataset is graded by its strictest column (GB/T 43697, 6.6), or stricter.
            models.CheckConstraint(
                condition=Q(graded=0)
                | Q(grade="core")
                | Q(grade="important", graded__lte=5)
                | Q(grade="general", level__isnull=False, level__gte=F("graded")),
                name="not_below_its_columns",
            ),
            models.CheckConstraint(
                condition=Q(is_open_data=False) | Q(published_for="public"),
                name="open_data_is_published",
            ),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(grade="general", level__range=(1, 4)),
                name="levels_split_general_data",
            ),
            models.CheckConstraint(
                condition=Q(unit_column="", unit_space="")
                | (~Q(unit_column="") & ~Q(unit_space="")),
                name="a_unit_has_its_space",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def title(self, language: str) -> str:
        return _in(language, self.title_zh, self.title_en)

    def summary(self, language: str) -> str:
        return _in(language, self.summary_zh, self.summary_en)

    @property
    def is_protected(self) -> bool:
        """Not open to all, or about somebody: only structure, meaning and grade are public."""
        return not self.is_open_data or self.opening != Opening.OPEN or bool(self.unit_column)


class Field(models.Model):
    """One column of a dataset: name, type, meaning, grade (信息项)."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="fields")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=40)
    title_zh = models.CharField(max_length=200, blank=True)
    title_en = models.CharField(max_length=200, blank=True)
    meaning_zh = models.TextField(blank=True)
    meaning_en = models.TextField(blank=True)
    semantic_type = models.CharField(max_length=40, blank=True)
    grade = models.CharField(max_length=20, choices=Grade.choices, blank=True)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    # Somebody wrote this; otherwise meaning and level are guesses, and may come from the values.
    declared = models.BooleanField(default=False)
    # What must hold for its values: type, pattern, range … (`data.quality.FieldRules`).
    rules = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["dataset", "position"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "name"], name="field_name_once"),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 4)), name="field_level_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def title(self, language: str) -> str:
        return _in(language, self.title_zh, self.title_en) or self.name

    def meaning(self, language: str) -> str:
        return _in(language, self.meaning_zh, self.meaning_en)


def _in(language: str, zh: str, en: str) -> str:
    """The text in the reader's language, or in the other one where there is no translation."""
    return (zh or en) if language.lower().startswith("zh") else (en or zh)
