"""An archive of several files: those of one shape are one table, with a column that names the file.

Each file is read by itself, with what it needs; where two of them give one column different types,
they are read once more with that column as text, so that no value is written otherwise than it was.
"""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data.ingest.hints import Hints
from gongshu.data.ingest.report import Report
from gongshu.data.ingest.source import Room, encrypted, extract, members, not_one_member
from gongshu.data.ingest.text import Progress
from gongshu.data.ingest.unreadable import Unreadable
from gongshu.wording import Sentence

MOST_MEMBERS = 1000
MEMBER = "source_file"


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of the archive, read."""

    name: str
    packed: Path
    folder: Path
    file: Path
    report: Report

    @property
    def schema(self) -> pa.Schema:
        return pq.read_schema(self.file)


def read_archive(
    path: Path, folder: Path, hints: Hints, room: Room, progress: Progress
) -> tuple[Path, Report]:
    """Raises `Unreadable` where the files have different columns: then one has to be named."""
    with zipfile.ZipFile(path) as archive, room.archive():
        found = sorted(members(archive), key=lambda one: one.filename)
        if len(found) > MOST_MEMBERS:
            raise _too_many(len(found))
        if any(one.flag_bits & 1 for one in found):
            raise encrypted()
        parts = []
        for number, member in enumerate(found):
            packed = extract(archive, member, folder / f"packed{number}", room)
            part = folder / f"part{number}"
            parts.append(_read(member.filename, packed, part, hints, room))
            progress(80 * (number + 1) / len(found))
    names = parts[0].schema.names
    if any(set(part.schema.names) != set(names) for part in parts):
        raise not_one_member([part.name for part in parts])
    differ = [name for name in names if len({part.schema.field(name).type for part in parts}) > 1]
    if differ:
        as_text = replace(hints, text=(*hints.text, *differ))
        parts = [_read(part.name, part.packed, part.folder, as_text, room) for part in parts]
    target = _joined(parts, folder / "table.parquet", names)
    return target, _reported(parts, folder, differ)


def _read(name: str, packed: Path, folder: Path, hints: Hints, room: Room) -> _Part:
    from gongshu.data.ingest.reading import read

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        file, report = read(packed, folder, hints, lambda percent: None, room)
    except Unreadable as wrong:
        raise Unreadable(
            wrong.code,
            Sentence(en=f"{name}: {wrong.sentence.en}", zh=f"{name}：{wrong.sentence.zh}"),
            suggestion=wrong.suggestion,
            field=wrong.field or "member",
        ) from None
    return _Part(name, packed, folder, file, report)


def _joined(parts: list[_Part], target: Path, names: list[str]) -> Path:
    """The rows of all, file after file, a row group at a time."""
    label = MEMBER
    while label.casefold() in {name.casefold() for name in names}:
        label = f"{label}_"
    first = parts[0].schema
    schema = pa.schema([(label, pa.string()), *[first.field(name) for name in names]])
    with pq.ParquetWriter(target, schema, compression="zstd") as sink:
        for part in parts:
            with pq.ParquetFile(part.file) as source:
                for group in range(source.num_row_groups):
                    rows = source.read_row_group(group, columns=names).select(names)
                    named = pa.array([part.name] * rows.num_rows, pa.string())
                    sink.write_table(rows.add_column(0, label, named).cast(schema))
    return target


def _reported(parts: list[_Part], folder: Path, differ: list[str]) -> Report:
    report = Report.kept_in(folder, format="archive", members=[part.name for part in parts])
    for part in parts:
        report.take(part.report, part.name)
    first = parts[0].report
    report.encoding, report.delimiter, report.quote = first.encoding, first.delimiter, first.quote
    report.header_lines, report.columns = first.header_lines, list(first.columns)
    every = [part.report.confidence for part in parts]
    report.confidence = {
        name: min(one.get(name, 1.0) for one in every) for name in first.confidence
    }
    report.blank_below = list(first.blank_below)
    if differ:
        listed, some = ", ".join(differ), "、".join(differ)
        report.notes.append(
            Sentence(
                en=f"Read as text, since the files differ in their type: {listed}.",
                zh=f"各文件的类型不一致，按文本读取：{some}。",
            )
        )
    return report


def _too_many(count: int) -> Unreadable:
    return Unreadable(
        "archive",
        Sentence(
            en=f"The archive holds {count} files; at most {MOST_MEMBERS} are read as one table.",
            zh=f"压缩包中有 {count} 个文件，最多将 {MOST_MEMBERS} 个读为一张表。",
        ),
        field="member",
    )
