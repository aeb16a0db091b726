"""A new version of a dataset: files first, then one row that is the truth.

The files get content-addressed names, are synced and renamed; until the row is committed nobody
knows them, and if it never is, the worker sweeps them away. The same content as the newest
version's makes no new version.

An append shares the files of the version it comes after, and adds its own. It is tried again if
another version came meanwhile, so that of two at once both end up in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.db import transaction

from gongshu import data
from gongshu.catalog import selectors
from gongshu.catalog.columns import about_people, public_profile, sync_fields
from gongshu.catalog.index import mark_changed
from gongshu.catalog.models import Dataset, Mode, State, Version
from gongshu.catalog.ownership import locked, require_holder, subject_of
from gongshu.catalog.store import version_store
from gongshu.catalog.studies import queue_studies
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.crash import crash_point
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.data.storage import StoredFile


def add_version(
    *, dataset: Dataset, table: data.Table, source_name: str, by: Agent, mode: str = Mode.FULL
) -> Version:
    """Keep `table` as the dataset's newest version, or its rows beside those of the newest one;
    the same content again changes nothing."""
    require_holder(dataset, by)
    require_room(dataset)
    require_mode(mode)
    sent = Sent(dataset, table, source_name, by)
    if mode == Mode.FULL or (newest := selectors.latest(dataset)) is None:
        version = _commit(sent, version_store().put(table), table)
    else:
        version = _append(sent, newest)
    crash_point("version.committed")
    return version


@dataclass(frozen=True)
class Sent:
    """What somebody handed in, for which dataset."""

    dataset: Dataset
    table: data.Table
    source_name: str
    by: Agent


class _Overtaken(Exception):
    """The version that was appended to is not the newest any more."""


def _append(sent: Sent, newest: Version) -> Version:
    """After whichever version is the newest at the commit: of two at once both end up in."""
    from gongshu.data.appended import fitted  # here: they load Arrow
    from gongshu.data.storage import StoredFile

    while True:
        before = selectors.files(newest)
        with fitted(sent.table, before[0]) as rows:
            known = {file["digest"] for file in newest.files}
            files = [file for file in version_store().put(rows) if file.digest not in known]
            if not sum(file.rows for file in files):
                return newest  # these very rows were appended already, or there are none
            stored = [StoredFile(**file) for file in newest.files]
            whole = data.Table([*before, *rows.files], sent.table.report)
            crash_point("version.append_ready")
            try:
                return _commit(sent, stored + files, whole, after=newest)
            except _Overtaken:
                newest = selectors.latest(sent.dataset) or newest


def _commit(
    sent: Sent, files: Sequence[StoredFile], whole: data.Table, after: Version | None = None
) -> Version:
    """The row that makes `files` a version; an append comes `after` the version it goes on from."""
    by, columns = sent.by, [[f.name, str(f.type)] for f in whole.schema]
    described = data.profile(whole, about_people=about_people(sent.dataset))
    crash_point("version.files_stored")
    with transaction.atomic():
        dataset = locked(sent.dataset)
        require_room(dataset)
        newest = selectors.latest(dataset)
        if after is not None and (newest is None or newest.pk != after.pk):
            raise _Overtaken
        digest = digest_of(files)
        if newest is not None and newest.digest == digest:
            return newest
        sync_fields(dataset, described, sent.source_name)
        version = Version(
            dataset=dataset,
            created=moment.now(),
            number=newest.number + 1 if newest else 1,
            digest=digest,
            files=[asdict(file) for file in files],
            rows=sum(file.rows for file in files),
            bytes=sum(file.bytes for file in files),
            columns=columns,
            mode=Mode.FULL if after is None else Mode.APPEND,
            parent=newest.number if newest else None,
            profile=_storable(described.to_dict()),
            public_profile=_storable(public_profile(dataset)),
            report=_storable(sent.table.report.to_dict()),
            source_name=PurePath(sent.source_name).name[:255],
            created_by=by.person,
        )
        version.entry_id = _record(dataset, version, by)
        crash_point("version.before_row")
        version.save()
        queue_studies(version, by)
        mark_changed(dataset.code)
        crash_point("version.after_row")
    return version


def require_mode(mode: str) -> None:
    if mode not in Mode.values:
        raise BadInput(
            "unknown_mode",
            Sentence(
                en=f"“{mode}” is no way to add a version.", zh=f"“{mode}”不是添加版本的方式。"
            ),
            suggestion=Sentence(en="There are: full, append.", zh="可用的有：full、append。"),
            field="mode",
        )


def digest_of(files: Sequence[StoredFile]) -> str:
    """One digest for the files in their order."""
    return hashlib.sha256("".join(f"{file.digest}\n" for file in files).encode()).hexdigest()


def sweep_orphans() -> int:
    """Remove the files of versions that were never committed, or removed; returns how many."""
    standing = Version.objects.filter(removed=None).values_list("files", flat=True)
    known = {file["name"] for files in standing for file in files}
    return len(version_store().sweep(known))


def _record(dataset: Dataset, version: Version, by: Agent) -> str:
    """Digest and size are data about the data: in clear only where the data are open to all.

    A plain digest of few values can be found by trying, so a protected one is a commitment.
    """
    facts: dict[str, Any] = {"digest": version.digest, "rows": version.rows}
    public = not dataset.is_protected
    how = {"mode": str(version.mode)} if version.mode == Mode.APPEND else {}
    entry = ledger.append(
        event="dataset.version_added",
        subject=subject_of(dataset),
        by=by,
        public={"version": version.number} | how | (facts if public else {}),
        private={"source_name": version.source_name}
        | ({} if public else {name: str(value) for name, value in facts.items()}),
        holder=dataset.provider.code,
    )
    return str(entry.id)


def _storable(value: Any) -> Any:
    """Without NUL characters, which a file may hold and PostgreSQL's JSON may not."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


def require_room(dataset: Dataset) -> None:
    """Whether it takes new versions at all."""
    if dataset.state == State.RETIRED:
        raise Conflict(
            "dataset_retired",
            Sentence(
                en=f"{dataset.code} is retired and takes no new versions.",
                zh=f"{dataset.code} 已撤销，不再接收新版本。",
            ),
        )
