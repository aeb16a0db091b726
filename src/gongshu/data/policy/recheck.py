"""The second look: the rewritten text, read once more by a reader of its own before it runs.

It shares nothing with the parser, the tables of the grammar or the generator, so that a fault in
one of them would have to fool two readings. It needs no tree either. What the rewriting writes is
narrow: every column is `t1.c0`, every table an alias of one of this query's views and blocks, and
the only text that is the asker's stands in quotes. So the whole is read word by word, and each
word must be one that the rewriting writes, in a place where it writes it:

    FROM, JOIN      then a subquery, or a view or block of this query under an alias of ours
    a column        `t1.c0`, or `b."name"` where the grant gives or needs that column of a view
    a name + `(`    a function of the list
    `*`             between two operands, or as COUNT(*)
    any other word  a keyword of the list
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_PIECES = re.compile(
    r"(?P<space> +)"
    r"|(?P<column>t\d+\.[cguv]\d+(?!\w))"
    r'|(?P<base>b\."(?P<name>(?:[^"]|"")+)")'
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))"
    r"|(?P<open>\()|(?P<close>\))"
    r"|(?P<operator><>|<=|>=|\|\||//|[-+*/%=<>,])",
    re.ASCII,
)
_KEYWORDS = _words(
    """
    SELECT DISTINCT AS WHERE GROUP BY HAVING QUALIFY ORDER ASC DESC NULLS FIRST LAST LIMIT
    OFFSET UNION ALL EXCEPT INTERSECT LEFT RIGHT FULL CROSS ON AND OR NOT IN IS NULL TRUE
    FALSE LIKE ILIKE BETWEEN CASE WHEN THEN ELSE END INTERVAL OVER PARTITION ROWS RANGE
    UNBOUNDED PRECEDING FOLLOWING CURRENT ROW BOTH LEADING TRAILING BOOLEAN SMALLINT INT
    BIGINT INT128 FLOAT REAL DOUBLE DECIMAL TEXT DATE TIMESTAMP TIMESTAMPTZ YEAR QUARTER
    MONTH WEEK DAY HOUR MINUTE SECOND DECADE CENTURY DAYOFWEEK ISODOW DAYOFYEAR ISOYEAR
    """
)
_FUNCTIONS = _words(
    """
    ABS AVG CAST CEIL COALESCE CONCAT CONCAT_WS CONTAINS COUNT CUME_DIST DATE_DIFF DATE_SUB
    DATE_TRUNC DAY DAYNAME DAYOFWEEK DAYOFYEAR DENSE_RANK ENCODE ENDS_WITH EXP EXTRACT
    FILTER FIRST_VALUE FLOOR GREATEST HOUR ISNAN ISODOW LAG LAST_DAY LAST_VALUE LEAD LEAST
    LEFT LENGTH LN LOG LOWER LTRIM MAKE_DATE MAX MD5_NUMBER_LOWER MEDIAN MIN MINUTE MONTH
    MONTHNAME NTILE NULLIF PERCENT_RANK POWER QUARTER RANK REPLACE RIGHT ROUND ROW_NUMBER
    RTRIM SHA256 SIGN SQRT STARTS_WITH STDDEV STDDEV_POP STDDEV_SAMP STRFTIME SUBSTRING SUM
    TRIM TRUNC TRY TRY_CAST UNHEX UPPER VARIANCE VAR_POP WEEK WEEKOFYEAR YEAR
    """
)
# These may stand right before a bracket without being a function.
_BEFORE_BRACKET = _words(
    """
    SELECT DISTINCT AS WHERE BY HAVING QUALIFY UNION ALL EXCEPT INTERSECT ON AND OR NOT IN
    LIKE ILIKE BETWEEN CASE WHEN THEN ELSE INTERVAL OVER FROM JOIN DECIMAL
    """
)
_OUR_ALIAS = re.compile(r"t\d+|b|[cgufxd]\d+|c", re.ASCII)
_AS_BASE = re.compile(r" AS b(?!\w)", re.ASCII)
_OPERANDS = frozenset({"column", "base", "text", "number", "close"})
_WORD_OPERANDS = frozenset({"END", "NULL", "TRUE", "FALSE"})


class Inconsistent(Exception):
    """The rewriting made something it should not have: a fault of ours, and nothing is run."""


def recheck(text: str, tables: Collection[str], columns: Collection[str] = ()) -> str:
    """The text as it will run, or `Inconsistent`. `columns` are the names that may be read of the
    views themselves; above them there are only our own."""
    _Reader(text, tables, columns).read()
    return text


@dataclass(slots=True)
class _Level:
    """One open bracket: the word before it, and what was read since."""

    opener: str
    view: bool = False  # this SELECT reads a view, whose columns are not named by us
    ordered: bool = False


class _Reader:
    def __init__(self, text: str, tables: Collection[str], columns: Collection[str]) -> None:
        self.text = text
        self.tables = tables
        self.columns = columns
        self.levels = [_Level("")]
        self.naming = False  # a table is what must come next
        self.kind = ""  # of the piece before, and its text
        self.last = ""

    def read(self) -> None:
        position = 0
        while position < len(self.text):
            piece = _PIECES.match(self.text, position)
            if piece is None:
                raise Inconsistent(f"a character at {position}")
            kind = str(piece.lastgroup)
            position = piece.end()
            if kind != "space":
                self._piece(kind, piece)
                self.kind, self.last = kind, piece[0]
        if len(self.levels) != 1 or self.naming or not self.kind:
            raise Inconsistent("an end")

    def _piece(self, kind: str, piece: re.Match[str]) -> None:
        if not self.kind and piece[0] not in ("SELECT", "("):
            raise Inconsistent("not a query")
        if self.naming:
            self._table(kind, piece)
        elif kind == "word":
            self._word(piece[0], piece.end())
        elif kind == "open":
            self._open()
        elif kind == "close":
            self.levels.pop()
            if not self.levels:
                raise Inconsistent("a closed bracket")
        elif kind == "base" and piece["name"].replace('""', '"') not in self.columns:
            raise Inconsistent("a column that is not read")
        elif kind == "operator":
            self._operator(piece[0])

    def _open(self) -> None:
        if self.kind == "word" and self.last not in _FUNCTIONS | _BEFORE_BRACKET:
            raise Inconsistent(f"function {self.last}")
        if self.kind in _OPERANDS:
            raise Inconsistent("a bracket after a value")
        self.levels.append(_Level(self.last))

    def _table(self, kind: str, piece: re.Match[str]) -> None:
        self.naming = False
        if kind == "open":
            self._open()
        elif kind != "word" or piece[0] not in self.tables:
            raise Inconsistent("table")
        elif piece[0].startswith("v"):
            # Only under this alias are a view's own columns told from ours.
            self.levels[-1].view = True
            if not _AS_BASE.match(self.text, piece.end()):
                raise Inconsistent("a view under another name")

    def _word(self, word: str, end: int) -> None:
        level = self.levels[-1]
        if self.last == "AS" and _OUR_ALIAS.fullmatch(word):
            return
        if word in ("FROM", "JOIN"):
            # But in EXTRACT(YEAR FROM x) and IS DISTINCT FROM it names no table.
            self.naming = level.opener not in ("EXTRACT", "TRIM") and self.last != "DISTINCT"
        elif word in _KEYWORDS:
            level.ordered = (level.ordered or word == "ORDER") and word != "SELECT"
        elif not self._output(word, level) and (
            word not in _FUNCTIONS or self.text[end : end + 1] != "("
        ):
            raise Inconsistent(f"word {word}")

    def _output(self, word: str, level: _Level) -> bool:
        """An output of this SELECT by its name: in ORDER BY, or a condition that was computed."""
        if re.fullmatch(r"c\d+", word, re.ASCII):
            return level.ordered and not level.view and level.opener != "OVER"
        computed = re.fullmatch(r"f\d+", word, re.ASCII) and self.last == "WHEN"
        return bool(computed) and len(self.levels) == 1

    def _operator(self, operator: str) -> None:
        if self.kind == "operator" and (operator != "-" or self.last == "-"):
            raise Inconsistent("two operators")
        counted = self.last == "(" and self.levels[-1].opener == "COUNT"
        if operator == "*" and not (self._after_operand() or counted):
            raise Inconsistent("star")

    def _after_operand(self) -> bool:
        return self.kind in _OPERANDS or self.last in _WORD_OPERANDS
