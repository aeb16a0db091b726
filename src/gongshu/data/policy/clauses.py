"""The clauses around a SELECT: windows, ordinals, ORDER BY, LIMIT, and the outputs' names."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from gongshu.data.policy import grammar
from gongshu.data.policy.constructs import only, refuse_node
from gongshu.data.policy.expressions import Expressions
from gongshu.data.policy.labels import Value
from gongshu.data.policy.refusals import no_right, not_allowed
from gongshu.data.policy.sources import Sources
from gongshu.data.policy.terms import Right


def window(node: exp.Window, reader: Expressions) -> Value:
    """A window function over results, or over rows that may be shown."""
    only(node, "this", "partition_by", "order", "spec", "over")
    function = node.this
    shape = grammar.WINDOW_ONLY.get(type(function)) or grammar.AGGREGATES.get(type(function))
    if shape is None:
        refuse_node(function)
    parts: list[Value] = []
    built: exp.Expr
    if isinstance(function, exp.Count) and isinstance(function.this, exp.Star):
        only(function.this)
        built = exp.Count(this=exp.Star(), big_int=True)
    else:
        parts, arguments = reader.parts(function, shape)
        built = type(function)(**arguments)
    over = exp.Window(this=built, over="OVER", spec=_frame(node.args.get("spec")))
    partition = [reader.read(part) for part in node.args.get("partition_by") or []]
    over.set("partition_by", [value.sql for value in partition])
    order = node.args.get("order")
    if order is not None:
        only(order, "expressions")
        for item in order.expressions:
            value = reader.read(item.this)
            partition.append(value)
            append_order(over, value.sql, item)
    for value in [*parts, *partition]:
        if not (value.free or value.may(Right.SHOW)):
            no_right(node, "show", value.named())
    kind = shape.kind or (parts[0].kind if parts else "number")
    return Value(over, kind)


def _frame(spec: exp.WindowSpec | None) -> exp.WindowSpec | None:
    if spec is None:
        return None
    only(spec, "kind", "start", "start_side", "end", "end_side")
    arguments: dict[str, object] = {"kind": str(spec.args.get("kind")).upper()}
    if arguments["kind"] not in ("ROWS", "RANGE"):
        refuse_node(spec)
    for name in ("start", "end", "start_side", "end_side"):
        bound = spec.args.get(name)
        if bound is None:
            continue
        if isinstance(bound, exp.Literal) and bound.this.isdigit() and len(bound.this) < 7:
            arguments[name] = exp.Literal.number(bound.this)
        elif str(bound).upper() in ("UNBOUNDED", "CURRENT ROW", "PRECEDING", "FOLLOWING"):
            arguments[name] = str(bound).upper()
        else:
            refuse_node(spec)
    return exp.WindowSpec(**arguments)


def output_name(item: exp.Expr, sources: Sources) -> str:
    """The name of an output as the user wrote it, or as DuckDB would call it."""
    if isinstance(item, exp.Alias):
        return str(item.alias)
    if isinstance(item, exp.Column):
        return sources.own_name(item)
    if isinstance(item, exp.Count) and isinstance(item.this, exp.Star):
        return "count_star()"
    return str(item.sql("duckdb", normalize_functions="lower"))[:120]


def _as_limit(fetch: exp.Fetch) -> exp.Expr:
    """FETCH FIRST n ROWS ONLY."""
    options = fetch.args.get("limit_options")
    if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
        refuse_node(fetch)
    return exp.Limit(expression=fetch.args.get("count") or exp.Literal.number(1))


def unaliased(item: exp.Expr) -> exp.Expr:
    return item.this if isinstance(item, exp.Alias) else item


def has_aggregate(item: exp.Expr) -> bool:
    """Whether the item holds an aggregate of this block (not of a subquery, not a window's own)."""
    waiting = [item]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Query | exp.Subquery):
            continue
        if isinstance(node, exp.Window):
            function = node.this
            waiting += [*function.iter_expressions()]
            waiting += [part for name, part in _window_parts(node)]
            continue
        if isinstance(node, exp.AggFunc) and type(node) not in grammar.WINDOW_ONLY:
            return True
        waiting += list(node.iter_expressions())
    return False


def _window_parts(node: exp.Window) -> list[tuple[str, exp.Expr]]:
    parts = [("partition_by", part) for part in node.args.get("partition_by") or []]
    if node.args.get("order") is not None:
        parts.append(("order", node.args["order"]))
    return parts


def ordinal(node: exp.Expr, count: int, clause: str) -> int | None:
    if not isinstance(node, exp.Literal) or node.is_string:
        return None
    if not node.this.isdigit() or not 1 <= int(node.this) <= count:
        not_allowed(
            node,
            f"{clause} {node.this} is not a position in the SELECT list.",
            f"{clause} {node.this} 不是 SELECT 列表中的位置。",
            use=(
                f"The outputs are numbered 1 to {count}; or write the column.",
                f"输出列编号为 1 至 {count}；也可直接写列名。",
            ),
        )
    return int(node.this) - 1


def ordered(order: exp.Expr, count: int) -> list[exp.Ordered]:
    """The items of ORDER BY; ALL is every output, in turn."""
    only(order, "expressions")
    items = list(order.expressions)
    if len(items) == 1 and isinstance(items[0].this, exp.Var) and items[0].name.upper() == "ALL":
        every = []
        for position in range(1, count + 1):
            item = items[0].copy()
            item.set("this", exp.Literal.number(position))
            every.append(item)
        return every
    return items


def name_windows(node: exp.Select) -> None:
    """`OVER w … WINDOW w AS (…)` written out."""
    named = {window.name.casefold(): window for window in node.args.get("windows") or []}
    for window in list(node.find_all(exp.Window)) if named else []:
        alias = window.args.get("alias")
        plain = not any(window.args.get(name) for name in ("partition_by", "order", "spec"))
        if alias is None or not plain or alias.name.casefold() not in named:
            continue
        wanted = named[alias.name.casefold()]
        only(wanted, "this", "partition_by", "order", "spec")
        window.set("alias", None)
        window.set("partition_by", [part.copy() for part in wanted.args.get("partition_by") or []])
        for name in ("order", "spec"):
            part = wanted.args.get(name)
            window.set(name, part.copy() if part is not None else None)


def append_order(query: exp.Expr, target: exp.Expr, item: exp.Ordered) -> None:
    only(item, "this", "desc", "nulls_first")
    ordered = exp.Ordered(
        this=target,
        desc=bool(item.args.get("desc")),
        nulls_first=bool(item.args.get("nulls_first")),
    )
    order = query.args.get("order")
    if order is None:
        query.set("order", exp.Order(expressions=[ordered]))
    else:
        order.append("expressions", ordered)


def limit(node: exp.Expr, query: exp.Query, parameter: Callable[[exp.Placeholder], Value]) -> None:
    """LIMIT and OFFSET: whole numbers, written out or as parameters."""
    for name, kind in (("limit", exp.Limit), ("offset", exp.Offset)):
        clause = node.args.get(name)
        if clause is None:
            continue
        if isinstance(clause, exp.Fetch):
            clause = _as_limit(clause)
        if not isinstance(clause, kind):
            refuse_node(clause)
        only(clause, "expression")
        part = clause.expression
        value = None
        if isinstance(part, exp.Placeholder):
            value = parameter(part).literal
            value = 0 if value == "?" else value
        elif isinstance(part, exp.Literal) and not part.is_string and part.this.isdigit():
            value = int(part.this)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
            not_allowed(
                clause, f"{name.upper()} is a whole number.", f"{name.upper()} 须为非负整数。"
            )
        query.set(name, kind(expression=exp.Literal.number(value)))
