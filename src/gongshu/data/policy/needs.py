"""What a grant would need so that a query is allowed: a fragment of terms to paste into an
application.

    datasets: {health.persons: {columns: {income: {rights: [measure], functions: [avg]}}}}

For columns that the grant gives, the check itself says which right is lacking, again and again
until none is. Of names that are not there, only the query is looked at, never the data: an
ungranted table and one that does not exist give the same fragment, by where their columns stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlglot import exp

from gongshu.data.policy.grammar import AGGREGATES
from gongshu.data.policy.parsing import parse
from gongshu.data.policy.plan import Plan
from gongshu.data.policy.refusals import Refused
from gongshu.data.policy.terms import Function, Terms
from gongshu.data.policy.terms_problems import TermsProblem

MOST_ROUNDS = 25
Columns = dict[str, dict[str, list[str]]]  # column → rights, functions


class Needs:
    """What has been found to be lacking, by dataset."""

    def __init__(self) -> None:
        self.datasets: dict[str, Columns] = {}
        self.output = ""

    def add(self, dataset: str, column: str, rights: list[str], functions: list[str]) -> None:
        needed = self.datasets.setdefault(dataset, {}).setdefault(
            column, {"rights": [], "functions": []}
        )
        for name, values in (("rights", rights), ("functions", functions)):
            needed[name] += [value for value in values if value not in needed[name]]

    def merge(self, missing: Mapping[str, Any]) -> bool:
        """The fragment of one refusal; whether it says anything new."""
        before = repr((self.output, self.datasets))
        self.output = missing.get("output", self.output)
        for dataset, granted in missing.get("datasets", {}).items():
            for column, needed in granted["columns"].items():
                if isinstance(needed, dict):
                    self.add(dataset, column, needed["rights"], needed["functions"])
                elif "(" not in column:  # a figure of our own is no column to ask for
                    self.add(dataset, column, needed, [])
        return repr((self.output, self.datasets)) != before

    def fragment(self) -> dict[str, Any] | None:
        """As it is written in the terms."""
        datasets: dict[str, Any] = {}
        for dataset, columns in self.datasets.items():
            datasets[dataset] = {
                "columns": {
                    name: dict(needed) if needed["functions"] else list(needed["rights"])
                    for name, needed in columns.items()
                }
            }
        whole: dict[str, Any] = {"output": self.output} if self.output else {}
        whole |= {"datasets": datasets} if datasets else {}
        return whole or None

    def granted_by(self, terms: Terms) -> Terms:
        """These terms, with what is needed of the columns that they already give."""
        data = terms.as_dict()
        for dataset, columns in self.datasets.items():
            for name, needed in columns.items():
                _extend(data["datasets"][dataset]["columns"], name, needed)
        return Terms.model_validate(data | ({"output": self.output} if self.output else {}))


def _extend(columns: dict[str, Any], name: str, needed: dict[str, list[str]]) -> None:
    given = columns.get(name, columns.get("*"))
    wide = dict(given) if isinstance(given, dict) else {"rights": given or []}
    wide["rights"] = sorted({*wide["rights"], *needed["rights"]})
    if needed["functions"]:
        wide["functions"] = sorted({*wide.get("functions", ()), *needed["functions"]})
    columns[name] = wide


def needed(
    sql: str, terms: Terms, first: Refused, plan: Callable[[Terms, str], Plan]
) -> dict[str, Any] | None:
    """The fragment for a refused query; None where no terms would help."""
    needs, refused = Needs(), first
    for _ in range(MOST_ROUNDS):
        if refused.code == "unknown_name":
            _unknown(sql, terms, needs)
            return needs.fragment()
        if not refused.missing or not needs.merge(refused.missing):
            return None
        try:
            plan(needs.granted_by(terms), sql)
        except Refused as next_one:
            refused = next_one
        except TermsProblem:
            return None
        else:
            return needs.fragment()
    return None


# Of names that are not there


def _unknown(sql: str, terms: Terms, needs: Needs) -> None:
    tree, _ = parse(sql)
    known = {name.casefold(): name for name in terms.datasets}
    ctes = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    for select in tree.find_all(exp.Select):
        tables = dict(_tables(select, ctes))
        outputs = {str(item.alias).casefold() for item in select.expressions if item.alias}
        for alias, name in tables.items():
            if name.casefold() not in known:
                needs.datasets.setdefault(name, {})
            for column in _own(select, exp.Column):
                if not column.args.get("table") and column.name.casefold() in outputs:
                    continue
                if _table_of(column, tables, terms, known) == alias:
                    _need(column, select, known.get(name.casefold(), name), terms, needs)


def _tables(select: exp.Select, ctes: set[str]) -> Iterator[tuple[str, str]]:
    """The tables of a FROM: alias and full name."""
    clause = select.args.get("from_")
    entries = [clause.this] if clause is not None else []
    entries += [join.this for join in select.args.get("joins") or []]
    for entry in entries:
        if isinstance(entry, exp.Table) and (entry.db or entry.name.casefold() not in ctes):
            name = f"{entry.db}.{entry.name}" if entry.db else entry.name
            yield str(entry.alias_or_name).casefold(), name


def _own(select: exp.Select, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    """The nodes of a SELECT, without those of the queries inside it."""
    for node in select.walk(prune=lambda node: node is not select and isinstance(node, exp.Query)):
        if isinstance(node, kind):
            yield node


def _table_of(
    column: exp.Expr, tables: dict[str, str], terms: Terms, known: dict[str, str]
) -> str | None:
    assert isinstance(column, exp.Column)
    if column.table:
        return column.table.casefold()
    if len(tables) == 1:
        return next(iter(tables))
    giving = [a for a, name in tables.items() if _gives(terms, known, name, column.name)]
    strange = [a for a, name in tables.items() if name.casefold() not in known]
    found = giving or strange
    return found[0] if len(found) == 1 else None


def _gives(terms: Terms, known: dict[str, str], name: str, column: str) -> bool:
    full = known.get(name.casefold())
    if full is None:
        return False
    columns = {given.casefold() for given in terms.datasets[full].columns}
    return "*" in columns or column.casefold() in columns


def _need(column: exp.Expr, select: exp.Select, dataset: str, terms: Terms, needs: Needs) -> None:
    known = {name.casefold(): name for name in terms.datasets}
    if _gives(terms, known, dataset, column.name) or not isinstance(column.this, exp.Identifier):
        return
    rights, functions = _use(column, select)
    needs.add(dataset, column.name, rights, functions)


def _use(column: exp.Expr, select: exp.Select) -> tuple[list[str], list[str]]:
    """The rights that the place of a column asks for."""
    node: exp.Expr | None = column
    while node is not None and node is not select:
        parent = node.parent
        if isinstance(parent, exp.EQ) and _is_match(parent):
            return ["join"], []
        if isinstance(parent, exp.Where | exp.Having | exp.Filter | exp.Qualify | exp.Join):
            return ["filter"], []
        if isinstance(parent, exp.If) and node is parent.this:
            return ["filter"], []
        if isinstance(parent, exp.Group | exp.Order):
            return ["group"], []
        if isinstance(parent, exp.AggFunc) and type(parent) in AGGREGATES:
            return _measured(parent)
        node = parent
    if isinstance(select.parent, exp.Subquery) and isinstance(select.parent.parent, exp.In):
        return ["join"], []
    if select.args.get("group") is not None or any(_own(select, exp.AggFunc)):
        return ["group"], []
    return (["show"], []) if select.parent is None else (["group", "filter"], [])


def _is_match(node: exp.EQ) -> bool:
    sides = (node.this, node.expression)
    columns = [side for side in sides if isinstance(side, exp.Column)]
    return len(columns) == 2 and columns[0].table != columns[1].table


def _measured(aggregate: exp.AggFunc) -> tuple[list[str], list[str]]:
    if isinstance(aggregate, exp.Count):
        return (["join"], []) if isinstance(aggregate.this, exp.Distinct) else (["filter"], [])
    name = "stddev_samp" if isinstance(aggregate, exp.Stddev) else aggregate.sql_name().lower()
    functions = {function.value for function in Function}
    return ["measure"], [name] if name in functions else ["avg"]
