"""Where versions of tables lie: Parquet files under the names of their own content.

A file is written under a temporary name, synced, and renamed to the SHA-256 of its bytes, then
the folder is synced: it is there whole or not at all, and putting the same content twice is
putting it once. Which files make a version is for the database to say; what no version names is
swept away.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow.parquet as pq

NAME = re.compile(r"[0-9a-f]{64}\.parquet")
PIECE = 1 << 20
# A file younger than this may belong to a version whose row is about to be written.
QUARANTINE_SECONDS = 3600


class HasFiles(Protocol):
    """A typed table on disk, such as `Table`."""

    @property
    def files(self) -> list[Path]: ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    name: str  # <sha-256>.parquet
    digest: str  # hex
    rows: int
    bytes: int


class VersionStore:
    """The files of one instance, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def put(self, table: HasFiles | Iterable[Path]) -> list[StoredFile]:
        """Keep the table's Parquet files; returns them in their order."""
        paths = table if not hasattr(table, "files") else table.files
        self.folder.mkdir(parents=True, exist_ok=True)
        return [self._put(Path(path)) for path in paths]

    def path(self, name: str) -> Path:
        """The file of that name; refuses names that are none of ours (`../…`)."""
        if not NAME.fullmatch(name):
            raise ValueError("not the name of a stored file")
        return self.folder / name

    def sweep(self, known: Collection[str], *, older_than: float = QUARANTINE_SECONDS) -> list[str]:
        """Remove files that no version names and that are old enough; returns their names."""
        removed = []
        limit = time.time() - older_than
        for path in sorted(self.folder.glob("*")) if self.folder.is_dir() else ():
            ours = NAME.fullmatch(path.name) or path.name.startswith("tmp-")
            if ours and path.name not in known and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                removed.append(path.name)
        return removed

    def _put(self, source: Path) -> StoredFile:
        temporary = self.folder / f"tmp-{uuid.uuid4().hex}"
        try:
            digest = _copy_synced(source, temporary)
            target = self.folder / f"{digest}.parquet"
            if target.exists():
                # Touched, so that a sweep does not take it from the version being made.
                os.utime(target)
            else:
                temporary.replace(target)
                _sync(self.folder)
        finally:
            temporary.unlink(missing_ok=True)
        rows = pq.read_metadata(target).num_rows
        return StoredFile(target.name, digest, rows, target.stat().st_size)


def _copy_synced(source: Path, target: Path) -> str:
    """Copy, hash and sync; returns the SHA-256 of what was written."""
    hashed = hashlib.sha256()
    with source.open("rb") as reading, target.open("xb") as writing:
        while piece := reading.read(PIECE):
            hashed.update(piece)
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    target.chmod(0o440)
    return hashed.hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
