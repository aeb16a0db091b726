"""Suggestions do what they say: each is applied by hand and counted anew, and none is cheaper."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.disclosure_risk import not_in_terms, owners_terms, risk, suggest
from gongshu.data.disclosure_risk.suggestions import Suggestions
from gongshu.data.policy.terms import Dataset
from gongshu.wording import Problem

ADULT = Path(__file__).parents[2] / "spec" / "adult" / "adult.parquet"
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 60)),
        st.sampled_from(["330106", "330108", "330203", "110101", None]),
        st.sampled_from(["a", "b"]),
        st.one_of(st.none(), st.integers(1, 9)),
    ),
    min_size=1,
    max_size=40,
)


def table_of(rows: list[tuple]) -> pa.Table:
    ages, areas, sexes, units = zip(*rows, strict=True)
    return pa.table(
        {
            "age": pa.array(ages, pa.int64()),
            "area": pa.array(areas, pa.string()),
            "sex": pa.array(sexes, pa.string()),
            "unit": pa.array(units, pa.int64()),
        }
    )


def applied(table: pa.Table, steps: dict[str, str]) -> pa.Table:
    """The steps, taken a second way: by Arrow and Python."""
    for name, step in steps.items():
        column, (kind, _, value) = table[name], step.partition(":")
        if kind == "bucket":
            made = [None if v is None else v // int(value) * int(value) for v in column.to_pylist()]
        elif kind == "prefix":
            made = pc.utf8_slice_codeunits(column, 0, int(value)).to_pylist()
        elif kind == "hidden":
            made = [0] * len(column)
        elif kind == "first1":
            made = pc.utf8_slice_codeunits(column, 0, 1).to_pylist()
        else:
            assert kind == "as_is"
            made = column.to_pylist()
        table = table.set_column(table.column_names.index(name), name, pa.array(made))
    return table


def share_below(table: pa.Table, names: list[str], k: int, unit: str | None) -> float:
    """Counted row by row."""
    rows = table.to_pylist()
    if unit:
        rows = [row for row in rows if row[unit] is not None]
    members: dict[tuple, set] = {}
    for number, row in enumerate(rows):
        who = row[unit] if unit else number
        members.setdefault(tuple(row[name] for name in names), set()).add(who)
    everybody = set().union(*members.values()) if members else set()
    few = set().union(*(units for units in members.values() if len(units) < k), set())
    return len(few) / len(everybody) if everybody else 0.0


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(2, 5), st.booleans(), st.sampled_from([0.0, 0.1]))
def test_every_combination_reaches_the_wanted_k(
    rows: list[tuple], k: int, with_unit: bool, left_out: float
) -> None:
    table, names = table_of(rows), ["age", "area", "sex"]
    unit = "unit" if with_unit else None
    found = suggest(table, names, unit, k=k, most_left_out=left_out)
    assert found.now.left_out == pytest.approx(share_below(table, names, k, unit))
    for one in found.combinations:
        steps = {name: step.name for name, step in one.steps.items()}
        done = applied(table, steps)
        assert one.effect.left_out == pytest.approx(share_below(done, names, k, unit))
        assert one.effect.left_out <= left_out
        assert one.effect.unique_fraction == risk(done, names, unit=unit).unique_fraction
    if not found.combinations:
        assert share_below(table, [], k, unit) > left_out


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(2, 4))
def test_no_other_combination_of_steps_loses_less(rows: list[tuple], k: int) -> None:
    table, names = table_of(rows), ["age", "area", "sex"]
    found = suggest(table, names, k=k, most_left_out=0.0)
    if not found.combinations:
        return
    assert found.best_known_exactly
    every = [["as_is", *steps] for steps in _steps_of(found, names)]
    losses = _losses(found, names)
    for chosen in itertools.product(*every):
        steps = dict(zip(names, chosen, strict=True))
        if share_below(applied(table, steps), names, k, None) == 0:
            loss = sum(losses[pair] for pair in steps.items()) / 3
            assert loss >= found.combinations[0].effect.loss - 1e-9


def _steps_of(found: Suggestions, names: list[str]) -> list[list[str]]:
    return [
        [o.step.name for o in found.single if o.column == n and not o.step.name.startswith("top")]
        for n in names
    ]


def _losses(found: Suggestions, names: list[str]) -> dict[tuple[str, str], float]:
    single = {(o.column, o.step.name): o.effect.loss * len(names) for o in found.single}
    return single | {(name, "as_is"): 0.0 for name in names}


def test_the_adult_file_reaches_five_with_a_hundredth_left_out() -> None:
    names = ["sex", "age", "race", "marital-status", "education"]
    found = suggest(ADULT, names, k=5, most_left_out=0.01)
    best = found.combinations[0]
    assert found.best_known_exactly
    assert best.effect.k_then >= 5
    assert best.effect.left_out <= 0.01
    assert best.steps["age"].name == "bucket:10"


def test_dates_become_months_and_years_and_terms_take_them() -> None:
    days = [datetime.date(1980, 1, 1) + datetime.timedelta(days=11 * n) for n in range(299)]
    table = pa.table({"birth": days, "born_as_text": [str(day) for day in days]})
    found = suggest(table, ["birth"], k=5, most_left_out=0.0)
    names = {one.step.name for one in found.single}
    assert {"month", "quarter", "year", "hidden"} <= names
    assert found.combinations[0].steps["birth"].name == "quarter"
    assert set(not_in_terms(found.combinations[0])) == {"birth"}
    text = suggest(table, ["born_as_text"], k=20, most_left_out=0.05).combinations[0]
    terms = owners_terms(text, k=20)
    assert terms["columns"]["born_as_text"]["mask"] == "year"


@pytest.mark.parametrize("unit", [None, "unit"])
def test_the_piece_of_terms_is_one_that_the_gate_reads(unit: str | None) -> None:
    table = table_of([(n % 50, "330106", "ab"[n % 2], n) for n in range(200)])
    found = suggest(table, ["age", "area", "sex"], unit, k=10, most_left_out=0.0)
    terms = owners_terms(found.combinations[0], k=10, unit=unit)
    read = Dataset.model_validate(terms)
    assert read.k == 10
    assert terms["columns"]["age"]["bucket"] in (5, 10, 20)


def test_a_table_smaller_than_k_has_no_combination() -> None:
    found = suggest(pa.table({"age": [1, 2, 3]}), ["age"], k=5)
    assert found.combinations == ()


@pytest.mark.parametrize(("k", "left_out", "field"), [(1, 0.1, "k"), (5, 1.0, "most_left_out")])
def test_what_cannot_be_wanted_is_said(k: int, left_out: float, field: str) -> None:
    with pytest.raises(Problem) as refused:
        suggest(pa.table({"age": [1]}), ["age"], k=k, most_left_out=left_out)
    assert refused.value.field == field


def test_a_search_out_of_time_says_that_it_does_not_know_the_best() -> None:
    found = suggest(ADULT, ["sex", "age", "race", "education"], k=50, seconds=0)
    assert not found.best_known_exactly
    assert found.combinations[0].effect.left_out <= 0.01


def test_odd_columns_are_no_trouble() -> None:
    table = pa.table(
        {
            "n": [float("nan"), float("inf"), 1.5, None],
            "t": [datetime.time(1), None, datetime.time(2), datetime.time(2)],
            "b": [True, False, None, True],
            "x": [b"a", b"b", None, b"a"],
        }
    )
    found = suggest(table, ["n", "t", "b", "x"], k=2, most_left_out=0.0)
    assert found.combinations[0].effect.left_out == 0.0
