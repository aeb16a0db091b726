"""The SQL of a protected block: figures, and the helpers by which each cell is judged.

Rows are first summed up per cell and unit, then per cell: so the number of distinct units, their
largest totals and the sums come out of one pass, and duplicating rows changes no count of units.

    WITH r AS (SELECT t1.c0 AS g0, t1.u0 AS u0, t1.c1 AS x0 FROM … WHERE …),
    a0 AS (SELECT g0, hash(u0) AS u0, count(*) AS c, sum(x0) AS s0, count(x0) AS k0
           FROM r GROUP BY g0, hash(u0)),
    b0 AS (SELECT g0, count(u0) AS n, sum(c) AS r, sum(s0) AS s0, … FROM a0 GROUP BY g0)
    SELECT … FROM b0 ORDER BY g0
"""

# ruff: noqa: S608 (SQL is put together here from our own names and from pieces the checker built,
# never from the user's text; `recheck` reads the whole once more before it runs)

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from sqlglot import exp

from gongshu.data.policy.aggregates import Aggregate
from gongshu.data.policy.expressions import guarded
from gongshu.data.policy.labels import Value
from gongshu.data.policy.plan import Figure, FigureKind, ProtectedBlock, ProtectedUnit
from gongshu.data.policy.refusals import not_protectable
from gongshu.data.policy.sources import Sources
from gongshu.data.policy.terms import Function
from gongshu.data.policy.writing import text

_KINDS: dict[Function | None, FigureKind] = {
    Function.SUM: "sum",
    Function.AVG: "avg",
    Function.STDDEV_SAMP: "stddev",
}


def clamped(value: Value) -> exp.Expr:
    """The measure within the bounds of the terms; NULL stays NULL, and NaN is the upper bound.
    (Comparisons, since they take half the time that greatest() and least() do.)"""
    measure = value.measure
    assert measure is not None
    if measure.low is None and measure.high is None:
        return value.sql
    outside = []
    if measure.low is not None:
        below = exp.LT(this=value.sql.copy(), expression=_bound(measure.low))
        outside.append(exp.If(this=below, true=_bound(measure.low)))
    if measure.high is not None:
        above = exp.GT(this=value.sql.copy(), expression=_bound(measure.high))
        outside.append(exp.If(this=above, true=_bound(measure.high)))
    return exp.Case(ifs=outside, default=value.sql.copy())


def _bound(number: float | int) -> exp.Expr:
    literal = exp.Literal.number(repr(abs(number)))
    return exp.Paren(this=exp.Neg(this=literal)) if number < 0 else literal


T = TypeVar("T")


@dataclass(frozen=True)
class _Measure:
    sql: str  # by the condition's name
    whole: str  # the same with the condition written out, which means the same in every query
    middle: str  # subtracted before squaring, so that a large mean costs no precision
    source: str  # which column of which dataset: history compares sums of one column


class Figures:
    """The figures a block shows, and the helpers they need, each once."""

    def __init__(self, sources: Sources, alias: str) -> None:
        self.sources = sources
        self.alias = alias
        self.figures: list[Figure] = []
        self.conditions: list[str] = []
        self.measures: list[_Measure] = []
        self.distincts: list[str] = []
        self._spread: set[int] = set()

    # What SELECT asks for

    def value(self, aggregate: Aggregate) -> Value:
        """The figure as a column of the protected table."""
        condition = None
        if aggregate.condition is not None:
            condition = _index(self.conditions, text(guarded(aggregate.condition)))
        argument = aggregate.argument
        if argument is None:
            counted = self._figure("rows", condition=condition)
            return self._share(counted) if aggregate.share else counted
        if aggregate.function == Function.COUNT:
            return self._counted(aggregate, argument, condition)
        return self._measured(aggregate, argument, condition)

    def _counted(self, aggregate: Aggregate, argument: Value, condition: int | None) -> Value:
        if aggregate.distinct and argument.unit is not None and condition is None:
            classes = [unit.id for unit in self.sources.classes()]
            position = classes.index(self.sources.class_of(argument.unit))
            return self._figure("units", unit=position)
        if aggregate.distinct:
            sql = text(argument.sql)
            if condition is not None:
                sql = f"CASE WHEN f{condition} THEN {sql} END"
            return self._figure(
                "distinct", distinct=_index(self.distincts, sql), condition=condition
            )
        if argument.unit is not None and condition is None:
            unit = self.sources.units[self.sources.class_of(argument.unit)]
            if not unit.nullable:
                return self._figure("rows")  # a unit's key is never NULL
        known = f"NOT {text(argument.sql)} IS NULL"
        if condition is not None:
            known = f"({self.conditions[condition]}) AND {known}"
        return self._figure("rows", condition=_index(self.conditions, known))

    def _measured(self, aggregate: Aggregate, argument: Value, condition: int | None) -> Value:
        whole = sql = text(clamped(argument))
        if condition is not None:
            whole = f"CASE WHEN {self.conditions[condition]} THEN {sql} END"
            sql = f"CASE WHEN f{condition} THEN {sql} END"
        bounds = argument.measure
        middle = "0"
        if bounds and bounds.low is not None and bounds.high is not None:
            middle = repr((bounds.low + bounds.high) / 2)
        contributing = None
        if bounds and bounds.sparse == 1:
            contributing = _index(self.distincts, f"CASE WHEN {sql} <> 0 THEN 1 END")
        elif bounds and bounds.sparse:
            condition = self._contributing(aggregate, sql, condition)
        measure = _index(self.measures, _Measure(sql, whole, middle, _source(argument)))
        kind = _KINDS[aggregate.function]
        if kind == "stddev":
            self._spread.add(measure)
        return self._figure(kind, measure=measure, condition=condition, distinct=contributing)

    def _contributing(self, aggregate: Aggregate, sql: str, condition: int | None) -> int:
        """Of figures worked out per unit under a condition, k units meet it and k do not: those
        that do not are there with 0, and would fill up the threshold of the few that do."""
        if condition is not None:
            not_protectable(
                aggregate.node,
                "A figure that has a condition inside cannot have another outside.",
                "内层已有条件的统计值，外层不能再加条件。",
                use=(
                    "Write both conditions in the inner query.",
                    "请将两个条件都写在内层查询中。",
                ),
            )
        return _index(self.conditions, f"{sql} <> 0")

    def _figure(
        self,
        kind: FigureKind,
        *,
        measure: int | None = None,
        condition: int | None = None,
        distinct: int | None = None,
        unit: int | None = None,
    ) -> Value:
        for figure in self.figures:
            same = (figure.kind, figure.measure, figure.condition, figure.distinct, figure.unit)
            if same == (kind, measure, condition, distinct, unit):
                return self._column(figure)
        figure = Figure(f"v{len(self.figures)}", kind, measure, condition, distinct, unit)
        self.figures.append(figure)
        return self._column(figure)

    def _column(self, figure: Figure) -> Value:
        return Value(exp.column(figure.name, table=self.alias), "number")

    def _share(self, counted: Value) -> Value:
        rows = self._figure("rows")
        return Value(exp.Div(this=counted.sql, expression=rows.sql), "number")

    # The SQL

    def block(
        self, name: str, keys: list[Value], where: list[exp.Expr], *, members: bool
    ) -> ProtectedBlock:
        classes = self.sources.classes()
        groups = [text(guarded(key)) for key in keys]
        head = [f"{group} AS g{position}" for position, group in enumerate(groups)]
        head += [f"{text(unit.sql)} AS u{position}" for position, unit in enumerate(classes)]
        base = text(
            self.sources.apply(exp.Select(expressions=[exp.Literal.number(1)]), where)
        ).removeprefix("SELECT 1 ")
        rows = self._rows(head, base)
        sql = self._sql(rows, len(keys), len(classes))
        wanted = range(len(classes) if members else 0)
        sets = tuple(self._members(rows, len(keys), unit) for unit in wanted)
        names = Canonical(self.sources.canonical(), [text(condition) for condition in where])
        units = tuple(ProtectedUnit(unit.space, unit.k, unit.dataset) for unit in classes)
        return ProtectedBlock(
            name,
            rows,
            sql,
            len(keys),
            units,
            tuple(self.figures),
            len(self.conditions),
            len(self.measures),
            len(self.distincts),
            sets,
            names.base,
            names.where,
            tuple(
                names.renamed(group) if key.sources else ""
                for key, group in zip(keys, groups, strict=True)
            ),
            tuple(names.renamed(condition) for condition in self.conditions),
            tuple(names.renamed(measure.whole) for measure in self.measures),
            tuple(measure.source for measure in self.measures),
        )

    def _rows(self, head: list[str], base: str) -> str:
        """The rows of the block, with all that its helpers are made of."""
        columns = list(head)
        columns += [f"{sql} AS f{j}" for j, sql in enumerate(self.conditions)]
        columns += [f"{measure.sql} AS x{m}" for m, measure in enumerate(self.measures)]
        columns += [f"{sql} AS d{d}" for d, sql in enumerate(self.distincts)]
        return f"SELECT {', '.join(columns)} {base}"

    def _members(self, rows: str, keys: int, unit: int) -> str:
        """Who is in which cell with how many rows; cells are numbered as the figures are."""
        by = [*(f"g{key}" for key in range(keys)), f"u{unit}"]
        cell = f"DENSE_RANK() OVER (ORDER BY {_keys(keys)}) - 1" if keys else "0"
        shown = [
            f"{cell} AS cell",
            f"MD5_NUMBER_LOWER(CAST(u{unit} AS TEXT)) AS u",
            "COUNT(*) AS c",
        ]
        shown += [f"COUNT(*) FILTER(WHERE f{j}) AS cf{j}" for j in range(len(self.conditions))]
        shown += [f"COUNT(x{m}) AS cx{m}" for m in range(len(self.measures))]
        return f"WITH r AS ({rows}) SELECT {', '.join(shown)} FROM r GROUP BY {', '.join(by)}"

    def _sql(self, rows: str, keys: int, classes: int) -> str:
        ctes = [f"r AS ({rows})"]
        for unit in range(classes):
            if self.sources.per_row:
                ctes.append(f"b0 AS ({self._per_row(keys)})")
                break
            ctes.append(f"a{unit} AS ({self._per_unit(unit, keys)})")
            ctes.append(f"b{unit} AS ({self._per_cell(unit, keys)})")
        group = _keys(keys)
        for d in range(len(self.distincts)):
            by = f" GROUP BY {group}" if keys else ""
            cells = f"{group}, " if keys else ""
            ctes.append(f"e{d} AS (SELECT {cells}COUNT(DISTINCT d{d}) AS d_{d} FROM r{by})")
        tables = [f"b{unit}" for unit in range(classes)]
        tables += [f"e{d}" for d in range(len(self.distincts))]
        joins = "".join(_joined(table, keys) for table in tables[1:])
        shown = [f"b0.g{key} AS g{key}" for key in range(keys)]
        shown += [f"b0.{name} AS {name}" for name in self._names(0)]
        for unit in range(1, classes):
            shown += [f"b{unit}.{name} AS {name}" for name in self._names(unit)]
        shown += [f"e{d}.d_{d} AS d_{d}" for d in range(len(self.distincts))]
        order = " ORDER BY " + ", ".join(f"b0.g{key}" for key in range(keys)) if keys else ""
        return f"WITH {', '.join(ctes)} SELECT {', '.join(shown)} FROM b0{joins}{order}"

    def _per_unit(self, unit: int, keys: int) -> str:
        # Grouped by 64 bits of the key, which takes half the time and memory that texts do. Two
        # keys that fell together would be one unit: fewer units and larger totals, so never a
        # weaker protection, and in ten million keys it happens once in 400,000 tables.
        hashed = f"HASH(u{unit})"
        if self.sources.classes()[unit].nullable:
            hashed = f"CASE WHEN NOT u{unit} IS NULL THEN {hashed} END"
        parts = [f"g{key}" for key in range(keys)]
        parts += [f"{hashed} AS u{unit}", "COUNT(*) AS c"]
        parts += [f"COUNT(*) FILTER(WHERE f{j}) AS cf{j}" for j in range(len(self.conditions))]
        for m, measure in enumerate(self.measures):
            parts += [f"SUM(x{m}) AS s{m}", f"COUNT(x{m}) AS k{m}"]
            if m in self._spread and unit == 0:
                shifted = f"(CAST(x{m} AS DOUBLE) - {measure.middle})"
                parts += [f"SUM({shifted}) AS y{m}", f"SUM({shifted} * {shifted}) AS q{m}"]
                parts += [f"MIN(x{m}) AS lo{m}", f"MAX(x{m}) AS hi{m}"]
        parts += [f"COUNT(d{d}) AS h{d}" for d in range(len(self.distincts))]
        by = ", ".join([*(f"g{key}" for key in range(keys)), hashed])
        return f"SELECT {', '.join(parts)} FROM r GROUP BY {by}"

    def _per_row(self, keys: int) -> str:
        """As `_per_cell`, where each row is a unit of its own: there is nothing to sum up per
        unit before, and the unit's key is not even read."""
        parts = [f"g{key}" for key in range(keys)] + ["COUNT(*) AS n_0", "COUNT(*) AS r"]
        for j in range(len(self.conditions)):
            inside = f"COUNT(*) FILTER(WHERE f{j})"
            parts += [f"{inside} AS fr_{j}", f"{inside} AS f_0_{j}"]
            parts += [f"COUNT(*) - {inside} AS fc_0_{j}"]
        for m, measure in enumerate(self.measures):
            parts += [f"SUM(x{m}) AS s_{m}", f"COUNT(x{m}) AS c_{m}", f"COUNT(x{m}) AS nx_0_{m}"]
            total = f"ABS(CAST(x{m} AS DOUBLE))"
            parts += [f"SUM({total}) AS t_0_{m}", f"MAX({total}, 2) AS top_0_{m}"]
            if m in self._spread:
                shifted = f"(CAST(x{m} AS DOUBLE) - {measure.middle})"
                parts += [f"SUM({shifted}) AS y_{m}", f"SUM({shifted} * {shifted}) AS q_{m}"]
                parts += [f"MIN(x{m}) AS lo_{m}", f"MAX(x{m}) AS hi_{m}"]
        parts += [f"COUNT(d{d}) AS nd_0_{d}" for d in range(len(self.distincts))]
        by = f" GROUP BY {_keys(keys)}" if keys else ""
        return f"SELECT {', '.join(parts)} FROM r{by}"

    def _per_cell(self, unit: int, keys: int) -> str:
        """Rows without this unit (the empty side of an outer join) are counted, but are no unit."""
        u = f"u{unit}"
        parts = [f"g{key}" for key in range(keys)] + [f"COUNT({u}) AS n_{unit}"]
        if unit == 0:
            parts.append("CAST(SUM(c) AS BIGINT) AS r")
            parts += [f"CAST(SUM(cf{j}) AS BIGINT) AS fr_{j}" for j in range(len(self.conditions))]
        for j in range(len(self.conditions)):
            parts.append(f"COUNT({u}) FILTER(WHERE cf{j} > 0) AS f_{unit}_{j}")
            parts.append(f"COUNT({u}) FILTER(WHERE c > cf{j}) AS fc_{unit}_{j}")
        for m in range(len(self.measures)):
            total = f"ABS(CAST(s{m} AS DOUBLE))"
            if unit == 0:
                parts += [f"SUM(s{m}) AS s_{m}", f"CAST(SUM(k{m}) AS BIGINT) AS c_{m}"]
                if m in self._spread:
                    parts += [f"SUM(y{m}) AS y_{m}", f"SUM(q{m}) AS q_{m}"]
                    parts += [f"MIN(lo{m}) AS lo_{m}", f"MAX(hi{m}) AS hi_{m}"]
            parts.append(f"COUNT({u}) FILTER(WHERE k{m} > 0) AS nx_{unit}_{m}")
            parts.append(f"SUM({total}) FILTER(WHERE NOT {u} IS NULL) AS t_{unit}_{m}")
            parts.append(f"MAX({total}, 2) FILTER(WHERE NOT {u} IS NULL) AS top_{unit}_{m}")
        for d in range(len(self.distincts)):
            parts.append(f"COUNT({u}) FILTER(WHERE h{d} > 0) AS nd_{unit}_{d}")
        by = f" GROUP BY {_keys(keys)}" if keys else ""
        return f"SELECT {', '.join(parts)} FROM a{unit}{by}"

    def _names(self, unit: int) -> list[str]:
        """The helper columns that one unit class adds to the block's result."""
        names = [f"n_{unit}"]
        if unit == 0:
            names += ["r", *(f"fr_{j}" for j in range(len(self.conditions)))]
        for j in range(len(self.conditions)):
            names += [f"f_{unit}_{j}", f"fc_{unit}_{j}"]
        for m in range(len(self.measures)):
            if unit == 0:
                names += [f"s_{m}", f"c_{m}"]
                names += [f"{p}_{m}" for p in ("y", "q", "lo", "hi") if m in self._spread]
            names += [f"nx_{unit}_{m}", f"t_{unit}_{m}", f"top_{unit}_{m}"]
        return names + [f"nd_{unit}_{d}" for d in range(len(self.distincts))]


def _source(value: Value) -> str:
    return " ".join(f"{dataset}.{column}" for dataset, column in value.named())


class Canonical:
    """A block's texts under names that count from 1: our own numbering differs from query to
    query, and the same question must read the same. Literals are left alone."""

    _PIECES = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\bt(\d+)\b")

    def __init__(self, base: str, where: list[str]) -> None:
        self._numbers: dict[str, int] = {}
        self.base = self.renamed(base)
        self.where = tuple(sorted(self.renamed(condition) for condition in where))

    def renamed(self, sql: str) -> str:
        return self._PIECES.sub(self._piece, sql)

    def _piece(self, match: re.Match[str]) -> str:
        number = match[1]
        if number is None:
            return match[0]
        return f"t{self._numbers.setdefault(number, len(self._numbers) + 1)}"


def _keys(keys: int) -> str:
    return ", ".join(f"g{key}" for key in range(keys))


def _joined(table: str, keys: int) -> str:
    if not keys:
        return f" CROSS JOIN {table}"
    on = " AND ".join(f"b0.g{key} IS NOT DISTINCT FROM {table}.g{key}" for key in range(keys))
    return f" JOIN {table} ON {on}"


def _index(known: list[T], wanted: T) -> int:
    if wanted not in known:
        known.append(wanted)
    return known.index(wanted)
