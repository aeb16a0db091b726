"""Containment estimated from sketches, against exact containment, on the World Bank's tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from gongshu.data import Table
from gongshu.data.sketches import contained, intersection, jaccard, sketches, union

FOLDER = Path(__file__).parents[2] / "spec" / "sketches"
KEY = b"a secret of the instance, 32 byt"


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_country_codes_as_they_are_ingested_are_compared_exactly() -> None:
    with Table.read(FOLDER / "gdp.csv") as gdp, Table.read(FOLDER / "population.csv") as population:
        mine = sketches(gdp, key=KEY)["Country Code"]
        theirs = sketches(population, key=KEY)["Country Code"]
    codes = [{row["Country Code"] for row in rows(name)} for name in ("gdp", "population")]
    assert (mine.distinct, theirs.distinct) == (len(codes[0]), len(codes[1]))
    assert contained(mine, theirs).share == len(codes[0] & codes[1]) / len(codes[0])
    assert contained(theirs, mine).share == len(codes[0] & codes[1]) / len(codes[1]) < 1


@pytest.mark.parametrize("k", [64, 128, 256, 512])
def test_the_exact_share_of_country_years_lies_in_the_interval(k: int) -> None:
    sides = [
        {f"{row['Country Code']} {row['Year']}" for row in rows(n)} for n in ("gdp", "population")
    ]
    made = [sketches(pa.table({"c": sorted(side)}), key=KEY, k=k)["c"] for side in sides]
    both, either = len(sides[0] & sides[1]), len(sides[0] | sides[1])
    for inner, outer in ((0, 1), (1, 0)):
        found = contained(made[inner], made[outer])
        assert not found.exact
        assert found.low <= both / len(sides[inner]) <= found.high
    together = jaccard(made[0], made[1])
    assert together.low <= both / either <= together.high
    assert union(made) == pytest.approx(either, rel=4 / k**0.5)
    assert intersection(made) == pytest.approx(both, rel=4 / k**0.5)
