"""Whether a row's key is among others: one question in six spellings.

    key IN (SELECT key FROM b WHERE …)         EXISTS (SELECT 1 FROM b WHERE b.key = a.key AND …)
    key NOT IN (SELECT …)                      NOT EXISTS (SELECT …)
    a SEMI JOIN b ON a.key = b.key AND …       a ANTI JOIN b ON …

It multiplies no rows. A person's being among the visitors is a fact about that person like any
other column of theirs, so the rows that are left are held to the threshold as after any filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from sqlglot import exp

from gongshu.data.policy.constructs import only
from gongshu.data.policy.refusals import not_protectable


@dataclass(frozen=True)
class Membership:
    node: exp.Expr  # as the user wrote it
    key: exp.Expr
    keys: exp.Expr  # a query
    negated: bool
    exists: bool  # NULL is then no answer but no


def membership(node: exp.Expr) -> Membership | None:
    """The question that a conjunct asks, if it is one."""
    negated, inner = False, node
    while isinstance(inner, exp.Not | exp.Paren):
        negated ^= isinstance(inner, exp.Not)
        inner = inner.this
    if isinstance(inner, exp.In) and inner.args.get("query") is not None:
        only(inner, "this", "query")
        return Membership(node, inner.this, inner.args["query"], negated, exists=False)
    if isinstance(inner, exp.Exists):
        only(inner, "this")
        key, keys = _uncorrelated(inner)
        return Membership(node, key, keys, negated, exists=True)
    return None


def joined(join: exp.Join) -> exp.Expr | None:
    """A SEMI or ANTI JOIN as the condition that it is."""
    if join.args.get("kind") not in ("SEMI", "ANTI"):
        return None
    only(join, "this", "kind", "on", "using")
    names = join.args.get("using") or []
    if len(names) == 1 and join.args.get("on") is None:
        keys = exp.Select(expressions=[exp.Column(this=names[0].copy())])
        keys.set("from_", exp.From(this=join.this))
        key = exp.Column(this=names[0])
        found: exp.Expr = exp.In(this=key, query=exp.Subquery(this=keys))
    else:
        rows = exp.Select(expressions=[exp.Literal.number(1)], from_=exp.From(this=join.this))
        rows.set("where", exp.Where(this=join.args.get("on") or exp.Boolean(this=True)))
        found = exp.Exists(this=rows)
    return exp.Not(this=found) if join.args["kind"] == "ANTI" else found


def _uncorrelated(node: exp.Exists) -> tuple[exp.Expr, exp.Expr]:
    """EXISTS with one equality to the query around it, as the key and the query of its keys."""
    query = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    if not isinstance(query, exp.Select) or query.args.get("from_") is None:
        unlinked(node)
    only(query, "expressions", "from_", "joins", "where")
    inside = _names(query)
    links, rest = [], []
    where = query.args.get("where")
    for part in _conjuncts(where.this) if where is not None else []:
        pair = _link(part, inside)
        if pair is not None:
            links.append(pair)
        elif any(column.table and not _is_in(column, inside) for column in _columns(part)):
            unlinked(node)
        else:
            rest.append(part.copy())
    if len(links) != 1:
        unlinked(node)
    outer, inner = links[0]
    keys = exp.Select(
        expressions=[inner.copy()],
        from_=query.args["from_"].copy(),
        joins=[join.copy() for join in query.args.get("joins") or []],
    )
    if rest:
        keys.set("where", exp.Where(this=exp.and_(*rest, copy=False)))
    return outer, exp.Subquery(this=keys)


def _conjuncts(node: exp.Expr) -> list[exp.Expr]:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        return [one for part in node.flatten() for one in _conjuncts(part)]
    return [node]


def _columns(node: exp.Expr) -> list[exp.Column]:
    return list(node.find_all(exp.Column))


def _names(query: exp.Select) -> set[str]:
    tables = [query.args["from_"].this, *(join.this for join in query.args.get("joins") or [])]
    return {str(table.alias_or_name).casefold() for table in tables}


def _is_in(column: exp.Column, names: set[str]) -> bool:
    return column.table.casefold() in names


def _link(node: exp.Expr, inside: set[str]) -> tuple[exp.Column, exp.Column] | None:
    """`inner.key = outer.key`, in either order, both with their table named."""
    if not isinstance(node, exp.EQ):
        return None
    one, two = node.this, node.expression
    if not (isinstance(one, exp.Column) and isinstance(two, exp.Column)):
        return None
    if not (one.table and two.table) or _is_in(one, inside) == _is_in(two, inside):
        return None
    return (two, one) if _is_in(one, inside) else (one, two)


def unlinked(node: exp.Expr) -> NoReturn:
    not_protectable(
        node,
        "EXISTS must be linked to the query around it by one equality of keys.",
        "EXISTS 须以一个键的等值条件与外层查询关联。",
        use=(
            "Write EXISTS (SELECT 1 FROM b WHERE b.key = a.key AND …), or a.key IN (SELECT …).",
            "请写 EXISTS (SELECT 1 FROM b WHERE b.键 = a.键 AND …)，或 a.键 IN (SELECT …)。",
        ),
    )


def unfit(node: exp.Expr) -> NoReturn:
    not_protectable(
        node,
        "IN (SELECT …) over protected rows asks whether a key is among the keys of rows of the "
        "same kind of unit, and nothing else.",
        "针对受保护行的 IN (SELECT …) 只能判断某键是否在同类单元的键之中。",
        use=(
            "Write key IN (SELECT key FROM table WHERE …) with the unit's own key on both sides, "
            "or a JOIN.",
            "请写 键 IN (SELECT 键 FROM 表 WHERE …)，两侧均为单元自身的键；或改用 JOIN。",
        ),
    )
