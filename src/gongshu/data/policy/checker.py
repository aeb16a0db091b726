"""The whole check of one query: text in, a plan of rewritten SQL out, or a refusal.

    checker = Checker(terms, {"health.persons": schema}, key)
    plan = checker.plan("SELECT district, count(*) AS n FROM health.persons GROUP BY 1", ())

Nothing is executed here, and nothing of the data is known but the types of its columns.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
from sqlglot import exp

from gongshu.data.footers import Range
from gongshu.data.policy import story
from gongshu.data.policy.blocks import Blocks, Context, wrong_parameters
from gongshu.data.policy.granted import grant_tables
from gongshu.data.policy.labels import OutColumn, Relation
from gongshu.data.policy.literals import literal
from gongshu.data.policy.needs import needed
from gongshu.data.policy.parsing import parse
from gongshu.data.policy.plan import Floor, Plan
from gongshu.data.policy.recheck import recheck
from gongshu.data.policy.refusals import Refused, closed, no_right, not_allowed, protectable
from gongshu.data.policy.straight import straight_of
from gongshu.data.policy.terms import CellKey, Output, Right, Terms
from gongshu.data.policy.terms_problems import TermsProblem
from gongshu.data.policy.writing import text
from gongshu.wording import Sentence

_KEPT_PLANS = 256
_log = logging.getLogger(__name__)


class Checker:
    """Checks queries against one grant; made once per grant and set of schemas."""

    def __init__(
        self,
        terms: Terms,
        schemas: Mapping[str, pa.Schema],
        key: bytes,
        per_row: Collection[str] = (),
        ranges: Mapping[str, Mapping[str, Range]] | None = None,
    ) -> None:
        self.terms, self._schemas, self._key = terms, schemas, key
        self.tables = grant_tables(terms, schemas, key, per_row, ranges)
        # A plan depends on the text and the parameters alone, and a refusal is not kept.
        self._kept = lru_cache(maxsize=_KEPT_PLANS)(self._typed)

    def plan(self, sql: str, parameters: Sequence[object] | None) -> Plan:
        """The rewritten query; `parameters` None only checks and gives a plan not to be run."""
        if parameters is None:
            return self._plan(sql, None)
        for value in parameters:
            literal(value)  # refuses what is no value
        return self._kept(sql, tuple((type(value), value) for value in parameters))

    def story(self, plan: Plan) -> tuple[Sentence, ...]:
        """How an allowed query was decided."""
        return story.of_plan(plan, self.terms, self.tables)

    def needed(self, sql: str, refused: Refused) -> dict[str, Any] | None:
        """The fragment of terms that a refused query would need, if any terms would do."""
        return needed(sql, self.terms, refused, self._under)

    def _under(self, terms: Terms, sql: str) -> Plan:
        return Checker(terms, self._schemas, self._key).plan(sql, None)

    def _typed(self, sql: str, parameters: tuple[tuple[type, object], ...]) -> Plan:
        # With their types, since 1, 1.0 and True are equal and not the same literal.
        return self._plan(sql, [value for _, value in parameters])

    def _plan(self, sql: str, parameters: Sequence[object] | None) -> Plan:
        try:
            return self._checked(sql, parameters)
        except Refused as refused:
            refused.span = closed(sql, refused.span)
            raise
        except TermsProblem:
            raise
        except RecursionError:
            raise Refused(
                "too_large", Sentence(en="The query is nested too deeply.", zh="查询嵌套过深。")
            ) from None
        except Exception:
            # A shape that the rewriting did not foresee is a fault of ours; it is refused, not run.
            _log.exception("a query could not be rewritten")
            raise unforeseen() from None

    def _checked(self, sql: str, parameters: Sequence[object] | None) -> Plan:
        tree, wanted = parse(sql)
        if parameters is not None and len(parameters) != wanted:
            raise wrong_parameters()
        rows = self.terms.output == Output.ROWS
        members = self.terms.history or isinstance(self.terms.protection, CellKey)
        floors = rows and any(table.quasi for table in self.tables.values())
        context = Context(self.tables, parameters, rows, members, floors)
        blocks = Blocks(context)
        relation = blocks.query(tree, {}, outermost=True)
        blocks.read_unused()
        self._may_leave(tree, relation)
        return self._rendered(context, relation, tree)

    def _may_leave(self, tree: exp.Expr, relation: Relation) -> None:
        """What may be output row by row: columns with `show`, and never protected rows
        unless the grant's output is `rows`."""
        if self.terms.output == Output.CHECK:
            not_allowed(
                tree,
                "This grant answers yes or no through an approved template only.",
                "本授权只通过经批准的模板回答是或否。",
            )
        hidden = [
            column
            for column in relation.columns
            if not (column.value.free or column.value.may(Right.SHOW))
        ]
        if hidden:
            self._refuse_hidden(tree, hidden)
        if relation.raw and self.terms.output != Output.ROWS:
            refused = protectable(
                tree,
                "Rows about single units may not be output; only aggregates may.",
                "不能输出单个单元的行，只能输出汇总。",
                use=(
                    "Aggregate, for instance count(*) with GROUP BY.",
                    "请改为汇总，例如 count(*) 加 GROUP BY。",
                ),
            )
            refused.missing = {"output": "rows"}
            raise refused

    def _refuse_hidden(self, tree: exp.Expr, hidden: list[OutColumn]) -> None:
        position = hidden[0].name.casefold()
        selects = tree.selects if isinstance(tree, exp.Query) else []
        node = next((item for item in selects if item.output_name.casefold() == position), tree)
        no_right(node, "show", sorted({s for column in hidden for s in column.value.sources}))

    def _rendered(self, context: Context, relation: Relation, tree: exp.Expr) -> Plan:
        query = relation.query
        limit = query.args.get("limit")
        ceiling = self.terms.limits.output_rows + 1
        if limit is None or int(limit.expression.this) > ceiling:
            query.set("limit", exp.Limit(expression=exp.Literal.number(ceiling)))
        views = list(context.views)
        blocks = tuple(context.blocks)
        columns = self._columns(views)
        for unique in context.unique:
            recheck(unique.sql, views, columns)
        for block in blocks:
            # What is wrapped around the rows is made of our own numbered names alone.
            recheck(block.rows, views, columns)
        # Above the boundary no table with a unit exists, but for the rows of a `rows` grant.
        protected = {table.view for table in self.tables.values() if table.unit}
        above = views if relation.raw else [view for view in views if view not in protected]
        post = recheck(text(query), [*above, *(block.name for block in blocks)], columns)
        return Plan(
            blocks,
            post,
            tuple(column.name for column in relation.columns),
            dict(context.views),
            "; ".join([*(block.sql for block in blocks), post]),
            tree,
            tuple(context.trace),
            tuple(context.unique),
            frozenset(context.spaces),
            straight_of(query, [block.name for block in blocks]),
            self._floor(relation, views),
        )

    def _floor(self, relation: Relation, views: Collection[str]) -> Floor | None:
        """What an extract is held to, where the terms of a dataset that it reads say so."""
        read = [table for table in self.tables.values() if table.view in views and table.quasi]
        if not relation.raw or not read:
            return None
        quasi = {(table.name, column) for table in read for column in table.quasi}
        found = [i for i, c in enumerate(relation.columns) if c.value.sources & quasi]
        return Floor(tuple(found), tuple(unit.k for unit in relation.units))

    def _columns(self, views: Collection[str]) -> set[str]:
        """What may be read of the files themselves."""
        read = [table.physical for table in self.tables.values() if table.view in views]
        return set().union(*read)


def unforeseen() -> Refused:
    return Refused(
        "not_allowed",
        Sentence(
            en="The query is written in a way that the gateway does not know.",
            zh="查询的写法超出了网关的支持范围。",
        ),
        suggestion=Sentence(en="Write it more plainly.", zh="请改用更简单的写法。"),
    )
