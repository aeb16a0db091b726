"""A text file with broken rows becomes a clean one, and every row left out is accounted for.

The fast reader takes only what follows the standard to the letter (a lenient one guesses,
and a guess in data is a loss). When it meets anything else, the file is written anew here,
row by row: rows that do not fit the table are rejects with their line and the reason, and
one broken quote costs one line, not the rest of the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from gongshu.data.ingest.dialect import Dialect
from gongshu.data.ingest.layout import flag_of
from gongshu.data.ingest.report import Report
from gongshu.data.ingest.text import REPLACEMENT, Progress, TextFile
from gongshu.wording import Sentence

JOINED_LINES, JOINED_BYTES = 2000, 1 << 20  # how far the end of a quoted cell is looked for
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
        d = re.escape(self.delimiter)
        inner = rb'(?:[^"]|"")*' if dialect.escape != "\\" else rb'(?:[^"\\]|\\.|"")*'
        quoted = rb' *"' + inner + rb'" *'
        cell = rb"(?:" + quoted + rb'|(?! *")[^' + d + rb"\r\n]*)"
        self._quoted = re.compile(rb"(?:(?<=" + d + rb")|^) *\"" + inner + rb'"', re.DOTALL)
        self._row = re.compile(cell + rb"(?:" + d + cell + rb")*", re.DOTALL)
        self._waiting: list[_Row] = []
        self._many_lines = False

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
            lines = _Lines(file)
            while (line := lines.take()) is not None:
                number = lines.number
                if number < start:
                    continue
                bare = _without_end(line)
                if number in self.leave_out:
                    yield _Row(number, bare, self.width, LEFT_OUT)
                elif self.quote and self.quote in line:
                    yield self._quoted_row(line, number, lines)
                else:
                    yield _Row(number, bare, line.count(self.delimiter) + 1)

    def _quoted_row(self, line: bytes, number: int, lines: _Lines) -> _Row:
        """The row that begins with `line`, and goes on while a quoted cell is open."""
        bare = _without_end(line)
        if self._row.fullmatch(bare):
            return _Row(number, bare, self._count(bare))
        joined, taken = line, 0
        while taken < JOINED_LINES and len(joined) < JOINED_BYTES:
            following = lines.peek(taken)
            if following is None:
                break
            taken += 1
            joined += following
            if self.quote in following and self._row.fullmatch(whole := _without_end(joined)):
                if self._count(whole) == self.width:
                    lines.drop(taken)
                    self._many_lines = True
                    return _Row(number, whole, self.width)
                break
        return _Row(number, bare, 0, UNCLOSED)

    def _count(self, row: bytes) -> int:
        return self._quoted.sub(b"", row).count(self.delimiter) + 1

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
            self.report.reject(row.line, fault, row.data.decode("utf-8", "replace"))
            return
        for waiting in self._waiting:
            self._reject_short(waiting)
        self._waiting.clear()
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


def _without_end(line: bytes) -> bytes:
    if line.endswith(b"\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith(b"\n") else line


class _Lines:
    """Physical lines with their ends, and a look ahead."""

    def __init__(self, file: Iterator[bytes]) -> None:
        self._file = file
        self._ahead: list[bytes] = []
        self.number = 0

    def take(self) -> bytes | None:
        line = self._ahead.pop(0) if self._ahead else next(self._file, None)
        self.number += line is not None
        return line

    def peek(self, distance: int) -> bytes | None:
        while len(self._ahead) <= distance:
            line = next(self._file, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[distance]

    def drop(self, count: int) -> None:
        del self._ahead[:count]
        self.number += count
