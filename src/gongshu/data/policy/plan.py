"""What a checked query became: protected blocks for the engine, and what is done above them.

    SELECT district, count(*) AS n FROM health.persons GROUP BY 1 HAVING count(*) > 50

becomes one block `p1` (groups by district, with counts of distinct units) and, over the table that
protection leaves of it, `SELECT t2.g0 AS c0, t2.v0 AS c1 FROM p1 AS t2 WHERE t2.v0 > 50`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from sqlglot import exp

from gongshu.data.policy.straight import Straight
from gongshu.data.policy.writing import without_comments
from gongshu.wording import Sentence

FigureKind = Literal["rows", "units", "distinct", "sum", "avg", "stddev"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One protected number of a block.

    `measure`, `condition`, `distinct` and `unit` are positions among the block's helpers: what is
    summed, the FILTER it stands under, what is counted distinct, whose units are counted.
    """

    name: str
    kind: FigureKind
    measure: int | None = None
    condition: int | None = None
    distinct: int | None = None
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class ProtectedUnit:
    """One protected input of a block: its space and the fewest distinct units a cell may have."""

    space: str
    k: int
    dataset: str


@dataclass(frozen=True, slots=True)
class ProtectedBlock:
    """An aggregation over raw rows, as it runs on the engine.

    The result has, per cell: `g0…` keys, `r` rows, per unit class i `n_i` units, per condition j
    `fr_j` rows, `f_i_j` and `fc_i_j` units inside and outside; per measure m `s_m` sum, `c_m`
    count, and per class the units with a value and the largest totals; per distinct d `d_d`.
    """

    name: str
    rows: str  # the raw rows: all of `sql` and `members` that the query had a part in
    sql: str
    quick: str  # `sql` without the largest values, where it may do; or ""
    keys: int
    units: tuple[ProtectedUnit, ...]
    figures: tuple[Figure, ...]
    conditions: int
    most: tuple[float | None, ...]  # per measure, what no value exceeds in size
    distincts: int
    members: tuple[str, ...]  # per unit class: who is in which cell, for the history
    # Canonical texts: what is aggregated (FROM, WHERE), and of what keys and helpers are made.
    base: str
    where: tuple[str, ...] = ()
    key_texts: tuple[str, ...] = ()
    condition_texts: tuple[str, ...] = ()
    measure_texts: tuple[str, ...] = ()
    measure_sources: tuple[str, ...] = ()

    @property
    def measures(self) -> int:
        return len(self.most)

    @property
    def grouped(self) -> bool:
        return self.keys > 0


@dataclass(frozen=True, slots=True)
class OneRowPerKey:
    """What a table about nobody must keep to where it is joined with protected rows: `sql`, which
    reads that table alone, finds no row."""

    sql: str
    table: str  # as the asker names it
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """Of an extract of rows: which of its columns are quasi-identifiers, by position, and the
    fewest units per combination, one for each of the unit columns that stand behind its own."""

    quasi: tuple[int, ...]
    k: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """Everything that is run, and nothing of the user's own text."""

    blocks: tuple[ProtectedBlock, ...]
    post: str
    names: tuple[str, ...]  # of the answer's columns, as asked for
    views: dict[str, str]  # view → dataset, those that are read
    canonical: str  # the query as understood; the same for two spellings of one question
    tree: exp.Expr = field(repr=False, compare=False)  # the user's query, parsed
    trace: tuple[Sentence, ...] = ()
    unique: tuple[OneRowPerKey, ...] = ()
    spaces: frozenset[str] = field(default_factory=frozenset)
    # Where no engine is needed above the one block.
    straight: Straight | None = None
    floor: Floor | None = None

    @cached_property
    def asked(self) -> str:
        """The user's query, parsed and written again: without comments, in one spelling."""
        return without_comments(self.tree)
