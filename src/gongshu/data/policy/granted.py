"""The tables of a grant as a query may see them: granted columns, masked, row filter applied.

Everything a name can resolve to is made here, from the terms and the files' own schema. What is
not granted is not there, so it reads like something that does not exist.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pyarrow as pa
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from gongshu.data.footers import Range
from gongshu.data.policy import terms as model
from gongshu.data.policy.constructs import refuse_node
from gongshu.data.policy.expressions import Expressions, guarded
from gongshu.data.policy.labels import Kind, Measure, OutColumn, Value
from gongshu.data.policy.masks import masked
from gongshu.data.policy.refusals import Refused
from gongshu.data.policy.terms import Terms
from gongshu.data.policy.terms_problems import TermsProblem
from gongshu.data.policy.writing import table
from gongshu.wording import Sentence

_BASE = "b"


@dataclass(frozen=True)
class GrantedUnit:
    space: str
    k: int
    sql: exp.Expr
    visible: str | None  # the granted column that is the bare key, folded
    per_row: bool = False  # no row lacks a unit and no two rows share one


@dataclass(frozen=True)
class GrantedTable:
    name: str
    view: str
    columns: tuple[OutColumn, ...]
    unit: GrantedUnit | None
    where: exp.Expr | None
    quasi: frozenset[str] = frozenset()

    def select(self, used: set[int]) -> exp.Select:
        """The base table's subquery, with no more columns than are read."""
        query = exp.Select()
        for position, column in enumerate(self.columns):
            if position in used:
                query.append(
                    "expressions", exp.alias_(column.value.sql.copy(), f"c{position}", copy=False)
                )
        if self.unit:
            query.append("expressions", exp.alias_(self.unit.sql.copy(), "u0", copy=False))
        if not query.expressions:
            query.append("expressions", exp.alias_(exp.Literal.number(1), "c", copy=False))
        query = query.from_(table(self.view, _BASE), copy=False)
        conditions = [self.where.copy()] if self.where else []
        if self.unit and not self.unit.per_row:
            known = exp.Not(this=exp.Is(this=self.unit.sql.copy(), expression=exp.Null()))
            conditions.append(known)
        return query.where(*conditions, copy=False) if conditions else query

    @cached_property
    def identity(self) -> str:
        """Which rows (name and row filter), and as what they are seen (columns and masks)."""
        # The same whether or not its rows are known to be units of their own: that is no part
        # of what a question means, and may differ from version to version.
        unit = replace(self.unit, per_row=False) if self.unit else None
        every = set(range(len(self.columns)))
        columns = replace(self, unit=unit).select(every).sql("duckdb")
        return f"{self.rows} {hashlib.sha256(columns.encode()).hexdigest()[:16]}"

    @cached_property
    def physical(self) -> frozenset[str]:
        """The names of all columns of the file that the table is made of."""
        parts = [column.value.sql for column in self.columns]
        parts += [self.where] if self.where else []
        parts += [self.unit.sql] if self.unit else []
        return frozenset(node.name for part in parts for node in part.find_all(exp.Column))

    @cached_property
    def rows(self) -> str:
        where = self.where.sql("duckdb") if self.where else ""
        return f"{self.name} {hashlib.sha256(where.encode()).hexdigest()[:16]}"

    def members(self) -> str:
        """SQL that lists every unit of the table with its number of rows."""
        # Not hash(): md5 stays the same when the engine is upgraded, and history outlives that.
        unit = "MD5_NUMBER_LOWER(CAST(t.u0 AS TEXT)) AS u"
        base = self.select(set()).sql("duckdb")
        return f"SELECT 0 AS cell, {unit}, COUNT(*) AS c FROM ({base}) AS t GROUP BY t.u0"  # noqa: S608 (ours)


def kind_of(type_: pa.DataType) -> Kind:
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    checks: list[tuple[Kind, bool]] = [
        ("boolean", pa.types.is_boolean(type_)),
        ("number", pa.types.is_integer(type_) or pa.types.is_floating(type_)),
        ("number", pa.types.is_decimal(type_)),
        ("text", pa.types.is_string(type_) or pa.types.is_large_string(type_)),
        ("date", pa.types.is_date(type_)),
        ("timestamp", pa.types.is_timestamp(type_)),
    ]
    return next((kind for kind, holds in checks if holds), "other")


def grant_tables(
    terms: Terms,
    schemas: Mapping[str, pa.Schema],
    key: bytes,
    per_row: Collection[str] = (),
    ranges: Mapping[str, Mapping[str, Range]] | None = None,
) -> dict[str, GrantedTable]:
    """The tables that exist for this grant, by folded name. In the tables named by `per_row`
    every row is known to be a unit of its own; `ranges` tells what the values of some columns
    lie between."""
    tables: dict[str, GrantedTable] = {}
    for number, (name, dataset) in enumerate(sorted(terms.datasets.items())):
        if name in schemas:
            known = (ranges or {}).get(name, {})
            granted = _grant(terms, name, dataset, schemas[name], key, number, known)
            if granted.unit and name in per_row:
                granted = replace(granted, unit=replace(granted.unit, per_row=True))
            tables[name.casefold()] = granted
    return tables


def _grant(
    terms: Terms,
    name: str,
    dataset: model.Dataset,
    schema: pa.Schema,
    key: bytes,
    number: int,
    ranges: Mapping[str, Range],
) -> GrantedTable:
    _check_columns(name, dataset, schema)
    columns = []
    for field in schema:
        granted = dataset.column(field.name)
        if granted is not None:
            columns.append(_column(name, field, granted, key, ranges.get(field.name)))
    return GrantedTable(
        name,
        f"v{number}",
        tuple(columns),
        _unit(terms, dataset),
        _row_filter(name, dataset, schema),
        frozenset(dataset.quasi or ()),
    )


def _physical(name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=_BASE)


def _column(
    dataset: str, field: pa.Field, granted: model.Column, key: bytes, known: Range | None
) -> OutColumn:
    whole = pa.types.is_integer(field.type)
    kind = kind_of(field.type)
    sql, shown = masked(_physical(field.name), kind, granted, key, whole)
    measure = None
    if granted.functions and not granted.mask:
        within = known is not None and granted.bucket is None and _inside(known, granted)
        filled = known is not None and known.filled
        measure = Measure(
            granted.functions, granted.min, granted.max, whole, within=within, filled=filled
        )
    return OutColumn(
        field.name,
        Value(
            sql,
            shown,
            granted.rights,
            frozenset({(dataset, field.name)}),
            measure=measure,
            column=True,
        ),
    )


def _inside(known: Range, granted: model.Column) -> bool:
    ends = [end for end in (granted.min, granted.max) if end is not None]
    # A clamp with a fraction in it makes fractions of whole numbers: it stays.
    whole = all(isinstance(end, int) for end in ends)
    low, high = granted.min, granted.max
    return whole and (low is None or low <= known.low) and (high is None or known.high <= high)


def _unit(terms: Terms, dataset: model.Dataset) -> GrantedUnit | None:
    if dataset.unit is None:
        return None
    granted = dataset.column(dataset.unit.column)
    bare = granted is not None and granted.mask is None and granted.bucket is None
    k = getattr(terms.protection, "k", 1)
    return GrantedUnit(
        dataset.unit.space,
        max(k, dataset.k or 1),
        _physical(dataset.unit.column),
        dataset.unit.column.casefold() if bare else None,
    )


def _check_columns(name: str, dataset: model.Dataset, schema: pa.Schema) -> None:
    present = set(schema.names)
    named = [column for column in dataset.columns if column != "*"]
    paths = [(f"datasets.{name}.columns.{column}", column) for column in named]
    if dataset.unit:
        paths.append((f"datasets.{name}.unit", dataset.unit.column))
    paths += [(f"datasets.{name}.quasi", column) for column in dataset.quasi or ()]
    for path, column in paths:
        if column not in present:
            raise TermsProblem(
                path,
                Sentence(
                    en=f"the table has no column “{column}”.", zh=f"表中没有名为“{column}”的列。"
                ),
            )


def _row_filter(name: str, dataset: model.Dataset, schema: pa.Schema) -> exp.Expr | None:
    """The owner's row filter, read by the same allow-list with every right on every column."""
    if dataset.where is None:
        return None
    physical = {field.name.casefold(): field for field in schema}

    def column(node: exp.Column) -> Value:
        field = physical.get(node.name.casefold())
        if field is None or node.args.get("table"):
            raise Refused("terms", Sentence(en="an unknown column", zh="没有这一列"))
        source = frozenset({(name, field.name)})
        return Value(_physical(field.name), kind_of(field.type), sources=source, column=True)

    reader = Expressions(column, lambda _: None, refuse_node)
    try:
        return guarded(reader.read(parse_one(dataset.where, dialect="duckdb")))
    except (Refused, SqlglotError, RecursionError):
        raise TermsProblem(
            f"datasets.{name}.where",
            Sentence(
                en="this is not a condition on the table's columns.", zh="这不是对本表列的条件。"
            ),
        ) from None
