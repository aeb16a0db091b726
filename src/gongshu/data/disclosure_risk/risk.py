"""Re-identification risk of a table, by what an attacker may know (the quasi-identifiers).

Rows that agree in every quasi-identifier form a class; a missing value is a value like any
other. An attacker who knows that somebody is in the table and knows these columns finds her
in a class of that size, so her risk is 1/size. How rows and units are counted: classes.py.

- k: the size of the smallest class. highest_risk = 1/k. An empty table has k 0 and risk 0.
- average_risk: the mean of 1/size over rows (classes ÷ rows), or over units: the share that is
  found rightly if everybody is guessed (the prosecutor's and the marketer's average).
- unique_fraction: the share of rows, or of units, that stand alone in a class.
- l: distinct l-diversity, the fewest distinct values of a sensitive column in any class.
- entropy_l: entropy l-diversity, e to the least entropy of a class.
- t: t-closeness, the largest distance between a class and the whole (see distances.py).
- whole: the figures by unit if all rows of a unit are known.
- population, journalist_risk: with the size of the population that the table was drawn from,
  how many are unique there, and the risk of an attacker who does not know who is in the table
  (population.py).

Only c0, c1, … stand in the SQL (source.py), so no name from outside reaches it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gongshu.data.disclosure_risk.classes import (
    Band,
    Sizes,
    bands,
    by_record,
    by_unit,
    by_whole_unit,
    collect_pairs,
)
from gongshu.data.disclosure_risk.distances import Spread, spread_of
from gongshu.data.disclosure_risk.population import (
    PopulationUniques,
    found_in_population,
    uniques,
)
from gongshu.data.profiling.source import Source, SourceColumn, Tabular, opened
from gongshu.wording import Problem, Sentence


@dataclass(frozen=True, slots=True)
class WholeUnits:
    """The figures of those of whom every row is known."""

    k: int
    classes: int
    average_risk: float
    highest_risk: float
    unique_fraction: float


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
    entropy_l: Mapping[str, float]
    histogram: tuple[Band, ...]
    whole: WholeUnits | None
    population: PopulationUniques | None
    # (highest, average) of who does not know whether a person is in the table.
    journalist_risk: tuple[float, float] | None

    def to_dict(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in self.__slots__}
        found["quasi"], found["sensitive"] = list(self.quasi), list(self.sensitive)
        for name in ("l", "t", "entropy_l"):
            found[name] = dict(found[name])
        found["histogram"] = [asdict(band) for band in self.histogram]
        for name in ("whole", "population"):
            found[name] = asdict(found[name]) if found[name] is not None else None
        if self.journalist_risk is not None:
            highest, average = self.journalist_risk
            found["journalist_risk"] = {"highest": highest, "average": average}
        return found


def risk(
    table: Tabular,
    quasi: Sequence[str],
    sensitive: Sequence[str] = (),
    unit: str | None = None,
    *,
    population: int | None = None,
) -> Risk:
    """The risk of `table`; a column that it does not have is a Problem `unknown_name`."""
    quasi_names, sensitive_names = names(quasi), names(sensitive)
    with opened(table) as source:
        keys = [source.column(name, "quasi") for name in quasi_names]
        facts = [source.column(name, "sensitive") for name in sensitive_names]
        who = source.column(unit, "unit") if unit is not None else None
        rows, sizes, whole = _counted(source, keys, who)
        spreads = {fact.name: spread_of(source, keys, fact, who) for fact in facts}
        dropped = source.rows - rows
    parts = whole or sizes  # each member stands in just one class
    _require_population(population, parts.count)
    return Risk(
        quasi=quasi_names,
        sensitive=sensitive_names,
        unit=unit,
        rows=rows,
        dropped=dropped,
        units=sizes.count if who is not None else None,
        **_figures(sizes),
        **_by_name(spreads),
        histogram=bands(sizes),
        whole=WholeUnits(**_figures(whole)) if whole else None,
        population=uniques(parts.classes, population) if population else None,
        journalist_risk=_journalist(sizes, population) if population else None,
    )


def names(given: Sequence[str]) -> tuple[str, ...]:
    # A single name is a sequence of its letters; nobody means that.
    return (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))


def _counted(
    source: Source, keys: Sequence[SourceColumn], who: SourceColumn | None
) -> tuple[int, Sizes, Sizes | None]:
    if who is None:
        return source.rows, by_record(source, keys), None
    (rows,) = source.row(f"SELECT count({who.sql}) FROM {source.relation}")  # noqa: S608
    collect_pairs(source, keys, who)
    return int(rows), by_unit(source, keys), by_whole_unit(source, keys)


def _figures(sizes: Sizes) -> dict[str, Any]:
    return {
        "k": sizes.k,
        "classes": sum(sizes.classes.values()),
        "average_risk": sizes.average_risk,
        "highest_risk": sizes.highest_risk,
        "unique_fraction": sizes.unique_fraction,
    }


def _by_name(spreads: Mapping[str, Spread]) -> dict[str, Any]:
    return {
        "l": {name: found.values for name, found in spreads.items()},
        "entropy_l": {name: found.entropy for name, found in spreads.items()},
        "t": {name: found.distance for name, found in spreads.items()},
    }


def _journalist(sizes: Sizes, population: int) -> tuple[float, float]:
    fraction = min(1.0, sizes.count / population)
    found = {size: found_in_population(size, fraction) for size in sizes.members}
    if not found:
        return 0.0, 0.0
    whole = sum(found[size] * number for size, number in sizes.members.items())
    return max(found.values()), whole / sizes.count


def _require_population(population: int | None, members: int) -> None:
    if population is not None and population < max(members, 1):
        raise Problem(
            "population_too_small",
            Sentence(
                en=f"The population cannot be smaller than the table, which has {members:,}.",
                zh=f"总体规模不能小于表中的数量（{members:,}）。",
            ),
            field="population",
        )
