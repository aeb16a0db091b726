"""One SELECT, set operation or table: checked bottom-up, labelled, and built anew.

A block over protected rows either stays rows (projection, filter, join: the rights travel on),
or sums them up per unit (still rows of that unit), or aggregates: that is the boundary, where it
becomes a protected block. Over what is protected, and over tables about nobody, a block is
ordinary SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from gongshu.data.policy.clauses import append_order, limit, ordered, ordinal
from gongshu.data.policy.constructs import only, refuse_node
from gongshu.data.policy.entries import Build, Source, renamed, table_name, user_alias
from gongshu.data.policy.granted import GrantedTable
from gongshu.data.policy.labels import ALL_RIGHTS, OutColumn, Relation, UnitClass, Value
from gongshu.data.policy.literals import literal
from gongshu.data.policy.multiplicity import check_branches
from gongshu.data.policy.plan import OneRowPerKey, ProtectedBlock
from gongshu.data.policy.refusals import (
    Refused,
    no_right,
    not_allowed,
    not_protectable,
    unknown_table,
)
from gongshu.data.policy.selects import SelectBlock
from gongshu.data.policy.sources import Sources
from gongshu.data.policy.terms import Right
from gongshu.data.policy.writing import text
from gongshu.wording import Sentence

MAX_RELATIONS = 200  # CTEs that name each other twice would double at every step
MAX_SIZE = 2_000


@dataclass
class Context:
    """One check of one query."""

    tables: dict[str, GrantedTable]
    parameters: Sequence[object] | None  # None: a check without values
    rows: bool = False  # the grant's output is rows
    members: bool = False  # who is in which cell is wanted too
    floors: bool = False  # an extract of rows is held to a floor, so its units are wanted too
    blocks: list[ProtectedBlock] = field(default_factory=list)
    views: dict[str, str] = field(default_factory=dict)
    trace: list[Sentence] = field(default_factory=list)
    unique: list[OneRowPerKey] = field(default_factory=list)
    spaces: set[str] = field(default_factory=set)
    taken: int = 0
    relations: int = 0

    def next_id(self) -> int:
        self.taken += 1
        return self.taken

    def parameter(self, node: exp.Placeholder) -> Value:
        if node.args.get("this"):
            not_allowed(node, "Parameters are written “?”.", "参数写作“?”。")
        if self.parameters is None:
            return replace(literal(None), kind="null", literal="?")
        return literal(self.parameters[node.meta["position"]])


def wrong_parameters() -> Refused:
    return Refused(
        "parameters",
        Sentence(
            en="The number of parameters is not the number of “?” in the query.",
            zh="参数个数与查询中“?”的个数不符。",
        ),
    )


Ctes = dict[str, Callable[[], Relation]]


class Blocks:
    """Reads the query's blocks from the inside out."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._ctes: list[Callable[[], Relation]] = []

    # Queries

    def query(self, node: exp.Expr, ctes: Ctes, *, outermost: bool = False) -> Relation:
        if isinstance(node, exp.Subquery):
            only(node, "this", "alias", "with_")
            return self.query(node.this, self._with(node, ctes), outermost=outermost)
        if isinstance(node, exp.Select):
            return SelectBlock(self, self._with(node, ctes), outermost).relation(node)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, self._with(node, ctes), outermost)
        return not_allowed(node, "Only SELECT is allowed.", "只允许 SELECT 查询。")

    def _with(self, node: exp.Expr, ctes: Ctes) -> Ctes:
        clause = node.args.get("with_")
        if clause is None:
            return ctes
        only(clause, "expressions")
        known = dict(ctes)
        for cte in clause.expressions:
            only(cte, "this", "alias", "materialized")
            relation = self._once(cte, dict(known))
            known[cte.alias.casefold()] = relation
            self._ctes.append(relation)
        return known

    def read_unused(self) -> None:
        """A CTE that nothing selects from is checked like the rest, and not run."""
        blocks = list(self.context.blocks)
        for relation in self._ctes:
            relation()
        self.context.blocks[:] = blocks

    def _once(self, node: exp.Expr, ctes: Ctes) -> Callable[[], Relation]:
        """A CTE is read at its first use, and once."""
        kept: list[Relation] = []

        def relation() -> Relation:
            if not kept:
                kept.append(renamed(self.query(node.this, ctes), node.args["alias"]))
            return kept[0]

        return relation

    def _set_operation(self, node: exp.SetOperation, ctes: Ctes, outermost: bool) -> Relation:
        only(node, "this", "expression", "distinct", "order", "limit", "offset", "with_")
        left = self.query(node.this, ctes, outermost=outermost)
        right = self.query(node.expression, ctes, outermost=outermost)
        if len(left.columns) != len(right.columns):
            not_allowed(node, "Both sides need as many columns.", "两侧列数须相同。")
        if left.raw or right.raw:
            return self._raw_union(node, left, right)
        columns = []
        for position, (one, two) in enumerate(zip(left.columns, right.columns, strict=True)):
            columns.append(OutColumn(one.name, _either(one.value, two.value, position)))
        if not isinstance(node, exp.Union) or node.args.get("distinct"):
            for column in columns:
                if not (column.value.free or column.value.may(Right.SHOW)):
                    no_right(node, "show", column.value.named())
        kind = type(node)
        query = kind(
            this=_bracketed(left.query),
            expression=_bracketed(right.query),
            distinct=bool(node.args.get("distinct")),
        )
        self._order_by_output(node, query, columns)
        limit(node, query, self.context.parameter)
        size = left.size + right.size
        return Relation(query, columns, [], left.post or right.post, size)

    def _raw_union(self, node: exp.SetOperation, left: Relation, right: Relation) -> Relation:
        """UNION ALL of protected rows: each branch carries its unit, of one space."""
        spaces = [[unit.space for unit in side.units] for side in (left, right)]
        plain = isinstance(node, exp.Union) and not node.args.get("distinct")
        modified = any(node.args.get(name) for name in ("order", "limit", "offset"))
        if not plain or modified or spaces[0] != spaces[1] or len(spaces[0]) != 1:
            not_protectable(
                node,
                "Protected rows can only be put together by UNION ALL of the same kind of unit.",
                "受保护的行只能以 UNION ALL 合并同类单元的数据。",
                use=("Aggregate each side first.", "请先在各侧分别汇总。"),
            )
        check_branches(node, left, right)
        unit = left.units[0]
        k = max(unit.k, right.units[0].k)
        # One unit may have a row in each branch.
        both = replace(unit, id=self.context.next_id(), k=k, nullable=False, per_row=False)
        columns = []
        for position, (one, two) in enumerate(zip(left.columns, right.columns, strict=True)):
            value = _either(one.value, two.value, position)
            key = both.id if value.unit is not None else None
            columns.append(OutColumn(one.name, replace(value, unit=key)))
        query = exp.Union(
            this=_bracketed(left.query), expression=_bracketed(right.query), distinct=False
        )
        size = left.size + right.size
        return Relation(query, columns, [both], False, size, left.reads + right.reads)

    def _order_by_output(self, node: exp.Expr, query: exp.Query, columns: list[OutColumn]) -> None:
        order = node.args.get("order")
        if order is None:
            return
        only(order, "expressions")
        names = {column.name.casefold(): position for position, column in enumerate(columns)}
        for item in ordered(order, len(columns)):
            position = ordinal(item.this, len(columns), "ORDER BY")
            if position is None and isinstance(item.this, exp.Column):
                position = names.get(item.this.name.casefold())
            if position is None:
                not_allowed(item, "Order by an output column.", "请按输出列排序。")
            append_order(query, exp.column(f"c{position}"), item)

    # Sources

    def source(self, node: exp.Expr, sources: Sources, ctes: Ctes) -> Source:
        self.context.relations += 1
        if self.context.relations > MAX_RELATIONS:
            raise _too_many()
        if isinstance(node, exp.Subquery):
            relation = renamed(self.query(node, ctes), node.args.get("alias"))
            return self._derived(
                relation, user_alias(node) or f"_{self.context.next_id()}", sources
            )
        if not isinstance(node, exp.Table):
            refuse_node(node)
        name = table_name(node)
        if not node.db and name.casefold() in ctes:
            relation = renamed(ctes[name.casefold()](), node.args.get("alias"))
            return self._derived(relation, user_alias(node) or name, sources)
        table = self.context.tables.get(name.casefold())
        if table is None:
            unknown_table(node, name, [table.name for table in self.context.tables.values()])
        alias = user_alias(node, renames=False)
        short = table.name.rpartition(".")[2]
        dataset = None if alias else table.name
        return self._base(table, (alias or short).casefold(), dataset, sources)

    def _derived(self, relation: Relation, name: str, sources: Sources) -> Source:
        if relation.size > MAX_SIZE:
            raise _too_many()

        def build(_: set[int]) -> exp.Query:
            return relation.query.copy()

        canonical = f"({text(relation.query)})"
        source = sources.add(relation, build, name.casefold(), None, canonical)
        source.one_row, source.reads = relation.one_row, relation.reads
        return source

    def _base(
        self, table: GrantedTable, name: str, dataset: str | None, sources: Sources
    ) -> Source:
        self.context.views[table.view] = table.name
        units = []
        columns = list(table.columns)
        if table.unit:
            unit = UnitClass(self.context.next_id(), table.unit.space, table.unit.k,
                             table.unit.sql, table.name, per_row=table.unit.per_row)  # fmt: skip
            units.append(unit)
            columns = [
                OutColumn(column.name, replace(column.value, unit=unit.id))
                if column.name.casefold() == table.unit.visible
                else column
                for column in columns
            ]
        relation = Relation(exp.Select(), columns, units)
        build: Build = table.select
        source = sources.add(relation, build, name, dataset, table.identity)
        source.reads = (table.name,) if table.unit else ()
        return source

    def scalar_subquery(self, node: exp.Subquery, ctes: Ctes, *, raw: bool) -> Value:
        """A subquery in value position: one protected figure, and not over protected rows."""
        relation = self.query(node, ctes)
        single = relation.one_row
        if raw or relation.raw or not single or len(relation.columns) != 1:
            not_protectable(
                node,
                "A subquery in an expression must be one global aggregate, over results only.",
                "表达式中的子查询须为单个全局汇总，且只能用于汇总结果。",
                use=(
                    "Put it into WITH and join it to the aggregated result.",
                    "请放入 WITH，再与汇总结果关联。",
                ),
            )
        value = relation.columns[0].value
        built = exp.Subquery(this=relation.query.copy())
        return replace(value, sql=built, column=False, unit=None)


def _either(one: Value, two: Value, position: int) -> Value:
    """The label of a column that comes from either of two branches."""
    rights = one.rights & two.rights if not (one.free and two.free) else ALL_RIGHTS
    measure = None
    if one.measure and two.measure and one.measure == two.measure:
        measure = one.measure
    elif one.sources or two.sources:
        rights = rights - {Right.MEASURE}
    if one.free != two.free:
        # A literal branch beside a key or a measure would single out the other branch's rows.
        rights = rights - {Right.MEASURE, Right.JOIN}
    unit = one.unit if one.unit is not None and two.unit is not None else None
    kind = (
        one.kind
        if one.kind == two.kind
        else ("other" if "null" not in (one.kind, two.kind) else one.kind)
    )
    return Value(
        exp.column(f"c{position}"), kind, rights, one.sources | two.sources, measure, unit, True
    )


def _bracketed(query: exp.Query) -> exp.Expr:
    return exp.Subquery(this=query.copy())


def _too_many() -> Refused:
    return Refused(
        "too_large",
        Sentence(en="The query has too many subqueries.", zh="查询中的子查询过多。"),
        suggestion=Sentence(en="Split it into smaller queries.", zh="请拆成较小的查询。"),
    )
