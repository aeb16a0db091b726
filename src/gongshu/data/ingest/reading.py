"""From any file to typed Parquet: the way through the rooms of this package.

identify → (unpack) → text: prepare → dialect → layout → load, or mend and load
                    → json: cells of its records → the same load
                    → workbook, html: cells of the largest table → the same layout and load
                    → parquet: as it is
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data.ingest import encoding as encodings
from gongshu.data.ingest.dialect import HEAD_RECORDS, Record, guess, records
from gongshu.data.ingest.engine import connect
from gongshu.data.ingest.filling import blank_below, filled
from gongshu.data.ingest.hints import Hints
from gongshu.data.ingest.kinds import NOTHING_YET, TEXT, Kind
from gongshu.data.ingest.layout import find, flag_of
from gongshu.data.ingest.loading import Loaded, Loader, NotStandard
from gongshu.data.ingest.mending import Mender
from gongshu.data.ingest.report import ColumnGuess, Flag, Report
from gongshu.data.ingest.source import Room, Source, damaged, identify, page_without_table
from gongshu.data.ingest.text import HEAD, Progress, TextFile, beyond_ascii, prepare, transcode
from gongshu.data.ingest.unreadable import Unreadable, empty_file
from gongshu.wording import Sentence

# As sentences call what a value may be.
KINDS = {
    "boolean": ("true or false", "真或假"),
    "integer": ("an integer", "整数"),
    "decimal": ("a decimal", "小数"),
    "number": ("a number", "数值"),
    "grouped number": ("a number with separators", "带千分位的数值"),
    "date": ("a date", "日期"),
    "time": ("a time", "时刻"),
    "timestamp": ("a point in time", "日期时间"),
}
SHORT_IS_USUAL = 0.2  # above this share of short rows, the writer leaves out empty cells


def read(
    path: Path, folder: Path, hints: Hints, progress: Progress, room: Room | None = None
) -> tuple[Path, Report]:
    """The typed Parquet file of `path` (in `folder`, or `path` itself) and the report. `room` is
    what an archive that `path` lies in may still unpack."""
    source = identify(path, folder, room, member=hints.member)
    if source.kind == "archive":
        from gongshu.data.ingest.archive import read_archive

        return read_archive(source.path, folder, hints, room or Room(path), progress)
    file, report = _read(source, folder, hints, progress)
    names = [column.name for column in report.columns]
    hints.require_columns(names)
    if hints.fill:
        file = filled(file, folder, hints.fill)
    report.blank_below = [] if hints.fill else blank_below(file)
    idle = hints.idle(report.format)
    if source.path != path and "member" in idle:
        idle.remove("member")
    if idle:
        report.notes.append(_idle(idle))
    return file, report


def _idle(names: Sequence[str]) -> Sentence:
    listed, some = ", ".join(names), "、".join(names)
    return Sentence(
        en=f"Said, and of no use for a file of this kind: {listed}.",
        zh=f"以下说明对该类文件不起作用：{some}。",
    )


def _read(source: Source, folder: Path, hints: Hints, progress: Progress) -> tuple[Path, Report]:
    if source.kind == "parquet":
        return _parquet(source.path)
    if source.kind == "workbook":
        # Imported here: the spreadsheet reader is of no use to the other formats.
        from gongshu.data.ingest.workbook import read_workbook

        return read_workbook(source.path, folder, hints, progress)
    text = prepare(source.path, folder, encoding=hints.encoding, progress=_part(progress, 0, 30))
    start = 30 if text.path != source.path else 0
    if source.kind == "html":
        return _page(text, folder, hints, _part(progress, start, 100))
    if source.kind == "json":
        from gongshu.data.ingest.documents import read_document

        return read_document(text, folder, hints, _part(progress, start, 100))
    return TextReading(
        text, folder, hints, Report.kept_in(folder), _part(progress, start, 100)
    ).read()


def _page(text: TextFile, folder: Path, hints: Hints, progress: Progress) -> tuple[Path, Report]:
    from gongshu.data.ingest.workbook import read_workbook

    try:
        file, report = read_workbook(text.path, folder, hints, progress, "html")
    except Unreadable as wrong:
        raise page_without_table() if wrong.code == "empty" else wrong from None
    report.encoding, report.confidence["encoding"] = text.encoding, text.confidence
    return file, report


def _part(progress: Progress, low: float, high: float) -> Progress:
    """The progress of one part of the work, as progress of the whole."""
    return lambda percent: progress(low + (high - low) * percent / 100.0)


def _parquet(path: Path) -> tuple[Path, Report]:
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        raise damaged() from None
    report = Report(format="parquet", rows_read=metadata.num_rows)
    report.confidence = {"format": 1.0}
    schema = metadata.schema.to_arrow_schema()
    said = Sentence(en="Said by the file.", zh="由文件本身声明。")
    report.columns = [ColumnGuess(f.name, str(f.type), said) for f in schema]
    return path, report


class TextReading:
    """One text file on its way; the steps share what was guessed."""

    def __init__(
        self, text: TextFile, folder: Path, hints: Hints, report: Report, progress: Progress
    ) -> None:
        self.text, self.folder, self.hints = text, folder, hints
        self.report, self.progress = report, progress
        self._survey()

    def _survey(self) -> None:
        """Dialect and layout, from the head."""
        head = self.text.head()
        self.dialect = guess(head, self.hints.delimiter)
        self.rows = records(head, self.dialect)
        self.leave_out = self.hints.leave_out
        if self.leave_out:
            self.rows = [
                r for r in self.rows if not self.leave_out & set(range(r.first, r.last + 1))
            ]
        self.layout = find(self.rows, header=self.hints.header, skip=self.hints.skip_first)
        if not self.layout.width or not any(row.filled for row in self.rows):
            raise empty_file()

    def read(self) -> tuple[Path, Report]:
        target = self.folder / "table.parquet"
        if self._body() or self.text.size > HEAD or len(self.rows) >= HEAD_RECORDS:
            loaded = self._load(target)
        else:  # the whole file was seen: a header, and nothing below it
            loaded = _without_rows(self.layout.names, target)
        self._fill_report(loaded)
        self.progress(100.0)
        return target, self.report

    def _body(self) -> list[Record]:
        start = self.layout.preamble + self.layout.header
        return [row for row in self.rows[start:] if row.filled]

    def _load(self, target: Path) -> Loaded:
        names = self.layout.names
        with connect(self.folder) as connection:
            body = self._body()
            skip = body[0].first - 1 if body else self._lines_above()
            if body and not self._is_plainly_broken(body):
                loader = Loader(
                    connection, self.text, self.dialect, names, skip=skip,
                    new_line=self._new_line(), as_text=self.hints.text,
                )  # fmt: skip
                try:
                    if loader.first_row() == body[0].cells:
                        return loader.load(target, self.folder, self.progress)
                except NotStandard as trouble:
                    if trouble.encoding and self._transcoded_after_all():
                        return self._load(target)
                    if trouble.encoding:
                        self.text = replace(self.text, damaged=True)
            mended = self._mended(body, skip)
            if not mended.size:
                return _without_rows(names, target)
            loader = Loader(
                connection, mended, self.dialect, names, skip=0, as_text=self.hints.text
            )
            try:
                return loader.load(target, self.folder, self.progress)
            except NotStandard:
                raise damaged() from None

    def _lines_above(self) -> int:
        """The physical lines of preamble and header."""
        start = self.layout.preamble + self.layout.header
        return self.rows[start - 1].last if start else 0

    def _new_line(self) -> str:
        """How the first row ends; a file that goes on otherwise is not standard."""
        first = self.text.head().split("\n")[self.rows[0].last - 1]
        return "\r\n" if first.endswith("\r") else "\n"

    def _is_plainly_broken(self, body: Sequence[Record]) -> bool:
        """Whether the fast reader would fail for sure: then it is not tried."""
        if self.leave_out or self.text.damaged:
            return True
        tail = [row for row in records(self.text.tail(), self.dialect, limit=5000) if row.filled]
        return any(len(row.cells) != self.layout.width for row in [*body[:-1], *tail[-20:]])

    def _transcoded_after_all(self) -> bool:
        """The sample was plain ASCII, a later line is not UTF-8: decide on those lines."""
        if self.hints.encoding:
            return False
        found = encodings.detect(beyond_ascii(self.text.path))
        if found.name == "utf-8":
            return False
        self.text = transcode(self.text.path, self.folder, found, self.progress)
        self._survey()
        return True

    def _mended(self, body: Sequence[Record], skip: int) -> TextFile:
        short = sum(1 for row in body if len(row.cells) < self.layout.width)
        pad = len(body) >= 5 and short > SHORT_IS_USUAL * len(body)
        if pad:
            self.report.notes.append(
                Sentence(
                    en="Many rows leave out empty cells at their end; they were filled up.",
                    zh="许多行省略了末尾的空单元格，已补齐。",
                )
            )
        mender = Mender(
            self.dialect, self.layout.width, self.report,
            pad=pad, leave_out=self.leave_out, damaged=self.text.damaged,
        )  # fmt: skip
        mended = mender.mend(self.text, skip + 1, self.folder, self.progress)
        self.report.rejects.sort(key=lambda reject: reject.line)
        if mender.bad_bytes > mender.kept:
            raise _wrong_encoding(self.text, self.report)
        return mended

    def _fill_report(self, loaded: Loaded) -> None:
        report, layout = self.report, self.layout
        report.encoding = report.encoding or self.text.encoding
        report.delimiter, report.quote = self.dialect.delimiter, self.dialect.quote
        preamble = self.rows[: layout.preamble]
        header = self.rows[layout.preamble : layout.preamble + layout.header]
        report.preamble_lines = sum(row.last - row.first + 1 for row in preamble)
        report.preamble = [
            " ".join(c for c in row.cells if c.strip()) for row in preamble if row.filled
        ]
        report.header_lines = sum(row.last - row.first + 1 for row in header)
        report.rows_read = loaded.rows
        report.columns = column_guesses(layout.names, loaded.kinds)
        report.flags = self._flags()
        report.confidence = {
            "encoding": self.text.confidence,
            "delimiter": self.dialect.confidence,
            "header": layout.confidence,
        }

    def _flags(self) -> list[Flag]:
        """Footnotes and totals among the last rows: they stay as data, and are named."""
        last = records(self.text.tail(), self.dialect, limit=5000)
        found = [(row, flag_of(row.cells, self.layout.width)) for row in last[-20:]]
        if not any(kind for _, kind in found):
            return []
        offset = _line_count(self.text) - last[-1].last
        above = self._lines_above()
        not_data = {reject.line for reject in self.report.rejects} | self.leave_out
        return [
            Flag(row.first + offset, kind, " ".join(c for c in row.cells if c.strip())[:200])
            for row, kind in found
            if kind and row.first + offset > above and row.first + offset not in not_data
        ]


def _line_count(text: TextFile) -> int:
    """Physical lines, the last one counted whether it is ended or not."""
    count, last = 0, b"\n"
    with text.path.open("rb") as file:
        file.seek(text.mark)
        while piece := file.read(4 << 20):
            count += piece.count(b"\n")
            last = piece[-1:]
    return count + (last != b"\n")


def _wrong_encoding(text: TextFile, report: Report) -> Unreadable:
    line = report.rejects[0].line
    return Unreadable(
        "encoding",
        Sentence(
            en=f"Most lines are not valid {text.encoding}, line {line} is the first.",
            zh=f"多数行不符合 {text.encoding} 编码，第 {line} 行起即如此。",
        ),
        suggestion=Sentence(en="Say the file's encoding.", zh="请指明文件的编码。"),
        line=line,
        field="encoding",
    )


def _without_rows(names: Sequence[str], target: Path) -> Loaded:
    """A header and nothing below it is a table without rows."""
    schema = pa.schema([(name, pa.string()) for name in names])
    pq.write_table(schema.empty_table(), target, compression="zstd")
    return Loaded(target, [TEXT] * len(names), 0)


def column_guesses(names: Sequence[str], kinds: Sequence[Kind]) -> list[ColumnGuess]:
    return [
        ColumnGuess(name, kind.sql_type, _why(kind))
        for name, kind in zip(names, kinds, strict=True)
    ]


def _why(kind: Kind) -> Sentence:
    if kind in (TEXT, NOTHING_YET):
        return Sentence(
            en="No other type takes every value unchanged.", zh="没有其他类型能原样容纳全部取值。"
        )
    en, zh = KINDS.get(kind.name, (f"a {kind.name}", kind.name))
    return Sentence(en=f"Every value is {en}.", zh=f"全部取值均为{zh}。")
