"""From text to one syntax tree: bounds first, one dialect, exactly one SELECT."""

from __future__ import annotations

import logging

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from gongshu.data.policy.bounds import check_bounds, syntax
from gongshu.data.policy.refusals import not_allowed

# A statement sqlglot does not know becomes a Command with a warning; we refuse it in words.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse(sql: str) -> tuple[exp.Expr, int]:
    """The tree, with parameters numbered in the order of the text, and their number."""
    tokens = check_bounds(sql)
    offsets = _number_parameters(tokens)
    try:
        trees = DuckDB().parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, sql)
    except ParseError as error:
        span = _error_span(error, sql)
        raise syntax(span, sql[slice(*span)][:40] if span else "") from None
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, KeyError):
        raise syntax() from None
    trees = [tree for tree in trees if tree is not None]
    if len(trees) != 1:
        not_allowed(
            trees[1] if len(trees) > 1 else None,
            "One query at a time.",
            "一次只能写一条查询。",
            use=("Send each query on its own.", "请逐条提交。"),
        )
    tree = trees[0]
    if not isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery):
        not_allowed(
            tree,
            "Only a SELECT can be asked.",
            "只能提交 SELECT 查询。",
            use=("Write a SELECT.", "请写 SELECT。"),
        )
    return _with_parameters(tree, offsets), len(offsets)


def _number_parameters(tokens: list[Token]) -> dict[int, int]:
    """`?` carries no position in the tree, so a number stands in for it while parsing."""
    offsets: dict[int, int] = {}
    for token in tokens:
        if token.token_type == TokenType.PLACEHOLDER:
            offsets[token.start] = len(offsets)
            token.token_type = TokenType.NUMBER
            token.text = "0"
    return offsets


def _with_parameters(tree: exp.Expr, offsets: dict[int, int]) -> exp.Expr:
    if not offsets:
        return tree
    found = 0
    for node in list(tree.find_all(exp.Literal)):
        position = offsets.get(node.meta.get("start", -1))
        if position is None or node.is_string:
            continue
        placeholder = exp.Placeholder()
        placeholder.meta.update(node.meta, position=position)
        node.replace(placeholder)
        found += 1
    if found != len(offsets):
        not_allowed(None, "A parameter stands where a value cannot.", "参数所在位置不能放值。")
    return tree


def _error_span(error: ParseError, sql: str) -> tuple[int, int] | None:
    details = error.errors[0] if error.errors else {}
    line, column = details.get("line"), details.get("col")
    highlight = details.get("highlight") or ""
    if not line or not column:
        return None
    lines = sql.split("\n")
    end = sum(len(text) + 1 for text in lines[: line - 1]) + column
    start = max(0, end - len(highlight))
    return (start, end) if end <= len(sql) + 1 else None
