"""Versions at rest: Parquet files under names made from their content (`data.contents`).

Which files make a version is not known here: one database row says that, and `sweep` removes
what no row names (a crash between file and row leaves such).

    store = VersionStore(home / "versions")
    files = store.put(table)          # [StoredFile(name="3f…e1.parquet", rows=100, …)]
    store.path(files[0].name)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from gongshu.data.contents import ContentStore

if TYPE_CHECKING:
    from gongshu.data.ingest import Table

SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a version: its name is its digest."""

    name: str
    digest: str
    rows: int
    bytes: int


class VersionStore(ContentStore):
    """Content-addressed Parquet files in one folder; any number of processes may share it."""

    def __init__(self, folder: Path | str) -> None:
        super().__init__(folder, SUFFIX)

    def put(self, table: Table) -> list[StoredFile]:
        """Store the table's files; on return they are safe on disk."""
        return [self._put(path) for path in table.files]

    def _put(self, source: Path) -> StoredFile:
        digest = self.copy(source)
        target = self.path(f"{digest}{SUFFIX}")
        rows = int(pq.read_metadata(target).num_rows)
        return StoredFile(target.name, digest, rows, target.stat().st_size)

    def names(self) -> set[str]:
        """What is there, temporary files of writers aside."""
        return {path.name for path in self.folder.iterdir() if self._name.fullmatch(path.name)}
