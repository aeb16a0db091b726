"""Masks and buckets: SQL that stands in the base table, so that nothing above sees the value.

WHERE, JOIN and GROUP BY read the masked column; there is no other.
"""

from __future__ import annotations

from sqlglot import exp

from gongshu.data.policy.labels import Kind
from gongshu.data.policy.terms import Column, Mask

_BLOCK = 64  # SHA-256's block, RFC 2104


def masked(
    column: exp.Expr, kind: Kind, terms: Column, key: bytes, whole: bool
) -> tuple[exp.Expr, Kind]:
    """The expression that the query sees instead of the column, and its kind."""
    if terms.bucket is not None:
        return _bucket(column, terms.bucket, whole), "number"
    if terms.mask is None:
        return column, kind
    text = exp.Cast(this=column, to=exp.DataType.build("TEXT", dialect="duckdb"))
    match terms.mask:
        case Mask.LAST4:
            return _last4(text), "text"
        case Mask.FIRST1:
            first = exp.Left(this=text, expression=exp.Literal.number(1))
            return exp.DPipe(this=first, expression=exp.Literal.string("**")), "text"
        case Mask.HASH:
            return keyed_hash(text, key), "text"
        case Mask.REDACT:
            return exp.Cast(this=exp.Null(), to=exp.DataType.build("TEXT")), "text"
        case Mask.YEAR:
            return exp.Try(this=exp.Year(this=_as_date(column, kind))), "number"
        case Mask.MONTH:
            shown = exp.TimeToStr(this=_as_date(column, kind), format=exp.Literal.string("%Y-%m"))
            return exp.Try(this=shown), "text"


def _last4(text: exp.Expr) -> exp.Expr:
    """`***` and the last four; of four characters or fewer nothing would be hidden."""
    short = exp.LTE(this=exp.Length(this=text.copy()), expression=exp.Literal.number(4))
    long = exp.DPipe(
        this=exp.Literal.string("***"),
        expression=exp.Right(this=text.copy(), expression=exp.Literal.number(4)),
    )
    return exp.Case(ifs=[exp.If(this=short, true=exp.Literal.string("***"))], default=long)


def _as_date(column: exp.Expr, kind: Kind) -> exp.Expr:
    if kind in ("date", "timestamp"):
        return column
    return exp.TryCast(this=column, to=exp.DataType.build("DATE", dialect="duckdb"), safe=True)


def _bucket(column: exp.Expr, size: float | int, whole: bool) -> exp.Expr:
    """The lower end of the value's bucket. TRY: an overflow near the type's edge gives NULL."""
    width = exp.Literal.number(repr(size))
    steps = exp.Floor(this=exp.Paren(this=exp.Div(this=column, expression=width)))
    if whole and isinstance(size, int):
        # In whole numbers: a DOUBLE would round keys above 2**53 into the wrong bucket.
        wide = exp.Cast(this=column, to=exp.DataType.build("INT128", dialect="duckdb"))
        rest = exp.Paren(this=exp.Mod(this=wide, expression=width.copy()))
        shifted = exp.Paren(this=exp.Add(this=rest, expression=width.copy()))
        positive = exp.Paren(this=exp.Mod(this=shifted, expression=width.copy()))
        lower = exp.Paren(this=exp.Sub(this=wide.copy(), expression=positive))
        return exp.TryCast(this=lower, to=exp.DataType.build("BIGINT", dialect="duckdb"), safe=True)
    return exp.Try(this=exp.Mul(this=steps, expression=width.copy()))


def keyed_hash(text: exp.Expr, key: bytes) -> exp.Expr:
    """HMAC-SHA256 (RFC 2104) as SQL over DuckDB's sha256, cut to 16 hex digits.

    The key stands in the rewritten text only, which no one but the engine's worker sees.
    """
    padded = key.ljust(_BLOCK, b"\0")
    inner_key = bytes(byte ^ 0x36 for byte in padded).hex()
    outer_key = bytes(byte ^ 0x5C for byte in padded).hex()
    message = _call("ENCODE", text)
    inner = _call("SHA256", _joined(inner_key, message))
    outer = _call("SHA256", _joined(outer_key, _call("UNHEX", inner)))
    return exp.Left(this=outer, expression=exp.Literal.number(16))


def _joined(key: str, message: exp.Expr) -> exp.Expr:
    return exp.DPipe(this=_call("UNHEX", exp.Literal.string(key)), expression=message)


def _call(name: str, argument: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[argument])
