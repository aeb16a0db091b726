"""A catalogue file handed in over HTTP: kept, checked by a job, and written by another when the
one who sent it says so.

    job = receive_import(chunks, source_name="目录.xlsx", by=by)           # checks
    job = confirm_import(job, by=by, skip_bad=False)                       # writes what was checked

The file waits in a folder of the instance, named by its job alone, for a day.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from gongshu.accounts import agents
from gongshu.accounts.selectors import person
from gongshu.catalog import bulk
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Job, State
from gongshu.jobs.registry import JobContext, job, tick
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, NotFound
from gongshu.wording import Sentence

LARGEST = 500_000_000
DAY = 24 * 3600
CHECKING = Sentence(en="Checking the rows", zh="正在逐行检查")
WRITING = Sentence(en="Writing the entries", zh="正在写入目录条目")


def receive_import(
    chunks: Iterable[bytes], *, source_name: str, by: Agent, write: bool, skip_bad: bool = False
) -> Job:
    """Keep the file and queue the job; without `write`, one that only says what it would do."""
    bulk.require_importer(by)
    name = _keep(chunks)
    try:
        return _enqueue(name, source_name, by, write=write, skip_bad=skip_bad)
    except BaseException:
        (_folder() / name).unlink(missing_ok=True)
        raise


def confirm_import(checked: Job, *, by: Agent, skip_bad: bool = False) -> Job:
    """Write the very file that this job has checked, as the person who sent it."""
    mine = checked.kind == "import_catalogue" and checked.person == by.person
    if not mine or checked.args.get("write") or checked.state != State.DONE:
        raise Conflict(
            "not_checked",
            Sentence(en="There is no checked file of yours here.", zh="没有您已检查的文件。"),
        )
    bulk.require_importer(by)
    kept(checked.args["upload"])
    return _enqueue(
        checked.args["upload"], checked.args["source_name"], by, write=True, skip_bad=skip_bad
    )


def _enqueue(name: str, source_name: str, by: Agent, *, write: bool, skip_bad: bool) -> Job:
    args = {"upload": name, "source_name": source_name[-255:], "write": write, "skip_bad": skip_bad}
    return jobs.enqueue(kind="import_catalogue", args=args, by=by)


@job("import_catalogue")
def import_catalogue(
    ctx: JobContext, *, upload: str, source_name: str, write: bool, skip_bad: bool
) -> Mapping[str, Any]:
    """By whoever sent the file, with their rights of now; goes on where a killed one stood."""
    by = agents.agent_of(person(ctx.job.person))
    path = kept(upload)
    total = [0]

    def checked(rows: int) -> None:
        total[0] = rows
        ctx.progress(min(99, rows // 2000), CHECKING)

    kept_place: Mapping[str, Any] = ctx.job.saved or {}
    saved = kept_place.get("counts")
    if write and saved:
        total[0] = kept_place["total"]
    else:
        found = bulk.check(path, by=by, progress=checked)
        if not write or (found.bad and not skip_bad):
            return found.as_dict() | {"written": False, "file": source_name}

    def save(counts: Mapping[str, int]) -> None:
        ctx.save({"counts": dict(counts), "total": total[0]})

    def written(rows: int) -> None:
        ctx.progress(min(99, 100 * rows // max(1, total[0])), WRITING)

    done = bulk.write(path, by=by, skip_bad=skip_bad, start=saved, save=save, progress=written)
    return done.as_dict() | {"written": True, "file": source_name}


@tick("imports", every_seconds=600)
def sweep_imports() -> None:
    """A file stays a day, so that it can be confirmed or tried again; not while its job waits."""
    if not _folder().exists():
        return
    busy = Job.objects.filter(
        kind="import_catalogue", state__in=[State.QUEUED, State.RUNNING]
    ).values_list("args__upload", flat=True)
    names = set(busy)
    for path in _folder().iterdir():
        if path.name not in names and time.time() - path.stat().st_mtime > DAY:
            path.unlink(missing_ok=True)


def kept(name: str) -> Path:
    """The file of a job; nothing outside the folder can be named."""
    path = _folder() / name
    if not name.isalnum() or not path.is_file():
        raise NotFound(
            "upload_gone",
            Sentence(en="The uploaded file is not there any more.", zh="上传的文件已不存在。"),
            suggestion=Sentence(en="Upload it again.", zh="请重新上传。"),
        )
    return path


def require_size(size: int) -> None:
    limit = min(LARGEST, settings.UPLOAD_LIMIT)
    if size > limit:
        raise BadInput(
            "too_large",
            Sentence(
                en=f"A catalogue file has at most {limit // 1_000_000} MB.",
                zh=f"目录文件不得超过 {limit // 1_000_000} MB。",
            ),
            suggestion=Sentence(en="Send it in parts.", zh="请分批提交。"),
            field="file",
        )


def _folder() -> Path:
    return Path(settings.HOME) / "imports"


def _keep(chunks: Iterable[bytes]) -> str:
    """Its name; it is on the disk before a job can name it."""
    _folder().mkdir(exist_ok=True, mode=0o700)
    name, size = secrets.token_hex(16), 0
    path = _folder() / name
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                require_size(size)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name
