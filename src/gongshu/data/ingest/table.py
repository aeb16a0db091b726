"""A table at rest: typed Parquet files, and the report on where they came from.

with Table.read("persons.csv") as t:
    t.column_names, t.num_rows, t.report.encoding
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data.ingest.hints import Hints
from gongshu.data.ingest.reading import read
from gongshu.data.ingest.report import REJECTS_FILE, Report
from gongshu.data.ingest.source import damaged, identify
from gongshu.data.ingest.text import Progress
from gongshu.data.scratch import Scratch

PathLike = str | os.PathLike[str]


class Table:
    """Typed rows in Parquet files; temporary ones are removed when the table is closed or gone.

    Made by `Table.read(path)` from any file, or `Table.of(thing)` from a pyarrow table or
    from Parquet files that exist already.
    """

    def __init__(
        self, files: Sequence[Path], report: Report, scratch: Scratch | None = None
    ) -> None:
        self.files = list(files)
        self.report = report
        self._scratch = scratch  # removed at the latest when nobody has it any more

    @classmethod
    def read(
        cls,
        path: PathLike,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        header: bool | int | None = None,
        sheet: str | None = None,
        skip: int | Collection[int] | None = None,
        member: str | None = None,
        text: Collection[str] = (),
        fill: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Table:
        """Read any messy file; hints override what would be guessed.

        `header` is the number of header lines (False: none), `skip` the number of lines
        before the header, or the numbers of lines to leave out wherever they stand (the
        footnotes that the report flagged). `member` is a file of an archive, `text` names columns
        that stay text, `fill` those in which a blank repeats what stands above it.
        `progress` is called with a percentage and may raise to cancel. Raises `Unreadable`.
        """
        hints = Hints(encoding, delimiter, header, sheet, skip, member, text, fill)
        scratch = Scratch("table")
        try:
            file, report = read(Path(path), scratch.path, hints, progress or _silent)
            report.flush()
            for leftover in scratch.path.iterdir():
                if leftover != file and leftover.name != REJECTS_FILE:
                    _remove(leftover)
        except BaseException:
            scratch.remove()
            raise
        return cls([file], report, scratch)

    @classmethod
    def of(cls, thing: Table | pa.Table | PathLike | Sequence[PathLike]) -> Table:
        """`thing` as a Table: a Table, a pyarrow table, or Parquet (one path or several)."""
        if isinstance(thing, Table):
            return thing
        if isinstance(thing, pa.Table):
            return cls._of_arrow(thing)
        paths = [thing] if isinstance(thing, str | os.PathLike) else list(thing)
        files = [Path(path) for path in paths]
        for file in files:
            if identify(file, file.parent).kind != "parquet":
                raise damaged()
        return cls(files, Report(format="parquet"))

    @classmethod
    def _of_arrow(cls, rows: pa.Table) -> Table:
        scratch = Scratch("table")
        file = scratch.path / "table.parquet"
        pq.write_table(rows, file, compression="zstd")
        return cls([file], Report(format="arrow", rows_read=rows.num_rows), scratch)

    @cached_property
    def schema(self) -> Any:
        """The pyarrow schema."""
        return pq.read_schema(self.files[0])

    @property
    def column_names(self) -> list[str]:
        return list(self.schema.names)

    @cached_property
    def num_rows(self) -> int:
        return sum(int(pq.read_metadata(file).num_rows) for file in self.files)

    @property
    def rejects_file(self) -> Path | None:
        """All lines that are not in the table, one JSON object each: line, reason, text."""
        path = self._scratch.path / REJECTS_FILE if self._scratch else None
        return path if path is not None and path.exists() else None

    def to_arrow(self) -> pa.Table:
        """All rows in memory."""
        return pa.concat_tables([pq.read_table(file, partitioning=None) for file in self.files])

    def close(self) -> None:
        """Remove the temporary files; files that were given stay."""
        if self._scratch:
            self._scratch.remove()

    def __enter__(self) -> Table:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Table {self.num_rows} rows × {len(self.column_names)} columns>"


def _silent(percent: float) -> None:
    pass


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
