"""What the worker does for harvesting: runs, dry runs, and those that are due."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction

from gongshu.accounts import agents
from gongshu.accounts.selectors import person
from gongshu.catalog.models import Dataset, Version
from gongshu.catalog.studies import study
from gongshu.interop import delta
from gongshu.interop.harvest import run as running
from gongshu.interop.harvest import services
from gongshu.interop.harvest.diff import difference
from gongshu.interop.harvest.effects import next_due
from gongshu.interop.models import HarvestRun, HarvestSource, RunState
from gongshu.jobs.models import Job
from gongshu.jobs.registry import JobContext, job, tick
from gongshu.ledger import moment
from gongshu.rules.agents import SYSTEM, Agent
from gongshu.rules.problems import Conflict
from gongshu.wording import Problem, Sentence

READING = Sentence(en="Reading the source", zh="正在读取来源")


@job("harvest_check")
def check(ctx: JobContext, *, source: str) -> Mapping[str, Any]:
    found = services.source(source, by=_by(ctx.job))
    return difference(found, progress=_progress(ctx)).as_dict()


@job("harvest")
def harvest(ctx: JobContext, *, source: str) -> Mapping[str, Any]:
    """A new run, or the one that a killed worker was about, from where it stood."""
    by = _by(ctx.job)
    services.require_bureau(by)
    saved = ctx.job.saved
    found = HarvestSource.objects.select_related("organisation").get(code=source, active=True)
    if saved:
        run = HarvestRun.objects.select_related("source__organisation").get(pk=saved["run"])
        HarvestRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING, finished=None)
        run.state = RunState.RUNNING
    else:
        run = services.begin(found, ctx.job)
        ctx.save({"run": run.pk, "position": ""})
    position = saved["position"] if saved else ""

    def save(reached: str) -> None:
        ctx.save({"run": run.pk, "position": reached, "read": not reached})

    try:
        if saved and saved.get("read"):  # all pages are written
            running.finish(run)
        else:
            running.go_on(run, by=by, position=position, save=save, progress=_progress(ctx))
    except Problem:
        HarvestRun.objects.filter(pk=run.pk).update(state=RunState.FAILED, finished=moment.now())
        raise
    return {"run": run.pk, "state": str(run.state), "counts": run.counts}


@tick("harvest", every_seconds=300)
def harvest_what_is_due() -> None:
    now = moment.now()
    for source in HarvestSource.objects.filter(active=True, next_due__lte=now):
        with transaction.atomic():
            mine = HarvestSource.objects.filter(pk=source.pk, next_due=source.next_due)
            if not mine.update(next_due=next_due(source, now)):
                continue  # another worker was quicker
            try:
                services.start(source.code, by=SYSTEM)
            except Conflict:
                continue  # one is under way


@study("delta")
def project_version(ctx: JobContext, version: Version) -> dict[str, Any] | None:
    """Each new version of open data enters its Delta table."""
    return {"versions": delta.export(version.dataset)}


@job("export_delta")
def export_delta(ctx: JobContext, *, dataset: str) -> Mapping[str, Any]:
    """The whole Delta table anew from the rows."""
    return {"versions": delta.export(Dataset.objects.get(code=dataset))}


@tick("delta", every_seconds=3600)
def keep_delta_tables() -> None:
    """What was opened or closed since, and versions whose rows were removed."""
    for dataset in Dataset.objects.filter(versions__isnull=False).distinct():
        if delta.may_be_read(dataset) or delta.folder(dataset).exists():
            with suppress(Problem):  # a type that Delta has not: said to who asks for the table
                delta.export(dataset)


def _by(job: Job) -> Agent:
    return agents.agent_of(person(job.person)) if job.person else SYSTEM


def _progress(ctx: JobContext) -> running.Progress:
    def say(seen: int, total: int | None) -> None:
        ctx.progress(min(99, 100 * seen // total) if total else 50, READING)

    return say
