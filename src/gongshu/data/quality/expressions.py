"""A small language for rules across columns: comparisons, arithmetic, AND, OR, NOT, IS NULL, IN.

    closed >= opened
    status <> 'closed' OR closed IS NOT NULL
    abs(total - (men + women)) < 1

Written by a person, parsed by sqlglot, and let through only if every node is of the list below;
what runs is written anew from that tree. No subquery, no other table, no function that reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from gongshu.wording import Problem, Sentence

_ALLOWED: tuple[type[exp.Expr], ...] = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren),
    *(exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between),
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg),
    *(exp.Abs, exp.Length, exp.Lower, exp.Upper, exp.Trim, exp.Coalesce, exp.Round),
    *(exp.Year, exp.Month, exp.Day, exp.DateDiff, exp.Case, exp.If),
)
_TRUTHS = (
    *(exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Boolean),
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
)
_DATES = {"DATE", "TIMESTAMP"}
DEEPEST = 40


def condition(text: str, columns: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The SQL of the rule, and the columns it reads; raises `Problem` with what is wrong.

    `columns`: the name that people write → the name in SQL.
    """
    try:
        tree = parse_one(text, dialect="duckdb")
    except (SqlglotError, RecursionError):
        raise _no_rule(text, "it cannot be read", "无法读取") from None
    if tree.find(exp.Placeholder, exp.Parameter) or _depth(tree) > DEEPEST:
        raise _no_rule(text, "it is written in too complicated a way", "写法过于复杂")
    known = {name.casefold(): name for name in columns}
    read: dict[str, None] = {}
    for node in tree.walk():
        if isinstance(node, exp.Cast | exp.DataType):
            _require_date(text, node)
        elif not isinstance(node, _ALLOWED):
            raise _no_rule(
                text,
                f"“{node.sql(dialect='duckdb')[:60]}” is not among what such a rule may hold",
                f"“{node.sql(dialect='duckdb')[:60]}”不是规则允许的写法",
            )
        if isinstance(node, exp.Column):
            name = _column(text, node, known)
            node.this.set("this", columns[name])
            read[name] = None
    inner = tree.unnest()
    if not isinstance(inner, _TRUTHS):
        raise _no_rule(text, "it is neither true nor false", "它不是可判断真假的条件")
    return tree.sql(dialect="duckdb", identify=True, comments=False), tuple(read)


def _column(text: str, node: exp.Column, known: dict[str, str]) -> str:
    name = known.get(node.name.casefold())
    if node.table or name is None:
        raise _no_rule(text, f"there is no column “{node.name}”", f"没有“{node.name}”这一列")
    return name


def _require_date(text: str, node: exp.Expr) -> None:
    """`DATE '2026-01-01'` is a cast of a literal to the parser; no other cast is needed."""
    literal = isinstance(node, exp.DataType) or isinstance(node.this, exp.Literal)
    kind = node if isinstance(node, exp.DataType) else node.args["to"]
    if not literal or kind.sql(dialect="duckdb") not in _DATES:
        raise _no_rule(text, "only days and moments may be cast", "只允许转换日期和时间字面值")


def _depth(tree: exp.Expr) -> int:
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in node.iter_expressions()]
    return deepest


def _no_rule(text: str, en: str, zh: str) -> Problem:
    return Problem(
        "rule_expression",
        Sentence(en=f"“{text[:100]}” is no rule: {en}.", zh=f"“{text[:100]}”不是规则：{zh}。"),
        suggestion=Sentence(
            en="Compare columns and values, for instance: closed >= opened OR closed IS NULL.",
            zh="请比较列与值，例如：closed >= opened OR closed IS NULL。",
        ),
        field="checks",
    )
