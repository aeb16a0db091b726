"""Clean text becomes typed Parquet, in one pass where the sample was right.

A sample over the whole length of the file proposes a type for every column, and the one
pass that writes the Parquet checks each value against it. If one does not fit, all values
of the columns in question are counted, the types decided on them, and the pass is made
again. So the types are those of all values, always, at the price of a sample, mostly.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from gongshu.data.ingest.deciding import Facts, count_facts, decide, is_alive, is_open, triage
from gongshu.data.ingest.engine import identifier, literal, run
from gongshu.data.ingest.kinds import MISMATCH, SPACES, TEXT, Kind
from gongshu.data.ingest.rows import Dialect
from gongshu.data.ingest.text import Progress, TextFile

SAMPLE_WHOLE = 1 << 19
SAMPLE_PIECES, SAMPLE_PIECE = 24, 1 << 15
LINE_BYTES = 1 << 24  # a cell may be a long polygon or a document
ROW_GROUP = 122_880
TRIAGE_ROWS = 1000
BLANK = "gongshu-blank-row"


class NotStandard(Exception):
    """The file does not follow the standard to the letter; `encoding`: its bytes do not."""

    def __init__(self, encoding: bool) -> None:
        super().__init__("not standard")
        self.encoding = encoding


@dataclass(frozen=True, slots=True)
class Loaded:
    """The Parquet file and what was decided."""

    path: Path
    kinds: list[Kind]
    rows: int


class Loader:
    """Reads one clean text file of known dialect and columns."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        text: TextFile,
        dialect: Dialect,
        names: Sequence[str],
        *,
        skip: int,
        new_line: str = "\n",
        as_text: Collection[str] = (),
    ) -> None:
        self.connection, self.text, self.dialect = connection, text, dialect
        self.names, self.skip, self.new_line = list(names), skip, new_line
        self.as_text = as_text
        self.drop_blank = False
        self.parallel = not text.many_lines
        self.columns = [f"c{i}" for i in range(len(self.names))]

    def source(self, path: Path | None = None, *, skip: int = 0, options: str = "") -> str:
        """SQL that yields the cells as text."""
        types = ", ".join(f"'{column}': 'VARCHAR'" for column in self.columns)
        where = path or self.text.path
        if not self.parallel and not options:
            options = ", parallel=false"
        return (
            # Nothing of the path may mean anything: `year=2024/` adds no column, .gz unpacks not.
            f"read_csv({literal(str(where))}, auto_detect=false, header=false, "
            f"hive_partitioning=false, compression='none', "
            f"max_line_size={LINE_BYTES}, buffer_size={2 * LINE_BYTES}, "
            f"skip={skip if path else self.skip}, delim={literal(self.dialect.delimiter)}, "
            f"quote={literal(self.dialect.quote)}, escape={literal(self.dialect.escape)}, "
            f"new_line={_escaped(self.new_line)}, columns={{{types}}}{options})"
        )

    def first_row(self) -> list[str]:
        """The first row as the engine sees it, to compare with what the layout expects."""
        try:
            row = self.connection.execute(f"FROM {self.source()} LIMIT 1").fetchone()
        except duckdb.InvalidInputException as error:
            raise NotStandard(_is_about_encoding(error)) from error
        return [cell or "" for cell in row] if row else []

    def load(self, target: Path, folder: Path, progress: Progress) -> Loaded:
        facts = self._sample_facts(folder)
        named = list(zip(self.columns, self.names, strict=True))
        kinds = [TEXT if n in self.as_text else decide(facts[c], n) for c, n in named]
        open_ = [i for i, (c, n) in enumerate(named) if is_open(facts[c], kinds[i])]
        self._settle([i for i in open_ if self.names[i] not in self.as_text], kinds, facts)
        for _ in range(len(self.columns) + 4):
            try:
                rows = run(self.connection, self._copy(kinds, target), progress)
            except duckdb.NotImplementedException:
                # DuckDB found that its threads cut the file inside a cell.
                self.parallel = False
            except duckdb.InvalidInputException as error:
                if str(error).endswith(BLANK):
                    self.drop_blank = True
                    continue
                wrong = _mismatch(error)
                if wrong is None:
                    raise NotStandard(_is_about_encoding(error)) from error
                self._widen(wrong, kinds, facts)
            else:
                return Loaded(target, kinds, rows)
        raise AssertionError("every column can be text")

    def _widen(self, wrong: int, kinds: list[Kind], facts: dict[str, Facts]) -> None:
        """Decide on all values for every column that the sample did not settle as text."""
        before = kinds[wrong]
        self._settle([i for i, kind in enumerate(kinds) if kind is not TEXT], kinds, facts)
        if kinds[wrong] == before:  # no kind fits what the pass met: text always does
            kinds[wrong] = TEXT

    def _settle(self, numbers: list[int], kinds: list[Kind], facts: dict[str, Facts]) -> None:
        if not numbers:
            return
        wanted = {self.columns[i]: facts[self.columns[i]] for i in numbers}
        try:
            found = self._count(wanted)
        except duckdb.InvalidInputException as error:
            raise NotStandard(_is_about_encoding(error)) from error
        for i in numbers:
            kind = decide(found[self.columns[i]], self.names[i])
            kinds[i] = kind if found[self.columns[i]].values else TEXT

    def _count(self, wanted: dict[str, Facts]) -> dict[str, Facts]:
        try:
            return count_facts(self.connection, self.source(), dict(wanted))
        except duckdb.NotImplementedException:
            self.parallel = False
            return count_facts(self.connection, self.source(), dict(wanted))

    def _copy(self, kinds: Sequence[Kind], target: Path) -> str:
        where = f" WHERE NOT {self._blank()}" if self.drop_blank else ""
        casts = [
            f", {kind.cast.format(x=column)} AS y{i}"
            for i, (column, kind) in enumerate(zip(self.columns, kinds, strict=True))
            if kind.cast
        ]
        typed = ", ".join(
            f"{cell} AS {identifier(name)}"
            for cell, name in zip(self._cells(kinds), self.names, strict=True)
        )
        return (  # names from the file are quoted, everything else is ours
            f"COPY (SELECT {typed} FROM (SELECT *{''.join(casts)} "  # noqa: S608
            f"FROM {self.source()}{where})) TO {literal(str(target))} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )

    def _cells(self, kinds: Sequence[Kind]) -> list[str]:
        cells = [
            kind.reading(column, f"y{i}", i)
            for i, (column, kind) in enumerate(zip(self.columns, kinds, strict=True))
        ]
        if not self.drop_blank:
            # Looking for blank rows where the first cell is empty only: a filter over the
            # whole scan costs a tenth of the time. The pass is made again with it if needed.
            first = self.columns[0]
            cells[0] = (
                f"CASE WHEN ({first} IS NULL OR {first} < '!') AND {self._blank()} "
                f"THEN error('{BLANK}') ELSE {cells[0]} END"
            )
        return cells

    def _blank(self) -> str:
        """SQL: every cell of the row is empty."""
        empty = (f"({c} IS NULL OR trim({c}, {SPACES}) = '')" for c in self.columns)
        return f"({' AND '.join(empty)})"

    def _sample_facts(self, folder: Path) -> dict[str, Facts]:
        sample = folder / "sample.csv"
        sample.write_bytes(_sample(self.text, self.skip))
        options = ", ignore_errors=true, parallel=false"
        sql = f"CREATE OR REPLACE TEMP TABLE sample AS FROM {self.source(sample, options=options)}"
        try:
            self.connection.execute(sql)
        except duckdb.InvalidInputException as error:
            raise NotStandard(_is_about_encoding(error)) from error
        facts = {column: triage(self._some_values(column)) for column in self.columns}
        # What a look at some values has not ruled out is counted over the whole sample.
        alive = {column: found for column, found in facts.items() if is_alive(found)}
        facts |= count_facts(self.connection, "sample", dict(alive)) if alive else {}
        blank = self.connection.execute(
            f"SELECT count(*) FROM sample WHERE {self._blank()}"  # noqa: S608
        ).fetchone()
        self.drop_blank = bool(blank and blank[0])
        self.connection.execute("DROP TABLE sample")
        return facts

    def _some_values(self, column: str) -> list[str]:
        sql = (
            f"SELECT {column} FROM sample "  # noqa: S608
            f"WHERE {column} IS NOT NULL LIMIT {TRIAGE_ROWS}"
        )
        return [row[0] for row in self.connection.execute(sql).fetchall()]


def _sample(text: TextFile, skip: int) -> bytes:
    """The head of the data and pieces from all over the file, at line ends.

    Where quoted cells hold line ends the head alone is taken: a piece could begin inside one.
    """
    size = text.size
    with text.path.open("rb") as file:
        file.seek(text.mark)
        for _ in range(skip):
            file.readline()
        head = file.read(SAMPLE_WHOLE)
        start = file.tell()
        if start >= size:
            return head
        pieces = [_whole_lines(head, first=True)]
        if any(line.count(b'"') % 2 for line in pieces[0].split(b"\n")):
            return pieces[0]
        for i in range(SAMPLE_PIECES):
            file.seek(start + (size - start) * i // SAMPLE_PIECES)
            pieces.append(_whole_lines(file.read(SAMPLE_PIECE)))
    return b"".join(pieces)


def _whole_lines(data: bytes, *, first: bool = False) -> bytes:
    return data[0 if first else data.find(b"\n") + 1 : data.rfind(b"\n") + 1]


def _escaped(new_line: str) -> str:
    r"""DuckDB wants the letters `\n`, not the character."""
    return literal(new_line.replace("\r", "\\r").replace("\n", "\\n"))


def _mismatch(error: duckdb.Error) -> int | None:
    found = re.match(rf"Invalid Input Error: {MISMATCH}(\d+)", str(error))
    return int(found.group(1)) if found else None


def _is_about_encoding(error: duckdb.Error) -> bool:
    return "unicode" in str(error).lower() or "utf-8" in str(error).lower()
