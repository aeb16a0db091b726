"""Looking through an open table of 10 million rows and 12 columns (the rows of the benchmark
`profile`), as the page and the API do: first page, a place in the middle, filters that fit many
rows, few and none, sorts by one and two columns, counts, and what a column holds. Medians of 9,
nothing kept from one to the next; the peer is one DuckDB query over the same Parquet file
(`SELECT * … LIMIT 25`) on a connection with both cores."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from benchmarks.profile import MADE
from gongshu.data.browsing import Browser, View, browser, read_view

ROWS, TIMES, PAGE = 10_000_000, 9, 25
VIEWS: dict[str, dict[str, list[str]]] = {
    "first_page": {},
    "equal_to_one_of_eight": {"where": ["area:eq:330103"]},
    "equal_to_one_of_a_million": {"where": ["amount:eq:77.77"]},
    "text_contains_few": {"where": ["address:contains:路777号"]},
    "text_contains_none": {"where": ["mobile:contains:99999999x"]},
    "range_of_days": {"where": ["day:ge:2023-12-01", "day:lt:2023-12-08"]},
    "sorted_by_number": {"sort": ["-amount"]},
    "sorted_by_text": {"sort": ["mobile"]},
    "sorted_by_two": {"sort": ["day", "-measure"]},
    "filtered_and_sorted": {"where": ["sex:eq:女", "age:ge:60"], "sort": ["-amount"]},
}
COLUMNS = {"number": "amount", "text_of_few_values": "sex", "text_of_many_values": "mobile"}


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        duckdb.execute("SET enable_progress_bar = false")
        duckdb.execute(f"COPY ({MADE.format(rows=ROWS)}) TO '{file}' (COMPRESSION zstd)")
        table = Browser([file])
        plain = duckdb.connect()
        plain.execute("SET enable_progress_bar = false")
        figures = {
            name: _compared(table, read_view(table.schema, **asked), plain, file)
            for name, asked in VIEWS.items()
        }
        middle = _milliseconds(lambda: table.page(View(), limit=PAGE, offset=ROWS // 2))
        figures["a_page_in_the_middle"] = {"p50_ms": middle}
        return {"pages": figures, "columns": _columns(table), "counts": _counts(table)}


def _compared(
    table: Browser, view: View, plain: duckdb.DuckDBPyConnection, file: Path
) -> dict[str, float]:
    def look() -> None:
        browser._places.cache_clear()
        table.page(view, limit=PAGE)

    scanned = f"read_parquet('{file}')"
    sql = f"{view.sql(scanned)} LIMIT {PAGE}"
    took = _milliseconds(look)
    peer = _milliseconds(lambda: plain.sql(sql).to_arrow_table())
    return {"p50_ms": took, "duckdb_p50_ms": peer, "ratio": took / peer}


def _columns(table: Browser) -> dict[str, float]:
    """Of the whole table, and of the half that a condition leaves."""
    half = read_view(table.schema, where=["sex:eq:女"])
    return {
        f"{kind}{which}_p50_ms": _milliseconds(
            lambda view=view, column=column: table.statistics(view, column)
        )
        for kind, column in COLUMNS.items()
        for which, view in (("", View()), ("_of_half", half))
    }


def _counts(table: Browser) -> dict[str, float]:
    return {
        f"{name}_p50_ms": _milliseconds(
            lambda asked=asked: table.count(read_view(table.schema, **asked))
        )
        for name, asked in VIEWS.items()
        if asked.get("where")
    }


def _milliseconds(act: Callable[[], object]) -> float:
    took = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return median(took)
