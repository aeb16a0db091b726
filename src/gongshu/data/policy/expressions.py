"""One scalar expression: checked against the allow-list, labelled, and built anew.

The reader never hands a node of the user's on: it looks its class up in `grammar`, reads the
parts, and builds a fresh node whose label is the intersection of the parts' rights. Whoever
reads (a row block, a grouped block) says what a column, an aggregate or a subquery means there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp

from gongshu.data.policy import grammar
from gongshu.data.policy.constructs import only, refusal_of, refuse_node
from gongshu.data.policy.failing import (
    check_format,
    check_growth,
    condition,
    growth,
    mixed,
    works_on,
)
from gongshu.data.policy.grammar import Shape
from gongshu.data.policy.labels import Kind, Value, derived
from gongshu.data.policy.literals import NUMBER, literal, written_literal
from gongshu.data.policy.refusals import (
    no_right,
    not_allowed,
    not_protectable,
)
from gongshu.data.policy.terms import Right

_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_NAMES = frozenset({"date_part", "datepart"})
_WHOLE_UNITS = frozenset({"date_sub", "datesub"})
_PREFIXES: dict[str, type[exp.Expr]] = {"prefix": exp.StartsWith, "suffix": exp.EndsWith}

Hook = Callable[[exp.Expr], Value | None]


class Expressions:
    """Reads expressions of one block. `column` resolves a name; `special` may take a node over."""

    def __init__(
        self,
        column: Callable[[exp.Column], Value],
        special: Hook,
        parameters: Callable[[exp.Placeholder], Value],
    ) -> None:
        self.column = column
        self.special = special
        self.parameters = parameters

    def read(self, node: exp.Expr) -> Value:
        taken = self.special(node)
        if taken is not None:
            return taken
        kind = type(node)
        if isinstance(node, exp.Column):
            return self.column(node)
        if kind in _PLAIN:
            return _PLAIN[kind](node)
        if isinstance(node, exp.Placeholder):
            return self.parameters(node)
        reader = _READERS.get(kind)
        if reader is not None:
            return reader(self, node)
        return self._by_shape(node)

    def _by_shape(self, node: exp.Expr) -> Value:
        kind = type(node)
        if kind in grammar.SCALARS:
            return self.scalar(node, grammar.SCALARS[kind])
        if kind in grammar.CONNECTIVES:
            return self.connective(node)
        if kind in grammar.PREDICATES:
            return self.predicate(node)
        if kind in grammar.POST_SCALARS:
            value = self.scalar(node, grammar.POST_SCALARS[kind])
            if not (value.free or value.may(Right.SHOW)):
                refuse_node(node)
            return value
        raise refusal_of(node)

    def scalar(self, node: exp.Expr, shape: Shape) -> Value:
        """A function or operator of the table: parts checked, node rebuilt."""
        parts, arguments = self.parts(node, shape)
        if isinstance(node, exp.TimestampTrunc | exp.DateTrunc | exp.DateDiff | exp.LastDay):
            arguments |= _time_unit(node)
        if isinstance(node, exp.TimeToStr):
            check_format(node.args["format"])
        if isinstance(node, exp.Extract):
            arguments["this"] = _time_unit_var(node.this)
        kind = shape.kind or (parts[0].kind if parts else "other")
        risky = shape.risky or not works_on(node, shape.over, parts)
        if shape.alike:
            risky = mixed(parts)
        value = derived(type(node)(**arguments), kind, parts, risky=risky)
        times = parts[-1].growth if isinstance(node, exp.Replace) else 1
        return check_growth(node, replace(value, growth=growth(kind, parts, times)))

    def parts(self, node: exp.Expr, shape: Shape) -> tuple[list[Value], dict[str, Any]]:
        """The values of the parts, and the arguments to build the node again."""
        fixed = dict(shape.fixed)
        values: list[Value] = []
        arguments: dict[str, Any] = {}
        for name, argument in node.args.items():
            if argument is None or argument is False or argument == []:
                continue
            if name in shape.parts:
                read = [self.read(part) for part in _listed(argument)]
                if name in shape.literals and any(value.literal is None for value in read):
                    not_allowed(node, "This argument must be a literal.", "此参数须为字面值。")
                built = [operand(value) for value in read]
                arguments[name] = built if isinstance(argument, list) else built[0]
                values += read
            elif name in fixed and argument in fixed[name]:
                arguments[name] = argument
            elif name not in ("unit", "this") or not isinstance(argument, exp.Var):
                refuse_node(node)
        return values, arguments

    def connective(self, node: exp.Expr) -> Value:
        """AND and OR are read along the chain, so that a long one is no deep recursion."""
        if isinstance(node, exp.Not):
            inner = condition(node.this, self.read(node.this))
            return derived(exp.Not(this=operand(inner)), "boolean", [inner])
        kind = type(node)
        parts = list(node.flatten(unnest=False))
        values = [condition(part, self.read(part)) for part in parts]
        combine = exp.and_ if kind is exp.And else exp.or_
        built = combine(*(operand(value) for value in values), copy=False)
        return derived(built, "boolean", values)

    def predicate(self, node: exp.Expr) -> Value:
        """A comparison: needs the right to filter; grouping by it needs no more than that."""
        shape = grammar.PREDICATES[type(node)]
        parts, arguments = self.parts(node, shape)
        if isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null | exp.Boolean):
            refuse_node(node)
        parts, arguments, risky = _aligned(node, parts, arguments)
        risky |= not works_on(node, shape.over, parts)
        value = derived(type(node)(**arguments), "boolean", parts, risky=risky)
        if value.free:
            return value
        if not value.may(Right.FILTER, Right.GROUP, Right.SHOW):
            lacking = [
                source for part in parts if not part.may(Right.FILTER) for source in part.sources
            ]
            no_right(node, "filter", sorted(set(lacking)))
        _one_table(node, parts)
        return _as_condition(value)

    def case(self, node: exp.Case) -> Value:
        """CASE: what decides counts like what comes out."""
        only(node, "this", "ifs", "default")
        parts: list[Value] = []
        ifs: list[exp.If] = []
        for branch in node.args["ifs"]:
            if node.this is not None:
                test: exp.Expr = exp.EQ(this=node.this.copy(), expression=branch.this)
            else:
                test = branch.this
            decides = _as_condition(condition(test, self.read(test)))
            outcome = self.read(branch.args["true"])
            parts += [decides, outcome]
            ifs.append(exp.If(this=operand(decides), true=operand(outcome)))
        default = node.args.get("default")
        otherwise = self.read(default) if default is not None else None
        parts += [otherwise] if otherwise else []
        built = exp.Case(ifs=ifs, default=operand(otherwise) if otherwise else None)
        outcomes = parts[1::2] + ([otherwise] if otherwise else [])
        kind = _common_kind(outcomes)
        value = derived(built, kind, parts, risky=mixed(outcomes))
        return check_growth(node, replace(value, growth=growth(kind, outcomes)))

    def if_(self, node: exp.If) -> Value:
        branch = exp.If(this=node.this, true=node.args["true"])
        return self.case(exp.Case(ifs=[branch], default=node.args.get("false")))

    def cast(self, node: exp.Expr) -> Value:
        """A cast over raw rows gives NULL instead of an error, which would be an oracle."""
        only(node, "this", "to", "safe")
        value = self.read(node.this)
        kind = grammar.CAST_TYPES.get(node.args["to"].this)
        if kind is None or node.args["to"].args.get("nested"):
            not_allowed(node, "A cast to this type is not allowed.", "不允许转换为此类型。")
        to = _built_type(node.args["to"])
        strict = value.free and isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast)
        built = (
            exp.Cast(this=value.sql, to=to)
            if strict
            else exp.TryCast(this=value.sql, to=to, safe=True)
        )
        # A constant that is wrong fails where a row comes to it.
        cast = derived(built, kind, [value], risky=strict)
        return replace(cast, growth=growth(kind, [value]))

    def interval(self, node: exp.Interval) -> Value:
        only(node, "this", "unit")
        amount, unit = node.this, node.args.get("unit")
        if not isinstance(amount, exp.Literal) or not re.fullmatch(r"-?\d{1,6}", amount.this):
            not_allowed(node, "An interval is a literal number.", "间隔须为字面数值。")
        built = exp.Interval(this=exp.Literal.string(amount.this), unit=_time_unit_var(unit))
        return Value(built, "other", literal=amount.this)

    def named(self, node: exp.Anonymous) -> Value:
        """The few functions that the parser has no class for."""
        arguments, name = node.expressions, str(node.this).lower()
        if name in _PREFIXES and len(arguments) == 2:
            one, two = arguments
            return self.predicate(_PREFIXES[name](this=one, expression=two))
        part = arguments[0] if arguments else None
        if not isinstance(part, exp.Literal) or not part.is_string:
            raise refusal_of(node)
        if name in _NAMES and len(arguments) == 2:
            return self.extract(exp.Extract(this=part, expression=arguments[1]))
        if name in _WHOLE_UNITS and len(arguments) == 3:
            return self.whole_units(part, arguments[1:])
        raise refusal_of(node)

    def extract(self, node: exp.Extract) -> Value:
        """EXTRACT(year FROM d), also with the unit as text."""
        unit = node.this
        if isinstance(unit, exp.Literal) and unit.is_string:
            node = exp.Extract(this=exp.Var(this=unit.this), expression=node.expression)
        return self.scalar(node, grammar.SCALARS[exp.Extract])

    def whole_units(self, unit: exp.Expr, ends: list[exp.Expr]) -> Value:
        """date_sub: how many whole units of time lie between."""
        values = [self.read(end) for end in ends]
        name = exp.Literal.string(_time_unit_var(unit).name.lower())
        arguments = [name, *(operand(value) for value in values)]
        built = exp.Anonymous(this="DATE_SUB", expressions=arguments)
        return derived(built, "number", values, risky=True)

    def tuples(self, node: exp.In) -> Value:
        """(a, b) IN ((1, 2), (3, 4)) is (a = 1 AND b = 2) OR …"""
        only(node, "this", "expressions")
        wanted, choices = node.this.expressions, []
        for choice in node.expressions:
            given = choice.expressions if isinstance(choice, exp.Tuple) else []
            if len(given) != len(wanted):
                refuse_node(node)
            pairs = [
                exp.EQ(this=one.copy(), expression=two.copy())
                for one, two in zip(wanted, given, strict=True)
            ]
            choices.append(exp.Paren(this=exp.and_(*pairs, copy=False)))
        return self.read(exp.or_(*choices, copy=False) if choices else node)

    def among(self, node: exp.In) -> Value:
        return self.tuples(node) if isinstance(node.this, exp.Tuple) else self.predicate(node)

    def equal(self, node: exp.EQ) -> Value:
        """`= ANY (['a', 'b'])` is IN."""
        if not isinstance(node.expression, exp.Any):
            return self.predicate(node)
        listed = node.expression.this
        while isinstance(listed, exp.Paren):
            listed = listed.this
        if not isinstance(listed, exp.Array):
            refuse_node(node.expression)
        return self.predicate(exp.In(this=node.this, expressions=listed.expressions))


def operand(value: Value) -> exp.Expr:
    """The SQL of a value as a part of something larger: in brackets unless it needs none."""
    sql = value.sql
    if isinstance(sql, exp.Column | exp.Literal | exp.Func | exp.Paren | exp.Boolean | exp.Null):
        return sql if not isinstance(sql, exp.And | exp.Or | exp.If) else exp.Paren(this=sql)
    return exp.Paren(this=sql)


def guarded(value: Value) -> exp.Expr:
    """Over raw rows an error would tell of a single row; TRY makes it NULL."""
    return exp.Try(this=value.sql) if value.risky and not value.free else value.sql


_PLAIN: dict[type[exp.Expr], Callable[[exp.Expr], Value]] = {
    exp.Literal: written_literal,
    exp.Boolean: lambda node: Value(
        exp.Boolean(this=bool(node.this)), "boolean", literal=bool(node.this)
    ),
    exp.Null: lambda node: Value(exp.Null(), "null"),
}

_READERS: dict[type[exp.Expr], Callable[[Expressions, Any], Value]] = {
    exp.Case: Expressions.case,
    exp.If: Expressions.if_,
    exp.Cast: Expressions.cast,
    exp.TryCast: Expressions.cast,
    exp.Interval: Expressions.interval,
    exp.Anonymous: Expressions.named,
    exp.Extract: Expressions.extract,
    exp.In: Expressions.among,
    exp.EQ: Expressions.equal,
}


def _as_condition(value: Value) -> Value:
    """What may be filtered by, one band at a time, may be grouped into those bands."""
    if Right.FILTER not in value.rights or Right.GROUP in value.rights:
        return value
    return replace(value, rights=value.rights | {Right.GROUP})


def _aligned(
    node: exp.Expr, parts: list[Value], arguments: dict[str, Any]
) -> tuple[list[Value], dict[str, Any], bool]:
    """Literals brought to the kind of what they are compared with, so that no row can fail."""
    kinds = {part.kind for part in parts if part.literal is None and part.kind != "null"}
    if isinstance(node, exp.Is) or len(kinds) != 1:
        return parts, arguments, mixed(parts)
    kind = kinds.pop()
    if all(part.kind == kind for part in parts):
        return parts, arguments, mixed(parts)
    aligned = [_as_kind(part, kind) for part in parts]
    risky = mixed(aligned)
    built = iter(operand(part) for part in aligned)
    for name, argument in arguments.items():
        if isinstance(argument, list):
            arguments[name] = [next(built) for _ in argument]
        elif isinstance(argument, exp.Expr):
            arguments[name] = next(built)
    return aligned, arguments, risky


def _as_kind(value: Value, kind: Kind) -> Value:
    if value.literal is None or value.kind == kind:
        return value
    text = value.literal if isinstance(value.literal, str) else None
    if kind in ("date", "timestamp") and text and _DATE.match(text):
        try:
            return replace(literal(date.fromisoformat(text)), kind=kind)
        except ValueError:
            return value
    if kind == "timestamp" and text:
        try:
            return literal(datetime.fromisoformat(text))
        except ValueError:
            return value
    if kind == "timestamp" and value.kind == "date":
        return replace(value, kind="timestamp")
    if kind == "number" and text and NUMBER.match(text):
        return Value(exp.Literal.number(text), "number", literal=Decimal(text))
    return value


def _one_table(node: exp.Expr, parts: Sequence[Value]) -> None:
    """Columns of two datasets are matched by `join` only."""
    datasets = {dataset for part in parts for dataset, _ in part.sources}
    if len(datasets) > 1:
        not_protectable(
            node,
            "Columns of two tables can only be matched for equality, by columns with “join”.",
            "两张表的列只能通过有“join”权利的列作等值关联。",
            use=(
                "Match the tables with ON a.key = b.key and compare columns with literals.",
                "请用 ON a.键 = b.键 关联，列与字面值比较。",
            ),
        )


def _common_kind(values: Sequence[Value]) -> Kind:
    kinds = {value.kind for value in values if value.kind != "null"}
    return kinds.pop() if len(kinds) == 1 else ("null" if not kinds else "other")


def _time_unit(node: exp.Expr) -> dict[str, exp.Expr]:
    unit = node.args.get("unit")
    return {"unit": _time_unit_var(unit)} if unit is not None else {}


def _time_unit_var(unit: exp.Expr | None) -> exp.Var:
    name = str(unit.this).upper() if isinstance(unit, exp.Var | exp.Literal) else ""
    name = name[:-1] if name.endswith("S") and name[:-1] in grammar.UNITS_OF_TIME else name
    if name not in grammar.UNITS_OF_TIME:
        not_allowed(unit, "This unit of time is not known.", "没有这种时间单位。")
    return exp.Var(this=name)


def _built_type(node: exp.DataType) -> exp.DataType:
    sizes = []
    for parameter in node.expressions:
        size = parameter.this
        if not isinstance(size, exp.Literal) or not re.fullmatch(r"\d{1,2}", str(size.this)):
            not_allowed(node, "A cast to this type is not allowed.", "不允许转换为此类型。")
        sizes.append(exp.DataTypeParam(this=exp.Literal.number(size.this)))
    return exp.DataType(this=node.this, expressions=sizes, nested=False)


def _listed(argument: Any) -> list[exp.Expr]:
    return list(argument) if isinstance(argument, list) else [argument]
