"""Aggregation: the block where rows become cells.

Three kinds. Over results and tables about nobody, `PlainGroups` is ordinary SQL. Over protected
rows with the unit's key among the group keys, `PerUnit` makes one row per unit, which is still
raw. Over protected rows otherwise, `ProtectedGroups` is the boundary: what lies below runs as a
protected block, and what stands in SELECT, HAVING, ORDER BY and LIMIT is done on its result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from gongshu.data.policy import grammar, story
from gongshu.data.policy.aggregates import Aggregate, read_aggregate
from gongshu.data.policy.clauses import (
    append_order,
    limit,
    ordered,
    ordinal,
    output_name,
    window,
)
from gongshu.data.policy.constructs import refuse_node
from gongshu.data.policy.expressions import Expressions, guarded
from gongshu.data.policy.labels import OutColumn, Relation, Value
from gongshu.data.policy.protected import Figures
from gongshu.data.policy.refusals import Refused, no_right, not_allowed
from gongshu.data.policy.sources import Sources
from gongshu.data.policy.terms import Right
from gongshu.data.policy.writing import table

if TYPE_CHECKING:
    from gongshu.data.policy.blocks import Blocks, Ctes


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
        function = exp.Count if aggregate.argument is None else type(aggregate.node)
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
        self.context.trace.append(story.cells(name, block.units, self.keys))
        query.from_(table(name, self.alias), copy=False)
        built.one_row = not self.keys and _whole(node)
        return built

    def key(self, position: int) -> Value:
        return Value(exp.column(f"g{position}", table=self.alias), self.keys[position].kind)

    def aggregate(self, aggregate: Aggregate) -> Value:
        aggregate.check()
        return self.figures.value(aggregate)
