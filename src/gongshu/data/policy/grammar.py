"""The allow-list: every kind of SQL expression that may be written, and with which parts.

Deny by default, by node type: what is not in these tables is refused, whatever it is called. A
search for columns is not a security check: in a dozen shapes (`t.c.upper()`, `#3`, `SELECT t`,
`COLUMNS()`, `* LIKE` …) a column is read and no column node shows it. Here those shapes simply
have no row. The expression is then built anew from its checked parts; nothing of the user's tree
but literals is carried over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from gongshu.data.policy.labels import Kind

_ANY: tuple[Kind, ...] = ("number", "text", "date", "timestamp", "boolean", "other", "null")
_DAYS: tuple[Kind, ...] = ("date", "timestamp")


@dataclass(frozen=True, slots=True)
class Shape:
    """One row: the kind of the result, the parts that are expressions, the parts that are fixed.

    `risky`: evaluating it can fail for some value, which over raw rows would be an oracle. `over`:
    the kinds of which it works on every value; on others it may fail. `alike`: its parts are
    brought to one type, which may fail.
    """

    kind: Kind | None  # None: the kind of its first part
    parts: tuple[str, ...] = ("this",)
    fixed: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    risky: bool = False
    literals: tuple[str, ...] = ()  # these parts must be literals
    over: tuple[Kind, ...] = _ANY
    alike: bool = False


BINARY = ("this", "expression")
LISTED = ("this", "expressions")

_TEXT = Shape("text", over=("text",))
_NUMBER = Shape("number", over=("number",))
_HAS = Shape("boolean", BINARY, literals=("expression",), over=("text",))
_LIKE = Shape(
    "boolean", BINARY, (("negate", (True, False)),), literals=("expression",), over=("text",)
)
_PART = Shape("number", over=_DAYS)  # of a day

# May be applied to raw rows: cheap, and with no way to fail that TRY does not cover.
SCALARS: dict[type[exp.Expr], Shape] = {
    exp.Paren: Shape(None),
    exp.Add: Shape(None, BINARY, risky=True),
    exp.Sub: Shape(None, BINARY, risky=True),
    exp.Mul: Shape("number", BINARY, risky=True),
    exp.Div: Shape("number", BINARY, (("typed", (False, None)), ("safe", (False, None))), True),
    exp.IntDiv: Shape("number", BINARY, risky=True),
    exp.Mod: Shape("number", BINARY, risky=True),
    exp.Neg: Shape("number", risky=True),
    exp.DPipe: Shape("text", BINARY, (("safe", (True, False)),)),
    exp.Concat: Shape("text", ("expressions",), (("safe", (True,)), ("coalesce", (True,)))),
    exp.ConcatWs: Shape("text", ("expressions",), (("safe", (True,)), ("coalesce", (True,)))),
    exp.Coalesce: Shape(None, LISTED, alike=True),
    exp.Nullif: Shape(None, BINARY, alike=True),
    exp.Greatest: Shape(None, LISTED, (("ignore_nulls", (True,)),), alike=True),
    exp.Least: Shape(None, LISTED, (("ignore_nulls", (True,)),), alike=True),
    exp.Round: Shape("number", ("this", "decimals"), risky=True),
    exp.Floor: Shape("number", risky=True),
    exp.Ceil: Shape("number", risky=True),
    exp.Trunc: Shape("number", risky=True),
    exp.Abs: Shape("number", risky=True),
    exp.Sign: _NUMBER,
    exp.Lower: _TEXT,
    exp.Upper: _TEXT,
    exp.Trim: Shape(
        "text", ("this", "expression"), (("position", ("LEADING", "TRAILING", "BOTH")),)
    ),
    exp.Length: Shape("number", over=("text",)),
    exp.Left: Shape("text", BINARY, risky=True, literals=("expression",)),
    exp.Right: Shape("text", BINARY, risky=True, literals=("expression",)),
    exp.Substring: Shape(
        "text", ("this", "start", "length"), risky=True, literals=("start", "length")
    ),
    exp.Replace: Shape(
        "text",
        ("this", "expression", "replacement"),
        literals=("expression", "replacement"),
        over=("text",),
    ),
    exp.Year: _PART,
    exp.Quarter: _PART,
    exp.Month: _PART,
    exp.Week: _PART,
    exp.WeekOfYear: _PART,
    exp.Day: _PART,
    exp.DayOfWeek: _PART,
    exp.DayOfWeekIso: _PART,
    exp.DayOfYear: _PART,
    exp.Dayname: Shape("text", over=_DAYS),
    exp.Monthname: Shape("text", over=_DAYS),
    exp.Hour: _PART,
    exp.Minute: _PART,
    exp.DateFromParts: Shape("date", ("year", "month", "day"), risky=True),
    exp.TimestampTrunc: Shape("timestamp", ("this",), risky=True),
    exp.DateTrunc: Shape("timestamp", ("this",), risky=True),
    exp.Extract: Shape("number", ("expression",), risky=True),
    exp.DateDiff: Shape("number", BINARY, (("date_part_boundary", (True, False)),), risky=True),
    exp.DateAdd: Shape("timestamp", BINARY, risky=True),
    exp.LastDay: Shape("date", risky=True),
    exp.TimeToStr: Shape("text", ("this", "format"), risky=True, literals=("format",)),
}

# Conditions: their result needs the right to filter (or to group) of what they compare.
PREDICATES: dict[type[exp.Expr], Shape] = {
    exp.EQ: Shape("boolean", BINARY),
    exp.NEQ: Shape("boolean", BINARY),
    exp.LT: Shape("boolean", BINARY),
    exp.LTE: Shape("boolean", BINARY),
    exp.GT: Shape("boolean", BINARY),
    exp.GTE: Shape("boolean", BINARY),
    exp.NullSafeEQ: Shape("boolean", BINARY),
    exp.NullSafeNEQ: Shape("boolean", BINARY),
    exp.Between: Shape("boolean", ("this", "low", "high"), (("symmetric", (None, False)),)),
    exp.In: Shape("boolean", LISTED),
    exp.Is: Shape("boolean", BINARY),
    exp.Like: _LIKE,
    exp.ILike: _LIKE,
    exp.StartsWith: _HAS,
    exp.EndsWith: _HAS,
    exp.Contains: _HAS,
}

CONNECTIVES: dict[type[exp.Expr], Shape] = {
    exp.And: Shape("boolean", BINARY),
    exp.Or: Shape("boolean", BINARY),
    exp.Not: Shape("boolean"),
}

# Only over results that are already protected, or rows that may be shown.
POST_SCALARS: dict[type[exp.Expr], Shape] = {
    exp.Sqrt: _NUMBER,
    exp.Ln: _NUMBER,
    exp.Exp: _NUMBER,
    exp.Log: Shape("number", BINARY),
    exp.Pow: Shape("number", BINARY),
    exp.IsNan: Shape("boolean"),
}

# Functions that mean something only with OVER.
WINDOW_ONLY: dict[type[exp.Expr], Shape] = {
    exp.RowNumber: Shape("number", ()),
    exp.Rank: Shape("number", ()),
    exp.DenseRank: Shape("number", ()),
    exp.PercentRank: Shape("number", ()),
    exp.CumeDist: Shape("number", ()),
    exp.Ntile: Shape("number", ("this",)),
    exp.Lag: Shape(None, ("this", "offset", "default")),
    exp.Lead: Shape(None, ("this", "offset", "default")),
    exp.FirstValue: Shape(None),
    exp.LastValue: Shape(None),
}

# Aggregates over rows that may be shown, or over protected results.
AGGREGATES: dict[type[exp.Expr], Shape] = {
    exp.Count: Shape("number", ("this",), (("big_int", (True,)),)),
    exp.Sum: _NUMBER,
    exp.Avg: _NUMBER,
    exp.Min: Shape(None),
    exp.Max: Shape(None),
    exp.Median: _NUMBER,
    exp.Stddev: _NUMBER,
    exp.StddevSamp: _NUMBER,
    exp.StddevPop: _NUMBER,
    exp.Variance: _NUMBER,
    exp.VariancePop: _NUMBER,
}

# Aggregates that the parser knows and no one may use: named so that a refusal names them.
UNITS_OF_TIME = frozenset(
    {
        "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND",
        "DECADE", "CENTURY", "DOW", "ISODOW", "DOY", "ISOYEAR",
    }
)  # fmt: skip

CAST_TYPES: dict[Any, Kind] = {
    exp.DataType.Type.BOOLEAN: "boolean",
    exp.DataType.Type.SMALLINT: "number",
    exp.DataType.Type.INT: "number",
    exp.DataType.Type.BIGINT: "number",
    exp.DataType.Type.FLOAT: "number",
    exp.DataType.Type.DOUBLE: "number",
    exp.DataType.Type.DECIMAL: "number",
    exp.DataType.Type.TEXT: "text",
    exp.DataType.Type.VARCHAR: "text",
    exp.DataType.Type.DATE: "date",
    exp.DataType.Type.TIMESTAMP: "timestamp",
    exp.DataType.Type.TIMESTAMPNTZ: "timestamp",
}
