"""The one pass: exact figures of every column, and a sample of its values, in one query.

The sample is every n-th row, n a prime, so that it is the same at every run and does not depend
on what the rows say. A table of up to SAMPLE_ROWS rows is its own sample. Quantiles,
histograms, top values and semantic types are read from the sample: a t-digest or a top-k sketch
over all rows costs more than everything else together (benchmarks/profile.py).

Whether a column is unique is decided exactly, but only for columns that may be: their
approximate count of distinct values is near their count of values, and no value repeats within
a slice of the values chosen by hash. Repeated rows are counted in a slice of the rows in which
all copies of a row lie together, and not at all where a unique column already excludes them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from gongshu.data.profiling.source import Source, SourceColumn

SAMPLE_ROWS = 30_000
# Up to here uniqueness and repetition are counted on everything at once.
SLICE_ROWS = 500_000
# The error of DuckDB's approximate count stays well under a fifth.
NEARLY_ALL = 0.8
# Each exact test groups the whole column; more than a few would cost more than the pass.
EXACT_TESTS = 2
# A cell may hold a book; nothing here needs more of it than this.
TEXT_CUT = 200

_ORDERED = {"integer", "number", "decimal", "text", "date", "time", "timestamp", "boolean"}
_KEYS = {"integer", "text"}


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """Exact, except `distinct`."""

    values: int
    distinct: int
    min: Any
    max: Any
    mean: float | None
    shortest: int | None
    longest: int | None
    sample: pa.Array
    is_unique: bool | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    columns: tuple[ColumnFacts, ...]
    sample_rows: int


def scan(source: Source) -> Scan:
    row = source.query(_statement(source))
    found = {name: row.column(name)[0] for name in row.column_names}
    facts = [_facts(column, found) for column in source.columns]
    unique = _unique_columns(source, facts)
    columns = tuple(
        ColumnFacts(**{**_fields(fact), "is_unique": unique.get(column.sql, False)})
        for fact, column in zip(facts, source.columns, strict=True)
    )
    return Scan(columns=columns, sample_rows=found["sample_rows"].as_py())


def _fields(fact: ColumnFacts) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in ColumnFacts.__slots__}


def _statement(source: Source) -> str:
    every = _prime_from(source.rows // SAMPLE_ROWS)
    picked = "true" if every == 1 else f"place % {every} = 0"
    wanted = ["count_if(picked) AS sample_rows"]
    for column in source.columns:
        wanted += _expressions(column)
    # One list of whole rows: a list for each column would cost three times as much.
    cells = ", ".join(f"{c.sql} := {_sampled(c)}" for c in source.columns)
    wanted.append(f"list(struct_pack({cells})) FILTER (picked) AS sample")
    # NaN and the infinities are values, but have no place on a scale.
    finite = "".join(
        f"CASE WHEN isfinite({c.sql}) THEN {c.sql} END AS {c.sql}_finite, "
        for c in source.columns
        if c.family == "number"
    )
    inner = f"SELECT *, {finite}{picked} AS picked FROM {source.relation}"  # noqa: S608
    return f"SELECT {', '.join(wanted)} FROM ({inner})"  # noqa: S608


def _prime_from(number: int) -> int:
    """The next prime: a step that falls in with no rhythm of the rows (24 hours, 7 days …)."""
    number = max(1, number)
    while any(number % divisor == 0 for divisor in range(2, math.isqrt(number) + 1)):
        number += 1
    return number


def _expressions(column: SourceColumn) -> list[str]:
    c, family = column.sql, column.family
    scale = f"{c}_finite" if family == "number" else c
    wanted = [f"count({c}) AS {c}_values", f"approx_count_distinct({c}) AS {c}_distinct"]
    if family in _ORDERED:
        low, high = f"min({scale})", f"max({scale})"
        if family == "text":
            low, high = (f"left({x}(CAST({c} AS VARCHAR)), {TEXT_CUT})" for x in ("min", "max"))
        wanted += [f"{low} AS {c}_min", f"{high} AS {c}_max"]
    if family in ("integer", "decimal", "number"):
        # favg is compensated: the order in which threads add does not show in its first digits.
        wanted.append(f"favg({scale}) AS {c}_mean")
    if family == "text":
        length = f"length({column.as_text})"
        wanted += [f"min({length}) AS {c}_shortest", f"max({length}) AS {c}_longest"]
    return wanted


def _sampled(column: SourceColumn) -> str:
    if column.family == "binary":
        return "NULL"
    if column.family in _ORDERED - {"text"}:
        return column.sql
    return f"left({column.as_text}, {TEXT_CUT})"


def _facts(column: SourceColumn, found: dict[str, pa.Scalar]) -> ColumnFacts:
    def figure(name: str) -> Any:
        scalar = found.get(f"{column.sql}_{name}")
        return None if scalar is None else scalar.as_py()

    sample = found["sample"]
    return ColumnFacts(
        values=figure("values"),
        # An estimate may exceed what it estimates.
        distinct=min(figure("distinct"), figure("values")),
        min=figure("min"),
        max=figure("max"),
        mean=None if figure("mean") is None else float(f"{figure('mean'):.12g}"),
        shortest=figure("shortest"),
        longest=figure("longest"),
        sample=sample.values.field(column.sql) if sample.is_valid else pa.array([], pa.null()),
    )


def _unique_columns(source: Source, facts: Sequence[ColumnFacts]) -> dict[str, bool | None]:
    """Exact answers for the columns that may be unique; None where none was sought."""
    candidates = {
        column.sql: column
        for column, fact in zip(source.columns, facts, strict=True)
        if fact.values and fact.distinct >= NEARLY_ALL * fact.values
    }
    answers: dict[str, bool | None] = {
        name: None for name, column in candidates.items() if column.family not in _KEYS
    }
    keys = [name for name in candidates if name not in answers]
    survivors = _without_repetition_in_a_slice(source, keys)
    answers.update({name: False for name in keys if name not in survivors})
    for i, name in enumerate(survivors):
        if source.rows <= SLICE_ROWS:
            answers[name] = True
        else:
            answers[name] = _is_unique(source, name) if i < EXACT_TESTS else None
    return answers


def _without_repetition_in_a_slice(source: Source, keys: Sequence[str]) -> list[str]:
    """Those of which no two equal values were found; all values that are equal share a slice."""
    slices = 1 if source.rows <= SLICE_ROWS else source.rows // (SLICE_ROWS // 4)
    return [c for c in keys if not _repeats(source, c, _in_slice(c, slices))]


def _repeats(source: Source, c: str, condition: str) -> bool:
    values, different = source.row(
        f"""SELECT count({c}), count(DISTINCT {c}) FROM {source.relation}
        WHERE {condition}"""  # noqa: S608
    )
    return bool(values != different)


def _in_slice(value: str, slices: int) -> str:
    return "true" if slices == 1 else f"hash({value}) % {slices} = 0"


def _is_unique(source: Source, c: str) -> bool:
    repeated = source.connection.execute(
        f"""SELECT 1 FROM {source.relation} WHERE {c} IS NOT NULL
        GROUP BY {c} HAVING count(*) > 1 LIMIT 1"""  # noqa: S608
    ).fetchall()
    return not repeated
