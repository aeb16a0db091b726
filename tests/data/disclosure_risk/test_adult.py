"""The figures for the Adult file are those that ARX publishes and that pyCANON computes."""

from __future__ import annotations

import json
from math import floor
from pathlib import Path
from typing import Any

import pytest

from gongshu.data.disclosure_risk import risk

SPEC = Path(__file__).parents[2] / "spec" / "adult"
ADULT = SPEC / "adult.parquet"
ARX: dict[str, Any] = json.loads((SPEC / "arx.json").read_text())
PYCANON: list[dict[str, Any]] = json.loads((SPEC / "pycanon.json").read_text())
COLUMNS = (
    *("sex", "age", "race", "marital-status", "education"),
    *("native-country", "workclass", "occupation", "salary-class"),
)


def test_average_and_highest_risk_are_those_of_arx() -> None:
    found = risk(ADULT, COLUMNS)
    assert found.rows == ARX["rows"]
    assert found.average_risk == ARX["average_risk"]
    assert found.highest_risk == ARX["highest_risk"]


@pytest.mark.parametrize("said", ARX["population_uniqueness"])
def test_population_uniqueness_is_that_of_arx(said: dict[str, Any]) -> None:
    size = round(ARX["rows"] / said["sampling_fraction"])
    found = risk(ADULT, COLUMNS, population=size).population
    assert found is not None
    share = found.zayatz if said["model"] == "zayatz" else found.share
    assert share == pytest.approx(said["share"], abs=1e-8)
    if said["model"] == "pitman":
        assert found.model == "pitman"


@pytest.mark.parametrize("said", PYCANON, ids=lambda said: "-".join(said["quasi"]))
def test_k_l_and_t_are_those_of_pycanon(said: dict[str, Any]) -> None:
    fact = said["sensitive"]
    found = risk(ADULT, said["quasi"], [fact])
    assert (found.k, found.l[fact]) == (said["k"], said["l"])
    assert floor(found.entropy_l[fact] + 1e-9) == said["entropy_l"]
    assert found.t[fact] == pytest.approx(said["t"], abs=1e-12)
