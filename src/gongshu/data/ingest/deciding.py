"""Which type a column has: facts counted over its values, and the decision drawn from them.

The decision is the same whether the facts come from a sample or from the whole file, and
more values can only make it more general; that is what allows a sample to propose and the
whole file to confirm.

>>> decide(Facts(values=3, integers=3, numbers=3), "age").name
'integer'
>>> decide(Facts(values=3, integers=2, numbers=2), "code").name      # one value is 007
'text'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from gongshu.data.ingest import calendars
from gongshu.data.ingest.kinds import (
    BOOLEAN,
    DOUBLE,
    GROUPED,
    INTEGER,
    INTEGER_DIGITS,
    INTEGERS,
    MARKERS,
    NOTHING_YET,
    NUMBER,
    SCIENTIFIC,
    TEXT,
    UNGROUPED,
    Kind,
    decimal,
    grouped,
    is_marker,
    same_as_double,
    trimmed,
)

_DATE_NAME = re.compile(
    r"日期|年月日|时间|日$|生日|date|time|day|birth|(^|_)(dt|rq|sj|ymd|csrq)($|_)|_(at|on)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts over a column's cells; `values` are those neither empty nor a marker."""

    values: int = 0
    markers: int = 0  # NA, n/a, - …
    booleans: int = 0
    integers: int = 0
    long_integers: int = 0  # more digits than a spreadsheet keeps: identifiers
    numbers: int = 0
    points: int = 0  # numbers with a decimal point
    scientific: int = 0
    inexact: int = 0  # numbers that a DOUBLE would change
    whole_digits: int = 0  # the most before the point
    scale: int = 0  # the most behind it
    grouped: int = 0
    ungrouped: int = 0
    grouped_digits: int = 0
    grouped_scale: int = 0
    dates: Mapping[int, int] = field(default_factory=dict)


# More digits behind the point than prices and coordinates have come from a calculation.
MONEY_SCALE = 8

# What is known of one cell, each line made of those above it; § stands for the column's number.
_CELL: tuple[tuple[str, str], ...] = (
    ("v§", f"CASE WHEN NOT {is_marker('t§')} THEN t§ END"),
    ("n§", f"regexp_full_match(v§, '{NUMBER}')"),
    ("p§", "strpos(v§, '.')"),
    ("w§", "CASE WHEN p§ > 0 THEN p§ - 1 ELSE length(v§) END - starts_with(v§, '-')::INT"),
    ("b§", "CASE WHEN p§ > 0 THEN length(v§) - p§ ELSE 0 END"),
    ("g§", f"CASE WHEN contains(v§, ',') THEN regexp_full_match(v§, '{GROUPED}') ELSE false END"),
)
_AGGREGATES: dict[str, str] = {
    "values": "count(v§)",
    "markers": "count(*) FILTER (t§ <> '' AND v§ IS NULL)",
    "booleans": "count(*) FILTER (lower(v§) IN ('true', 'false'))",
    "integers": f"count(*) FILTER (n§ AND p§ = 0 AND w§ <= {INTEGER_DIGITS})",
    "long_integers": f"count(*) FILTER (n§ AND p§ = 0 AND w§ > {INTEGER_DIGITS})",
    "numbers": "count(*) FILTER (n§)",
    "points": "count(*) FILTER (n§ AND p§ > 0)",
    "scientific": f"count(*) FILTER (regexp_full_match(v§, '{SCIENTIFIC}'))",
    "inexact": f"count(*) FILTER (n§ AND NOT {same_as_double('v§')})",
    "whole_digits": "max(w§) FILTER (n§)",
    "scale": "max(b§) FILTER (n§)",
    "grouped": "count(*) FILTER (g§)",
    "ungrouped": "count(*) FILTER (n§ AND w§ <= 3)",
    "grouped_digits": "max(length(replace(split_part(v§, '.', 1), ',', ''))) FILTER (g§)",
    "grouped_scale": "max(b§) FILTER (g§ OR n§)",
}
# Every pattern of a query costs memory outside the engine's limit: wide tables go in parts.
COLUMNS_AT_ONCE = 24


_TRIAGE = {
    "booleans": re.compile("true|false", re.IGNORECASE),
    "integers": re.compile(INTEGER),
    "numbers": re.compile(NUMBER),
    "scientific": re.compile(SCIENTIFIC),
    "grouped": re.compile(GROUPED),
    "ungrouped": re.compile(UNGROUPED),
}
_SHAPES = [re.compile(calendar.shape) for calendar in calendars.ALL]


def triage(cells: Iterable[str]) -> Facts:
    """A first look at some cells, by shape only: it rules out, and decides nothing else.

    >>> is_alive(triage(["12", "13"])), is_alive(triage(["12", "West"]))
    (True, False)
    """
    trims = [cell.strip(" \t\xa0\u3000") for cell in cells]
    values = [v for v in trims if v and v not in MARKERS]
    counts = {
        name: sum(1 for v in values if pattern.fullmatch(v)) for name, pattern in _TRIAGE.items()
    }
    dates = {i: len(values) for i, shape in enumerate(_SHAPES) if all(map(shape.fullmatch, values))}
    return Facts(values=len(values), markers=len(trims) - len(values), dates=dates, **counts)


def is_alive(facts: Facts) -> bool:
    """Whether anything but text is still possible."""
    return bool(facts.values) and (
        any(_worth(name, facts) for name in _AGGREGATES if name not in ("values", "markers"))
        or facts.values in facts.dates.values()
    )


def count_facts(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Mapping[str, Facts],
) -> dict[str, Facts]:
    """The facts of columns of `source` (SQL), in one scan for every few columns.

    A column comes with the facts of a sample: what they have ruled out is not counted again.
    """
    found: dict[str, Facts] = {}
    names = list(columns)
    for start in range(0, len(names), COLUMNS_AT_ONCE):
        part = {name: _plan(columns[name]) for name in names[start : start + COLUMNS_AT_ONCE]}
        row = connection.execute(_counting(source, part)).fetchone()
        assert row is not None
        figures = iter(row)
        found |= {name: _facts(plan, figures) for name, plan in part.items()}
    return found


def _counting(source: str, plans: Mapping[str, Mapping[str | int, str]]) -> str:
    """The query that counts; the names in it are ours (c0, c1 …), never the file's."""
    trims = [f"{trimmed(column)} AS t{number}" for number, column in enumerate(plans)]
    sql = f"(SELECT {', '.join(trims)} FROM {source})"  # noqa: S608
    for name, expression in _CELL:
        cells = [f"{expression} AS {name}".replace("§", str(n)) for n in range(len(plans))]
        sql = f"(SELECT *, {', '.join(cells)} FROM {sql})"  # noqa: S608
    wanted = [
        aggregate.replace("§", str(number))
        for number, plan in enumerate(plans.values())
        for aggregate in plan.values()
    ]
    return f"SELECT {', '.join(wanted)} FROM {sql}"  # noqa: S608


def _plan(alive: Facts) -> dict[str | int, str]:
    """What to count for one column: facts by name, calendars by number."""
    plan: dict[str | int, str] = {n: sql for n, sql in _AGGREGATES.items() if _worth(n, alive)}
    for i, calendar in enumerate(calendars.ALL):
        if not alive.values or alive.dates.get(i) == alive.values:
            plan[i] = f"count(*) FILTER ({calendar.careful.format(x='v§')})"
    return plan


def _facts(plan: Mapping[str | int, str], figures: Iterator[int | None]) -> Facts:
    counted = {name: int(next(figures) or 0) for name in plan}
    named = {name: n for name, n in counted.items() if isinstance(name, str)}
    return Facts(**named, dates={i: n for i, n in counted.items() if isinstance(i, int)})


def _worth(name: str, alive: Facts) -> bool:
    if not alive.values or name in ("values", "markers"):
        return True
    if name == "booleans":
        return alive.booleans == alive.values
    if name.startswith(("grouped", "ungrouped")):
        return alive.grouped + alive.ungrouped == alive.values
    return alive.numbers + alive.scientific == alive.values


def decide(facts: Facts, name: str) -> Kind:
    """The most specific kind that takes every value of a column called `name`."""
    if not facts.values:
        return NOTHING_YET
    if facts.booleans == facts.values:
        return TEXT if facts.markers else BOOLEAN
    calendar = _calendar(facts, name)
    if calendar is not None:
        return calendar.kind
    return _number(facts)


def _number(facts: Facts) -> Kind:
    if facts.integers == facts.values:
        return INTEGERS
    if facts.grouped and facts.grouped + facts.ungrouped == facts.values:
        digits = max(facts.grouped_digits, 3) + facts.grouped_scale
        return grouped(18, facts.grouped_scale) if digits <= 18 else TEXT
    if facts.scientific and facts.points and facts.numbers + facts.scientific == facts.values:
        return TEXT if facts.inexact else DOUBLE
    if facts.numbers < facts.values or facts.long_integers:
        return TEXT
    digits = facts.whole_digits + facts.scale
    if digits <= 18 and facts.scale <= MONEY_SCALE:
        return decimal(18, facts.scale)
    if not facts.inexact:
        return DOUBLE
    return decimal(38, facts.scale) if digits <= 38 else TEXT


def is_open(facts: Facts, kind: Kind) -> bool:
    """Whether values beyond a sample could still turn its text column into numbers or dates."""
    if kind is not TEXT or facts.long_integers or not facts.values:
        return False
    if facts.numbers + facts.scientific == facts.values:
        return True
    return any(
        n == facts.values and not calendars.ALL[i].needs_name for i, n in facts.dates.items()
    )


def _calendar(facts: Facts, name: str) -> calendars.Calendar | None:
    """The one way of writing dates that all values share, if there is exactly one."""
    fitting = [c for i, c in enumerate(calendars.ALL) if facts.dates.get(i) == facts.values]
    fitting = [c for c in fitting if not c.needs_name or _DATE_NAME.search(name)]
    return fitting[0] if len(fitting) == 1 else None
