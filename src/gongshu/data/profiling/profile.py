"""A table's profile: the figures of the scan, what the columns mean, a grade, quality."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyarrow.compute as pc

from gongshu.data.profiling.grades import ColumnLevel, Grade, propose_grade
from gongshu.data.profiling.kinds import BOOLEAN, NUMBER, TEXT
from gongshu.data.profiling.model import ColumnProfile, Profile
from gongshu.data.profiling.sample_figures import histogram, quantiles, top_values
from gongshu.data.profiling.scan import TEXT_CUT, ColumnFacts, Scan, scan
from gongshu.data.profiling.semantics import (
    SemanticType,
    coarse,
    contained,
    kind_of,
    recognise,
)
from gongshu.data.profiling.source import Source, SourceColumn, Tabular, opened

_SCALES = {"integer", "decimal", "number", "date", "timestamp"}


def profile(table: Tabular, *, about_people: bool | None = None) -> Profile:
    """The profile of a Table, a pyarrow.Table or Parquet files.

    `about_people` is the owner's word on whether the table is about people (it has a privacy
    unit, say); without it the columns decide.
    """
    with opened(table) as source:
        found = scan(source)
        meanings = [
            _meaning(column, facts)
            for column, facts in zip(source.columns, found.columns, strict=True)
        ]
        inside = [
            _contained(column, facts)
            for column, facts in zip(source.columns, found.columns, strict=True)
        ]
        grade = propose_grade(
            [kind_of(m) for m in meanings], personal=about_people, contained=inside
        )
        return _assembled(source, found, meanings, grade, about_people)


def _meaning(column: SourceColumn, facts: ColumnFacts) -> SemanticType | None:
    if coarse(column.family) not in (TEXT, NUMBER, BOOLEAN):
        # No kind has a test for values that are dates already.
        return recognise(column.name, column.family, ())
    values = pc.unique(facts.sample).to_pylist()
    return recognise(column.name, column.family, (_text(v) for v in values if v is not None))


def _contained(column: SourceColumn, facts: ColumnFacts) -> dict[str, int]:
    if coarse(column.family) != TEXT:
        return {}
    return contained(str(v) for v in pc.unique(facts.sample).to_pylist() if v is not None)


def _text(value: Any) -> str:
    # A whole number that is stored as a float because a cell was empty.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _assembled(
    source: Source,
    found: Scan,
    meanings: Sequence[SemanticType | None],
    grade: Grade,
    about_people: bool | None,
) -> Profile:
    parts = zip(source.columns, found.columns, meanings, grade.columns, strict=True)
    whole = found.sample_rows == source.rows
    columns = tuple(
        _column(source.rows, whole, column, facts, meaning, level)
        for column, facts, meaning, level in parts
    )
    keys = tuple(c.name for c in columns if c.is_unique and not c.nulls)
    return Profile(
        rows=source.rows,
        columns=columns,
        sample_rows=found.sample_rows,
        grade=grade,
        keys=keys,
        about_people=about_people,
    )


def _column(
    rows: int,
    whole: bool,
    column: SourceColumn,
    facts: ColumnFacts,
    meaning: SemanticType | None,
    level: ColumnLevel,
) -> ColumnProfile:
    values = [] if column.family in ("binary", "other") else facts.sample.to_pylist()
    # All NaN are one value, as they are in the database; in Python each is its own.
    values = [math.nan if v != v else v for v in values]
    ordered: list[Any] = []
    if column.family in _SCALES:
        ordered = sorted(v for v in values if v is not None and _is_finite(v))
    distinct, is_unique = facts.distinct, facts.is_unique
    if whole and values and (facts.longest or 0) <= TEXT_CUT:
        distinct = len(set(values) - {None})
        is_unique = distinct == facts.values > 0
    return ColumnProfile(
        name=column.name,
        type=column.family,
        storage_type=column.type,
        rows=rows,
        nulls=rows - facts.values,
        distinct=facts.values if is_unique else distinct,
        is_unique=is_unique,
        min=facts.min,
        max=facts.max,
        mean=facts.mean,
        shortest=facts.shortest,
        longest=facts.longest,
        quantiles=quantiles(ordered),
        top_values=top_values(values),
        histogram=histogram(ordered, facts.min, facts.max),
        semantic_type=meaning,
        level=level.level,
        level_reason=level.reason,
        harm=level.harm,
    )


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or value - value == 0
