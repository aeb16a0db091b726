"""Uploads in pieces: what was acknowledged is on the disk and in the row, whatever happens then.

A piece is synced before `received` says so; a killed server thus loses nothing it acknowledged,
and what was written beyond that is overwritten. One request at a time writes to an upload: it
holds a lock on the file, which ends with its process. The addresses are in `uploads_api`.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gongshu.catalog import ingest, selectors
from gongshu.catalog.models import Dataset, Upload
from gongshu.catalog.ownership import require_holder
from gongshu.catalog.versions import require_room
from gongshu.jobs.models import FINAL, Job
from gongshu.jobs.selectors import job as find_job
from gongshu.ledger.crash import crash_point
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, NotFound
from gongshu.wording import Problem, Sentence

KEPT = timedelta(days=1)  # after the last piece
MOST_OPEN = 50  # unfinished ones of one person
SYNC_EVERY = 8 << 20


class Busy(Problem):
    """Another request writes to it."""

    status = 423


class OffsetMismatch(Conflict):
    """The piece does not begin where the last one ended."""


class TooMany(Problem):
    status = 429


@transaction.atomic
def create(
    *, code: str, length: int, by: Agent, source_name: str = "", fingerprint: str = ""
) -> Upload:
    """Room for a file of `length` bytes, to become a version of the dataset `code`."""
    dataset = selectors.get(code, by)
    require_holder(dataset, by)
    require_room(dataset)
    if length <= 0:
        raise BadInput(
            "no_file", Sentence(en="An empty file is no data.", zh="文件为空。"), field="file"
        )
    ingest.require_size(length)
    if unfinished(by).count() >= MOST_OPEN:
        raise TooMany(
            "too_many_uploads",
            Sentence(
                en=f"You have {MOST_OPEN} unfinished uploads; end or discard one first.",
                zh=f"您有 {MOST_OPEN} 个未完成的上传，请先完成或放弃其中一个。",
            ),
        )
    name = secrets.token_hex(16)
    folder = ingest.upload_folder()
    folder.mkdir(exist_ok=True, mode=0o700)
    (folder / name).touch(mode=0o600, exist_ok=False)
    _sync(folder)
    return Upload.objects.create(
        id=name,
        dataset=dataset,
        length=length,
        source_name=PurePath(source_name).name[-255:] or "upload",
        fingerprint=fingerprint[:300],
        person=by.person,
        organisation=by.organisation,
        expires=timezone.now() + KEPT,
    )


def unfinished(by: Agent, dataset: Dataset | None = None) -> QuerySet[Upload]:
    """The person's own that wait for their next piece or for their ingest."""
    found = Upload.objects.select_related("dataset__provider").filter(
        person=by.person, job="", expires__gt=timezone.now()
    )
    return found if dataset is None else found.filter(dataset=dataset)


def find(upload_id: str, by: Agent) -> Upload:
    """One's own, as long as one holds its dataset; any other is as if it were not there."""
    rows = Upload.objects.select_related("dataset__provider")
    found = rows.filter(pk=upload_id, person=by.person).exclude(person="").first()
    if found is None:
        raise _unknown()
    gone = found.expires <= timezone.now() or not _path(found).is_file()
    if gone and not found.job:
        raise _unknown()
    require_holder(found.dataset, by)
    return found


def append(upload: Upload, *, offset: int, pieces: Iterable[bytes]) -> int:
    """Write what comes at `offset`, which must be where the last piece ended; the new end.

    When the sender breaks off, what came until then is kept.
    """
    with _writing(upload):
        upload.refresh_from_db()
        if upload.job or offset != upload.received:
            raise OffsetMismatch(
                "upload_offset",
                Sentence(
                    en=f"This upload goes on at byte {upload.received}, not {offset}.",
                    zh=f"该上传应从第 {upload.received} 字节继续，而不是第 {offset} 字节。",
                ),
            )
        with _path(upload).open("r+b") as file:
            file.truncate(upload.received)
            file.seek(upload.received)
            try:
                for piece in pieces:
                    _require_within(upload, file.tell() + len(piece))
                    file.write(piece)
                    if file.tell() - upload.received >= SYNC_EVERY:
                        _acknowledge(upload, file)
            finally:
                _acknowledge(upload, file)
    return upload.received


def discard(upload: Upload) -> None:
    """Its sender does not want it any more; one that is being ingested is its job's."""
    with _writing(upload):
        upload.refresh_from_db()
        if upload.job:
            raise Conflict(
                "upload_started",
                Sentence(
                    en="This upload is being ingested; cancel its job instead.",
                    zh="该文件已开始导入，请改为取消其任务。",
                ),
            )
        _path(upload).unlink(missing_ok=True)
        upload.delete()


def start(upload: Upload, *, code: str, by: Agent, hints: Mapping[str, Any] | None = None) -> Job:
    """Queue the ingest of a whole upload; asked again, it is the same job."""
    if upload.dataset.code != code:
        raise _unknown()
    require_holder(upload.dataset, by)
    require_room(upload.dataset)
    with transaction.atomic():
        row = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        if row.job:
            return find_job(row.job)
        if row.received != row.length:
            raise Conflict(
                "upload_unfinished",
                Sentence(
                    en=f"Only {row.received} of {row.length} bytes of this upload are here.",
                    zh=f"该上传共 {row.length} 字节，目前只收到 {row.received} 字节。",
                ),
            )
        job = ingest.queue_ingest(
            upload.dataset, upload=row.id, source_name=row.source_name, hints=hints, by=by
        )
        row.job = job.id
        row.save(update_fields=["job"])
    return job


def sweep() -> int:
    """Rows and files of what nobody went on with for a day; how many."""
    gone = 0
    for row in Upload.objects.filter(expires__lte=timezone.now()):
        job = Job.objects.filter(pk=row.job).first() if row.job else None
        if job is not None and job.state not in FINAL:
            continue
        _path(row).unlink(missing_ok=True)
        row.delete()
        gone += 1
    return gone


def _path(upload: Upload) -> Path:
    return ingest.upload_folder() / upload.id


@contextmanager
def _writing(upload: Upload) -> Iterator[None]:
    try:
        handle = os.open(_path(upload), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _unknown() from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Busy(
            "upload_busy",
            Sentence(
                en="Another request is writing to this upload.", zh="另一请求正在写入该上传。"
            ),
        ) from None
    finally:
        os.close(handle)


def _acknowledge(upload: Upload, file: BinaryIO) -> None:
    """On the disk first, then in the row."""
    file.flush()
    os.fsync(file.fileno())
    crash_point("upload.synced")
    upload.received, upload.expires = file.tell(), timezone.now() + KEPT
    upload.save(update_fields=["received", "expires"])


def _require_within(upload: Upload, end: int) -> None:
    if end > upload.length:
        raise BadInput(
            "too_large",
            Sentence(
                en=f"More than the {upload.length} bytes that were announced came.",
                zh=f"收到的内容超过声明的 {upload.length} 字节。",
            ),
        )


def _unknown() -> NotFound:
    return NotFound(
        "unknown_upload",
        Sentence(
            en="There is no such upload; one that nobody goes on with is removed after a day.",
            zh="没有该上传；一日内未继续的上传会被清除。",
        ),
        suggestion=Sentence(en="Begin it anew.", zh="请重新上传。"),
    )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
