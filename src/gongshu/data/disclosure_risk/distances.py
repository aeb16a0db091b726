"""l-diversity (distinct and entropy) and t-closeness of one sensitive column, in a few GROUP BYs.

The distance between the values of a class (p) and those of the whole table (q):

- categories: equal distance, half the sum of |p - q| (total variation);
- numbers, dates and times: ordered distance over the m distinct values in order, the sum of
  the absolute differences of the two cumulative distributions, divided by m - 1 (the earth
  mover's distance, Li, Li and Venkatasubramanian 2007). A missing value comes last in order.

A naive ordered distance needs a grid of classes times values. Between two values that a class
has, its own cumulative share F is constant while the table's rises, so the sum over that
stretch follows from prefix sums and from the place where the table's share passes F: the work
is proportional to the values that the classes really hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gongshu.data.profiling.source import Source, SourceColumn

ORDERED = frozenset({"integer", "number", "decimal", "date", "time", "timestamp"})


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the class where they are least: distinct values, and e to their entropy; the distance."""

    values: int
    entropy: float
    distance: float


def spread_of(
    source: Source, keys: Sequence[SourceColumn], fact: SourceColumn, who: SourceColumn | None
) -> Spread:
    """l (both kinds) and t. With a unit each distinct (class, unit, value) counts once."""
    _collect_cells(source, keys, fact, who)
    diversity, entropy = source.row(
        """SELECT min(values), exp(min(greatest(entropy, 0))) FROM (
            SELECT count(*) AS values, ln(sum(n)) - sum(n * ln(n)) / sum(n) AS entropy
            FROM cells GROUP BY class)"""
    )
    if diversity is None:
        return Spread(0, 0.0, 0.0)
    statement = _ORDERED_DISTANCE if fact.family in ORDERED else _EQUAL_DISTANCE
    (closeness,) = source.row(statement)
    # Rounding may leave a hair below zero or above one.
    return Spread(int(diversity), float(entropy), min(1.0, max(0.0, float(closeness))))


def _collect_cells(
    source: Source, keys: Sequence[SourceColumn], fact: SourceColumn, who: SourceColumn | None
) -> None:
    """Temporary tables: cells (class, v, n), and ranks (v, r, n) in the order of the values."""
    names = [f"k{i}" for i in range(len(keys))]
    by = "".join(f"{key.sql} AS {name}, " for key, name in zip(keys, names, strict=True))
    if who is None:
        rows = f"SELECT {by}{fact.sql} AS v FROM {source.relation}"  # noqa: S608
    else:
        rows = f"""SELECT DISTINCT {by}{who.sql} AS unit, {fact.sql} AS v
            FROM {source.relation} WHERE {who.sql} IS NOT NULL"""  # noqa: S608
    keyed = "".join(f"{name}, " for name in names)
    same = " AND ".join(["true", *(f"c.{name} IS NOT DISTINCT FROM k.{name}" for name in names)])
    source.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE counted AS
        SELECT {keyed}v, count(*) AS n FROM ({rows}) GROUP BY ALL"""  # noqa: S608
    )
    # Numbered by a join: a window over all cells would sort them.
    source.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE cells AS
        SELECT k.class, c.v, c.n FROM counted AS c JOIN (
            SELECT {keyed}row_number() OVER () AS class FROM (
                SELECT DISTINCT {keyed}true AS present FROM counted)) AS k
        ON {same}"""  # noqa: S608
    )
    source.connection.execute(
        """CREATE OR REPLACE TEMP TABLE ranks AS
        SELECT v, row_number() OVER (ORDER BY v NULLS LAST) - 1 AS r, n
        FROM (SELECT v, sum(n) AS n FROM cells GROUP BY v)"""
    )


# Values that a class lacks add q each: together 1 minus the q of those it has.
_EQUAL_DISTANCE = """
WITH shares AS (
    SELECT class, cells.n / sum(cells.n) OVER (PARTITION BY class) AS p,
        ranks.n / (SELECT sum(n) FROM ranks) AS q
    FROM cells JOIN ranks ON cells.v IS NOT DISTINCT FROM ranks.v
)
SELECT max(distance) FROM (
    SELECT (sum(abs(p - q)) + 1 - sum(q)) / 2 AS distance FROM shares GROUP BY class)
"""

# s is the sum of the table's cumulative shares of all lower ranks.
_ORDERED_DISTANCE = """
WITH
size AS (SELECT count(*) AS m, sum(n) AS total FROM ranks),
cumulated AS (
    SELECT v, r, sum(n) OVER (ORDER BY r) / (SELECT total FROM size) AS q FROM ranks
),
steps AS (
    SELECT v, r, q, sum(q) OVER (ORDER BY r) - q AS s FROM cumulated
),
whole AS (SELECT sum(q) AS s FROM steps),
stretches AS (
    SELECT class, steps.r AS start, steps.s AS s_start,
        lead(steps.r, 1, (SELECT m FROM size)) OVER in_order AS stop,
        lead(steps.s, 1, (SELECT s FROM whole)) OVER in_order AS s_stop,
        lag(steps.r) OVER in_order IS NULL AS is_first,
        sum(n) OVER in_order / sum(n) OVER (PARTITION BY class) AS f
    FROM cells JOIN steps ON cells.v IS NOT DISTINCT FROM steps.v
    WINDOW in_order AS (PARTITION BY class ORDER BY steps.r)
),
crossed AS (
    SELECT stretches.*, CASE WHEN steps.r > stop OR steps.r IS NULL THEN stop
            WHEN steps.r < start THEN start ELSE steps.r END AS x,
        CASE WHEN steps.r > stop OR steps.r IS NULL THEN s_stop
            WHEN steps.r < start THEN s_start ELSE steps.s END AS s_x
    FROM stretches ASOF LEFT JOIN steps ON stretches.f <= steps.q
),
distances AS (
    SELECT sum(f * (x - start) - (s_x - s_start) + (s_stop - s_x) - f * (stop - x)
        + CASE WHEN is_first THEN s_start ELSE 0 END) AS distance
    FROM crossed GROUP BY class
)
SELECT CASE WHEN (SELECT m FROM size) > 1
    THEN max(distance) / ((SELECT m FROM size) - 1) ELSE 0 END FROM distances
"""
