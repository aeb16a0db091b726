"""A table is looked through as SQL would: the same rows, counted and described the same."""

from __future__ import annotations

import random
import threading
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.browsing import Browser, Key, read_view
from gongshu.data.browsing import browser as browsing
from gongshu.wording import Problem

WORDS = [None, "", "东城", "西城", "a:b", "O'Neil", "Ab", "aB", "100%", "_x", '"q"']


def _table(rows: int, seed: int) -> pa.Table:
    chance = random.Random(seed)
    return pa.table(
        {
            "n": pa.array([chance.choice([None, *range(5)]) for _ in range(rows)], pa.int64()),
            "a:b": [chance.choice(WORDS) for _ in range(rows)],
            "money": pa.array(
                [Decimal(chance.randrange(-500, 500)) / 100 for _ in range(rows)],
                pa.decimal128(9, 2),
            ),
            "day": [date(2026, 1, 1 + chance.randrange(28)) for _ in range(rows)],
            "at": [datetime(2026, 1, 1, chance.randrange(24)) for _ in range(rows)],
            "yes": [chance.choice([True, False, None]) for _ in range(rows)],
            "id": list(range(rows)),
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files with several row groups each, as an append leaves them."""
    folder = tmp_path_factory.mktemp("rows")
    whole = _table(700, 1)
    parts = [(whole.slice(0, 450), 100), (whole.slice(450), 64)]
    paths = []
    for number, (part, group) in enumerate(parts):
        paths.append(folder / f"{number}.parquet")
        pq.write_table(part, paths[-1], row_group_size=group)
    return paths


@pytest.fixture(scope="module")
def browser(files: list[Path]) -> Browser:
    return Browser(files)


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


CONDITIONS = st.one_of(
    st.tuples(
        st.sampled_from(["n", "id"]),
        st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]),
        st.integers(-1, 700).map(str),
    ),
    st.tuples(
        st.just("a:b"),
        st.sampled_from(["eq", "ne", "contains", "starts", "ge"]),
        st.sampled_from([word for word in WORDS if word is not None]),
    ),
    st.tuples(
        st.just("money"), st.sampled_from(["lt", "ge"]), st.sampled_from(["0", "-1.5", "2.25"])
    ),
    st.tuples(
        st.just("day"), st.sampled_from(["eq", "gt"]), st.sampled_from(["2026-01-05", "2026-01-20"])
    ),
    st.tuples(st.just("n"), st.just("in"), st.sampled_from(["1|2", "0", "3|4|9"])),
    st.tuples(st.sampled_from(["n", "a:b", "yes"]), st.sampled_from(["null", "notnull"])),
    st.tuples(st.just("yes"), st.just("eq"), st.sampled_from(["true", "0", "是"])),
)
SORTS = st.lists(st.sampled_from(["n", "-n", "a:b", "-a:b", "money", "-day"]), max_size=3)


@settings(deadline=None, max_examples=150)
@given(
    where=st.lists(CONDITIONS.map(":".join), max_size=3),
    sort=SORTS,
    limit=st.integers(1, 40),
    offset=st.integers(0, 700),
)
def test_a_page_its_count_and_its_stream_are_those_of_the_sql_that_is_shown(
    files: list[Path], browser: Browser, where: list[str], sort: list[str], limit: int, offset: int
) -> None:
    view = read_view(browser.schema, where=where, sort=[*sort, "id"])
    listed = ", ".join(f"'{file}'" for file in files)
    with duckdb.connect() as other:
        expected = other.execute(view.sql(f"read_parquet([{listed}])")).fetchall()
    assert _rows(browser.page(view, limit=limit, offset=offset)) == expected[offset:][:limit]
    assert browser.count(view) == len(expected)
    assert _rows(browser.stream(view).read_all()) == expected
    assert read_view(browser.schema, **_read_again(view.query)) == view


def _read_again(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"where": [], "sort": [], "columns": []}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found["columns" if name == "column" else name].append(value)
    return found


def test_without_an_order_rows_come_as_they_stand_from_any_place(browser: Browser) -> None:
    whole = read_view(browser.schema, columns=["id", "n"])
    for offset in (0, 99, 449, 450, 690, 700, 10**9):
        found = browser.page(whole, limit=20, offset=offset)
        assert found.column("id").to_pylist() == list(range(700))[offset : offset + 20]
        assert found.column_names == ["id", "n"]
    assert browser.count(whole) == browser.rows == 700


def test_a_table_with_columns_named_as_the_engines_own_is_no_trap(tmp_path: Path) -> None:
    table = pa.table({"file_row_number": [9, 8, 7], "File_Index": [1, 1, 1], "x": [3, 1, 2]})
    pq.write_table(table, tmp_path / "t.parquet")
    found = Browser([tmp_path / "t.parquet"])
    assert found.page(read_view(found.schema, sort=["x"]), limit=2)["x"].to_pylist() == [1, 2]


def test_what_a_column_holds(browser: Browser) -> None:
    whole = browser.stream(read_view(browser.schema)).read_all().to_pylist()
    few = browser.statistics(read_view(browser.schema), "n")
    values = [row["n"] for row in whole if row["n"] is not None]
    assert (few.rows, few.empty, few.low, few.high) == (700, 700 - len(values), 0, 4)
    assert dict(few.common) == {value: values.count(value) for value in set(values)}
    assert few.mean == pytest.approx(sum(values) / len(values))
    none = browser.statistics(read_view(browser.schema, where=["n:null"]), "n")
    assert (none.rows, none.distinct, none.low, none.common) == (none.empty, 0, None, ())


def test_many_numbers_are_told_by_bars_that_hold_them_all(tmp_path: Path) -> None:
    values = [n * n for n in range(5000)]
    pq.write_table(pa.table({"x": values}), tmp_path / "t.parquet")
    found = Browser([tmp_path / "t.parquet"])
    bars = found.statistics(read_view(found.schema), "x").bars
    assert sum(bar.count for bar in bars) == 5000
    edges = [bar.low for bar in bars[1:]]
    assert bars[0].count == sum(1 for value in values if value < edges[0])


@pytest.mark.parametrize(
    ("where", "code", "said"),
    [
        ("n:ge:abc", "value", "no whole number"),
        ("n:eq:", "value", "no whole number"),
        ("money:lt:NaN", "value", "no number"),
        ("day:eq:2026-13-01", "value", "2026-01-31"),
        ("at:gt:noon", "value", "moment"),
        ("yes:eq:maybe", "value", "yes or no"),
        ("n:contains:1", "no_text", "holds no texts"),
        ("nobody:eq:1", "condition", "no condition on a column"),
        ("n:like:1", "condition", "no condition on a column"),
        ("n", "condition", "no condition on a column"),
        ("", "condition", "no condition on a column"),
        ("a:b:eq:\0", "condition", "no condition on a column"),
        ("n:eq:" + "9" * 60, "value", "no whole number"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused_in_a_sentence(
    browser: Browser, where: str, code: str, said: str
) -> None:
    with pytest.raises(Problem) as refused:
        read_view(browser.schema, where=[where])
    assert refused.value.code == code
    assert said in refused.value.sentence.en
    assert refused.value.sentence.zh


def test_unknown_columns_and_too_many_conditions_are_refused(browser: Browser) -> None:
    for asked in ({"sort": ["-nobody"]}, {"sort": ["nobody"]}, {"columns": ["nobody"]}):
        with pytest.raises(Problem, match="nobody"):
            read_view(browser.schema, **asked)
    with pytest.raises(Problem, match="At most"):
        read_view(browser.schema, where=["n:null"] * 21)


def test_a_column_is_sorted_by_once_and_a_condition_stands_once(browser: Browser) -> None:
    view = read_view(browser.schema, where=["n:null", "n:null"], sort=["n", "-n", "id"])
    assert view.order == (Key("n"), Key("id"))
    assert len(view.conditions) == 1


def test_what_takes_too_long_ends_and_is_told(files: list[Path]) -> None:
    browsing._places.cache_clear()
    many = Browser(files * 400)
    view = read_view(many.schema, where=["a:b:contains:never there"])
    assert many.count(view, seconds=0.000001) is None
    with pytest.raises(Problem) as late:
        many.statistics(view, "a:b", seconds=0.000001)
    assert late.value.code == "deadline"
    assert many.count(view) == 0  # and the next question has an answer


def test_sorted_tables_are_paged_through_only_so_far(browser: Browser) -> None:
    with pytest.raises(Problem, match="first 10,000 rows"):
        browser.page(read_view(browser.schema, sort=["n"]), limit=5, offset=10_001)


def test_many_may_look_at_once(browser: Browser) -> None:
    found: list[int] = []

    def look(word: str) -> None:
        view = read_view(browser.schema, where=[f"a:b:eq:{word}"], sort=["-id"])
        rows = browser.page(view, limit=700)
        assert set(rows["a:b"].to_pylist()) <= {word}
        found.append(rows.num_rows)

    threads = [threading.Thread(target=look, args=(word,)) for word in ["东城", "Ab", "aB"] * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 15
