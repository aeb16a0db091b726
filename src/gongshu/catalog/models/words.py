"""The words an entry may use: sharing, opening, cycle, class, grade, state, who may see it."""

from __future__ import annotations

from django.db import models


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
