"""A text file with broken rows becomes a clean one, and every row left out is accounted for.

The fast reader takes only what follows the standard to the letter (a lenient one guesses,
and a guess in data is a loss). When it meets anything else, the file is written anew here,
row by row: rows that do not fit the table are rejects with their line and the reason, and
one broken quote costs one line, not the rest of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from gongshu.data.ingest.layout import flag_of
from gongshu.data.ingest.report import Report
from gongshu.data.ingest.rows import Dialect, RowShape
from gongshu.data.ingest.text import REPLACEMENT, Progress, TextFile
from gongshu.wording import Sentence

TAIL_ROWS = 50

UNCLOSED = Sentence(
    en="A quotation mark is not closed, or text follows the closing one.",
    zh="引号没有闭合，或闭合引号之后还有文字。",
)
BAD_BYTES = Sentence(
    en="Some bytes are not valid in the file's encoding.", zh="含有与文件编码不符的字节。"
)
LEFT_OUT = Sentence(en="Left out as asked.", zh="按要求略过。")


def wrong_width(found: int, width: int) -> Sentence:
    return Sentence(
        en=f"The row has {found} cells where the table has {width} columns.",
        zh=f"该行有 {found} 个单元格，而表有 {width} 列。",
    )


@dataclass(slots=True)
class _Row:
    line: int
    data: bytes
    cells: int
    fault: Sentence | None = None


class Mender:
    """Writes the rows of one file that fit a table of `width` columns."""

    def __init__(
        self,
        dialect: Dialect,
        width: int,
        report: Report,
        *,
        pad: bool = False,
        leave_out: Collection[int] = (),
        damaged: bool = False,
    ) -> None:
        self.delimiter = dialect.delimiter.encode()
        self.quote = dialect.quote.encode()
        self.width, self.report, self.pad = width, report, pad
        self.leave_out, self.damaged = frozenset(leave_out), damaged
        self.shape = RowShape(dialect)
        self._waiting: list[_Row] = []
        self._many_lines = False
        self.kept, self.bad_bytes = 0, 0

    def mend(self, text: TextFile, start: int, folder: Path, progress: Progress) -> TextFile:
        """Write what fits of `text` from physical line `start` on; report the rest."""
        target = folder / "mended.csv"
        size, done = max(text.size, 1), 0
        with target.open("wb") as sink:
            for row in self._rows(text, start):
                for clean in self._accept(row):
                    sink.write(clean + b"\n")
                done += len(row.data)
                if row.line % 65536 == 0:
                    progress(100.0 * done / size)
            for clean in self._finish():
                sink.write(clean + b"\n")
        return TextFile(target, text.encoding, text.confidence, many_lines=self._many_lines)

    def _rows(self, text: TextFile, start: int) -> Iterator[_Row]:
        """Rows with the physical line they begin on."""
        with text.path.open("rb") as file:
            file.seek(text.mark)
            for _ in range(start - 1):
                file.readline()
            for row in self.shape.rows(file, self._has_the_width):
                line = row.first + start - 1
                if line in self.leave_out:
                    yield _Row(line, row.data, self.width, LEFT_OUT)
                elif not row.whole:
                    yield _Row(line, row.data, 0, UNCLOSED)
                else:
                    self._many_lines = self._many_lines or row.last > row.first
                    yield _Row(line, row.data, self.shape.count(row.data))

    def _has_the_width(self, row: bytes) -> bool:
        return self.shape.count(row) == self.width

    def _accept(self, row: _Row) -> Iterator[bytes]:
        """What of this row, and of the short rows that waited before it, goes in the table."""
        fault = row.fault or self._fault(row)
        if fault is None and not row.data.strip(b" \t" + self.delimiter + self.quote):
            return  # a blank row
        if fault is None and row.cells < self.width and not self.pad:
            self._waiting.append(row)  # a footnote if nothing but such rows follows
            if len(self._waiting) > TAIL_ROWS:
                self._reject_short(self._waiting.pop(0))
            return
        if fault is not None:
            self.bad_bytes += fault is BAD_BYTES
            self.report.reject(row.line, fault, row.data.decode("utf-8", "replace"))
            return
        for waiting in self._waiting:
            self._reject_short(waiting)
        self._waiting.clear()
        self.kept += 1
        yield self._fitted(row)

    def _fault(self, row: _Row) -> Sentence | None:
        if self.damaged and REPLACEMENT in row.data:
            return BAD_BYTES
        if self.damaged and not _is_utf8(row.data):
            return BAD_BYTES
        if row.cells > self.width and self._beyond(row).strip(self.delimiter + b" \t"):
            return wrong_width(row.cells, self.width)
        return None

    def _beyond(self, row: _Row) -> bytes:
        """The cells after the last column (a row with quotes there is never cut)."""
        if self.quote and self.quote in row.data:
            tail = row.data[row.data.rfind(self.quote) + 1 :]
            return tail if tail.count(self.delimiter) >= row.cells - self.width else row.data
        return row.data.split(self.delimiter, self.width)[self.width]

    def _fitted(self, row: _Row) -> bytes:
        data = row.data
        if row.cells < self.width:
            data += self.delimiter * (self.width - row.cells)
        for _ in range(row.cells - self.width):
            data = data[: data.rfind(self.delimiter)]
        if b"\r" in data and self.quote and self.quote not in data:
            cells = data.split(self.delimiter)
            data = self.delimiter.join(self.quote + c + self.quote for c in cells)
        return data

    def _reject_short(self, row: _Row) -> None:
        self.report.reject(
            row.line, wrong_width(row.cells, self.width), row.data.decode("utf-8", "replace")
        )

    def _finish(self) -> Iterator[bytes]:
        """The short rows at the end: footnotes and totals stay, a cut-off row is a reject."""
        for row in self._waiting:
            text = row.data.decode("utf-8", "replace")
            cells = [c.strip(' "') for c in text.split(self.delimiter.decode())]
            if flag_of(cells, self.width):
                yield self._fitted(row)
            else:
                self._reject_short(row)
        self._waiting.clear()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
