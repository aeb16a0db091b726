"""The SQL text of a protected block: per cell the figures, and the helpers by which it is judged.

Rows are first summed up per cell and unit, then per cell: so the number of distinct units, their
largest totals and the sums come out of one pass, and duplicating rows changes no count of units.

    WITH r AS (SELECT t1.c0 AS g0, t1.u0 AS u0, t1.c1 AS x0 FROM … WHERE …),
    a0 AS (SELECT g0, hash(u0) AS u0, count(*) AS c, sum(x0) AS s0, count(x0) AS k0
           FROM r GROUP BY g0, hash(u0)),
    b0 AS (SELECT g0, count(u0) AS n, sum(c) AS r, sum(s0) AS s0, … FROM a0 GROUP BY g0)
    SELECT … FROM b0 ORDER BY g0

Where every row is known to be a unit of its own, the step per unit is left out.
"""

# ruff: noqa: S608 (SQL is put together here from our own names and from pieces the checker built,
# never from the user's text; `recheck` reads the whole once more before it runs)

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gongshu.data.policy.labels import UnitClass


@dataclass(frozen=True)
class MeasureSql:
    """What is summed: its text and what is known of its values."""

    sql: str  # by the condition's name
    whole: str  # the same with the condition written out, which means the same in every query
    most: float | None  # no value is further from 0
    positive: bool  # none is below it
    filled: bool  # no row of the file lacks one
    middle: str  # subtracted before squaring, so that a large mean costs no precision
    source: str  # which column of which dataset: history compares sums of one column


@dataclass(frozen=True)
class CellSql:
    """What a block computes per cell, written as SQL over its rows."""

    head: Sequence[str]  # keys as g0…, units as u0…
    base: str  # FROM and WHERE
    keys: int
    units: Sequence[UnitClass]
    per_row: bool
    conditions: Sequence[str]
    measures: Sequence[MeasureSql]
    distincts: Sequence[str]
    spread: Collection[int]  # the measures whose standard deviation is asked for

    def rows(self) -> str:
        """The rows of the block, with all that its helpers are made of."""
        columns = list(self.head)
        columns += [f"{sql} AS f{j}" for j, sql in enumerate(self.conditions)]
        columns += [f"{measure.sql} AS x{m}" for m, measure in enumerate(self.measures)]
        columns += [f"{sql} AS d{d}" for d, sql in enumerate(self.distincts)]
        return f"SELECT {', '.join(columns)} {self.base}"

    def members(self, unit: int) -> str:
        """Who is in which cell with how many rows; cells are numbered as the figures are."""
        by = [*(f"g{key}" for key in range(self.keys)), f"u{unit}"]
        cell = f"DENSE_RANK() OVER (ORDER BY {self._keys}) - 1" if self.keys else "0"
        shown = [
            f"{cell} AS cell",
            f"MD5_NUMBER_LOWER(CAST(u{unit} AS TEXT)) AS u",
            "COUNT(*) AS c",
        ]
        shown += [f"COUNT(*) FILTER(WHERE f{j}) AS cf{j}" for j in range(len(self.conditions))]
        shown += [f"COUNT(x{m}) AS cx{m}" for m in range(len(self.measures))]
        return (
            f"WITH r AS ({self.rows()}) SELECT {', '.join(shown)} FROM r GROUP BY {', '.join(by)}"
        )

    def whole(self) -> str:
        """Everything that the threshold asks for."""
        return self._block(largest=True)

    def quick(self) -> str:
        """The same without the largest values, which take longest to find; "" where the terms do
        not bound what one unit can add, since without either nothing could be judged."""
        bounded = all(measure.most is not None for measure in self.measures)
        return self._block(largest=False) if self.per_row and self.measures and bounded else ""

    def _block(self, *, largest: bool) -> str:
        ctes = [f"r AS ({self.rows()})"]
        for unit in range(len(self.units)):
            if self.per_row:
                ctes.append(f"b0 AS ({self._per_row(largest)})")
                break
            ctes.append(f"a{unit} AS ({self._per_unit(unit)})")
            ctes.append(f"b{unit} AS ({self._per_cell(unit)})")
        group = self._keys
        for d in range(len(self.distincts)):
            by = f" GROUP BY {group}" if self.keys else ""
            cells = f"{group}, " if self.keys else ""
            ctes.append(f"e{d} AS (SELECT {cells}COUNT(DISTINCT d{d}) AS d_{d} FROM r{by})")
        tables = [f"b{unit}" for unit in range(len(self.units))]
        tables += [f"e{d}" for d in range(len(self.distincts))]
        joins = "".join(self._joined(table) for table in tables[1:])
        shown = [f"b0.g{key} AS g{key}" for key in range(self.keys)]
        for unit in range(len(self.units)):
            shown += [f"b{unit}.{name} AS {name}" for name in self._names(unit, largest)]
        shown += [f"e{d}.d_{d} AS d_{d}" for d in range(len(self.distincts))]
        order = " ORDER BY " + ", ".join(f"b0.g{key}" for key in range(self.keys))
        order = order if self.keys else ""
        return f"WITH {', '.join(ctes)} SELECT {', '.join(shown)} FROM b0{joins}{order}"

    def _per_unit(self, unit: int) -> str:
        # Grouped by 64 bits of the key, which takes half the time and memory that texts do. Two
        # keys that fell together would be one unit: fewer units and larger totals, so never a
        # weaker protection, and in ten million keys it happens once in 400,000 tables.
        hashed = f"HASH(u{unit})"
        if self.units[unit].nullable:
            hashed = f"CASE WHEN NOT u{unit} IS NULL THEN {hashed} END"
        parts = [f"g{key}" for key in range(self.keys)]
        parts += [f"{hashed} AS u{unit}", "COUNT(*) AS c"]
        parts += [f"COUNT(*) FILTER(WHERE f{j}) AS cf{j}" for j in range(len(self.conditions))]
        for m in range(len(self.measures)):
            parts += [f"SUM(x{m}) AS s{m}", f"COUNT(x{m}) AS k{m}"]
            if unit == 0:
                parts += [f"{sql} AS {name}{m}" for name, sql in self._spreads(m)]
        parts += [f"COUNT(d{d}) AS h{d}" for d in range(len(self.distincts))]
        by = ", ".join([*(f"g{key}" for key in range(self.keys)), hashed])
        return f"SELECT {', '.join(parts)} FROM r GROUP BY {by}"

    def _spreads(self, m: int) -> list[tuple[str, str]]:
        """What a standard deviation is made of."""
        if m not in self.spread:
            return []
        shifted = f"(CAST(x{m} AS DOUBLE) - {self.measures[m].middle})"
        ends = [("lo", f"MIN(x{m})"), ("hi", f"MAX(x{m})")]
        return [("y", f"SUM({shifted})"), ("q", f"SUM({shifted} * {shifted})"), *ends]

    def _per_row(self, largest: bool) -> str:
        """As `_per_cell`, where each row is a unit of its own: there is nothing to sum up per
        unit before, and the unit's key is not even read."""
        parts = [f"g{key}" for key in range(self.keys)] + ["COUNT(*) AS n_0", "COUNT(*) AS r"]
        for j in range(len(self.conditions)):
            inside = f"COUNT(*) FILTER(WHERE f{j})"
            parts += [f"{inside} AS fr_{j}", f"{inside} AS f_0_{j}"]
            parts += [f"COUNT(*) - {inside} AS fc_0_{j}"]
        for m, measure in enumerate(self.measures):
            known = "COUNT(*)" if measure.filled else f"COUNT(x{m})"
            parts += [f"SUM(x{m}) AS s_{m}", f"{known} AS c_{m}", f"{known} AS nx_0_{m}"]
            size = f"ABS(CAST(x{m} AS DOUBLE))"
            total = f"CAST(SUM(x{m}) AS DOUBLE)" if measure.positive else f"SUM({size})"
            parts.append(f"{total} AS t_0_{m}")
            if largest:
                parts.append(f"MAX({size}, 2) AS top_0_{m}")
            parts += [f"{sql} AS {name}_{m}" for name, sql in self._spreads(m)]
        parts += [f"COUNT(d{d}) AS nd_0_{d}" for d in range(len(self.distincts))]
        by = f" GROUP BY {self._keys}" if self.keys else ""
        return f"SELECT {', '.join(parts)} FROM r{by}"

    def _per_cell(self, unit: int) -> str:
        """Rows without this unit (the empty side of an outer join) are counted, but are no unit."""
        u = f"u{unit}"
        parts = [f"g{key}" for key in range(self.keys)] + [f"COUNT({u}) AS n_{unit}"]
        if unit == 0:
            parts.append("CAST(SUM(c) AS BIGINT) AS r")
            parts += [f"CAST(SUM(cf{j}) AS BIGINT) AS fr_{j}" for j in range(len(self.conditions))]
        for j in range(len(self.conditions)):
            parts.append(f"COUNT({u}) FILTER(WHERE cf{j} > 0) AS f_{unit}_{j}")
            parts.append(f"COUNT({u}) FILTER(WHERE c > cf{j}) AS fc_{unit}_{j}")
        for m in range(len(self.measures)):
            total = f"ABS(CAST(s{m} AS DOUBLE))"
            if unit == 0:
                parts += [f"SUM(s{m}) AS s_{m}", f"CAST(SUM(k{m}) AS BIGINT) AS c_{m}"]
                if m in self.spread:
                    parts += [f"SUM(y{m}) AS y_{m}", f"SUM(q{m}) AS q_{m}"]
                    parts += [f"MIN(lo{m}) AS lo_{m}", f"MAX(hi{m}) AS hi_{m}"]
            parts.append(f"COUNT({u}) FILTER(WHERE k{m} > 0) AS nx_{unit}_{m}")
            parts.append(f"SUM({total}) FILTER(WHERE NOT {u} IS NULL) AS t_{unit}_{m}")
            parts.append(f"MAX({total}, 2) FILTER(WHERE NOT {u} IS NULL) AS top_{unit}_{m}")
        for d in range(len(self.distincts)):
            parts.append(f"COUNT({u}) FILTER(WHERE h{d} > 0) AS nd_{unit}_{d}")
        by = f" GROUP BY {self._keys}" if self.keys else ""
        return f"SELECT {', '.join(parts)} FROM a{unit}{by}"

    def _names(self, unit: int, largest: bool) -> list[str]:
        """The helper columns that one unit class adds to the block's result."""
        names = [f"n_{unit}"]
        if unit == 0:
            names += ["r", *(f"fr_{j}" for j in range(len(self.conditions)))]
        for j in range(len(self.conditions)):
            names += [f"f_{unit}_{j}", f"fc_{unit}_{j}"]
        for m in range(len(self.measures)):
            if unit == 0:
                names += [f"s_{m}", f"c_{m}"]
                names += [f"{p}_{m}" for p in ("y", "q", "lo", "hi") if m in self.spread]
            names += [f"nx_{unit}_{m}", f"t_{unit}_{m}"]
            names += [f"top_{unit}_{m}"] if largest else []
        return names + [f"nd_{unit}_{d}" for d in range(len(self.distincts))]

    @property
    def _keys(self) -> str:
        return ", ".join(f"g{key}" for key in range(self.keys))

    def _joined(self, table: str) -> str:
        if not self.keys:
            return f" CROSS JOIN {table}"
        on = [f"b0.g{key} IS NOT DISTINCT FROM {table}.g{key}" for key in range(self.keys)]
        return f" JOIN {table} ON {' AND '.join(on)}"
