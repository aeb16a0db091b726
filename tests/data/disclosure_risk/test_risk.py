"""k, l and t against a second implementation that counts row by row in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import exp, log
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.disclosure_risk import Risk, risk
from gongshu.wording import Problem, language

ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, 1, 2]),
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["flu", "cold", "hiv", None]),
        st.one_of(st.none(), st.integers(-3, 6)),
        st.one_of(st.none(), st.integers(1, 6)),
    ),
    max_size=25,
)


def table_of(rows: list[tuple]) -> pa.Table:
    schema = pa.schema(
        [
            ("x", pa.int32()),
            ("y", pa.string()),
            ("d", pa.string()),
            ("n", pa.int64()),
            ("u", pa.int64()),
        ]
    )
    columns = list(zip(*rows, strict=True)) or [[]] * 5
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema)


def shares(values: list) -> dict:
    counted = Counter(values)
    return {value: count / len(values) for value, count in counted.items()}


def equal_distance(part: list, whole: list) -> float:
    p, q = shares(part), shares(whole)
    return sum(abs(p.get(v, 0) - q[v]) for v in q) / 2


def ordered_distance(part: list, whole: list) -> float:
    p, q = shares(part), shares(whole)
    order = sorted(q, key=lambda v: (v is None, v or 0))
    if len(order) == 1:
        return 0.0
    apart = ahead = 0.0
    for value in order:
        ahead += p.get(value, 0) - q[value]
        apart += abs(ahead)
    return apart / (len(order) - 1)


def brute_force(rows: list[tuple], with_unit: bool) -> dict:
    if with_unit:
        rows = [r for r in rows if r[4] is not None]
    else:
        rows = [(*r[:4], i) for i, r in enumerate(rows)]
    members = defaultdict(set)
    for x, y, _d, _n, u in rows:
        members[x, y].add(u)
    smallest: dict = {}
    for units in members.values():
        for u in units:
            smallest[u] = min(smallest.get(u, len(units)), len(units))
    found = {
        "k": min(map(len, members.values()), default=0),
        "classes": len(members),
        "average_risk": sum(1 / s for s in smallest.values()) / len(smallest) if smallest else 0,
        "unique_fraction": (
            sum(s == 1 for s in smallest.values()) / len(smallest) if smallest else 0
        ),
    }
    for name, at, distance in (("d", 2, equal_distance), ("n", 3, ordered_distance)):
        cells = {(r[0], r[1], r[4], r[at]) for r in rows}
        whole = [value for *_, value in cells]
        parts = [[v for a, b, _u, v in cells if (a, b) == key] for key in members]
        found[f"l.{name}"] = min((len(set(p)) for p in parts), default=0)
        found[f"t.{name}"] = max((distance(p, whole) for p in parts), default=0.0)
    return found


def as_found(result: Risk) -> dict:
    whole = result.to_dict()
    return {
        "k": whole["k"],
        "classes": whole["classes"],
        "average_risk": whole["average_risk"],
        "unique_fraction": whole["unique_fraction"],
        **{f"l.{name}": value for name, value in whole["l"].items()},
        **{f"t.{name}": value for name, value in whole["t"].items()},
    }


@settings(max_examples=80, deadline=None)
@given(ROWS, st.booleans())
def test_every_figure_agrees_with_counting_row_by_row(rows: list[tuple], with_unit: bool) -> None:
    result = risk(table_of(rows), ["x", "y"], ["d", "n"], unit="u" if with_unit else None)
    expected = brute_force(rows, with_unit)
    found = as_found(result)
    assert found == pytest.approx(expected, abs=1e-9)
    assert result.highest_risk == (1 / expected["k"] if expected["k"] else 0)


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_copying_every_row_changes_nothing_when_units_are_counted(rows: list[tuple]) -> None:
    once = risk(table_of(rows), ["x", "y"], ["d", "n"], unit="u")
    often = risk(table_of(rows * 20), ["x", "y"], ["d", "n"], unit="u")
    assert as_found(often) == pytest.approx(as_found(once), abs=1e-9)


def test_a_person_who_stands_alone_in_one_of_two_classes_is_unique() -> None:
    table = pa.table({"zip": [1, 1, 2], "who": ["ann", "bob", "ann"]})
    found = risk(table, ["zip"], unit="who")
    assert (found.k, found.classes, found.units) == (1, 2, 2)
    assert found.unique_fraction == 0.5
    assert found.average_risk == (1 + 1 / 2) / 2


def test_rows_without_a_unit_are_dropped_and_counted() -> None:
    found = risk(pa.table({"zip": [1, 1, 2], "who": ["ann", "bob", None]}), ["zip"], unit="who")
    assert (found.k, found.rows, found.dropped) == (2, 2, 1)


def test_without_quasi_identifiers_the_table_is_one_class() -> None:
    found = risk(pa.table({"d": ["a", "b", "b"]}), [], ["d"])
    assert (found.k, found.classes, found.l, found.t) == (3, 1, {"d": 2}, {"d": 0.0})


def test_the_example_of_ordered_closeness_in_the_literature() -> None:
    """Salaries 3k…11k; {3k,4k,5k} is 0.375 from the whole (Li, Li and Venkatasubramanian)."""
    salary = [3, 4, 5, 6, 11, 8, 7, 9, 10]
    found = risk(pa.table({"c": [1, 1, 1, 2, 2, 2, 3, 3, 3], "salary": salary}), ["c"], ["salary"])
    assert found.t["salary"] == pytest.approx(0.375)


def test_an_unknown_column_is_named_in_both_languages() -> None:
    table = pa.table({"age": [1], "sex": ["m"]})
    with pytest.raises(Problem) as caught:
        risk(table, ["age", "zip"])
    problem = caught.value
    assert (problem.code, problem.field) == ("unknown_name", "quasi")
    assert problem.reason == "There is no column “zip”."
    with language("zh"):
        assert problem.reason == "没有名为“zip”的列。"
        assert str(problem.suggestion) == "现有的列：age、sex。"


def test_names_with_quotes_spaces_and_case_twins_are_told_apart(tmp_path: Path) -> None:
    names = ['a "b" c', 'A "B" c', "it's"]
    table = pa.table([[1, 1], [1, 2], ["x", "y"]], names=names)
    folder = tmp_path / "year=2024 [1]'"
    folder.mkdir()
    pq.write_table(table, folder / "part*.parquet")
    found = risk(folder / "part*.parquet", [names[0]], [names[1], names[2]])
    assert (found.k, found.l) == (2, {names[1]: 2, names[2]: 2})


def test_several_files_are_one_table(tmp_path: Path) -> None:
    for i in range(3):
        pq.write_table(pa.table({"x": [1, 2]}), tmp_path / f"{i}.parquet")
    assert risk([tmp_path / f"{i}.parquet" for i in range(3)], ["x"]).k == 3


def test_what_is_no_parquet_is_a_problem_and_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(Problem) as caught:
        risk(tmp_path / "a.parquet", ["a"])
    assert caught.value.code == "unreadable"


UNITS = st.lists(
    st.tuples(st.sampled_from([None, 1, 2]), st.sampled_from("ab"), st.integers(1, 6)), max_size=25
)


@settings(max_examples=60, deadline=None)
@given(UNITS)
def test_units_of_whom_all_is_known_are_alike_if_their_sets_of_rows_are(rows: list[tuple]) -> None:
    table = table_of([(x, y, None, None, u) for x, y, u in rows])
    found = risk(table, ["x", "y"], unit="u").whole
    sets: dict = defaultdict(set)
    for x, y, u in rows:
        sets[u].add((x, y))
    alike = Counter(frozenset(one) for one in sets.values())
    assert found is not None
    assert (found.k, found.classes) == (min(alike.values(), default=0), len(alike))
    unique = sum(n == 1 for n in alike.values()) / len(sets) if sets else 0
    assert found.unique_fraction == pytest.approx(unique)
    assert found.average_risk == pytest.approx(len(alike) / len(sets) if sets else 0)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_entropy_and_the_histogram_agree_with_counting(rows: list[tuple]) -> None:
    found = risk(table_of(rows), ["x", "y"], ["d"])
    classes = defaultdict(list)
    for x, y, d, _n, _u in rows:
        classes[x, y].append(d)
    least = min((-sum(p * log(p) for p in shares(c).values()) for c in classes.values()), default=0)
    assert found.entropy_l["d"] == pytest.approx(exp(least) if rows else 0)
    assert sum(band.classes for band in found.histogram) == len(classes)
    assert sum(band.members for band in found.histogram) == len(rows)
    assert found.histogram[0].members == sum(len(c) == 1 for c in classes.values())
