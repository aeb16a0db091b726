"""Literals and parameters: values of the user's, written anew into the rewritten text.

A parameter becomes a literal too, quoted by the generator, so that one text holds the whole query:
what is checked is what runs, and the same question has the same canonical text.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from sqlglot import exp

from gongshu.data.policy.labels import Value
from gongshu.data.policy.refusals import Refused, not_allowed
from gongshu.wording import Sentence

NUMBER = re.compile(r"^(\d{1,38}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?$")


def literal(value: object) -> Value:
    """A parameter as a literal of the rewritten text."""
    if value is None:
        return Value(exp.Null(), "null")
    if isinstance(value, bool):
        return Value(exp.Boolean(this=value), "boolean", literal=value)
    if isinstance(value, int | Decimal | float):
        return _number(value)
    if isinstance(value, datetime):
        text = exp.Literal.string(value.isoformat(sep=" "))
        to = exp.DataType.build("TIMESTAMPTZ" if value.tzinfo else "TIMESTAMP", dialect="duckdb")
        return Value(exp.Cast(this=text, to=to), "timestamp", literal=value)
    if isinstance(value, date):
        to = exp.DataType.build("DATE", dialect="duckdb")
        return Value(
            exp.Cast(this=exp.Literal.string(value.isoformat()), to=to), "date", literal=value
        )
    if isinstance(value, str) and "\0" not in value:
        return Value(exp.Literal.string(value), "text", literal=value, growth=len(value) or 1)
    raise Refused(
        "parameters",
        Sentence(
            en="A parameter is text, a number, true or false, a date, a time, or nothing.",
            zh="参数只能是文本、数值、真假、日期、时间或空。",
        ),
    )


def _number(value: int | Decimal | float) -> Value:
    text = format(value, "f") if isinstance(value, Decimal) else repr(value)
    plain = text.lstrip("-")
    if not NUMBER.match(plain):
        raise Refused(
            "parameters", Sentence(en="This number is out of range.", zh="数值超出范围。")
        )
    sql: exp.Expr = exp.Literal.number(plain)
    if text.startswith("-"):
        sql = exp.Paren(this=exp.Neg(this=sql))
    return Value(sql, "number", literal=value)


def written_literal(node: exp.Expr) -> Value:
    """A literal of the user's text, written anew."""
    if node.is_string:
        return Value(
            exp.Literal.string(node.this), "text", literal=node.this, growth=len(node.this) or 1
        )
    if not NUMBER.match(node.this):
        not_allowed(node, "This number is out of range.", "数值超出范围。")
    number = Decimal(node.this)
    whole = number == number.to_integral_value() and not set(node.this) & set(".eE")
    return Value(exp.Literal.number(node.this), "number", literal=int(number) if whole else number)
