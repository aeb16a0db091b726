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

# Placeholders for the trimmed cell and for the value it holds (null for a marker).
_V, _T = "§value", "§cell"
_POINT = f"strpos({_V}, '.')"
_IS_NUMBER = f"regexp_full_match({_V}, '{NUMBER}')"
_IS_GROUPED = f"regexp_full_match({_V}, '{GROUPED}')"
_IS_UNGROUPED = f"regexp_full_match({_V}, '{UNGROUPED}')"
_BEHIND = f"CASE WHEN {_POINT} > 0 THEN length({_V}) - {_POINT} ELSE 0 END"
_AGGREGATES: dict[str, str] = {
    "values": f"count({_V})",
    "markers": f"count(*) FILTER ({is_marker(_T, or_empty=False)})",
    "booleans": f"count(*) FILTER (lower({_V}) IN ('true', 'false'))",
    "integers": f"count(*) FILTER (regexp_full_match({_V}, '{INTEGER}'))",
    "long_integers": f"count(*) FILTER (regexp_full_match({_V}, '-?[1-9][0-9]{{15,}}'))",
    "numbers": f"count(*) FILTER ({_IS_NUMBER})",
    "points": f"count(*) FILTER ({_IS_NUMBER} AND {_POINT} > 0)",
    "scientific": f"count(*) FILTER (regexp_full_match({_V}, '{SCIENTIFIC}'))",
    "inexact": f"count(*) FILTER ({_IS_NUMBER} AND NOT {same_as_double(_V)})",
    "whole_digits": (
        f"max(CASE WHEN {_POINT} > 0 THEN {_POINT} - 1 ELSE length({_V}) END"
        f" - CASE WHEN starts_with({_V}, '-') THEN 1 ELSE 0 END) FILTER ({_IS_NUMBER})"
    ),
    "scale": f"max({_BEHIND}) FILTER ({_IS_NUMBER})",
    "grouped": f"count(*) FILTER ({_IS_GROUPED})",
    "ungrouped": f"count(*) FILTER ({_IS_UNGROUPED})",
    "grouped_digits": (
        f"max(length(replace(split_part({_V}, '.', 1), ',', ''))) FILTER ({_IS_GROUPED})"
    ),
    "grouped_scale": f"max({_BEHIND}) FILTER ({_IS_GROUPED} OR {_IS_UNGROUPED})",
}


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
    columns: Mapping[str, Facts | None],
) -> dict[str, Facts]:
    """The facts of columns of `source` (SQL), in one scan.

    A column comes with the facts of a sample, if there was one: what they have ruled out
    is not counted again.
    """
    plans = {column: _plan(alive) for column, alive in columns.items()}
    wanted, cells, trims = [], [], []
    for number, (column, plan) in enumerate(plans.items()):
        trims.append(f"{trimmed(column)} AS t{number}")
        value = f"CASE WHEN NOT {is_marker(f't{number}')} THEN t{number} END"
        cells.append(f"t{number}, {value} AS v{number}")
        wanted += [_numbered(sql, number) for sql in plan.values()]
    # The names in it are ours (c0, c1 …), never the file's.
    sql = (
        f"SELECT {', '.join(wanted)} FROM (SELECT {', '.join(cells)} "  # noqa: S608
        f"FROM (SELECT {', '.join(trims)} FROM {source}))"
    )
    row = connection.execute(sql).fetchone()
    assert row is not None
    figures = iter(row)
    return {column: _facts(plan, figures) for column, plan in plans.items()}


def _plan(alive: Facts | None) -> dict[str | int, str]:
    """What to count for one column: facts by name, calendars by number."""
    plan: dict[str | int, str] = {n: sql for n, sql in _AGGREGATES.items() if _worth(n, alive)}
    for i, calendar in enumerate(calendars.ALL):
        if alive is None or not alive.values or alive.dates.get(i) == alive.values:
            plan[i] = f"count(*) FILTER ({calendar.careful.format(x=_V)})"
    return plan


def _numbered(sql: str, number: int) -> str:
    """The aggregate for the column with this number: its value is v0, v1 …"""
    return sql.replace(_V, f"v{number}").replace(_T, f"t{number}")


def _facts(plan: Mapping[str | int, str], figures: Iterator[int | None]) -> Facts:
    counted = {name: int(next(figures) or 0) for name in plan}
    named = {name: n for name, n in counted.items() if isinstance(name, str)}
    return Facts(**named, dates={i: n for i, n in counted.items() if isinstance(i, int)})


def _worth(name: str, alive: Facts | None) -> bool:
    if alive is None or not alive.values or name in ("values", "markers"):
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
