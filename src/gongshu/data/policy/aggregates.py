"""An aggregate over rows, read: which function, of what, under which condition.

Analysts write a conditional count in four ways; they are one:

    count(*) FILTER (WHERE c)    sum(CASE WHEN c THEN 1 ELSE 0 END)    count(CASE WHEN c THEN 1 END)
    avg(CASE WHEN c THEN 1 ELSE 0 END) * count(*)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from sqlglot import exp

from gongshu.data.policy import grammar
from gongshu.data.policy.constructs import only, refuse_node
from gongshu.data.policy.expressions import Expressions
from gongshu.data.policy.failing import condition
from gongshu.data.policy.labels import Value
from gongshu.data.policy.refusals import (
    Refused,
    no_right,
    not_allowed,
    not_protectable,
    span_of,
)
from gongshu.data.policy.terms import Function, Right
from gongshu.wording import Sentence

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
        if value.sources and not value.column:
            self._not_bare(function)
        no_right(self.node, "measure", value.named(), functions=(function.value,))

    def _not_bare(self, function: Function) -> NoReturn:
        raise Refused(
            "no_right",
            Sentence(
                en=f"{function.value}() takes a column as it is: what is computed from it row by "
                "row has no bounds to protect it by.",
                zh=f"{function.value}() 只能用于列本身：逐行计算的值没有可供保护的界限。",
            ),
            span=span_of(self.node),
            suggestion=Sentence(
                en="Put the arithmetic outside, as in sum(x) * 12; a condition inside FILTER.",
                zh="请将运算写在外面，如 sum(x) * 12；条件写在 FILTER 中。",
            ),
        )

    def _may_count(self, value: Value) -> bool:
        if not value.column or self.function != Function.COUNT:
            return False
        if self.distinct:
            return value.may(Right.JOIN)
        # count(c) is count(*) WHERE c IS NOT NULL.
        return value.unit is not None or value.may(Right.FILTER, Right.GROUP)


def read_aggregate(node: exp.Expr, rows: Expressions, *, raw: bool) -> Aggregate:
    """The aggregate with its FILTER; over raw rows its CASE is turned into a condition."""
    tests: list[exp.Expr] = []
    if isinstance(node, exp.Filter):
        only(node, "this", "expression")
        tests.append(node.expression.this)
        node = node.this
    if not isinstance(node, exp.AggFunc):
        refuse_node(node)
    if isinstance(node, exp.CountIf):
        only(node, "this")
        return Aggregate(node, Function.COUNT, None, _condition([*tests, node.this], rows))
    function = FUNCTIONS.get(type(node))
    argument, distinct = _argument(node)
    if argument is None:
        return Aggregate(node, function, None, _condition(tests, rows))
    if raw:
        conditional = _conditional(argument)
        if conditional is not None:
            return _from_case(node, function, conditional, distinct, rows, tests)
        if function is Function.SUM and _is_one(argument):
            return Aggregate(node, Function.COUNT, None, _condition(tests, rows))
        flag = _flag(argument, rows) if function in (Function.SUM, Function.AVG) else None
        if flag is not None:
            return _from_flag(node, function, flag, rows, tests)
    if function is Function.COUNT and not distinct and isinstance(argument, exp.Literal):
        return Aggregate(node, function, None, _condition(tests, rows))
    return Aggregate(node, function, rows.read(argument), _condition(tests, rows), distinct)


def _condition(tests: list[exp.Expr], rows: Expressions) -> Value | None:
    """All of the tests together, which need the right to filter."""
    if not tests:
        return None
    node = tests[0] if len(tests) == 1 else exp.and_(*(test.copy() for test in tests), copy=False)
    value = condition(node, rows.read(node))
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


@dataclass(frozen=True)
class _Conditional:
    """CASE WHEN test THEN then [ELSE otherwise] END."""

    test: exp.Expr
    then: exp.Expr
    otherwise: exp.Expr | None


def _conditional(node: exp.Expr) -> _Conditional | None:
    """A CASE as one test: with one branch, or with branches that are all 1 or 0."""
    if isinstance(node, exp.If):
        return _Conditional(node.this, node.args["true"], node.args.get("false"))
    if not isinstance(node, exp.Case):
        return None
    branches = [(_test(node, branch), branch.args["true"]) for branch in node.args["ifs"]]
    otherwise = node.args.get("default")
    if len(branches) == 1:
        return _Conditional(*branches[0], otherwise)
    outcomes = [outcome for _, outcome in branches]
    flags = all(_is_one(outcome) or _is_zero(outcome) for outcome in outcomes)
    if not flags or not (otherwise is None or _is_zero(otherwise)):
        return None
    ifs = [exp.If(this=test, true=exp.Boolean(this=_is_one(then))) for test, then in branches]
    chosen = exp.Case(ifs=ifs, default=exp.Boolean(this=False))
    return _Conditional(chosen, exp.Literal.number(1), otherwise)


def _test(case: exp.Case, branch: exp.If) -> exp.Expr:
    test: exp.Expr = branch.this
    return (
        test if case.this is None else exp.EQ(this=case.this.copy(), expression=branch.this.copy())
    )


def _is_one(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.this in ("1", "1.0")


def _is_zero(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.this in ("0", "0.0")


def _flag(node: exp.Expr, rows: Expressions) -> exp.Expr | None:
    """The condition of `sum(c)`, `sum(c::INT)`."""
    inner = node
    while isinstance(inner, exp.Cast | exp.Paren):
        inner = inner.this
    if type(inner) not in grammar.PREDICATES and type(inner) not in grammar.CONNECTIVES:
        return None
    return inner


def _from_flag(
    node: exp.Expr,
    function: Function | None,
    flag: exp.Expr,
    rows: Expressions,
    tests: list[exp.Expr],
) -> Aggregate:
    if function is Function.SUM:
        return Aggregate(node, Function.COUNT, None, _condition([*tests, flag], rows))
    return not_protectable(
        node,
        "The average of a condition is not among the aggregates that can be protected.",
        "对条件求平均不在可保护的汇总之列。",
        use=(
            "Write avg(CASE WHEN condition THEN 1 ELSE 0 END).",
            "请写 avg(CASE WHEN 条件 THEN 1 ELSE 0 END)。",
        ),
    )


def _from_case(
    node: exp.Expr,
    function: Function | None,
    case: _Conditional,
    distinct: bool,
    rows: Expressions,
    tests: list[exp.Expr],
) -> Aggregate:
    otherwise, one = case.otherwise, _is_one(case.then)
    empty = otherwise is None or isinstance(otherwise, exp.Null)
    zero = otherwise is not None and _is_zero(otherwise)
    if one and function is Function.AVG and zero and not tests:
        condition = _condition([case.test], rows)
        return Aggregate(node, Function.COUNT, None, condition, share=True)
    if empty or (zero and function is Function.SUM):
        condition = _condition([*tests, case.test], rows)
        if one and function is Function.SUM:
            return Aggregate(node, Function.COUNT, None, condition)
        if function is Function.COUNT and isinstance(case.then, exp.Literal):
            return Aggregate(node, function, None, condition)
        return Aggregate(node, function, rows.read(case.then), condition, distinct, zero=zero)
    return not_protectable(
        node,
        "This CASE inside an aggregate cannot be protected.",
        "汇总函数中的此种 CASE 无法保护。",
        use=(
            "Write sum(x) FILTER (WHERE condition), or group by the CASE.",
            "请写 sum(x) FILTER (WHERE 条件)，或按该 CASE 分组。",
        ),
    )
