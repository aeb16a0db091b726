"""Whose an entry is, and the row of it that is being changed."""

from __future__ import annotations

from gongshu.catalog import selectors
from gongshu.catalog.models import Dataset
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence


def subject_of(dataset: Dataset) -> Subject:
    return Subject("dataset", dataset.code, dataset.provider.code)


def locked(dataset: Dataset) -> Dataset:
    """The row as it is now, kept from others until the end of the transaction."""
    rows = Dataset.objects.select_for_update(of=("self",)).select_related("provider", "domain")
    return rows.get(pk=dataset.pk)


def require_holder(dataset: Dataset, by: Agent) -> None:
    if not selectors.is_holder(dataset, by):
        raise Forbidden(
            "not_provider",
            Sentence(
                en="Only the dataset's provider may do this.", zh="只有数据提供方可以执行此操作。"
            ),
        )
    require_scope(by)


def require_scope(by: Agent) -> None:
    """A token may be narrower than its person."""
    if not by.may_use("ingest"):
        raise Forbidden(
            "scope",
            Sentence(
                en="This token may not change datasets: it lacks the scope “ingest”.",
                zh="该令牌没有“ingest”权限范围，不能更改数据集。",
            ),
        )
