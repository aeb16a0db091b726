"""What is known of every expression and relation of a query, worked out bottom-up.

A `Value` is a piece of SQL *we* built, with the columns it comes from and the rights that are
left: the intersection of its sources' rights. A `Relation` is something to select from. While a
relation still has `units`, its rows are protected rows; once an aggregation was protected it has
none, and all that is done with it is post-processing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlglot import exp

from gongshu.data.policy.terms import Function, Right

Kind = Literal["number", "text", "date", "timestamp", "boolean", "other", "null"]
Source = tuple[str, str]  # dataset, column

ALL_RIGHTS: frozenset[Right] = frozenset(Right)
# An expression is neither a bare measure nor a bare key: those rights end at the column.
TRAVELLING: frozenset[Right] = frozenset({Right.SHOW, Right.GROUP, Right.FILTER})


@dataclass(frozen=True, slots=True)
class Measure:
    """What the aggregates of a bare measure column may do, and its clamp."""

    functions: frozenset[Function]
    low: float | int | None = None
    high: float | int | None = None
    integer: bool = False
    # Worked out per unit, with units that have nothing to it: they are there with 0 or NULL,
    # because a column of theirs is NULL (1) or since they do not meet a condition (2).
    sparse: int = 0
    within: bool = False  # the files hold nothing outside of the bounds: no clamp is needed
    filled: bool = False  # and no row lacks a value


@dataclass(frozen=True, slots=True)
class Value:
    sql: exp.Expr
    kind: Kind
    rights: frozenset[Right] = ALL_RIGHTS
    sources: frozenset[Source] = frozenset()
    measure: Measure | None = None
    unit: int | None = None  # this is the bare key of that unit class
    column: bool = False  # a bare column, nothing computed
    risky: bool = False  # evaluating it can fail on some row
    literal: object = None
    growth: int = 1  # how many texts of a column, or characters of the asker's, it may hold

    @property
    def free(self) -> bool:
        """Every right is left: a constant, or the result of a protected aggregate."""
        return self.rights >= TRAVELLING and not self.sources

    def may(self, *rights: Right) -> bool:
        return any(right in self.rights for right in rights)

    def named(self) -> list[Source]:
        return sorted(self.sources)


def derived(sql: exp.Expr, kind: Kind, parts: Iterable[Value], *, risky: bool = False) -> Value:
    """The label of an expression computed from `parts`: rights intersect, sources add up."""
    values = list(parts)
    if all(not part.sources for part in values):
        return Value(sql, kind, risky=risky or any(part.risky for part in values))
    rights = TRAVELLING
    for part in values:
        if part.sources:
            rights &= part.rights
    sources = frozenset().union(*(part.sources for part in values))
    return Value(sql, kind, rights, sources, risky=risky or any(part.risky for part in values))


@dataclass(frozen=True, slots=True)
class UnitClass:
    """The units whose rows a relation carries: one protected input."""

    id: int
    space: str
    k: int
    sql: exp.Expr  # the hidden key column
    dataset: str
    nullable: bool = False  # right side of an outer join
    per_row: bool = False  # every row is a unit of its own


@dataclass(frozen=True, slots=True)
class OutColumn:
    name: str
    value: Value


@dataclass
class Relation:
    """A table, subquery, CTE or the whole query."""

    query: exp.Query
    columns: list[OutColumn]
    units: list[UnitClass] = field(default_factory=list)
    post: bool = False  # reads a protected table
    size: int = 1  # how much SQL it is, to bound what CTEs can multiply

    reads: tuple[str, ...] = ()  # the protected datasets whose rows it holds, each time
    one_row: bool = False  # always one, whatever the data

    @property
    def raw(self) -> bool:
        return bool(self.units)


def with_sql(value: Value, sql: exp.Expr, unit: int | None) -> Value:
    """The same label for the column that now carries the value."""
    return replace(value, sql=sql, unit=unit, column=True, risky=False, literal=None)
