"""Re-identification risk of a table, by what an attacker may know (the quasi-identifiers).

Rows that agree in every quasi-identifier form a class; a missing value is a value like any
other. An attacker who knows that somebody is in the table and knows these columns finds her
in a class of that size, so her risk is 1/size.

With `unit`, people are counted and not rows: the size of a class is its number of distinct
units, rows without a unit are dropped and counted, and somebody who stands in several classes
has the risk of her smallest one. Copying rows therefore changes nothing.

- k: the size of the smallest class. highest_risk = 1/k. An empty table has k 0 and risk 0.
- average_risk: the mean of 1/size over rows (classes ÷ rows), or over units.
- unique_fraction: the share of rows, or of units, that stand alone in a class.
- l: distinct l-diversity, the fewest distinct values of a sensitive column in any class.
- t: t-closeness, the largest distance between a class and the whole (see distances.py).

Only c0, c1, … stand in the SQL (source.py), so no name from outside reaches it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gongshu.data.disclosure_risk.distances import diversity_and_closeness
from gongshu.data.profiling.source import Source, SourceColumn, Tabular, opened


@dataclass(frozen=True, slots=True)
class Risk:
    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]
    unit: str | None
    # Rows that were looked at, rows dropped because they have no unit, and distinct units.
    rows: int
    dropped: int
    units: int | None
    k: int
    classes: int
    average_risk: float
    highest_risk: float
    unique_fraction: float
    l: Mapping[str, int]  # noqa: E741  # the name of the measure, and of the public surface
    t: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        return {
            "quasi": list(self.quasi),
            "sensitive": list(self.sensitive),
            "unit": self.unit,
            "rows": self.rows,
            "dropped": self.dropped,
            "units": self.units,
            "k": self.k,
            "classes": self.classes,
            "average_risk": self.average_risk,
            "highest_risk": self.highest_risk,
            "unique_fraction": self.unique_fraction,
            "l": dict(self.l),
            "t": dict(self.t),
        }


def risk(
    table: Tabular,
    quasi: Sequence[str],
    sensitive: Sequence[str] = (),
    unit: str | None = None,
) -> Risk:
    """The risk of `table`; a column that it does not have is a Problem `unknown_name`."""
    quasi_names, sensitive_names = _names(quasi), _names(sensitive)
    with opened(table) as source:
        keys = [source.column(name, "quasi") for name in quasi_names]
        facts = [source.column(name, "sensitive") for name in sensitive_names]
        who = source.column(unit, "unit") if unit is not None else None
        figures = _figures(source, keys, who)
        measures = {fact.name: diversity_and_closeness(source, keys, fact, who) for fact in facts}
    return Risk(
        quasi=quasi_names,
        sensitive=sensitive_names,
        unit=unit,
        l={name: found[0] for name, found in measures.items()},
        t={name: found[1] for name, found in measures.items()},
        **figures,
    )


def _names(given: Sequence[str]) -> tuple[str, ...]:
    # A single name is a sequence of its letters; nobody means that.
    return (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))


def _figures(
    source: Source, keys: Sequence[SourceColumn], who: SourceColumn | None
) -> dict[str, Any]:
    by = ", ".join(["true", *(key.sql for key in keys)])
    if who is None:
        k, classes, rows, alone = source.row(
            f"""SELECT min(size), count(*), sum(size), count_if(size = 1)
            FROM (SELECT count(*) AS size FROM {source.relation} GROUP BY {by})"""  # noqa: S608
        )
        average = classes / rows if rows else 0.0
        units, present, dropped = None, int(rows or 0), 0
        unique = alone / rows if rows else 0.0
    else:
        k, units, average, unique = source.row(
            f"""WITH
            pairs AS (SELECT {who.sql} AS unit, {by.removeprefix("true, ")}
                FROM {source.relation} WHERE {who.sql} IS NOT NULL GROUP BY ALL),
            sized AS (SELECT unit, count(*) OVER (PARTITION BY {by}) AS size FROM pairs),
            people AS (SELECT min(size) AS size FROM sized GROUP BY unit)
            SELECT min(size), count(*), avg(1 / size), avg((size = 1)::DOUBLE) FROM people"""  # noqa: S608
        )
        present, classes = source.row(
            f"""SELECT sum(n), count(*) FROM (SELECT count(*) AS n FROM {source.relation}
            WHERE {who.sql} IS NOT NULL GROUP BY {by})"""  # noqa: S608
        )
        present = int(present or 0)
        dropped = source.rows - present
    return {
        "rows": present,
        "dropped": dropped,
        "units": units,
        "k": int(k or 0),
        "classes": int(classes),
        "average_risk": float(average or 0.0),
        "highest_risk": 1 / k if k else 0.0,
        "unique_fraction": float(unique or 0.0),
    }
