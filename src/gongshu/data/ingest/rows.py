"""Where one row of a text file ends and the next begins, when cells may hold line ends.

A row is taken for what the standard says (RFC 4180) or, where its quotes make no sense, for
one line: a quote that is never closed must not swallow what follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

JOINED_LINES, JOINED_BYTES = 5000, 1 << 22  # how far the end of a quoted cell is looked for


@dataclass(frozen=True, slots=True)
class Dialect:
    """`quote` is empty when quotes in the file are ordinary characters."""

    delimiter: str
    quote: str = '"'
    escape: str = '"'
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class RawRow:
    """The bytes of a row without its end; `whole`: its quotes make sense."""

    first: int  # physical lines, 1-based
    last: int
    data: bytes
    whole: bool = True


class RowShape:
    """What a row of a dialect looks like."""

    def __init__(self, dialect: Dialect) -> None:
        self.delimiter, self.quote = dialect.delimiter.encode(), dialect.quote.encode()
        self._backslash = dialect.escape == "\\"
        d = re.escape(self.delimiter)
        inner = rb'(?:[^"\\]|\\.|"")*' if self._backslash else rb'(?:[^"]|"")*'
        plain = rb"[^" + d + rb"\r\n]*" if len(self.delimiter) == 1 else b""
        plain = plain or rb"(?:(?!" + d + rb")[^\r\n])*"
        cell = rb'(?: *"' + inner + rb'" *|(?! *")' + plain + rb")"
        self._row = re.compile(cell + rb"(?:" + d + cell + rb")*", re.DOTALL)
        self._quoted = re.compile(rb"(?:(?<=" + d + rb")|^) *\"" + inner + rb'"', re.DOTALL)

    def is_whole(self, row: bytes) -> bool:
        return not self.quote or self.quote not in row or bool(self._row.fullmatch(row))

    def is_open(self, row: bytes) -> bool:
        """Whether a quoted cell goes on behind the row: its quotes are odd in number."""
        if not self.quote:
            return False
        return (re.sub(rb"\\.", b"", row) if self._backslash else row).count(self.quote) % 2 == 1

    def count(self, row: bytes) -> int:
        """The cells of a whole row."""
        if self.quote and self.quote in row:
            row = self._quoted.sub(b"", row)
        return row.count(self.delimiter) + 1

    def rows(
        self, lines: Iterator[bytes], fits: Callable[[bytes], bool] = lambda row: True
    ) -> Iterator[RawRow]:
        """The rows of physical lines; several lines are one row only if the row `fits`."""
        ahead = _Lines(lines)
        while (line := ahead.take()) is not None:
            bare = without_end(line)
            if self.is_whole(bare):
                yield RawRow(ahead.number, ahead.number, bare)
                continue
            first, joined = ahead.number, self._joined(line, ahead)
            if joined and fits(joined[0]):
                ahead.drop(joined[1])
                yield RawRow(first, ahead.number, joined[0])
            else:
                yield RawRow(first, first, bare, whole=False)

    def _joined(self, line: bytes, ahead: _Lines) -> tuple[bytes, int] | None:
        """The row that begins with `line` and how many lines more it takes, if it ever ends."""
        joined, taken = line, 0
        while self.is_open(joined) and taken < JOINED_LINES and len(joined) < JOINED_BYTES:
            # Only a line with a quote can close the cell.
            following = ahead.peek(taken)
            while following is not None and self.quote not in following:
                joined, taken = joined + following, taken + 1
                following = ahead.peek(taken)
                if taken >= JOINED_LINES:
                    return None
            if following is None:
                return None
            joined, taken = joined + following, taken + 1
        whole = without_end(joined)
        return (whole, taken) if taken and self.is_whole(whole) else None


def without_end(line: bytes) -> bytes:
    if line.endswith(b"\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith(b"\n") else line


class _Lines:
    """Physical lines with their ends, and a look ahead."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._ahead: list[bytes] = []
        self.number = 0

    def take(self) -> bytes | None:
        line = self._ahead.pop(0) if self._ahead else next(self._lines, None)
        self.number += line is not None
        return line

    def peek(self, distance: int) -> bytes | None:
        while len(self._ahead) <= distance:
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[distance]

    def drop(self, count: int) -> None:
        del self._ahead[:count]
        self.number += count
