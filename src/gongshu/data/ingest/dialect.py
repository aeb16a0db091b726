"""How the lines of a text file are cut into cells: delimiter and quote.

Every delimiter is tried on the head of the file; the right one gives most rows the same
number of cells and leaves no other delimiter inside them.

>>> guess("day;temperature\\n2011-01-01;1,5\\n2011-01-02;-1,0\\n").delimiter
';'
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from gongshu.data.ingest.rows import Dialect, RawRow, RowShape

DELIMITERS = (",", "\t", ";", "|", "\x01", "^", "~", "，", "；", "\x1f")
HEAD_RECORDS = 400
QUOTE_HEAD = 1 << 16
_LONE_RETURN = re.compile(r"\r(?!\n)")
_DECIMAL_COMMA = re.compile(r"\s*-?\d+,\d+\s*")


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the head or tail of a file, with the physical lines it came from."""

    first: int  # 1-based
    last: int
    cells: list[str]

    @property
    def filled(self) -> int:
        return sum(1 for cell in self.cells if cell.strip())


def guess(text: str, delimiter: str | None = None) -> Dialect:
    """The dialect of `text`, the head of a file; `delimiter` is a hint."""
    candidates = (delimiter,) if delimiter else DELIMITERS
    scored = []
    for candidate in candidates:
        for quote, escape in _quotings(text, candidate):
            dialect = Dialect(candidate, quote, escape)
            scored.append((_score(records(text, dialect), candidate), dialect))
    best, dialect = max(scored, key=lambda pair: pair[0])
    if delimiter:
        return replace(dialect, confidence=1.0)
    if best < 0.3:  # one column: nothing cuts its lines
        return Dialect(",", '"', '"', 0.5)
    return replace(dialect, confidence=round(min(best, 1.0), 2))


def _quotings(text: str, delimiter: str) -> list[tuple[str, str]]:
    """What quotes may mean here: cells in quotes (doubled, or escaped by \\), or nothing."""
    if '"' not in text:
        return [('"', '"')]
    start = f'(?:^|(?<=[{re.escape(delimiter)}\r\n])) *"'
    end = f'" *(?=[{re.escape(delimiter)}\r\n]|$)'
    head = text[:QUOTE_HEAD]
    left = {}
    for escape, inner in (('"', r'(?:[^"]|"")*'), ("\\", r'(?:[^"\\]|\\.|"")*')):
        rest, closed = re.subn(start + inner + end, "", head, flags=re.DOTALL)
        left[escape] = (len(re.findall(start, rest)), closed)
    escape = "\\" if left["\\"][0] < left['"'][0] else '"'
    opened, closed = left[escape]
    # One stray quote is an accident; several, and few that close, are inches or speech.
    return [("", "")] if opened > max(closed, 1) else [('"', escape)]


def records(text: str, dialect: Dialect, limit: int = HEAD_RECORDS) -> list[Record]:
    """Up to `limit` rows of `text`, blank ones too."""
    # Lines end at \n alone, as everywhere in this package: line numbers must agree.
    lines = iter(text.encode().splitlines(keepends=True) if "\r" not in text else _lines(text))
    found = []
    for row in islice(RowShape(dialect).rows(lines), limit):
        found.append(Record(row.first, row.last, _cells(row, dialect)))
    return found


def _lines(text: str) -> Iterator[bytes]:
    for line in io.StringIO(text, newline="\n"):
        yield line.encode()


def _cells(row: RawRow, dialect: Dialect) -> list[str]:
    text = row.data.decode()
    if not dialect.quote or dialect.quote not in text or not row.whole:
        return text.split(dialect.delimiter) if text else []
    csv.field_size_limit(sys.maxsize)  # the size of a row was limited where it was joined
    reader = csv.reader(
        [_LONE_RETURN.sub(" ", text)],
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        doublequote=dialect.escape == dialect.quote,
        escapechar="\\" if dialect.escape == "\\" else None,
        skipinitialspace=True,
    )
    return next(reader)


def modal_width(rows: list[Record]) -> int:
    """The commonest number of cells; the wider one on a tie."""
    widths = Counter(len(row.cells) for row in rows if row.filled)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _score(rows: list[Record], delimiter: str) -> float:
    """0 to 1: the share of rows of the commonest width, less what looks uncut."""
    rows = [row for row in rows if row.filled]
    width = modal_width(rows)
    if width < 2:
        return 0.0
    # Preamble and footnotes are few and narrow; they must not sink the right delimiter.
    fitting = [row for row in rows if len(row.cells) == width]
    share = len(fitting) / len(rows)
    sample = fitting[:100]
    cells = [cell for row in sample for cell in row.cells]
    uncut = sum(1 for cell in cells if _looks_uncut(cell, delimiter)) / len(cells)
    spread = sum(1 for row in sample if row.cells[-1].count("\n") > 20)
    return share * (1 - 0.7 * uncut) * (0.96 + 0.04 * min(width, 20) / 20) - spread / len(sample)


def _looks_uncut(cell: str, delimiter: str) -> bool:
    others = [d for d in ",\t;|" if d != delimiter and d in cell]
    return bool(others) and not (others == [","] and _looks_like_prose(cell))


def _looks_like_prose(cell: str) -> bool:
    """A comma inside one cell is usual in a decimal, a place or a sentence."""
    return bool(_DECIMAL_COMMA.fullmatch(cell)) or ", " in cell
