"""Rows summed up per unit, with the unit's key among the group keys.

    SELECT person_id, sum(cost) AS s, count(*) AS n FROM health.visits GROUP BY person_id

One row per person is still that person's row: what is computed here may be a measure of the next
aggregation, and nothing else; only how many rows a unit has may be filtered and banded.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from gongshu.data.policy.aggregates import Aggregate
from gongshu.data.policy.clauses import has_aggregate
from gongshu.data.policy.constructs import refuse_node
from gongshu.data.policy.expressions import guarded, operand
from gongshu.data.policy.failing import condition
from gongshu.data.policy.grouping import Grouping
from gongshu.data.policy.labels import Measure, OutColumn, Relation, UnitClass, Value
from gongshu.data.policy.protected import clamped
from gongshu.data.policy.refusals import no_right, not_allowed, not_protectable
from gongshu.data.policy.terms import Function, Right

PER_UNIT = frozenset({Function.SUM, Function.AVG, Function.STDDEV_SAMP})


class PerUnit(Grouping):
    """Rows summed up per unit: one row per person is still that person's row."""

    def relation(self, node: exp.Select, where: list[exp.Expr]) -> Relation:
        for name in ("order", "limit", "offset", "distinct", "qualify"):
            if node.args.get(name) is not None:
                not_protectable(
                    node.args[name],
                    f"{name.upper()} cannot pick among per-unit rows.",
                    f"不能用 {name.upper()} 从逐单元的行中挑选。",
                    use=("Aggregate the per-unit rows first.", "请先对逐单元的行汇总。"),
                )
        held = {self.sources.class_of(k.unit): k for k in self.keys if k.unit is not None}
        classes = self.sources.classes()
        if any(unit.id not in held or unit.nullable for unit in classes):
            not_protectable(
                node.args.get("group"),
                "Grouping per unit must name the key of every table's unit.",
                "逐单元分组须写出每张表的单元键。",
                use=("Group by all unit keys.", "请按所有单元键分组。"),
            )
        query = exp.Select()
        columns = []
        for position, (name, value) in enumerate(self._outputs(node)):
            query.append("expressions", exp.alias_(value.sql.copy(), f"c{position}", copy=False))
            columns.append(OutColumn(name, value))
        for position, unit in enumerate(classes):
            query.append("expressions", exp.alias_(unit.sql.copy(), f"u{position}", copy=False))
        query.set("group", exp.Group(expressions=[*self._group(classes)]))
        if node.args.get("having") is not None:
            query.set("having", exp.Having(this=self._having(node.args["having"].this)))
        self.sources.apply(query, where)
        size = 1 + sum(source.size for source in self.sources.sources)
        return Relation(query, columns, classes, False, size, self.sources.reads())

    def _special(self, node: exp.Expr) -> Value | None:
        if isinstance(node, exp.Window):
            not_protectable(
                node,
                "A window function cannot run over the rows of single units.",
                "窗口函数不能用于逐单元的行。",
                use=(
                    "Aggregate first; windows over the result are free.",
                    "请先汇总，再对结果用窗口函数。",
                ),
            )
        if isinstance(node, exp.Subquery):
            return self.blocks.scalar_subquery(node, self.ctes, raw=True)
        return super()._special(node)

    def _outputs(self, node: exp.Select) -> list[tuple[str, Value]]:
        out = super()._outputs(node)
        for (_, value), item in zip(out, node.expressions, strict=True):
            if value.risky and has_aggregate(item):
                _refuse_risky(item)
        return out

    def _having(self, node: exp.Expr) -> exp.Expr:
        """Units picked by a figure of theirs, which is a filter like any other."""
        value = condition(node, self.reader.read(node))
        if not (value.free or value.may(Right.FILTER)):
            no_right(node, "filter", value.named())
        if value.risky and not value.free:
            _refuse_risky(node)
        return value.sql.copy()

    def _group(self, classes: list[UnitClass]) -> list[exp.Expr]:
        keys = [guarded(key).copy() for key in self.keys]
        return keys + [unit.sql.copy() for unit in classes if unit.sql not in keys]

    def key(self, position: int) -> Value:
        key = self.keys[position]
        if key.free or key.may(Right.GROUP, Right.FILTER, Right.JOIN):
            unit = self.sources.class_of(key.unit) if key.unit is not None else None
            return replace(key, sql=guarded(key), risky=False, measure=None, unit=unit)
        return no_right(None, "group", key.named())

    def aggregate(self, aggregate: Aggregate) -> Value:
        if aggregate.share:
            refuse_node(aggregate.node)
        where, rights = None, {Right.MEASURE}
        if aggregate.condition is not None:
            where = exp.Where(this=guarded(aggregate.condition))
        argument = aggregate.argument
        sparse = 2 if aggregate.condition is not None else 0
        if argument is None or aggregate.function == Function.COUNT:
            aggregate.check()
            sparse = max(sparse, 1 if argument is not None else 0)
            dataset = next(iter(self.sources.units.values())).dataset
            counted: exp.Expr = exp.Star() if argument is None else operand(argument)
            if aggregate.distinct:
                counted = exp.Distinct(expressions=[counted])
            built: exp.Expr = exp.Count(this=counted, big_int=True)
            measure = Measure(PER_UNIT, integer=True, sparse=sparse)
            sources = frozenset({(dataset, "count(*)")})
            # How many rows a unit has follows from filters and joins alone, so it may be filtered
            # and banded. What is counted distinct may be a key, which may not.
            if not aggregate.distinct:
                rights |= {Right.FILTER, Right.GROUP}
        else:
            aggregate.check()
            if aggregate.function not in (Function.SUM, Function.AVG):
                not_allowed(
                    aggregate.node,
                    "Per unit only count, sum and avg can be computed.",
                    "逐单元只能计算 count、sum、avg。",
                )
            assert argument.measure is not None
            function = exp.Sum if aggregate.function == Function.SUM else exp.Avg
            built = function(this=clamped(argument))
            sparse = max(sparse, argument.measure.sparse)
            measure = Measure(argument.measure.functions & PER_UNIT, sparse=sparse)
            sources = argument.sources
            if Right.FILTER in argument.rights:
                rights |= {Right.FILTER, Right.GROUP}
        if where is not None:
            built = exp.Filter(this=built, expression=where)
        if aggregate.zero:
            built = exp.Coalesce(this=built, expressions=[exp.Literal.number(0)])
        return Value(built, "number", frozenset(rights), sources, measure, column=True)


def _refuse_risky(node: exp.Expr) -> None:
    """The engine has no TRY over aggregates, and an error would tell of a single unit."""
    not_protectable(
        node,
        "Arithmetic on the figures of single units cannot stand beside their GROUP BY.",
        "对单个单元的统计值作运算不能与其 GROUP BY 写在同一层。",
        use=(
            "Compute it one level further out: SELECT … FROM (SELECT key, count(*) AS n … ) AS t.",
            "请在外层计算：SELECT … FROM (SELECT 键, count(*) AS n … ) AS t。",
        ),
    )
