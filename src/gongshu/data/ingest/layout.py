"""Where the table begins in a sheet of cells: preamble, header, first row of data.

The body is recognised by its typed columns (numbers, dates, codes); what stands above the
first row that looks like the body and is filled like a header is the header, what stands
above that is preamble.

>>> from gongshu.data.ingest.dialect import Record
>>> rows = ["2024年统计表,,", ",,", "区县,人口,", ",男,女", "西湖区,10,12", "上城区,7,8"]
>>> layout = find([Record(i + 1, i + 1, row.split(",")) for i, row in enumerate(rows)])
>>> layout.names, layout.preamble, layout.header
(['区县', '人口 男', '人口 女'], 2, 2)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gongshu.data.ingest.dialect import Record, modal_width

_NUMBER = re.compile(r"[-+]?[¥$€]?\d[\d,]*(\.\d+)?%?([eE][-+]?\d+)?|[-+]?\.\d+")
_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?([ T].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
)
_YEAR = re.compile(r"((?:19|20)\d\d)年?")
_MARKERS = frozenset(("na", "n/a", "null", "none", "nan", "-", "--", "true", "false", "."))
_FOOT = re.compile(
    r"\s*(注|备注|说明|数据来源|资料来源|来源|附注|制表|填表|单位负责人|source|note|notes|\*|※|†|1\))\s*[::.、*]?",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"\s*(合\s*计|总\s*计|小\s*计|共\s*计|总数|grand total|sub-?total|total)\s*[::]?\s*",
    re.IGNORECASE,
)
MAX_HEADER = 6


@dataclass(frozen=True, slots=True)
class Layout:
    """Records (not lines) of preamble and header, and the columns' names."""

    names: list[str]
    preamble: int
    header: int
    confidence: float

    @property
    def width(self) -> int:
        return len(self.names)


def find(
    rows: Sequence[Record], *, header: bool | int | None = None, skip: int | None = None
) -> Layout:
    """The layout of the rows at the head of a file; `header` and `skip` are hints."""
    start = min(skip or 0, len(rows))
    body = list(rows[start:])
    if not body:
        return Layout([], start, 0, 0.0)
    if header is None:
        top, lines, confidence = _guess(body, may_skip=skip is None)
    else:
        lines = int(header)
        top = _first_full(body) if skip is None else _first_filled(body)
        confidence = 1.0
    names = _names(body[top : top + lines], _width(body[top:]))
    return Layout(names, start + top, lines, confidence)


def _width(rows: Sequence[Record]) -> int:
    """Columns of the table: what most rows have, and never fewer than the filled header."""
    if not rows:
        return 0
    first = next((row for row in rows if row.filled), rows[0])
    named = max((i + 1 for i, cell in enumerate(first.cells) if cell.strip()), default=1)
    return max(modal_width(list(rows)), named)


def is_typed(cell: str) -> bool:
    """Whether a cell looks like a value and not like a word: a number, a date, a code."""
    cell = cell.strip()
    if _NUMBER.fullmatch(cell) or _DATE.fullmatch(cell):
        return True
    digits = sum(1 for c in cell if c.isdigit())
    return len(cell) >= 6 and digits * 10 >= len(cell) * 6


def _guess(rows: list[Record], *, may_skip: bool) -> tuple[int, int, float]:
    """(records of preamble, records of header, confidence)."""
    full = _first_full(rows) if may_skip else _first_filled(rows)
    below = rows[full + 1 :]
    # Not the first third of a short table: it may be the rest of the header.
    typed = _typed_columns(below[min(len(below) // 3, MAX_HEADER) :])
    if not typed:
        return (full, *_header_over_words(rows, full))
    start = _body_start(rows, typed, full)
    if start == full and _is_year_header(rows, full, typed):
        return full, 1, 0.8
    if start <= full:
        return (full, 0, 0.8) if start == full else (start, 0, 0.6)
    top = _header_top(rows, start, full if not may_skip else 0)
    if top == start:  # only titles above: the first row of data has no header
        return start, 0, 0.5
    return top, start - top, 0.95 if start - top == 1 else 0.8


def _first_filled(rows: Sequence[Record]) -> int:
    return next((i for i, row in enumerate(rows) if row.filled), 0)


def _first_full(rows: Sequence[Record]) -> int:
    """The first record filled nearly as well as rows of this table usually are."""
    counts = sorted(row.filled for row in rows if row.filled)
    if not counts:
        return 0
    usual = counts[len(counts) // 2]
    need = 1 if usual <= 1 else max(2, round(usual * 0.5))
    return next((i for i, row in enumerate(rows) if row.filled >= need), 0)


def _typed_columns(rows: Sequence[Record]) -> list[int]:
    """Columns of which nearly all filled cells look like values."""
    found = []
    for column in range(modal_width(list(rows))):
        cells = [row.cells[column] for row in rows if column < len(row.cells)]
        filled = [c for c in cells if c.strip() and c.strip().lower() not in _MARKERS]
        hits = sum(1 for c in filled if is_typed(c))
        if filled and hits >= 0.7 * len(filled):
            found.append(column)
    return found


def _looks_like_body(row: Record, typed: Sequence[int]) -> bool:
    cells = [row.cells[i].strip() for i in typed if i < len(row.cells)]
    filled = [c for c in cells if c]
    return bool(filled) and 2 * sum(
        1 for c in filled if is_typed(c) or c.lower() in _MARKERS
    ) > len(filled)


def _body_start(rows: Sequence[Record], typed: Sequence[int], full: int) -> int:
    """The first record of data: like the body, and so are most of those after it."""
    for i, row in enumerate(rows):
        if not _looks_like_body(row, typed) or (row.filled == 1 and i < full):
            continue
        after = [r for r in rows[i + 1 : i + 6] if r.filled]
        if 2 * sum(1 for r in after if _looks_like_body(r, typed)) >= len(after):
            return i
    return full + 1


def _header_top(rows: Sequence[Record], start: int, floor: int) -> int:
    """Walk up from the first row of data while rows are filled like a header's."""
    narrow = modal_width(list(rows)) == 1
    top = start
    while top > floor and not rows[top - 1].filled and start - top < 2:
        top -= 1  # blank rows between header and data
    if top <= floor or (rows[top - 1].filled == 1 and not narrow):
        top = start
    while top > floor and start - top < MAX_HEADER:
        above = rows[top - 1]
        named = top < start and any(row.filled for row in rows[top:start])
        if not above.filled or (above.filled == 1 and not narrow and named):
            break
        top -= 1
    # The lowest candidate may be a title without a header below it.
    while top < start and rows[top].filled == 1 and modal_width(list(rows)) > 2:
        top += 1
    return top


def _is_year_header(rows: Sequence[Record], at: int, typed: Sequence[int]) -> bool:
    """`district,2019,2020,2021`: years in a row name the columns, they are no data."""
    cells = [rows[at].cells[i].strip() for i in typed if i < len(rows[at].cells)]
    matches = [_YEAR.fullmatch(c) for c in cells if c]
    years = [int(m.group(1)) for m in matches if m]
    if len(years) < 2 or len(years) < 0.6 * len(matches):
        return False
    steps = {b - a for a, b in pairwise(years)}
    below = rows[at + 1].cells if at + 1 < len(rows) else []
    same = sum(1 for i in typed if i < len(below) and _YEAR.fullmatch(below[i].strip()))
    return len(steps) == 1 and 0 not in steps and same < len(years)


def _header_over_words(rows: Sequence[Record], full: int) -> tuple[int, float]:
    """All columns are words: the first full row is the header unless it repeats below."""
    first = [cell.strip() for cell in rows[full].cells]
    filled = [cell for cell in first if cell]
    if len(rows) - full <= 1:
        return 1, 0.5
    if len(set(filled)) < len(filled) and len(filled) > 1:
        return 0, 0.5
    if any(is_typed(cell) for cell in filled) and len(filled) <= 2:
        return 0, 0.4
    repeats = sum(
        1
        for column, cell in enumerate(first)
        if cell
        and any(column < len(r.cells) and r.cells[column].strip() == cell for r in rows[full + 1 :])
    )
    return (0, 0.5) if repeats else (1, 0.7)


def _names(header: Sequence[Record], width: int) -> list[str]:
    """The file's own names: parts joined, gaps numbered, repeats told apart."""
    parts: list[list[str]] = [[] for _ in range(width)]
    for depth, row in enumerate(header):
        cells = [" ".join(cell.split()) for cell in row.cells[:width]]
        cells += [""] * (width - len(cells))
        if depth < len(header) - 1:
            cells = _spread(cells, [r.cells for r in header[depth + 1 :]])
        for column, cell in enumerate(cells):
            if cell and cell not in parts[column]:
                parts[column].append(cell)
    return tell_apart([" ".join(p) or f"column_{i + 1}" for i, p in enumerate(parts)])


def _spread(cells: list[str], below: Sequence[Sequence[str]]) -> list[str]:
    """A merged header cell names every column under it that has a name of its own below."""
    filled, current = list(cells), ""
    for column, cell in enumerate(cells):
        named_below = any(column < len(row) and row[column].strip() for row in below)
        if cell:
            current = cell
        elif named_below and current:
            filled[column] = current
        else:
            current = ""
    return filled


def tell_apart(names: Sequence[str]) -> list[str]:
    """`a, a, A` become `a, a_2, A_3`: SQL does not tell case apart."""
    seen: set[str] = set()
    unique = []
    for name in names:
        candidate, number = name, 1
        while candidate.lower() in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate.lower())
        unique.append(candidate)
    return unique


def flag_of(cells: Sequence[str], width: int) -> str | None:
    """Whether a row at the end of the file looks like a footnote or a total."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or width < 2:
        return None
    if _TOTAL.fullmatch(filled[0]) or (
        len(cells) > 1 and _TOTAL.fullmatch(cells[1].strip() or "-")
    ):
        return "total"
    if len(filled) == 1 and (len(cells) < width or _FOOT.match(filled[0]) or len(filled[0]) > 20):
        return "footnote"
    return "footnote" if _FOOT.match(filled[0]) and len(filled) <= width // 2 else None
