"""An aggregate over rows, read: which function, of what, under which condition.

Analysts write a conditional count in four ways; they are one:

    count(*) FILTER (WHERE c)    sum(CASE WHEN c THEN 1 ELSE 0 END)    count(CASE WHEN c THEN 1 END)
    avg(CASE WHEN c THEN 1 ELSE 0 END) * count(*)
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from gongshu.data.policy.expressions import Expressions, only, refuse_node
from gongshu.data.policy.labels import Value
from gongshu.data.policy.refusals import no_right, not_allowed, not_protectable
from gongshu.data.policy.terms import Function, Right

FUNCTIONS: dict[type[exp.Expr], Function] = {
    exp.Count: Function.COUNT,
    exp.Sum: Function.SUM,
    exp.Avg: Function.AVG,
    exp.Stddev: Function.STDDEV_SAMP,  # DuckDB's stddev is stddev_samp
    exp.StddevSamp: Function.STDDEV_SAMP,
    exp.Min: Function.MIN,
    exp.Max: Function.MAX,
}


@dataclass(frozen=True)
class Aggregate:
    """`argument` None: rows are counted. `share`: the part of the rows that meet the condition."""

    node: exp.Expr
    function: Function | None
    argument: Value | None
    condition: Value | None = None
    distinct: bool = False
    share: bool = False
    zero: bool = False  # rows that do not meet the condition count as 0, not as nothing

    def check(self) -> None:
        """Whether it may run over protected rows: a closed set, by the column's terms."""
        if self.function in (None, Function.MIN, Function.MAX):
            name = type(self.node).__name__.lower()
            not_protectable(
                self.node,
                f"{name}() over protected rows shows single values.",
                f"对受保护的行使用 {name}() 会显出单个值。",
                use=(
                    "Use count(*), count(DISTINCT …), sum, avg or stddev_samp.",
                    "请用 count(*)、count(DISTINCT …)、sum、avg 或 stddev_samp。",
                ),
            )
        value = self.argument
        if value is None:
            return
        assert self.function is not None
        functions = value.measure.functions if value.measure and value.column else frozenset()
        function = Function.COUNT_DISTINCT if self.distinct else self.function
        if function in functions or self._may_count(value):
            return
        no_right(self.node, "measure", value.named(), functions=(function.value,))

    def _may_count(self, value: Value) -> bool:
        if not value.column or self.function != Function.COUNT:
            return False
        if self.distinct:
            return value.may(Right.JOIN)
        # count(c) is count(*) WHERE c IS NOT NULL.
        return value.unit is not None or value.may(Right.FILTER, Right.GROUP)


def read_aggregate(node: exp.Expr, rows: Expressions, *, raw: bool) -> Aggregate:
    """The aggregate with its FILTER; over raw rows its CASE is turned into a condition."""
    condition = None
    if isinstance(node, exp.Filter):
        only(node, "this", "expression")
        condition = _condition(node.expression.this, rows)
        node = node.this
    if not isinstance(node, exp.AggFunc):
        refuse_node(node)
    function = FUNCTIONS.get(type(node))
    argument, distinct = _argument(node)
    if argument is None:
        return Aggregate(node, function, None, condition)
    case = _conditional(argument)
    if raw and case is not None and condition is None:
        return _from_case(node, function, case, distinct, rows)
    if function is Function.COUNT and not distinct and isinstance(argument, exp.Literal):
        return Aggregate(node, function, None, condition)
    return Aggregate(node, function, rows.read(argument), condition, distinct)


def _condition(node: exp.Expr, rows: Expressions) -> Value:
    value = rows.read(node)
    if not (value.free or value.may(Right.FILTER)):
        no_right(node, "filter", value.named())
    return value


def _argument(node: exp.Expr) -> tuple[exp.Expr | None, bool]:
    """The one argument, None for `*`; everything else about an aggregate is refused."""
    only(node, "this", "big_int")
    inner = node.this
    if isinstance(node, exp.Count) and (inner is None or isinstance(inner, exp.Star)):
        if inner is not None:
            only(inner)
        return None, False
    if isinstance(inner, exp.Distinct):
        only(inner, "expressions")
        if not isinstance(node, exp.Count) or len(inner.expressions) != 1:
            not_allowed(
                node,
                "DISTINCT is for count(DISTINCT column).",
                "DISTINCT 只能写作 count(DISTINCT 列)。",
            )
        return inner.expressions[0], True
    while isinstance(inner, exp.Paren):
        inner = inner.this
    return inner, False


def _conditional(node: exp.Expr) -> tuple[exp.Expr, exp.Expr, exp.Expr | None] | None:
    """CASE WHEN c THEN x [ELSE y] END with one branch."""
    if isinstance(node, exp.Case) and node.this is None and len(node.args["ifs"]) == 1:
        branch = node.args["ifs"][0]
        return branch.this, branch.args["true"], node.args.get("default")
    if isinstance(node, exp.If):
        return node.this, node.args["true"], node.args.get("false")
    return None


def _from_case(
    node: exp.Expr,
    function: Function | None,
    case: tuple[exp.Expr, exp.Expr, exp.Expr | None],
    distinct: bool,
    rows: Expressions,
) -> Aggregate:
    test, then, otherwise = case
    condition = _condition(test, rows)
    empty = otherwise is None or isinstance(otherwise, exp.Null)
    zero = isinstance(otherwise, exp.Literal) and otherwise.this in ("0", "0.0")
    one = isinstance(then, exp.Literal) and not then.is_string and then.this in ("1", "1.0")
    if one and function is Function.SUM and (zero or empty):
        return Aggregate(node, Function.COUNT, None, condition)
    if one and function is Function.AVG and zero:
        return Aggregate(node, Function.COUNT, None, condition, share=True)
    if function is Function.COUNT and empty and isinstance(then, exp.Literal):
        return Aggregate(node, function, None, condition)
    if empty or (zero and function is Function.SUM):
        return Aggregate(node, function, rows.read(then), condition, distinct, zero=zero)
    return not_protectable(
        node,
        "This CASE inside an aggregate cannot be protected.",
        "汇总函数中的此种 CASE 无法保护。",
        use=(
            "Write sum(x) FILTER (WHERE condition), or group by the CASE.",
            "请写 sum(x) FILTER (WHERE 条件)，或按该 CASE 分组。",
        ),
    )
