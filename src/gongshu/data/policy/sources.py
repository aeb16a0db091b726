"""What a block selects from: tables and subqueries, joined, with their columns and unit classes.

Joins are on equality. Two unit classes that an inner join makes equal are one class from there on,
under the stricter k; the right side of an outer join keeps its own, whose key may be NULL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from gongshu.data.policy.constructs import only
from gongshu.data.policy.entries import Build, Source, table_of
from gongshu.data.policy.expressions import Expressions, guarded
from gongshu.data.policy.failing import condition
from gongshu.data.policy.joins import full_on_more, full_using, side_of
from gongshu.data.policy.labels import OutColumn, Relation, UnitClass, Value
from gongshu.data.policy.memberships import membership, unfit
from gongshu.data.policy.refusals import (
    no_right,
    not_allowed,
    not_protectable,
    output_too_early,
    unknown_alias,
    unknown_column,
)
from gongshu.data.policy.terms import Right
from gongshu.data.policy.writing import text


class Sources:
    """The FROM clause of one block."""

    def __init__(self, next_id: Callable[[], int], query: Callable[[exp.Expr], Relation]) -> None:
        self._next_id = next_id
        self._query = query
        self.sources: list[Source] = []
        self.joins: list[tuple[Source, str, list[exp.Expr]]] = []
        self.units: dict[int, UnitClass] = {}
        self._same: dict[int, int] = {}
        self.outputs: set[str] = set()  # the names that SELECT gives, which are not there yet
        self._linked: dict[str, set[str]] = {}
        self._met: dict[int, int] = {}  # units that a match has brought together, outer joins too
        self.matches: list[tuple[Value, Value]] = []  # columns by which the tables hang together

    # What stands in FROM

    def add(
        self, relation: Relation, build: Build, name: str, dataset: str | None, canonical: str
    ) -> Source:
        """One more source; its unit classes become classes of this block."""
        alias = f"t{self._next_id()}"
        ids: dict[int, int] = {}
        for position, unit in enumerate(relation.units):
            ids[unit.id] = self._next_id()
            sql = exp.column(f"u{position}", table=alias)
            self.units[ids[unit.id]] = replace(unit, id=ids[unit.id], sql=sql)
        columns = []
        for position, column in enumerate(relation.columns):
            value = column.value
            unit_id = ids.get(value.unit) if value.unit is not None else None
            sql = exp.column(f"c{position}", table=alias)
            fresh = replace(value, sql=sql, unit=unit_id, column=True, risky=False, literal=None)
            columns.append(OutColumn(column.name, fresh))
        source = Source(
            alias,
            name,
            dataset,
            columns,
            build,
            list(ids.values()),
            relation.post,
            relation.size,
            canonical,
        )
        if any(source.name == other.name for other in self.sources):
            not_allowed(None, f"The name “{name}” stands twice in FROM.", f"FROM 中“{name}”重名。")
        self.sources.append(source)
        return source

    @property
    def raw(self) -> bool:
        return bool(self.units)

    @property
    def post(self) -> bool:
        return any(source.post for source in self.sources)

    @property
    def per_row(self) -> bool:
        """Each row is a unit of its own: one table or subquery of such, and nothing joined."""
        classes = self.classes()
        return len(self.sources) == len(classes) == 1 and classes[0].per_row

    def classes(self) -> list[UnitClass]:
        """The unit classes that are left after joins made some of them equal."""
        return [unit for number, unit in self.units.items() if self.class_of(number) == number]

    def class_of(self, number: int) -> int:
        while number in self._same:
            number = self._same[number]
        return number

    def met(self, number: int) -> int:
        while number in self._met:
            number = self._met[number]
        return number

    def reads(self) -> tuple[str, ...]:
        return tuple(name for source in self.sources for name in source.reads)

    # Names

    def resolve(self, node: exp.Column) -> Value:
        """The value of a column name, or the one refusal for what is not there or not granted."""
        found = self._find(node)
        if found is None:
            datasets = [source.dataset for source in self.sources if source.dataset]
            if node.table and not self._named(node):
                unknown_alias(node, [source.name for source in self.sources])
            if not node.table and node.name.casefold() in self.outputs:
                output_too_early(node)
            known = [column.name for source in self._named(node) for column in source.columns]
            unknown_column(node, node.name, datasets, known)
        source, position = found
        source.used.add(position)
        return source.columns[position].value

    def knows(self, node: exp.Column) -> bool:
        return self._find(node) is not None

    def own_name(self, node: exp.Column) -> str:
        """The column's name as the table spells it."""
        found = self._find(node)
        return found[0].columns[found[1]].name if found else str(node.name)

    def _find(self, node: exp.Column) -> tuple[Source, int] | None:
        only(node, "this", "table", "db")
        if not isinstance(node.this, exp.Identifier):
            not_allowed(node, "Name each column.", "请逐一写出列名。")
        wanted = node.name.casefold()
        found = [
            (source, position)
            for source in self._named(node)
            for position, column in enumerate(source.columns)
            if column.name.casefold() == wanted
            and (node.args.get("table") or position not in source.merged)
        ]
        if len(found) > 1:
            not_allowed(
                node,
                f"The name “{node.name}” could be a column of several tables.",
                f"“{node.name}”可能是几张表的列。",
                use=(
                    "Write " + " or ".join(f"{s.name}.{node.name}" for s, _ in found) + ".",
                    "请写作 " + " 或 ".join(f"{s.name}.{node.name}" for s, _ in found) + "。",
                ),
            )
        return found[0] if found else None

    def _named(self, node: exp.Column) -> list[Source]:
        table, db = node.args.get("table"), node.args.get("db")
        if table is None:
            return self.sources
        if db is not None:
            full = f"{db.name}.{table.name}".casefold()
            return [s for s in self.sources if s.dataset and s.dataset.casefold() == full]
        return [source for source in self.sources if source.name == table.name.casefold()]

    def star(self, table: str | None) -> list[tuple[str, Value]]:
        """`*` or `t.*`: the granted columns, in order."""
        named = [s for s in self.sources if table is None or s.name == table.casefold()]
        out = []
        for source in named:
            for position, column in enumerate(source.columns):
                if table is None and position in source.merged:
                    continue
                source.used.add(position)
                out.append((column.name, column.value))
        return out

    # Joins

    def join(self, node: exp.Join, source: Source, reader: Expressions) -> None:
        """One JOIN, on equality of `join` columns and on conditions. On the side that an outer
        join leaves empty there may be no unit; each side's units are counted on their own."""
        side = side_of(node)
        outer = source if side else None
        conditions: list[exp.Expr] = []
        if node.args.get("using"):
            conditions += self._using(node, source, side)
        if node.args.get("on") is not None:
            conditions += self.conditions(node.args["on"], reader, outer=outer)
        if side == "FULL" and self.raw and len(conditions) != self._keys_matched(source):
            full_on_more(node)
        if side and not conditions:
            not_allowed(node, f"A {side} JOIN needs ON.", f"{side} JOIN 须写 ON。")
        if side in ("LEFT", "FULL"):
            self._mark_nullable(source)
        if side in ("RIGHT", "FULL"):
            for other in self.sources[:-1]:
                self._mark_nullable(other)
        self.joins.append((source, side, conditions))

    def _keys_matched(self, source: Source) -> int:
        return sum(source.alias in map(table_of, pair) for pair in self.matches)

    def _using(self, node: exp.Join, source: Source, side: str) -> list[exp.Expr]:
        if side == "FULL":
            full_using(node)
        conditions = []
        for name in node.args["using"]:
            others = [
                (other, position)
                for other in self.sources[:-1]
                for position, column in enumerate(other.columns)
                if column.name.casefold() == name.name.casefold() and position not in other.merged
            ]
            mine = [
                position
                for position, column in enumerate(source.columns)
                if column.name.casefold() == name.name.casefold()
            ]
            if len(others) != 1 or len(mine) != 1:
                unknown_column(name, name.name, [])
            other, position = others[0]
            other.used.add(position)
            source.used.add(mine[0])
            # The one column that is left is that of the side whose rows all stay.
            hidden, at = (other, position) if side == "RIGHT" else (source, mine[0])
            hidden.merged.add(at)
            one, two = other.columns[position].value, source.columns[mine[0]].value
            conditions.append(self._match(node, one, two, source if side else None))
        return conditions

    def conditions(
        self, node: exp.Expr, reader: Expressions, *, outer: Source | None = None
    ) -> list[exp.Expr]:
        """The conjuncts of WHERE or ON, each checked; key matches are told from filters."""
        parts = list(node.flatten()) if isinstance(node, exp.And) else [node]
        built = []
        for part in parts:
            while isinstance(part, exp.Paren):
                part = part.this
            if isinstance(part, exp.And):
                built += self.conditions(part, reader, outer=outer)
                continue
            match = self._key_match(part, reader, outer) or self._key_among(part, reader)
            built.append(match if match is not None else self._filter(part, reader))
        return built

    def _filter(self, node: exp.Expr, reader: Expressions) -> exp.Expr:
        value = condition(node, reader.read(node))
        if not (value.free or value.may(Right.FILTER)):
            no_right(node, "filter", value.named())
        sql = guarded(value)
        return sql if not isinstance(sql, exp.Or) else exp.Paren(this=sql)

    def _key_match(
        self, node: exp.Expr, reader: Expressions, outer: Source | None
    ) -> exp.Expr | None:
        if not isinstance(node, exp.EQ):
            return None
        sides = [node.this, node.expression]
        if not all(isinstance(side, exp.Column) for side in sides):
            return None
        one, two = reader.read(sides[0]), reader.read(sides[1])
        if not (one.column and two.column) or not one.sql.args.get("table"):
            return None
        if table_of(one) == table_of(two):
            return None
        return self._match(node, one, two, outer)

    def _key_among(self, node: exp.Expr, reader: Expressions) -> exp.Expr | None:
        """`key IN (SELECT key …)`: a join that multiplies no rows. The members of the inner
        table are the rows' own units, so the stricter k of the two holds."""
        found = membership(node)
        if found is None:
            return None
        one, inner = reader.read(found.key), self._query(found.keys)
        if len(inner.columns) != 1 or len(inner.units) > 1 or (self.raw and inner.post):
            unfit(node)
        two = inner.columns[0].value
        self._check_among(node, one, two, inner)
        alias = f"t{self._next_id()}"
        rows = exp.Subquery(
            this=inner.query.copy(), alias=exp.TableAlias(this=exp.to_identifier(alias))
        )
        keys = exp.Select(expressions=[exp.column("c0", table=alias)]).from_(rows, copy=False)
        among: exp.Expr = exp.In(this=one.sql.copy(), query=exp.Subquery(this=keys))
        if found.exists:
            among = exp.Coalesce(this=among, expressions=[exp.Boolean(this=False)])
        return exp.Not(this=among) if found.negated else among

    def _check_among(self, node: exp.Expr, one: Value, two: Value, inner: Relation) -> None:
        if not (one.column and two.column) or one.kind != two.kind:
            unfit(node)
        right = Right.FILTER if one.free or two.free else Right.JOIN
        lacking = [value for value in (one, two) if not (value.free or value.may(right))]
        if lacking:
            no_right(node, right, [source for value in lacking for source in value.named()])
        mine = self.units[self.class_of(one.unit)] if one.unit is not None else None
        theirs = inner.units[0] if inner.units else None
        if theirs is None:
            if mine is not None:
                unfit(node)
            return
        if mine is None or two.unit != theirs.id or mine.space != theirs.space:
            unfit(node)
        self.units[mine.id] = replace(mine, k=max(mine.k, theirs.k))

    def _match(self, node: exp.Expr, one: Value, two: Value, outer: Source | None) -> exp.Expr:
        # A free side is a constant or a result: matching with it is a comparison, not a join.
        right = Right.FILTER if one.free or two.free else Right.JOIN
        lacking = [value for value in (one, two) if not (value.free or value.may(right))]
        if lacking:
            no_right(node, right, [source for value in lacking for source in value.named()])
        if right == Right.JOIN:
            self._check_units(node, one, two)
        if one.unit is not None and two.unit is not None and not outer:
            self._merge(one.unit, two.unit)
        # ON of an outer join ties nothing but the table that it joins.
        if not outer or outer.alias in (table_of(one), table_of(two)):
            self._link(one, two)
        matched = exp.EQ(this=one.sql.copy(), expression=two.sql.copy())
        return exp.Try(this=matched) if one.kind != two.kind else matched

    def _check_units(self, node: exp.Expr, one: Value, two: Value) -> None:
        """A unit column matches a unit column of its own space, and nothing else."""
        spaces = [
            self.units[self.class_of(value.unit)].space if value.unit is not None else None
            for value in (one, two)
        ]
        if spaces[0] != spaces[1]:
            not_protectable(
                node,
                "A unit's key can only be matched with the key of the same kind of unit.",
                "隐私单元的键只能与同类单元的键关联。",
                use=("Match the unit columns of both tables.", "请关联两表的单元列。"),
            )

    def _merge(self, one: int, two: int) -> None:
        kept, dropped = self.class_of(one), self.class_of(two)
        if kept == dropped:
            return
        if self.units[kept].nullable and not self.units[dropped].nullable:
            kept, dropped = dropped, kept
        k = max(self.units[kept].k, self.units[dropped].k)
        self.units[kept] = replace(self.units[kept], k=k, nullable=False)
        self._same[dropped] = kept

    def _mark_nullable(self, source: Source) -> None:
        for number in source.units:
            if self.class_of(number) == number:
                self.units[number] = replace(self.units[number], nullable=True)

    def _link(self, one: Value, two: Value) -> None:
        self.matches.append((one, two))
        if one.unit is not None and two.unit is not None:
            first, second = self.met(one.unit), self.met(two.unit)
            if first != second:
                self._met[second] = first
        self._linked.setdefault(table_of(one), set()).add(table_of(two))
        self._linked.setdefault(table_of(two), set()).add(table_of(one))

    def tied(self, alias: str) -> set[str]:
        """The tables that a match ties to this one."""
        return self._linked.get(alias, set())

    # The SQL

    def canonical(self) -> str:
        """FROM as text that does not depend on which columns are read of a table."""
        joined = {id(source): (side, on) for source, side, on in self.joins}
        parts = []
        for source in self.sources:
            side, on = joined.get(id(source), ("", []))
            conditions = " AND ".join(sorted(text(condition) for condition in on))
            parts.append(f"{side} {source.canonical} {source.alias} ON {conditions}")
        return " | ".join(parts)

    def apply(self, query: exp.Select, where: list[exp.Expr]) -> exp.Select:
        """FROM, JOIN and WHERE put on `query`."""
        joined = {id(source): (side, on) for source, side, on in self.joins}
        for source in self.sources:
            if id(source) not in joined:
                query = query.from_(source.sql(), copy=False)
                continue
            side, conditions = joined[id(source)]
            on = exp.and_(*conditions, copy=False) if conditions else None
            kind = None if conditions else "CROSS"
            query.append("joins", exp.Join(this=source.sql(), side=side or None, kind=kind, on=on))
        return query.where(*where, copy=False) if where else query
