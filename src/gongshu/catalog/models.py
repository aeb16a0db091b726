"""Datasets, their fields, their versions, and what their owners allow.

A catalogue entry carries the core metadata of the catalogue guide (政务信息资源目录编制指南) and
what article 13 of the Government Data Sharing Regulations adds: conditions, classification and
grade. Its `state` is written only by the effects of its cases (`catalog.effects`). A version is
one row: it exists whole, with its files already on disk, or not at all.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from gongshu.accounts.models import Organisation


class Sharing(models.TextChoices):
    """共享属性, article 14."""

    UNCONDITIONAL = "unconditional", "无条件共享"
    CONDITIONAL = "conditional", "有条件共享"
    NONE = "none", "不予共享"


class SharingMethod(models.TextChoices):
    """共享方式, article 22."""

    INTERFACE = "interface", "服务接口"
    BATCH = "batch", "批量交换"
    FILE = "file", "文件下载"


class Opening(models.TextChoices):
    """开放属性."""

    OPEN = "open", "无条件开放"
    CONDITIONAL = "conditional", "有条件开放"
    CLOSED = "closed", "不予开放"


class UpdateCycle(models.TextChoices):
    REALTIME = "realtime", "实时"
    DAILY = "daily", "每日"
    WEEKLY = "weekly", "每周"
    MONTHLY = "monthly", "每月"
    QUARTERLY = "quarterly", "每季度"
    YEARLY = "yearly", "每年"
    IRREGULAR = "irregular", "不定期"
    ONCE = "once", "一次性"


class Classification(models.TextChoices):
    """By data subject, GB/T 43697."""

    PUBLIC = "public", "公共数据"
    ORGANISATION = "organisation", "组织数据"
    PERSONAL = "personal", "个人信息"


class Grade(models.TextChoices):
    """GB/T 43697; general data may be split into the levels 1 to 4 (annex H)."""

    CORE = "core", "核心数据"
    IMPORTANT = "important", "重要数据"
    GENERAL = "general", "一般数据"


class State(models.TextChoices):
    DRAFT = "draft", "草稿"
    ASSESSED = "assessed", "已评估"
    SUBMITTED = "submitted", "已提交"
    PUBLISHED = "published", "已发布"
    UPDATING = "updating", "更新中"
    RETIRED = "retired", "已撤销"


class Visibility(models.TextChoices):
    """Who may know that an entry exists; who belongs to which is `selectors.reach`."""

    PUBLIC = "public", "公开"
    BODIES = "bodies", "公共机构"  # core data: never in the open catalogue
    AUTHORITY = "authority", "主管部门"  # under review, or withdrawn
    PROVIDER = "provider", "提供方"  # a draft


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


class OwnerTerms(models.Model):
    """What the owner allows at most; a grant pins one number and can only narrow it."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="owner_terms")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["dataset", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="owner_terms_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} terms {self.number}"


class Version(models.Model):
    """A dataset's rows as of one moment: Parquet files under content-addressed names."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # SHA-256 over the files' digests, in order
    files = models.JSONField()  # [{name, digest, rows, bytes}]
    rows = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    profile = models.JSONField()  # for the holder only
    public_profile = models.JSONField()  # structure, meaning and grade
    report = models.JSONField()  # what was guessed about the file; for the holder only
    source_name = models.CharField(max_length=255, blank=True)
    entry_id = models.CharField(max_length=36)
    created_by = models.CharField(max_length=100)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["dataset", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="version_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} version {self.number}"


class KeyedRequest(models.Model):
    """A request that made something and came with an `Idempotency-Key`: a second one makes nothing.

    See `cases.idempotency`, which does the same for cases, whose rows keep the key themselves.
    """

    person = models.CharField(max_length=100)
    idempotency_key = models.CharField(max_length=100)
    request_digest = models.CharField(max_length=64)  # of what was sent with the key
    made = models.CharField(max_length=80)  # a dataset's code, or a job
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "idempotency_key"], name="made_once_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.made} by {self.person}"


class IndexChange(models.Model):
    """A dataset whose entry in the search index is out of date; no code: all of them."""

    code = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.code or "everything"


def _in(language: str, zh: str, en: str) -> str:
    """The text in the reader's language, or in the other one where there is no translation."""
    return (zh or en) if language.lower().startswith("zh") else (en or zh)
