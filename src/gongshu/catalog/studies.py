"""What is worked out about a version once it exists: quality, sketches, …, each a job of its own.

    @study("quality")
    def assess(ctx: JobContext, version: Version) -> dict[str, Any] | None: ...

The jobs are queued in the transaction of the version, so that none is forgotten; each may be run
again at any time, and writes what it found in one transaction, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gongshu.catalog.models import Version
from gongshu.catalog.ownership import subject_of
from gongshu.jobs import registry
from gongshu.jobs import services as jobs
from gongshu.jobs.registry import JobContext, job
from gongshu.rules.agents import Agent

Study = Callable[[JobContext, Version], dict[str, Any] | None]
_studies: list[str] = []


def study(name: str) -> Callable[[Study], Study]:
    """Register a study; `catalog.jobs` imports the modules that have one."""

    def register(work: Study) -> Study:
        def run(ctx: JobContext, *, version: int) -> dict[str, Any] | None:
            found = Version.objects.select_related("dataset__provider").filter(pk=version).first()
            return None if found is None else work(ctx, found)  # retention may have removed it

        job(f"study_{name}")(run)
        _studies.append(name)
        return work

    return register


def queue_studies(version: Version, by: Agent) -> None:
    """All studies of a version, in the caller's transaction."""
    registry.ticks()  # reads every app's jobs.py, and with them the studies
    for name in _studies:
        queue_study(name, version, by)


def queue_study(name: str, version: Version, by: Agent) -> None:
    """One study anew, as after a rule was changed."""
    jobs.enqueue(
        kind=f"study_{name}",
        args={"version": version.pk},
        by=by,
        subject=subject_of(version.dataset),
    )
