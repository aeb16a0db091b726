"""What differs between two versions of a dataset, and by which key its rows are told apart.

Each new version is compared with the one it came after (`@study("changes")`), and what was found
is kept. Any other pair is compared when it is asked for: at once where both are small, else by a
job. All of it is exact counts, so it is for whoever may see those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from gongshu.accounts import agents
from gongshu.accounts.selectors import person
from gongshu.catalog import selectors
from gongshu.catalog.models import Comparison, Dataset, Version, VersionRules
from gongshu.catalog.ownership import locked, require_holder, subject_of
from gongshu.catalog.studies import queue_study, study
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Job
from gongshu.jobs.registry import JobContext, job
from gongshu.ledger import services as ledger
from gongshu.rules.agents import SYSTEM, Agent
from gongshu.rules.problems import BadInput, Forbidden
from gongshu.wording import Sentence

AT_ONCE = 100_000  # rows of both together that a request compares itself
COMPARING = Sentence(en="Comparing two versions", zh="正在比较两个版本")
WAITING = ("queued", "running")


def key_of(dataset: Dataset) -> list[str]:
    """The columns that tell its rows apart; none: nobody has said."""
    found = VersionRules.objects.filter(dataset=dataset).first()
    return list(found.key_columns) if found else []


def set_key(*, dataset: Dataset, columns: Sequence[str], by: Agent) -> list[str]:
    """Another key makes other comparisons: the newest version's is made anew."""
    require_holder(dataset, by)
    wanted = list(dict.fromkeys(columns))
    with transaction.atomic():
        dataset = locked(dataset)
        _require_columns(dataset, wanted)
        row, _ = VersionRules.objects.get_or_create(dataset=dataset)
        if row.key_columns == wanted:
            return wanted
        row.key_columns = wanted
        row.save(update_fields=["key_columns"])
        Comparison.objects.filter(dataset=dataset).delete()
        ledger.append(
            event="dataset.described",
            subject=subject_of(dataset),
            by=by,
            public={"changed": ["key_columns"]},
            holder=dataset.provider.code,
        )
        newest = selectors.latest(dataset)
        if newest is not None:
            queue_study("changes", newest, by)
    return wanted


def _require_columns(dataset: Dataset, wanted: Sequence[str]) -> None:
    known = list(dataset.fields.values_list("name", flat=True))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise BadInput(
            "unknown_column",
            Sentence(
                en=f"{dataset.code} has no column “{unknown[0]}”.",
                zh=f"{dataset.code} 没有列“{unknown[0]}”。",
            ),
            suggestion=Sentence(
                en=f"Its columns are: {', '.join(known)}.", zh=f"现有的列：{'、'.join(known)}。"
            ),
            field="key_columns",
        )


def require_counts(dataset: Dataset, by: Agent) -> None:
    """How many rows changed is an exact count of the data."""
    if not selectors.may_see_full_profile(dataset, by):
        raise Forbidden(
            "counts_are_protected",
            Sentence(
                en="What changed between versions of protected data is for their provider only.",
                zh="受保护数据各版本之间的变化仅供其提供单位查看。",
            ),
        )


def between(
    dataset: Dataset, older: int, newer: int, *, by: Agent
) -> tuple[Comparison | None, Job | None]:
    """The comparison, or the job that makes it."""
    require_counts(dataset, by)
    one, two = (standing(dataset, number) for number in sorted((older, newer)))
    found = kept(dataset, one.number, two.number)
    if found is not None:
        return found, None
    if one.rows + two.rows <= AT_ONCE:
        return _keep(dataset, one, two), None
    args = {"dataset": dataset.code, "older": one.number, "newer": two.number}
    with transaction.atomic():
        locked(dataset)
        running = Job.objects.filter(kind="compare_versions", args=args, state__in=WAITING).first()
        who = SYSTEM if by.anonymous else by
        subject = subject_of(dataset)
        return None, running or jobs.enqueue(
            kind="compare_versions", args=args, by=who, subject=subject
        )


def standing(dataset: Dataset, number: int) -> Version:
    """The version of this number; one that was removed is said to be."""
    found = selectors.version(dataset, number)
    selectors.require_standing(found)
    return found


def kept(dataset: Dataset, older: int, newer: int) -> Comparison | None:
    """What was found before, by the key of today."""
    rows = Comparison.objects.filter(dataset=dataset, older=older, newer=newer)
    return rows.filter(key_columns=key_of(dataset)).first()


def before(version: Version) -> Version | None:
    """The newest one before it whose rows are still here."""
    rows = version.dataset.versions.filter(number__lt=version.number, removed=None)
    return rows.order_by("-number").first()


@study("changes")
def study_changes(ctx: JobContext, version: Version) -> dict[str, Any] | None:
    earlier = before(version)
    if version.removed or earlier is None:
        return None
    found = _keep(version.dataset, earlier, version, ctx)
    return {"older": found.older, "newer": found.newer}


@job("compare_versions")
def compare_versions(ctx: JobContext, *, dataset: str, older: int, newer: int) -> dict[str, Any]:
    """With the rights of now of whoever asked."""
    by = agents.agent_of(person(ctx.job.person)) if ctx.job.person else SYSTEM
    found = Dataset.objects.select_related("provider").get(code=dataset)
    if not by.system:
        require_counts(found, by)
    _keep(found, standing(found, older), standing(found, newer), ctx)
    return {"dataset": dataset, "link": f"/dataset/{dataset}/versions?older={older}&newer={newer}"}


def _keep(
    dataset: Dataset, older: Version, newer: Version, ctx: JobContext | None = None
) -> Comparison:
    """Compared outside of any transaction, and written whole."""
    from gongshu.data.comparing import compare  # here: it loads DuckDB

    key = key_of(dataset)

    def say(percent: int) -> None:
        if ctx is not None:
            ctx.progress(percent, COMPARING)

    changes = compare(selectors.files(older), selectors.files(newer), key=key, progress=say)
    found, _ = Comparison.objects.update_or_create(
        dataset=dataset,
        older=older.number,
        newer=newer.number,
        defaults={"changes": changes, "key_columns": key},
    )
    return found
