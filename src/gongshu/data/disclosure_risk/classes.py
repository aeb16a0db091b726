"""How many classes there are of each size: the one GROUP BY from which every figure follows.

Three ways of counting, and for each the sizes of classes and those that its members stand in:

- by record: rows that agree in every quasi-identifier form a class; each row is a member.
- by unit, one row known: a class has so many members as it has distinct units; who stands in
  several classes is found in the smallest of them, so that is hers.
- by unit, all rows known: a unit's class is its set of rows (how often one is repeated does
  not count); two units are alike if they have the same set. It is what an attacker finds who
  knows everything that the table says of somebody in these columns, and never a lower risk.
  Sets are compared by count, sum and exclusive or of 64-bit hashes of their rows.

Only sizes leave the database, at most √2N different ones, so memory is bounded by its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gongshu.data.profiling.source import Source, SourceColumn


@dataclass(frozen=True)
class Sizes:
    """Number of classes by size, and number of members by the size of the class they are in."""

    classes: Mapping[int, int]
    members: Mapping[int, int]

    @cached_property
    def count(self) -> int:
        return sum(self.members.values())

    @property
    def k(self) -> int:
        return min(self.classes, default=0)

    @property
    def highest_risk(self) -> float:
        return 1 / self.k if self.k else 0.0

    @property
    def average_risk(self) -> float:
        if not self.count:
            return 0.0
        return sum(number / size for size, number in self.members.items()) / self.count

    @property
    def unique_fraction(self) -> float:
        return self.members.get(1, 0) / self.count if self.count else 0.0

    def below(self, k: int) -> float:
        """The share of members who stand in a class of fewer than k."""
        few = sum(number for size, number in self.members.items() if size < k)
        return few / self.count if self.count else 0.0


def by_record(source: Source, keys: Sequence[SourceColumn]) -> Sizes:
    by = ", ".join(["true", *(key.sql for key in keys)])
    classes = _sizes(
        source,
        f"SELECT count(*) AS size FROM {source.relation} GROUP BY {by}",  # noqa: S608
    )
    return Sizes(classes, {size: size * number for size, number in classes.items()})


def collect_pairs(source: Source, keys: Sequence[SourceColumn], who: SourceColumn) -> None:
    """A temporary table of the distinct (unit, k0, k1, …): each of a unit's rows once."""
    named = "".join(f", {key.sql} AS k{i}" for i, key in enumerate(keys))
    source.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE pairs AS SELECT {who.sql} AS unit{named}
        FROM {source.relation} WHERE {who.sql} IS NOT NULL GROUP BY ALL"""  # noqa: S608
    )


def by_unit(source: Source, keys: Sequence[SourceColumn]) -> Sizes:
    """One row known. `collect_pairs` comes before."""
    by = ", ".join(["true", *(f"k{i}" for i in range(len(keys)))])
    classes = _sizes(source, f"SELECT count(*) AS size FROM pairs GROUP BY {by}")  # noqa: S608
    members = _sizes(
        source,
        f"""SELECT min(size) AS size FROM (
            SELECT unit, count(*) OVER (PARTITION BY {by}) AS size FROM pairs
        ) GROUP BY unit""",  # noqa: S608
    )
    return Sizes(classes, members)


def by_whole_unit(source: Source, keys: Sequence[SourceColumn]) -> Sizes:
    """All rows known. `collect_pairs` comes before."""
    row = ", ".join(["true", *(f"k{i}" for i in range(len(keys)))])
    classes = _sizes(
        source,
        f"""SELECT count(*) AS size FROM (
            SELECT count(*) AS rows, sum(row::HUGEINT) AS total, bit_xor(row) AS odd
            FROM (SELECT unit, hash({row}) AS row FROM pairs) GROUP BY unit
        ) GROUP BY rows, total, odd""",  # noqa: S608
    )
    return Sizes(classes, {size: size * number for size, number in classes.items()})


def _sizes(source: Source, sized: str) -> dict[int, int]:
    statement = f"SELECT size, count(*) FROM ({sized}) GROUP BY size ORDER BY size"  # noqa: S608
    found = source.connection.execute(statement).fetchall()
    return {int(size): int(number) for size, number in found if size}


BANDS = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))


@dataclass(frozen=True, slots=True)
class Band:
    """Classes of `least` to `most` members (None: and more), and the members in them."""

    least: int
    most: int | None
    classes: int
    members: int


def bands(sizes: Sizes) -> tuple[Band, ...]:
    """The histogram of class sizes as it is drawn."""

    def within(counted: Mapping[int, int], least: int, most: int | None) -> int:
        return sum(n for size, n in counted.items() if least <= size <= (most or size))

    return tuple(
        Band(least, most, within(sizes.classes, least, most), within(sizes.members, least, most))
        for least, most in BANDS
    )
