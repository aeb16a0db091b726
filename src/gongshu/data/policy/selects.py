"""One SELECT block: what it reads, whether it aggregates, and what it puts out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from gongshu.data.policy.clauses import (
    append_order,
    has_aggregate,
    limit,
    name_windows,
    ordered,
    ordinal,
    output_name,
    unaliased,
    window,
)
from gongshu.data.policy.constructs import only
from gongshu.data.policy.expressions import Expressions, guarded
from gongshu.data.policy.grouping import Grouping, PlainGroups, ProtectedGroups
from gongshu.data.policy.labels import OutColumn, Relation, Value
from gongshu.data.policy.memberships import joined
from gongshu.data.policy.multiplicity import (
    check_connected,
    check_reads,
    check_units_meet,
    one_row_per_key,
)
from gongshu.data.policy.per_unit import PerUnit
from gongshu.data.policy.refusals import no_right, not_allowed, not_protectable, unknown_column
from gongshu.data.policy.sources import Sources
from gongshu.data.policy.terms import Right

if TYPE_CHECKING:
    from gongshu.data.policy.blocks import Blocks, Ctes

_TAKING = ("limit", "offset", "qualify")  # what may take the one row of a result away


class SelectBlock:
    """Reads one SELECT of a query."""

    def __init__(self, blocks: Blocks, ctes: Ctes, outermost: bool) -> None:
        self.blocks = blocks
        self.context = blocks.context
        self.ctes = ctes
        self.outermost = outermost
        self.sources = Sources(self.context.next_id, lambda node: blocks.query(node, ctes))
        self.aliases: dict[str, exp.Expr] = {}
        self._reading: set[str] = set()
        self.reader = Expressions(self._column, self._special, self.context.parameter)

    def relation(self, node: exp.Select) -> Relation:
        only(
            node, "with_", "expressions", "from_", "joins", "where", "group", "having", "order",
            "limit", "offset", "distinct", "qualify", "windows",
        )  # fmt: skip
        name_windows(node)
        self.sources.outputs = {
            str(item.alias).casefold() for item in node.expressions if item.alias
        }
        self._from(node)
        where = []
        for condition in self._memberships(node):
            where += self.sources.conditions(condition, self.reader)
        if node.args.get("where") is not None:
            where += self.sources.conditions(node.args["where"].this, self.reader)
        check_connected(node, self.sources)
        check_units_meet(node, self.sources)
        check_reads(node, self.sources)
        self.context.unique += one_row_per_key(self.sources)
        if self.sources.raw and self.sources.post:
            not_protectable(
                node,
                "A protected result cannot be joined with protected rows.",
                "受保护的结果不能再与受保护的行关联。",
                use=("Aggregate the rows first, then join the results.", "请先汇总，再关联结果。"),
            )
        distinct = node.args.get("distinct")
        if distinct is not None:
            only(distinct)
        grouping = self._grouping(node)
        return self._rows(node, where) if grouping is None else grouping.relation(node, where)

    def _from(self, node: exp.Select) -> None:
        clause = node.args.get("from_")
        if clause is None:
            return
        only(clause, "this")
        self.blocks.source(clause.this, self.sources, self.ctes)
        for join in node.args.get("joins") or []:
            if joined(join) is not None:
                continue
            source = self.blocks.source(join.this, self.sources, self.ctes)
            self.sources.join(join, source, self.reader)

    def _memberships(self, node: exp.Select) -> list[exp.Expr]:
        """SEMI and ANTI joins: conditions on the rows, which show nothing of the other table."""
        joins = node.args.get("joins") or []
        found = [condition for condition in map(joined, joins) if condition is not None]
        if found and any(join.args.get("side") in ("RIGHT", "FULL") for join in joins):
            not_allowed(
                joins[0],
                "SEMI and ANTI JOIN cannot stand beside a RIGHT or FULL JOIN.",
                "SEMI、ANTI JOIN 不能与 RIGHT、FULL JOIN 同用。",
                use=("Write WHERE key IN (SELECT key …).", "请写 WHERE 键 IN (SELECT 键 …)。"),
            )
        return found

    def _special(self, node: exp.Expr) -> Value | None:
        """Below the group, subqueries and windows are for results only."""
        if isinstance(node, exp.Subquery):
            return self.blocks.scalar_subquery(node, self.ctes, raw=self.sources.raw)
        if not isinstance(node, exp.Window):
            return None
        if self.sources.raw:
            not_protectable(
                node,
                "A window function cannot run over protected rows.",
                "窗口函数不能用于受保护的行。",
                use=(
                    "Aggregate first; windows over the result are free.",
                    "请先汇总，再对结果用窗口函数。",
                ),
            )
        return window(node, self.reader)

    def _column(self, node: exp.Column) -> Value:
        """A column, or else an output that was named before."""
        name = node.name.casefold()
        named = not node.args.get("table") and name in self.aliases and name not in self._reading
        if not named or self.sources.knows(node):
            return self.sources.resolve(node)
        self._reading.add(name)
        try:
            return self.reader.read(self.aliases[name])
        finally:
            self._reading.discard(name)

    # Groups

    def _grouping(self, node: exp.Select) -> Grouping | None:
        items = [node.args.get("having"), node.args.get("order"), *node.expressions]
        aggregated = node.args.get("group") is not None or any(
            has_aggregate(item) for item in items if item is not None
        )
        # SELECT DISTINCT over protected rows groups by its outputs.
        distinct = node.args.get("distinct") is not None and self.sources.raw
        if not aggregated and not distinct:
            return None
        keys = self._keys(node, whole_list=not aggregated)
        kind: type[Grouping] = PlainGroups
        if self.sources.raw:
            classes = {unit.id for unit in self.sources.classes()}
            held = {self.sources.class_of(k.unit) for k in keys if k.unit is not None}
            kind = PerUnit if held & classes else ProtectedGroups
        return kind(self.blocks, self.ctes, self.sources, self.reader, keys)

    def _keys(self, node: exp.Select, *, whole_list: bool) -> list[Value]:
        """The values grouped by: expressions, ordinals, aliases, or ALL."""
        group = node.args.get("group")
        if whole_list:
            if any(item.is_star for item in node.expressions):
                not_allowed(node, "Name the columns after DISTINCT.", "DISTINCT 后请逐一写出列名。")
            return self._distinct([self.reader.read(unaliased(i)) for i in node.expressions])
        if group is None:
            return []
        only(group, "expressions", "all")
        if group.args.get("all"):
            plain = [item for item in node.expressions if not has_aggregate(item)]
            return self._distinct([self.reader.read(unaliased(item)) for item in plain])
        aliases = {i.alias.casefold(): i for i in node.expressions if isinstance(i, exp.Alias)}
        keys = []
        for item in group.expressions:
            if isinstance(item, exp.Tuple) and not item.expressions:
                continue  # GROUP BY ()
            position = ordinal(item, len(node.expressions), "GROUP BY")
            chosen = node.expressions[position] if position is not None else item
            bare = isinstance(chosen, exp.Column) and not chosen.args.get("table")
            if bare and not self.sources.knows(chosen) and chosen.name.casefold() in aliases:
                chosen = aliases[chosen.name.casefold()]
            keys.append(self.reader.read(unaliased(chosen)))
        return self._distinct(keys)

    def _distinct(self, keys: list[Value]) -> list[Value]:
        kept: list[Value] = []
        for key in keys:
            if all(key.sql != other.sql for other in kept):
                kept.append(key)
        return kept

    # Rows

    def _rows(self, node: exp.Select, where: list[exp.Expr]) -> Relation:
        """A block without aggregation: projection, filter and join."""
        self._refuse_picking(node)
        query = exp.Select()
        columns: list[OutColumn] = []
        for name, value in self._outputs(node):
            built = exp.alias_(guarded(value).copy(), f"c{len(columns)}", copy=False)
            query.append("expressions", built)
            if value.unit is not None:
                value = replace(value, unit=self.sources.class_of(value.unit))
            columns.append(OutColumn(name, value))
        units = [replace(unit, per_row=self.sources.per_row) for unit in self.sources.classes()]
        if not self.outermost or self.context.floors:
            for position, unit in enumerate(units):
                built = exp.alias_(unit.sql.copy(), f"u{position}", copy=False)
                query.append("expressions", built)
        if node.args.get("distinct") is not None:
            for column in columns:
                if not (column.value.free or column.value.may(Right.SHOW, Right.GROUP)):
                    no_right(node, "group", column.value.named())
            query = query.distinct(copy=False)
        self._qualify(node, query)
        self._order(node, query, columns)
        if self.sources.sources:
            query = self.sources.apply(query, where)
        size = 1 + sum(source.size for source in self.sources.sources)
        single = [source.one_row for source in self.sources.sources] in ([], [True])
        single = single and not where and not any(node.args.get(n) for n in _TAKING)
        reads = self.sources.reads()
        return Relation(query, columns, units, self.sources.post, size, reads, one_row=single)

    def _refuse_picking(self, node: exp.Select) -> None:
        having = node.args.get("having")
        if having is not None:
            not_allowed(having, "HAVING needs GROUP BY.", "HAVING 须与 GROUP BY 同用。")
        picking = next(
            (
                node.args[n]
                for n in ("limit", "offset", "order", "qualify")
                if node.args.get(n) is not None
            ),
            None,
        )
        if self.sources.raw and picking and not (self.context.rows and self.outermost):
            not_protectable(
                picking,
                "ORDER BY, LIMIT and QUALIFY cannot pick among protected rows.",
                "不能用 ORDER BY、LIMIT、QUALIFY 从受保护的行中挑选。",
                use=("Order and limit the aggregated result.", "请对汇总结果排序、限量。"),
            )

    def _outputs(self, node: exp.Select) -> list[tuple[str, Value]]:
        out: list[tuple[str, Value]] = []
        for item in node.expressions:
            if isinstance(item, exp.Star):
                out += self._star(item, None)
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                only(item, "this", "table")
                out += self._star(item.this, item.table)
            else:
                out.append((output_name(item, self.sources), self.reader.read(unaliased(item))))
                if isinstance(item, exp.Alias):
                    self.aliases[item.alias.casefold()] = item.this
        if not out:
            not_allowed(node, "The SELECT list is empty.", "SELECT 列表为空。")
        return out

    def _star(self, star: exp.Expr, table: str | None) -> list[tuple[str, Value]]:
        """All granted columns, or all but those that EXCLUDE names."""
        only(star, "except_")
        columns = self.sources.star(table)
        known = {name.casefold() for name, _ in columns}
        for left_out in star.args.get("except_") or []:
            if left_out.name.casefold() not in known:
                unknown_column(left_out, left_out.name, [])
            known.discard(left_out.name.casefold())
        return [(name, value) for name, value in columns if name.casefold() in known]

    def _qualify(self, node: exp.Select, query: exp.Select) -> None:
        qualify = node.args.get("qualify")
        if qualify is None:
            return
        value = self.reader.read(qualify.this)
        if not (value.free or value.may(Right.SHOW)):
            no_right(qualify, "show", value.named())
        query.set("qualify", exp.Qualify(this=guarded(value).copy()))

    def _order(self, node: exp.Select, query: exp.Select, columns: list[OutColumn]) -> None:
        order_and_limit(node, query, columns, self.reader.read, self.context.parameter)


def order_and_limit(
    node: exp.Select,
    query: exp.Select,
    columns: list[OutColumn],
    read: Callable[[exp.Expr], Value],
    parameter: Callable[[exp.Placeholder], Value],
) -> None:
    """ORDER BY sees output positions and names first, then whatever `read` knows."""
    limit(node, query, parameter)
    order = node.args.get("order")
    if order is None:
        return
    names = {column.name.casefold(): position for position, column in enumerate(columns)}
    for item in ordered(order, len(columns)):
        position = ordinal(item.this, len(columns), "ORDER BY")
        if position is None and isinstance(item.this, exp.Column) and not item.this.table:
            position = names.get(item.this.name.casefold())
        value = columns[position].value if position is not None else read(item.this)
        if not (value.free or value.may(Right.SHOW)):
            no_right(item, "show", value.named())
        target = exp.column(f"c{position}") if position is not None else guarded(value).copy()
        append_order(query, target, item)
