"""What the worker does for the catalogue: ingest uploads, keep the search index, sweep."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gongshu.accounts import agents
from gongshu.accounts.selectors import person

# following, imports, pulling: what they do is registered when they are read
from gongshu.catalog import (  # noqa: F401
    changes,
    copies,
    following,
    imports,
    index,
    pulling,
    quality,
    readings,
    retention,
    risk,
    saved,
    sketching,
    uploads,
)
from gongshu.catalog.ingest import ingest_file, upload_folder, uploaded
from gongshu.catalog.versions import sweep_orphans
from gongshu.data import scratch
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Job, State
from gongshu.jobs.registry import JobContext, job, tick
from gongshu.rules.agents import SYSTEM
from gongshu.wording import Sentence

DAY = 24 * 3600
INDEXING = Sentence(en="Writing the search index", zh="正在写入检索索引")


@job("ingest")
def ingest(
    ctx: JobContext, *, upload: str, code: str, source_name: str, hints: dict[str, Any]
) -> dict[str, Any]:
    """An uploaded file becomes a version, by whoever uploaded it and with their rights of now."""
    done = ingest_file(
        uploaded(upload),
        code=code,
        by=agents.agent_of(person(ctx.job.person)),
        source_name=source_name,
        hints=hints,
        progress=_told(ctx),
    )
    return {"dataset": code, "version": done.version.number, "fresh": done.fresh}


def _told(ctx: JobContext) -> Callable[[float, Sentence], None]:
    """Progress as the job's percentage, and each stage that begins as a line of its log."""
    stages: list[Sentence] = []

    def say(percent: float, what: Sentence) -> None:
        if what not in stages:
            stages.append(what)
            ctx.log(what)
        ctx.progress(int(percent), what)

    return say


@job("index_catalogue")
def index_catalogue(ctx: JobContext) -> dict[str, Any]:
    """The whole search index from the database."""

    def say(count: int, total: int) -> None:
        ctx.progress(int(100 * count / max(total, 1)), INDEXING)

    return {"entries": index.rebuild(say)}


@tick("search_index", every_seconds=1)
def keep_index() -> None:
    """Small changes at once; for a whole new index, a job, so that nothing else waits."""
    if index.needs_rebuild():
        waiting = Job.objects.filter(
            kind="index_catalogue", state__in=[State.QUEUED, State.RUNNING]
        )
        if not waiting.exists():
            jobs.enqueue(kind="index_catalogue", args={}, by=SYSTEM)
        return
    with suppress(index.Busy):  # the next second will do
        index.update(patience=0)


@tick("saved_searches", every_seconds=600)
def tell_of_new_hits() -> None:
    """Each saved search once a day; the work is spread over it."""
    saved.tell_new_hits()


@tick("orphans", every_seconds=3600)
def sweep_versions() -> None:
    """Files of versions that were never committed, and what a killed writer left in the index."""
    sweep_orphans()
    index.sweep()


@tick("originals", every_seconds=3600)
def sweep_originals() -> None:
    """Files that older versions were read from, and their rejects."""
    readings.sweep()


@tick("scratch", every_seconds=300)
def sweep_scratch() -> None:
    """Working files of processes that were killed."""
    scratch.sweep()


@tick("uploads", every_seconds=60)
def sweep_uploads() -> None:
    """An upload goes when its job is done; otherwise it stays a day, for another try."""
    if not upload_folder().exists():
        return
    uploads.sweep()
    rows = Job.objects.filter(kind="ingest").values_list("args__upload", "state")
    states = dict(rows.order_by("id"))
    for path in upload_folder().iterdir():
        state = states.get(path.name)
        old = time.time() - path.stat().st_mtime > DAY
        if state == State.DONE or (old and state not in (State.QUEUED, State.RUNNING)):
            path.unlink(missing_ok=True)
