"""The tables of a web page (HTML), as many systems export them under the name of a workbook.

    tables(path) -> {"1": rows, "Schools": rows}     # a caption names its table, else its number

Rows are lists of texts of one length. A cell that spans rows or columns holds for all it covers;
inside a cell, blanks and line ends count as they do on the screen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

MOST_COLUMNS, WIDEST_SPAN = 16_384, 1000  # of a spreadsheet; of the HTML standard
UNSEEN = {"script", "style", "template", "noscript"}
ENDS_LINE = {"br", "p", "div", "li"}
_BLANKS = re.compile(r"\s+")
Range = tuple[tuple[int, int], tuple[int, int]]


class TooWide(Exception):
    """A row of more columns than any table has."""


class _Table:
    """One table on its way; cells of a table inside it are that table's own."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.merged: list[Range] = []
        self.caption = ""
        self.text: list[str] | None = None  # of the cell or caption that is open
        self._place = (0, 0)
        self._below: dict[int, int] = {}  # column → rows that a cell above still covers

    def begin_row(self) -> None:
        self.end_cell()
        self._below = {column: left - 1 for column, left in self._below.items() if left > 1}
        self.rows.append([])

    def begin_cell(self, across: int, down: int) -> None:
        self.end_cell()
        if not self.rows:
            self.begin_row()
        row = self.rows[-1]
        while len(row) in self._below:
            row.append("")
        top, left = len(self.rows) - 1, len(row)
        if left + across > MOST_COLUMNS:
            raise TooWide
        row += [""] * across
        self._place, self.text = (top, left), []
        if across > 1 or down > 1:
            self.merged.append(((top, left), (top + down - 1, left + across - 1)))
        if down > 1:  # the row that comes counts itself
            self._below |= dict.fromkeys(range(left, left + across), down)

    def end_cell(self) -> None:
        if self.text is not None:
            top, left = self._place
            self.rows[top][left] = _shown(self.text)
            self.text = None

    def done(self) -> list[list[str]]:
        self.end_cell()
        width = max((len(row) for row in self.rows), default=0)
        for row in self.rows:
            row += [""] * (width - len(row))
        return self.rows if width else []


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Table] = []
        self.open: list[_Table] = []
        self.unseen = 0
        self.caption: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self.unseen += 1
        elif tag == "table":
            self.found.append(_Table())
            self.open.append(self.found[-1])
        elif tag in ENDS_LINE:
            self._say("\n" if tag == "br" else " ")
        elif self.open and tag == "tr":
            self.open[-1].begin_row()
        elif self.open and tag in ("td", "th"):
            said = dict(attrs)
            self.open[-1].begin_cell(_span(said.get("colspan")), _span(said.get("rowspan"), 65534))
        elif self.open and tag == "caption":
            self.caption = []

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag == "table" and self.open:
            self.open.pop().end_cell()
        elif tag == "caption" and self.caption is not None and self.open:
            self.open[-1].caption, self.caption = _shown(self.caption), None
        elif tag in ("td", "th") and self.open:
            self.open[-1].end_cell()

    def handle_data(self, data: str) -> None:
        self._say(_BLANKS.sub(" ", data))  # line ends of the source are blanks on the screen

    def _say(self, text: str) -> None:
        if self.unseen:
            return
        if self.caption is not None:
            self.caption.append(text)
        elif self.open and self.open[-1].text is not None:
            self.open[-1].text.append(text)


def tables(path: Path) -> dict[str, tuple[list[list[str]], Sequence[Range]]]:
    """Each table that has a cell: its rows, and what its cells span (first and last, inclusive).

    `path` is UTF-8. Raises `TooWide`.
    """
    page = _Page()
    page.feed(path.read_text(encoding="utf-8-sig", errors="replace"))
    page.close()
    found: dict[str, tuple[list[list[str]], Sequence[Range]]] = {}
    for number, table in enumerate(page.found, start=1):
        if rows := table.done():
            name = table.caption if table.caption and table.caption not in found else str(number)
            found[name] = (rows, table.merged)
    return found


def _span(said: str | None, most: int = WIDEST_SPAN) -> int:
    text = (said or "").strip()
    return min(max(int(text[:6]), 1), most) if text.isascii() and text.isdigit() else 1


def _shown(pieces: Sequence[str]) -> str:
    lines = "".join(pieces).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()
