"""An extract of rows is k-anonymous in what its terms declare, whatever rows there are."""

from collections import defaultdict
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.policy.plan import Floor
from gongshu.data.protect.extract import large_classes

VALUES = st.sampled_from([None, "a", "b", "c"])
UNITS = st.sampled_from([None, *"uvwxyz"])
ROWS = st.lists(st.tuples(VALUES, st.sampled_from([None, 1.5, 2.5]), st.integers(0, 9), UNITS))


def extract(rows: list[tuple[Any, ...]]) -> pa.Table:
    types = [pa.string(), pa.float64(), pa.int64(), pa.string()]
    columns = [pa.array([row[i] for row in rows], types[i]) for i in range(4)]
    return pa.table(columns, names=["sex", "height", "sensitive", "unit"])


def by_hand(rows: list[tuple[Any, ...]], quasi: tuple[int, ...], k: int) -> list[tuple[Any, ...]]:
    units: dict[tuple[Any, ...], set[Any]] = defaultdict(set)
    for row in rows:
        units[tuple(row[i] for i in quasi)] |= {row[3]} - {None}
    return [row[:3] for row in rows if len(units[tuple(row[i] for i in quasi)]) >= k]


@settings(deadline=None)
@given(ROWS, st.sampled_from([(), (0,), (1,), (0, 1)]), st.integers(2, 4))
def test_a_row_leaves_if_and_only_if_k_units_share_its_combination(
    rows: list[tuple[Any, ...]], quasi: tuple[int, ...], k: int
) -> None:
    kept, withheld = large_classes(extract(rows), Floor(quasi, (k,)))
    expected = by_hand(rows, quasi, k)
    assert [tuple(row.values()) for row in kept.to_pylist()] == expected
    assert withheld == (len(expected) < len(rows) or not expected)


@settings(deadline=None)
@given(ROWS, st.integers(2, 4), st.integers(1, 3))
def test_repeating_rows_lets_no_row_more_leave(
    rows: list[tuple[Any, ...]], k: int, times: int
) -> None:
    once, _ = large_classes(extract(rows), Floor((0, 1), (k,)))
    often, _ = large_classes(extract(rows * times), Floor((0, 1), (k,)))
    assert often.num_rows == once.num_rows * times


def test_a_list_is_told_apart_by_what_it_holds() -> None:
    table = pa.table({"tags": [["a"], ["a"], ["b"]], "unit": ["u", "v", "w"]})
    kept, withheld = large_classes(table, Floor((0,), (2,)))
    assert kept.to_pydict() == {"tags": [["a"], ["a"]]}
    assert withheld
