"""The figures of a protected block: what SELECT asks of it, and the helpers they need, each once.

`cell_sql` writes them as SQL; `Canonical` gives the texts by which history knows a question.
"""

from __future__ import annotations

import re
from typing import TypeVar

from sqlglot import exp

from gongshu.data.policy.aggregates import Aggregate
from gongshu.data.policy.cell_sql import CellSql, MeasureSql
from gongshu.data.policy.expressions import guarded
from gongshu.data.policy.labels import Measure, Value
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


class Figures:
    """The figures a block shows, and the helpers they need, each once."""

    def __init__(self, sources: Sources, alias: str) -> None:
        self.sources = sources
        self.alias = alias
        self.figures: list[Figure] = []
        self.conditions: list[str] = []
        self.measures: list[MeasureSql] = []
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
        bounds = argument.measure
        whole = sql = text(clamped(argument))
        if bounds and bounds.within:
            sql = text(argument.sql)  # the clamp would change nothing, and takes half of the time
        if condition is not None:
            whole = f"CASE WHEN {self.conditions[condition]} THEN {whole} END"
            sql = f"CASE WHEN f{condition} THEN {sql} END"
        middle = "0"
        if bounds and bounds.low is not None and bounds.high is not None:
            middle = repr((bounds.low + bounds.high) / 2)
        contributing = None
        if bounds and bounds.sparse == 1:
            contributing = _index(self.distincts, f"CASE WHEN {sql} <> 0 THEN 1 END")
        elif bounds and bounds.sparse:
            condition = self._contributing(aggregate, sql, condition)
        filled = condition is None and bounds is not None and bounds.filled
        made = MeasureSql(sql, whole, *_reach(bounds), filled, middle, _source(argument))
        measure = _index(self.measures, made)
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
        made = CellSql(
            head,
            base,
            len(keys),
            classes,
            self.sources.per_row,
            self.conditions,
            self.measures,
            self.distincts,
            self._spread,
        )
        wanted = range(len(classes) if members else 0)
        names = Canonical(self.sources.canonical(), [text(condition) for condition in where])
        units = tuple(ProtectedUnit(unit.space, unit.k, unit.dataset) for unit in classes)
        return ProtectedBlock(
            name,
            made.rows(),
            made.whole(),
            made.quick(),
            len(keys),
            units,
            tuple(self.figures),
            len(self.conditions),
            tuple(measure.most for measure in self.measures),
            len(self.distincts),
            tuple(made.members(unit) for unit in wanted),
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


def _reach(bounds: Measure | None) -> tuple[float | None, bool]:
    low, high = (bounds.low, bounds.high) if bounds else (None, None)
    most = max(abs(low), abs(high)) if low is not None and high is not None else None
    return most, low is not None and low >= 0


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


def _index(known: list[T], wanted: T) -> int:
    if wanted not in known:
        known.append(wanted)
    return known.index(wanted)
