"""The search index: a projection of the catalogue that any node can make anew from the database.

One folder under the instance. It is written by the worker alone (tantivy holds a lock on the
folder, so a second writer waits or fails, never mixes); readers see each commit whole. An act
that changes an entry leaves an `IndexChange` row in its own transaction. `update` reads the rows
of the last minutes that this index has not seen yet, because a transaction may commit later
than one with a higher number.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.pool import AsyncResult
from pathlib import Path
from typing import Any

import tantivy
from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone

from gongshu.catalog.documents import (
    FIELD_TEXTS,
    TEXTS,
    Made,
    assembled,
    prepared_chunk,
    schema,
)
from gongshu.catalog.models import Dataset, Field, Following, IndexChange

FORMAT = 2  # raise it when the schema or the words change: every node then rebuilds
OVERLAP, KEPT = timedelta(minutes=10), timedelta(days=1)
HEAP = 128_000_000
STATE = "gongshu.json"  # beside the index's own files
CHUNK = 1000
MANY, MOST_HELPERS = 20_000, 4  # from how many entries on other processes help, and how many
PATIENCE = 30.0  # seconds to wait for another writer

Progress = Callable[[int, int], None]


class Busy(Exception):
    """Another process is writing the index."""


def folder() -> Path:
    return Path(settings.HOME) / "index" / f"catalogue-{FORMAT}"


def open_index() -> tantivy.Index | None:
    """The index as it stands, or None where none was written yet."""
    path = folder()
    if not (path / "meta.json").exists():
        return None
    return tantivy.Index.open(str(path))


def written() -> int:
    """When the index was last written: another number after each commit."""
    return (folder() / "meta.json").stat().st_mtime_ns


def mark_changed(code: str) -> None:
    """Called by every service that changes an entry, inside its transaction."""
    IndexChange.objects.create(code=code)


def mark_all_changed() -> None:
    """After a bulk change: one row instead of thousands."""
    IndexChange.objects.create(code="")


def waiting() -> int:
    """How many changes this node's index has not seen."""
    state = _State.load()
    if state is None:
        return Dataset.objects.count()
    return _unseen(state).count()


def needs_rebuild() -> bool:
    """No index yet, one too old to catch up, or a change of everything."""
    state = _State.load()
    if state is None or timezone.now() - state.until > KEPT - OVERLAP:
        return True
    return _unseen(state).filter(code="").exists()


def update(*, patience: float = PATIENCE) -> int:
    """Bring the index up to date; returns how many entries were written. Idempotent.

    Raises `Busy` when another process has been writing for longer than `patience` seconds.
    """
    if needs_rebuild():
        return rebuild()
    state = _State.load()
    assert state is not None
    started = timezone.now()
    changes = list(_unseen(state).values_list("id", "code"))
    if not changes:
        return 0
    codes = {code for _, code in changes}
    rows = Dataset.objects.filter(code__in=codes)
    count = _write(rows, replacing=codes, patience=patience)
    recent = IndexChange.objects.filter(at__gte=started - OVERLAP).values_list("id", flat=True)
    seen = set(recent) & (set(state.seen) | {number for number, _ in changes})
    _State(started, sorted(seen)).save()
    IndexChange.objects.filter(at__lt=started - KEPT).delete()
    return count


def rebuild(progress: Progress | None = None) -> int:
    """The whole index from the database; readers keep the old one until it is complete."""
    started = timezone.now()
    _remove_if_damaged()
    seen = list(IndexChange.objects.filter(at__gte=started - OVERLAP).values_list("id", flat=True))
    count = _write(Dataset.objects.all(), replacing=None, progress=progress)
    _State(started, seen).save()
    for old in folder().parent.glob("catalogue-*"):
        if old.is_dir() and old != folder():
            shutil.rmtree(old, ignore_errors=True)
    return count


def sweep() -> None:
    """Remove the states that killed processes left half written, an hour ago or earlier."""
    for path in folder().glob(f"{STATE}.*"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > 3600:
                path.unlink()


class _State:
    """Up to when, and which rows of the last minutes, this index has seen."""

    def __init__(self, until: datetime, seen: list[int]) -> None:
        self.until, self.seen = until, seen

    @classmethod
    def load(cls) -> _State | None:
        path = folder() / STATE
        if not path.exists() or not (folder() / "meta.json").exists():
            return None
        data = json.loads(path.read_text())
        return cls(datetime.fromisoformat(data["until"]), data["seen"])

    def save(self) -> None:
        # After the index's own commit: a crash in between only repeats some entries.
        temporary = folder() / f"{STATE}.{os.getpid()}"
        temporary.write_text(json.dumps({"until": self.until.isoformat(), "seen": self.seen}))
        temporary.replace(folder() / STATE)


def _unseen(state: _State) -> QuerySet[IndexChange]:
    rows = IndexChange.objects.filter(at__gte=state.until - OVERLAP)
    return rows.exclude(id__in=state.seen)


def _write(
    rows: QuerySet[Dataset],
    *,
    replacing: Iterable[str] | None,
    progress: Progress | None = None,
    patience: float = PATIENCE,
) -> int:
    writer = _writer(patience)
    if replacing is None:
        writer.delete_all_documents()
    else:
        for code in replacing:
            writer.delete_documents_by_term("code", code)
    total, count = rows.count(), 0
    with _prepare(total) as prepare:
        for made in prepare(_chunks(rows)):
            for one in made:
                writer.add_document(assembled(one))
            count += len(made)
            if progress:
                progress(count, total)
    writer.commit()
    writer.wait_merging_threads()
    return count


Chunk = list[tuple[dict[str, Any], list[tuple[str, ...]], int]]


@contextmanager
def _prepare(total: int) -> Iterator[Callable[[Iterable[Chunk]], Iterable[list[Made]]]]:
    """Many entries are cut into words by processes beside this one, few by this one."""
    if total < MANY:
        yield lambda chunks: map(prepared_chunk, chunks)
        return
    # Started anew rather than forked: this process may have threads and open connections.
    helpers = min(os.cpu_count() or 1, MOST_HELPERS)
    with get_context("spawn").Pool(helpers) as pool:

        def prepare(chunks: Iterable[Chunk]) -> Iterator[list[Made]]:
            under_way: deque[AsyncResult[list[Made]]] = deque()
            for chunk in chunks:
                under_way.append(pool.apply_async(prepared_chunk, (chunk,)))
                if len(under_way) > 2 * helpers:
                    yield under_way.popleft().get()
            while under_way:
                yield under_way.popleft().get()

        yield prepare


def _chunks(rows: QuerySet[Dataset]) -> Iterator[Chunk]:
    """Each entry with its fields and its followers; plain values, since there may be millions."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk").values("pk", *TEXTS)[:CHUNK]):
        last = chunk[-1]["pk"]
        numbers = [entry["pk"] for entry in chunk]
        fields: dict[int, list[tuple[str, ...]]] = defaultdict(list)
        found = Field.objects.filter(dataset__in=numbers).order_by("dataset", "position")
        for number, *texts in found.values_list("dataset_id", *FIELD_TEXTS):
            fields[number].append(tuple(texts))
        following = Following.objects.filter(dataset__in=numbers).order_by()
        followers = dict(following.values_list("dataset_id").annotate(Count("id")))
        yield [(e, fields[e["pk"]], followers.get(e["pk"], 0)) for e in chunk]


def _remove_if_damaged() -> None:
    try:
        open_index()
    except ValueError:  # it is a projection: nothing is lost with it
        shutil.rmtree(folder(), ignore_errors=True)


def _writer(patience: float) -> tantivy.IndexWriter:
    path = folder()
    path.mkdir(parents=True, exist_ok=True)
    index = tantivy.Index(schema(), path=str(path))
    until = time.monotonic() + patience
    while True:
        try:
            return index.writer(heap_size=HEAP, num_threads=1)
        except ValueError as error:
            if "Lock" not in str(error):
                raise
            if time.monotonic() >= until:
                raise Busy from None
            time.sleep(0.1)
