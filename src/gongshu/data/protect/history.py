"""The memory of earlier answers: a cell is withheld that differs from one in fewer than k units.

A threshold alone does not stop differencing: two large cells that differ by one person give that
person's value. So every answered cell is remembered with its members, per grantee and unit space,
across datasets, versions and restarts, and a new cell is withheld when its rows differ from those
of an earlier one in 0 to k-1 units. Zero counts too: "answered if and only if nobody differs"
would itself be the answer. Only the same canonical cell over the same versions is exempt.

The whole of a dataset counts as answered. The union of an answer's cells is compared like a cell,
and a linear audit refuses what would let a few units' figure be solved for from many answers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from gongshu.data.policy.granted import GrantedTable
from gongshu.data.policy.plan import Figure, ProtectedBlock
from gongshu.data.policy.refusals import Refused
from gongshu.data.protect.audit import solvable
from gongshu.data.protect.cells import Cells
from gongshu.data.protect.members import Members, unpacked
from gongshu.wording import Sentence

MAX_LIVE_CELLS = 10_000
# Of a remembered cell so many times k units are looked at before all of them are.
_BEGINNING = 4
_WITHHELD = " withheld"  # ends the name of a dataset's total that is known but never shown


@dataclass(frozen=True)
class Remembered:
    """A cell that was answered, or is about to be."""

    space: str
    canonical: str
    versions: str
    k: int
    members: Members


@dataclass
class Asked:
    """One block of the query with the members of its cells.

    `members[i][c]`: unit class i, cell c; `conditional[i][j][c]`: the same under condition j;
    `measured[i][m][c]`: those rows of it that have a value of measure m.
    """

    cells: Cells
    members: list[list[Members]]
    conditional: list[list[list[Members]]]
    measured: list[list[list[Members]]]


@dataclass
class Review:
    """One query's cells against what the grantee knows, inside one database transaction."""

    connection: sqlite3.Connection
    grantee: str
    versions: str
    new: list[Remembered] = field(default_factory=list)

    def seed(self, space: str, table: GrantedTable, k: int, members: Members) -> None:
        """The whole of a dataset is known from the start, and may be asked for.

        Unless a few units tell it from something known: another version, or the same dataset
        under another row filter. Then it is known, but its total is withheld like any cell.
        """
        canonical = canonical_cell(f" {table.identity} t1 ON ", (), [])
        cell = Remembered(space, canonical, self.versions, k, members)
        marked = replace(cell, canonical=f"{canonical}{_WITHHELD}")
        if self._known(space, canonical) or self._known(space, marked.canonical):
            return
        same_rows = f" {table.rows} "
        near = [
            other
            for other in self._near(cell)
            if other.members.differs_in(members) < max(k, other.k)
            and not (other.canonical.startswith(same_rows) and other.versions == self.versions)
        ]
        self._record(marked if near else cell)

    def decide(self, asked: Sequence[Asked]) -> None:
        """Withhold what history forbids; remember the rest."""
        for block in asked:
            self._cells(block)
            self._conditions(block)
            self._measures(block)
            self._union(block)
        self._audit(asked)
        for cell in self.new:
            self._record(cell)

    # Each cell

    def _cells(self, asked: Asked) -> None:
        block = asked.cells.block
        for number, facts in enumerate(_facts(asked.cells)):
            if not asked.cells.kept[number]:
                continue
            cells = [
                self._cell(block, position, facts, asked.members[position][number])
                for position in range(len(block.units))
            ]
            if any(self._too_near(cell) for cell in cells):
                asked.cells.withhold(number)
            else:
                self.new += [cell for cell in cells if not self._known(cell.space, cell.canonical)]

    def _conditions(self, asked: Asked) -> None:
        """What a FILTER counts is a smaller cell inside the cell."""
        for j, text in enumerate(asked.cells.block.condition_texts):
            figures = [figure for figure in asked.cells.block.figures if figure.condition == j]
            self._inside(asked, figures, [by[j] for by in asked.conditional], text, "")

    def _measures(self, asked: Asked) -> None:
        """A sum is made of the rows with a value: two sums are compared by those. Cells that
        differ in ten persons, nine of whom have no income, differ in one income."""
        block = asked.cells.block
        for m, source in enumerate(block.measure_sources):
            for j in {figure.condition for figure in block.figures if figure.measure == m}:
                figures = [f for f in block.figures if (f.measure, f.condition) == (m, j)]
                text = "" if j is None else block.condition_texts[j]
                self._inside(asked, figures, [by[m] for by in asked.measured], text, source)

    def _inside(
        self,
        asked: Asked,
        figures: list[Figure],
        members: list[list[Members]],
        fact: str,
        source: str,
    ) -> None:
        """Figures over a part of each cell's rows, or over the values of one measure."""
        for number, facts in enumerate(_facts(asked.cells)):
            shown = [f for f in figures if asked.cells.shown[f.name][number]]
            if not shown:
                continue
            holding = [*facts, fact] if fact else facts
            cells = [
                self._cell(asked.cells.block, position, holding, by_cell[number], source)
                for position, by_cell in enumerate(members)
            ]
            if any(self._too_near(cell) for cell in cells):
                for figure in shown:
                    asked.cells.shown[figure.name][number] = False
            else:
                self.new += [c for c in cells if not self._known(c.space, c.canonical)]

    def _cell(
        self,
        block: ProtectedBlock,
        position: int,
        facts: Sequence[str],
        members: Members,
        source: str = "",
    ) -> Remembered:
        unit = block.units[position]
        canonical = canonical_cell(block.base, block.where, facts, position)
        space = f"{unit.space} {source}" if source else unit.space
        return Remembered(space, canonical, self.versions, unit.k, members)

    # The union of an answer's cells

    def _union(self, asked: Asked) -> None:
        """The shown cells added up must not come near anything known either."""
        cells, block = asked.cells, asked.cells.block
        while block.grouped and cells.kept.any():
            unions = self._unions(asked)
            if not any(self._too_near(union, own=False) for union in unions):
                self.new += [u for u in unions if not self._known(u.space, u.canonical)]
                return
            units = cells.smallest_units()
            kept = [number for number in range(cells.count) if cells.kept[number]]
            cells.withhold(min(kept, key=lambda number: (units[number], number)))

    def _unions(self, asked: Asked) -> list[Remembered]:
        cells, block = asked.cells, asked.cells.block
        whole = bool(cells.kept.all())
        # All cells together are the rows below GROUP BY; some of them are a set of their own.
        facts = [] if whole else [f"of {sorted(_shown_facts(cells))}"]
        unions = []
        for position in range(len(block.units)):
            total: Members | None = None
            for number in range(cells.count):
                if cells.kept[number]:
                    one = asked.members[position][number]
                    total = one if total is None else total.together(one)
            assert total is not None
            unions.append(self._cell(block, position, facts, total))
        return unions

    # Comparing

    def _too_near(self, cell: Remembered, *, own: bool = True) -> bool:
        if self._known(cell.space, cell.canonical):
            return False
        pending = [c for c in self.new if c.space == cell.space] if own else []
        for other in [*self._near(cell), *pending]:
            k = max(cell.k, other.k)
            if abs(other.members.size - cell.members.size) >= k:
                continue  # sizes that far apart need no comparison of sets
            if cell.members.differs_in(other.members) < k:
                return True
        return False

    def _known(self, space: str, canonical: str) -> bool:
        """The same canonical cell over the same versions: asking twice tells nothing new."""
        if any((c.space, c.canonical) == (space, canonical) for c in self.new):
            return True
        found = self.connection.execute(
            "SELECT 1 FROM cells WHERE grantee = ? AND space = ? AND canonical = ?"
            " AND versions = ?",
            (self.grantee, space, canonical, self.versions),
        ).fetchone()
        return found is not None

    def _near(self, cell: Remembered) -> Iterator[Remembered]:
        """Remembered cells of nearly the same size; a stricter k of theirs widens the window."""
        widest = self.connection.execute(
            "SELECT max(k) FROM cells WHERE grantee = ? AND space = ?", (self.grantee, cell.space)
        ).fetchone()[0]
        reach = max(cell.k, widest or 0)
        size = cell.members.size
        begun = self.connection.execute(
            "SELECT id, k, substr(units, 1, ?) FROM cells"
            " WHERE grantee = ? AND space = ? AND n BETWEEN ? AND ?",
            (8 * _BEGINNING * reach, self.grantee, cell.space, size - reach, size + reach),
        ).fetchall()
        # Most differ so much that the beginnings of their lists already show it.
        strangers = cell.members.strangers([beginning for _, _, beginning in begun])
        for (number, k, _), strange in zip(begun, strangers, strict=True):
            if strange < max(k, cell.k):
                yield from self._stored("AND id = ?", cell.space, number)

    def _stored(self, condition: str, space: str, *values: int) -> Iterator[Remembered]:
        rows = self.connection.execute(
            "SELECT canonical, versions, k, units, counts FROM cells"  # noqa: S608 (ours)
            f" WHERE grantee = ? AND space = ? {condition}",
            (self.grantee, space, *values),
        )
        for canonical, versions, k, units, counts in rows:
            yield Remembered(space, canonical, versions, k, unpacked(units, counts))

    # All together

    def _audit(self, asked: Sequence[Asked]) -> None:
        for space in {cell.space for cell in self.new}:
            fresh = [cell for cell in self.new if cell.space == space]
            answered = (c for c in self._stored("", space) if not c.canonical.endswith(_WITHHELD))
            live = [*answered, *fresh]
            if len(live) > MAX_LIVE_CELLS:
                raise _too_many()
            k = max(cell.k for cell in live)
            if solvable([cell.members for cell in live], k):
                self._withhold_all(asked)
                return

    def _withhold_all(self, asked: Sequence[Asked]) -> None:
        """Which of the new cells would tip the balance is not told: all of the new ones go."""
        for block in asked:
            facts = _facts(block.cells)
            for number in range(block.cells.count):
                canonical = canonical_cell(
                    block.cells.block.base, block.cells.block.where, facts[number], 0
                )
                if any(cell.canonical == canonical for cell in self.new):
                    block.cells.withhold(number)
        self.new.clear()

    def _record(self, cell: Remembered) -> None:
        units, counts = cell.members.packed()
        self.connection.execute(
            "INSERT INTO cells (grantee, space, canonical, versions, k, n, units, counts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.grantee,
                cell.space,
                cell.canonical,
                cell.versions,
                cell.k,
                cell.members.size,
                units,
                counts,
            ),
        )


def canonical_cell(base: str, where: Sequence[str], facts: Sequence[str], position: int = 0) -> str:
    """The definition of a cell: what is read, and what holds of its rows. A filter for one value
    and a group of that value are the same definition."""
    return f"{base} WHERE {' AND '.join(sorted([*where, *facts]))} UNIT {position}"


def _facts(cells: Cells) -> list[list[str]]:
    """Per cell what its group keys say of its rows."""
    facts: list[list[str]] = [[] for _ in range(cells.count)]
    for position, text in enumerate(cells.block.key_texts):
        if not text:
            continue  # a constant says nothing
        for number, value in enumerate(cells.raw.column(f"g{position}").to_pylist()):
            facts[number].append(f"{text} IS NULL" if value is None else f"{text} = {_sql(value)}")
    return facts


def _sql(value: object) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def _shown_facts(cells: Cells) -> list[str]:
    return [" AND ".join(facts) for number, facts in enumerate(_facts(cells)) if cells.kept[number]]


def _too_many() -> Refused:
    return Refused(
        "limit",
        Sentence(
            en="This grantee has been given as many different figures as can be kept apart.",
            zh="该使用方已获得的不同统计值已达可审计的上限。",
        ),
        suggestion=Sentence(
            en="Ask one of the questions that were answered before.", zh="请重复以前已答复的问题。"
        ),
    )
