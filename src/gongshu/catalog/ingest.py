"""From a file somebody hands in to a new version: read, type, profile, keep.

The shell and the upload job call the same function. An upload lies in the instance's own folder
until its job has ended; a job names it by its file name alone and can reach no other file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from gongshu import data
from gongshu.cases.bodies import in_words
from gongshu.cases.idempotency import Sent
from gongshu.catalog import readings, selectors
from gongshu.catalog.models import Dataset, Mode, Version
from gongshu.catalog.ownership import require_holder, subject_of
from gongshu.catalog.sent_twice import made_once
from gongshu.catalog.services import add_version, create_draft
from gongshu.catalog.versions import require_mode, require_room
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Job
from gongshu.jobs.selectors import job as find_job
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, NotFound
from gongshu.wording import Sentence

LONGEST_NAME = 255

Progress = Callable[[float, Sentence], None]
READING = Sentence(en="Reading and typing the file", zh="正在读取文件并识别类型")
KEEPING = Sentence(en="Profiling and keeping the version", zh="正在分析并保存版本")
DONE = Sentence(en="Done", zh="完成")


@dataclass(frozen=True)
class Ingested:
    dataset: Dataset
    version: Version
    drafted: bool  # the entry was made by this act
    fresh: bool  # False: the file holds what the newest version holds


def ingest_file(
    path: Path,
    *,
    code: str,
    by: Agent,
    provider: str = "",
    source_name: str = "",
    hints: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Ingested:
    """Read any messy file into a new version of the dataset; a draft is made if there is none."""
    say = progress or _silent
    existing = Dataset.objects.select_related("provider").filter(code=code).first()
    if existing is not None:
        selectors.get(code, by)  # absent and invisible give the same answer
        require_holder(existing, by)
    require_mode((hints or {}).get("mode") or Mode.FULL)
    known = readings.hints_for(existing, hints or {}, guess=bool((hints or {}).get("guess")))
    say(0, READING)
    with data.Table.read(
        path, **known, progress=lambda percent: say(percent * 0.7, READING)
    ) as table:
        dataset = existing or create_draft(code=code, provider=provider or by.organisation, by=by)
        before = selectors.latest(dataset)
        say(70, KEEPING)
        version = add_version(
            dataset=dataset,
            table=table,
            source_name=source_name or path.name,
            by=by,
            mode=(hints or {}).get("mode") or Mode.FULL,
        )
        readings.keep(version, table, path, source_name or path.name, known)
    say(100, DONE)
    dataset.refresh_from_db()
    fresh = before is None or before.pk != version.pk
    return Ingested(dataset, version, drafted=existing is None, fresh=fresh)


def upload_folder() -> Path:
    return Path(settings.HOME) / "uploads"


def receive_upload(
    chunks: Iterable[bytes],
    *,
    code: str,
    source_name: str,
    by: Agent,
    hints: Mapping[str, Any] | None = None,
    idempotency_key: str = "",
) -> Job:
    """Keep an uploaded file and queue the job that ingests it.

    The same file sent again under the same key is the job that the first one made.
    """
    dataset = selectors.get(code, by)
    require_holder(dataset, by)
    require_room(dataset)
    name, digest = _keep(chunks)
    asked = {"code": code, "source_name": source_name[-LONGEST_NAME:], "hints": dict(hints or {})}

    def enqueue() -> str:
        return queue_ingest(dataset, upload=name, source_name=source_name, hints=hints, by=by).id

    job = None
    try:
        made = made_once(Sent(by, idempotency_key, {"file": digest, **asked}), enqueue)
        job = find_job(made)
        return job
    finally:
        if job is None or job.args["upload"] != name:
            (upload_folder() / name).unlink(missing_ok=True)


def queue_ingest(
    dataset: Dataset, *, upload: str, source_name: str, hints: Mapping[str, Any] | None, by: Agent
) -> Job:
    """The job that makes a version of a file in the uploads' folder."""
    args = {"code": dataset.code, "source_name": source_name[-LONGEST_NAME:]}
    said = {**(hints or {}), **readings.known_hints(hints or {})}
    return jobs.enqueue(
        kind="ingest",
        args={"upload": upload, "hints": said} | args,
        by=by,
        subject=subject_of(dataset),
    )


def _keep(chunks: Iterable[bytes]) -> tuple[str, str]:
    """Name and digest of the file; it is on the disk before a job can name it."""
    name, digest, size = secrets.token_hex(16), hashlib.sha256(), 0
    upload_folder().mkdir(exist_ok=True, mode=0o700)
    path = upload_folder() / name
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                require_size(size)
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name, digest.hexdigest()


def require_size(size: int) -> None:
    limit: int = settings.UPLOAD_LIMIT
    if size > limit:
        raise BadInput(
            "too_large",
            Sentence(
                en=f"The file is larger than {in_words(limit)}, the most that may be uploaded.",
                zh=f"文件超过 {in_words(limit)}，即允许上传的上限。",
            ),
            suggestion=Sentence(
                en="Compress it (.gz, .zip), or let whoever runs the platform `gongshu ingest` it.",
                zh="请压缩后上传（.gz、.zip），或请平台管理人员用 `gongshu ingest` 导入。",
            ),
            field="file",
        )


def uploaded(name: str) -> Path:
    """The file of an upload; nothing outside the uploads' folder can be named."""
    if not name.isalnum():
        raise BadInput("upload", Sentence(en="This is no upload.", zh="这不是上传的文件。"))
    path = upload_folder() / name
    if not path.is_file():
        raise NotFound(
            "upload_gone",
            Sentence(en="The uploaded file is not there any more.", zh="上传的文件已不存在。"),
            suggestion=Sentence(en="Upload it again.", zh="请重新上传。"),
        )
    return path


def _silent(percent: float, what: Sentence) -> None:
    pass
