"""Versions at rest: Parquet files under names made from their content.

A file is written beside its place, synced, and renamed into it; so under its name it is
whole or absent, whatever happens to the process or the machine, and writing the same table
twice writes nothing new. Which files make a version is not known here: one database row
says that, and `sweep` removes what no row names (a crash between file and row leaves such).

    store = VersionStore(home / "versions")
    files = store.put(table)          # [StoredFile(name="3f…e1.parquet", rows=100, …)]
    store.path(files[0].name)
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from gongshu.data.ingest import Table

_NAME = re.compile(r"[0-9a-f]{64}\.parquet")
_PIECE = 4 << 20
# A file younger than this may belong to a row that is being written right now.
SWEEP_AGE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a version: its name is its digest."""

    name: str
    digest: str
    rows: int
    bytes: int


class VersionStore:
    """Content-addressed Parquet files in one folder; any number of processes may share it."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def put(self, table: Table) -> list[StoredFile]:
        """Store the table's files; on return they are safe on disk."""
        return [self._put(path) for path in table.files]

    def path(self, name: str) -> Path:
        """Where the file of this name is; KeyError if it is not here."""
        if not _NAME.fullmatch(name):  # a name comes from outside: never a way out of the folder
            raise KeyError(name)
        path = self.folder / name
        if not path.is_file():
            raise KeyError(name)
        return path

    def verify(self, name: str) -> bool:
        """Whether the content still has the digest that is its name."""
        return _digest(self.path(name)) == name.removesuffix(".parquet")

    def sweep(self, known: Collection[str], *, older_than: float = SWEEP_AGE_SECONDS) -> list[str]:
        """Remove files that no version names and leftovers of interrupted writes.

        Only what is older than `older_than` seconds: a younger file may be on its way into
        a version. Returns the names that were removed.
        """
        kept, before = frozenset(known), time.time() - older_than
        removed = []
        for path in self.folder.iterdir():
            ours = _NAME.fullmatch(path.name) or path.name.endswith(".tmp")
            if not ours or path.name in kept:
                continue
            try:
                if path.stat().st_mtime <= before:
                    path.unlink()
                    removed.append(path.name)
            except FileNotFoundError:  # another sweep was faster
                continue
        return sorted(removed)

    def _put(self, source: Path) -> StoredFile:
        digest = _digest(source)
        target = self.folder / f"{digest}.parquet"
        if target.exists():
            os.utime(target)  # it is in use again: a sweep must not take it for an old leftover
        else:
            self._write(source, target, digest)
        _sync_folder(self.folder)
        rows = int(pq.read_metadata(target).num_rows)
        return StoredFile(target.name, digest, rows, target.stat().st_size)

    def _write(self, source: Path, target: Path, digest: str) -> None:
        temporary = self.folder / f"{digest}.{os.getpid()}.{time.monotonic_ns()}.tmp"
        try:
            with source.open("rb") as reader, temporary.open("xb") as writer:
                hasher = hashlib.sha256()
                while piece := reader.read(_PIECE):
                    hasher.update(piece)
                    writer.write(piece)
                writer.flush()
                os.fsync(writer.fileno())
            if hasher.hexdigest() != digest:
                raise OSError(f"{source} changed while it was stored")
            temporary.chmod(0o440)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """A rename is durable only when the folder itself is synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
