"""Aggregation: the block where rows become cells.

Three kinds. Over results and tables about nobody, `PlainGroups` is ordinary SQL. Over protected
rows with the unit's key among the group keys, `PerUnit` makes one row per unit, which is still
raw. Over protected rows otherwise, `ProtectedGroups` is the boundary: what lies below runs as a
protected block, and what stands in SELECT, HAVING, ORDER BY and LIMIT is done on its result.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from gongshu.data.policy import grammar
from gongshu.data.policy.aggregates import Aggregate, read_aggregate
from gongshu.data.policy.clauses import (
    append_order,
    has_aggregate,
    limit,
    ordered,
    ordinal,
    output_name,
    window,
)
from gongshu.data.policy.constructs import refuse_node
from gongshu.data.policy.expressions import Expressions, guarded, operand
from gongshu.data.policy.labels import Measure, OutColumn, Relation, UnitClass, Value
from gongshu.data.policy.plan import ProtectedUnit
from gongshu.data.policy.protected import Figures, clamped
from gongshu.data.policy.refusals import Refused, no_right, not_allowed, not_protectable
from gongshu.data.policy.sources import Sources
from gongshu.data.policy.terms import Function, Right
from gongshu.data.policy.writing import table

if TYPE_CHECKING:
    from gongshu.data.policy.blocks import Blocks, Ctes

PER_UNIT = frozenset({Function.SUM, Function.AVG, Function.STDDEV_SAMP})


class Grouping:
    """What the three kinds share: reading SELECT, HAVING and ORDER BY above the group."""

    def __init__(
        self, blocks: Blocks, ctes: Ctes, sources: Sources, rows: Expressions, keys: list[Value]
    ) -> None:
        self.blocks = blocks
        self.ctes = ctes
        self.context = blocks.context
        self.sources = sources
        self.rows = rows
        self.keys = keys
        self.aliases: dict[str, exp.Expr] = {}
        self._reading: set[str] = set()
        self.reader = Expressions(self._column, self._special, self.context.parameter)

    def relation(self, node: exp.Select, where: list[exp.Expr]) -> Relation:
        raise NotImplementedError

    def key(self, position: int) -> Value:
        raise NotImplementedError

    def aggregate(self, aggregate: Aggregate) -> Value:
        raise NotImplementedError

    # Reading above the group

    def _special(self, node: exp.Expr) -> Value | None:
        if isinstance(node, exp.Window):
            return window(node, self.reader)
        if isinstance(node, exp.Subquery):
            return self.blocks.scalar_subquery(node, self.ctes, raw=False)
        if isinstance(node, exp.Filter | exp.AggFunc) and type(node) not in grammar.WINDOW_ONLY:
            return self.aggregate(read_aggregate(node, self.rows, raw=self.sources.raw))
        return self._matching_key(node)

    def _matching_key(self, node: exp.Expr) -> Value | None:
        """A key written again above the group is the group's key."""
        if isinstance(node, exp.Literal):
            return None
        respelt = isinstance(node, exp.Anonymous | exp.If | exp.Paren)
        candidates = [
            p for p, key in enumerate(self.keys) if respelt or isinstance(key.sql, type(node))
        ]
        if not candidates:
            return None
        try:
            value = self.rows.read(node)
        except Refused:
            return None
        for position in candidates:
            if self.keys[position].sql == value.sql:
                return self.key(position)
        return None

    def _column(self, node: exp.Column) -> Value:
        name = node.name.casefold()
        known = self.sources.knows(node)
        if not known and not node.table and name in self.aliases and name not in self._reading:
            return self._aliased(name)
        value = self.rows.read(node)  # an unknown name is refused here
        return not_allowed(
            node,
            f"“{node.name}” is neither grouped by nor inside an aggregate.",
            f"“{node.name}”既未分组，也不在汇总函数中。",
            use=("Add it to GROUP BY.", "请加入 GROUP BY。") if value.may(Right.GROUP) else None,
        )

    def _aliased(self, name: str) -> Value:
        self._reading.add(name)
        try:
            return self.reader.read(self.aliases[name])
        finally:
            self._reading.discard(name)

    def _outputs(self, node: exp.Select) -> list[tuple[str, Value]]:
        out = []
        for item in node.expressions:
            if item.is_star:
                not_allowed(item, "Name the columns beside GROUP BY.", "分组查询请逐一写出列名。")
            inner = item.this if isinstance(item, exp.Alias) else item
            out.append((output_name(item, self.sources), self.reader.read(inner)))
            if isinstance(item, exp.Alias):
                # An output may be used in those that follow it, as in DuckDB.
                self.aliases[item.alias.casefold()] = item.this
        return out

    def _above(self, node: exp.Select, query: exp.Select, clause: str) -> Relation:
        """SELECT, HAVING (as `clause`), ORDER BY and LIMIT over the grouped result."""
        columns = []
        for position, (name, value) in enumerate(self._outputs(node)):
            query.append("expressions", exp.alias_(value.sql, f"c{position}", copy=False))
            columns.append(OutColumn(name, value))
        having = node.args.get("having")
        if having is not None:
            condition = self.reader.read(having.this).sql
            query.set(clause, (exp.Having if clause == "having" else exp.Where)(this=condition))
        qualify = node.args.get("qualify")
        if qualify is not None:
            query.set("qualify", exp.Qualify(this=self.reader.read(qualify.this).sql))
        if node.args.get("distinct") is not None:
            query = query.distinct(copy=False)
        self._order(node, query, columns)
        size = 1 + sum(source.size for source in self.sources.sources)
        return Relation(query, columns, [], True, size)

    def _order(self, node: exp.Select, query: exp.Select, columns: list[OutColumn]) -> None:
        limit(node, query, self.context.parameter)
        order = node.args.get("order")
        if order is None:
            return
        names = {column.name.casefold(): position for position, column in enumerate(columns)}
        for item in ordered(order, len(columns)):
            position = ordinal(item.this, len(columns), "ORDER BY")
            if position is None and isinstance(item.this, exp.Column) and not item.this.table:
                position = names.get(item.this.name.casefold())
            named = exp.column(f"c{position}") if position is not None else None
            append_order(query, named or self._ordering(item.this).sql, item)

    def _ordering(self, node: exp.Expr) -> Value:
        """ORDER BY sees the output names first."""
        if isinstance(node, exp.Column) and not node.table:
            name = node.name.casefold()
            if name in self.aliases and name not in self._reading:
                return self._aliased(name)
        return self.reader.read(node)


def _whole(node: exp.Select) -> bool:
    """Whether nothing takes the one row of a global aggregate away."""
    return all(node.args.get(name) is None for name in ("having", "qualify", "limit", "offset"))


class PlainGroups(Grouping):
    """GROUP BY over results, or over tables about nobody."""

    def relation(self, node: exp.Select, where: list[exp.Expr]) -> Relation:
        for key in self.keys:
            if not (key.free or key.may(Right.GROUP, Right.SHOW)):
                no_right(node.args.get("group"), "group", key.named())
        query = exp.Select()
        built = self._above(node, query, "having")
        if self.keys:
            query.set("group", exp.Group(expressions=[self._key_sql(key) for key in self.keys]))
        else:
            built.one_row = _whole(node)
        if self.sources.sources:
            self.sources.apply(query, where)
        built.post = self.sources.post
        return built

    def _key_sql(self, key: Value) -> exp.Expr:
        return guarded(key).copy()

    def key(self, position: int) -> Value:
        key = self.keys[position]
        return Value(self._key_sql(key), key.kind)

    def aggregate(self, aggregate: Aggregate) -> Value:
        function = type(aggregate.node)
        shape = grammar.AGGREGATES.get(function)
        if shape is None:
            refuse_node(aggregate.node)
        argument = aggregate.argument
        if argument is None:
            built: exp.Expr = exp.Count(this=exp.Star(), big_int=True)
        else:
            self._check(aggregate, argument)
            inner = guarded(argument)
            if aggregate.distinct:
                inner = exp.Distinct(expressions=[inner])
            built = function(this=inner)
            if function is exp.Count:
                built.set("big_int", True)
        if aggregate.condition is not None:
            where = exp.Where(this=guarded(aggregate.condition))
            built = exp.Filter(this=built, expression=where)
        kind = (shape.kind if shape else None) or (argument.kind if argument else "number")
        return Value(built, kind)

    def _check(self, aggregate: Aggregate, argument: Value) -> None:
        if argument.free or argument.may(Right.SHOW):
            return
        if aggregate.distinct and argument.column and argument.may(Right.JOIN):
            return
        functions = argument.measure.functions if argument.measure else frozenset()
        if aggregate.function not in functions or not argument.column:
            name = (aggregate.function or type(aggregate.node).__name__.lower(),)
            no_right(aggregate.node, "measure", argument.named(), functions=name)


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
        return Relation(query, columns, classes, False, size)

    def _outputs(self, node: exp.Select) -> list[tuple[str, Value]]:
        out = super()._outputs(node)
        for (_, value), item in zip(out, node.expressions, strict=True):
            if value.risky and has_aggregate(item):
                _refuse_risky(item)
        return out

    def _having(self, node: exp.Expr) -> exp.Expr:
        """Units picked by a figure of theirs, which is a filter like any other."""
        condition = self.reader.read(node)
        if not (condition.free or condition.may(Right.FILTER)):
            no_right(node, "filter", condition.named())
        if condition.risky and not condition.free:
            _refuse_risky(node)
        return condition.sql.copy()

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
        if argument is None or aggregate.function == Function.COUNT:
            aggregate.check()
            dataset = next(iter(self.sources.units.values())).dataset
            counted: exp.Expr = exp.Star() if argument is None else operand(argument)
            if aggregate.distinct:
                counted = exp.Distinct(expressions=[counted])
            built: exp.Expr = exp.Count(this=counted, big_int=True)
            measure = Measure(PER_UNIT, integer=True)
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
            measure = Measure(argument.measure.functions & PER_UNIT)
            sources = argument.sources
            if Right.FILTER in argument.rights:
                rights |= {Right.FILTER, Right.GROUP}
        if where is not None:
            built = exp.Filter(this=built, expression=where)
        if aggregate.zero:
            built = exp.Coalesce(this=built, expressions=[exp.Literal.number(0)])
        return Value(built, "number", frozenset(rights), sources, measure, column=True)


class ProtectedGroups(Grouping):
    """The boundary: below it a protected block, above it SQL over the block's result."""

    def __init__(
        self, blocks: Blocks, ctes: Ctes, sources: Sources, rows: Expressions, keys: list[Value]
    ) -> None:
        super().__init__(blocks, ctes, sources, rows, keys)
        self.alias = f"t{self.context.next_id()}"
        self.figures = Figures(sources, self.alias)

    def relation(self, node: exp.Select, where: list[exp.Expr]) -> Relation:
        for key in self.keys:
            if not (key.free or key.may(Right.GROUP)):
                no_right(node.args.get("group") or node, "group", key.named())
        query = exp.Select()
        built = self._above(node, query, "where")
        name = f"p{len(self.context.blocks) + 1}"
        block = self.figures.block(name, self.keys, where, members=self.context.members)
        self.context.blocks.append(block)
        self.context.spaces.update(unit.space for unit in block.units)
        self.context.trace.append(_story(name, block.units, self.keys))
        query.from_(table(name, self.alias), copy=False)
        built.one_row = not self.keys and _whole(node)
        return built

    def key(self, position: int) -> Value:
        return Value(exp.column(f"g{position}", table=self.alias), self.keys[position].kind)

    def aggregate(self, aggregate: Aggregate) -> Value:
        aggregate.check()
        return self.figures.value(aggregate)


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


def _story(name: str, units: tuple[ProtectedUnit, ...], keys: list[Value]) -> str:
    """One line of the decision trace."""
    inputs = ", ".join(f"{unit.dataset} (k={unit.k})" for unit in units)
    columns = ", ".join(sorted({column for key in keys for _, column in key.sources}))
    by = f"grouped by {columns}" if columns else "as one cell"
    return f"{name}: rows of {inputs} aggregated {by}; every cell is held to its threshold"
