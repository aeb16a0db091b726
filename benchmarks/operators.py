"""Sixteen operators at once, each with a grant of its own, over a Parquet file of 100 thousand rows
with a privacy unit: every one asks 40 questions one after the other through the platform's gateway
(grant, limits, protection, ledger entry and record on SQLite with synchronous FULL). The peer is
the same SQL on a DuckDB connection of each thread. First one operator alone over one thousand rows,
200 times a new question, 200 times one with its own ORDER BY and LIMIT, 200 times the same: what
asking costs at all, and its stages. Then a grantee with a history: 10 thousand remembered cells of
one unit space, from tables by one, two and three columns over 200 thousand units; the linear audit
of all of them, and of the first 900 and 3,000."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import duckdb

from benchmarks.check import collected_as_in_the_server
from benchmarks.gateway import ASKED, MADE, Platform

OPERATORS, QUESTIONS, ROWS = 16, 40, 100_000
PAST_CELLS, AUDITED, UNITS = 10_000, (900, 3_000, 10_000), 200_000


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"GONGSHU_HOME": folder, "DJANGO_SETTINGS_MODULE": "gongshu.settings"}
        platform = Platform(Path(folder))
        file = platform.folder / "uploads" / "rows.parquet"
        duckdb.execute(f"COPY ({MADE.format(ROWS)}) TO '{file}'")
        first = platform.grants("bench.rows", file)["unit_per_row"]
        grants = [first, *(platform.another(first) for _ in range(OPERATORS - 1))]
        sql = ASKED.format("bench.rows")
        collected_as_in_the_server()
        figures = {
            "fixed_cost": _fixed_cost(platform),
            "sixteen_at_once": _at_once([_asker(platform, grant, sql) for grant in grants]),
            "plain_sixteen_at_once": _at_once([_plain(file) for _ in grants]),
            "one_alone": _alone(platform, first, sql, SORTED),
            "history": _history(Path(folder) / "history"),
        }
        platform.close()
        return figures


# A new question each time, so that no plan is kept: its own name for a column, or its own limit.
RENAMED = (" AS n,", " AS n{turn},")
SORTED = ("district", "district ORDER BY n LIMIT 1{turn:03}")
SAME = ("", "")


def _fixed_cost(platform: Platform) -> dict[str, float]:
    """New questions first: they are what the stages are told of."""
    few = _small(platform)
    figures = _alone(platform, *few, RENAMED)
    for name, form in {"sorted": SORTED, "the_same_again": SAME}.items():
        figures[f"{name}_p50_ms"] = _alone(platform, *few, form)["p50_ms"]
    return figures


def _small(platform: Platform) -> tuple[Any, str]:
    file = platform.folder / "uploads" / "few.parquet"
    duckdb.execute(f"COPY ({MADE.format(1000)}) TO '{file}'")
    return platform.grants("bench.few", file)["unit_per_row"], ASKED.format("bench.few")


def _asker(platform: Platform, grant: Any, sql: str) -> Callable[[], None]:
    return lambda: platform.ask(grant, sql)


def _plain(file: Path) -> Callable[[], None]:
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    sql = ASKED.format(f"read_parquet('{file}')")
    return lambda: connection.sql(sql).to_arrow_table()


def _at_once(askers: list[Callable[[], None]]) -> dict[str, float]:
    took: list[float] = []

    def work(ask: Callable[[], None]) -> None:
        ask()  # its worker starts
        barrier.wait()
        for _ in range(QUESTIONS):
            begun = time.perf_counter()
            ask()
            took.append((time.perf_counter() - begun) * 1000)

    barrier = threading.Barrier(len(askers) + 1)
    threads = [threading.Thread(target=work, args=(ask,)) for ask in askers]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    return {"a_second": len(took) / seconds, "p50_ms": median(took), "p99_ms": _p99(took)}


def _alone(platform: Platform, grant: Any, sql: str, form: tuple[str, str]) -> dict[str, float]:
    """Each stage's own time, by clocks around the functions that are the stages."""
    for _ in range(5):
        platform.ask(grant, sql)  # its worker starts
    from gongshu.data.gate import Gate
    from gongshu.data.policy.checker import Checker
    from gongshu.gateway import gates, services

    stages: dict[str, list[float]] = defaultdict(list)
    places = {
        "grant_and_versions": (services, "_question"),
        "reserve": (services, "_reserve"),
        "check": (Checker, "_plan"),
        "engine_and_protection": (Gate, "_run"),
        "release_and_entry": (services, "_release"),
    }
    with _clocked(places, stages):
        took = []
        for turn in range(200):
            asked = _asked(sql, form, turn)
            begun = time.perf_counter()
            platform.ask(grant, asked)
            took.append((time.perf_counter() - begun) * 1000)
    gates.close_all()
    figures = {"p50_ms": median(took), "p99_ms": _p99(took)}
    return figures | {f"{stage}_p50_ms": median(times) for stage, times in stages.items()}


def _asked(sql: str, form: tuple[str, str], turn: int) -> str:
    """`sql` with the last `form[0]` in it written as `form[1]` says."""
    old, new = form
    head, found, tail = sql.rpartition(old) if old else (sql, "", "")
    return f"{head}{new.format(turn=turn)}{tail}" if found else sql


@contextmanager
def _clocked(places: dict[str, tuple[Any, str]], stages: dict[str, list[float]]) -> Iterator[None]:
    def around(stage: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def clocked(*args: Any, **more: Any) -> Any:
            begun = time.perf_counter()
            try:
                return act(*args, **more)
            finally:
                stages[stage].append((time.perf_counter() - begun) * 1000)

        return clocked

    before = {stage: getattr(owner, name) for stage, (owner, name) in places.items()}
    for stage, (owner, name) in places.items():
        setattr(owner, name, around(stage, before[stage]))
    try:
        yield
    finally:
        for stage, (owner, name) in places.items():
            setattr(owner, name, before[stage])


def _history(folder: Path) -> dict[str, float]:
    """A review of one new cell against many remembered ones: nearness, and the linear audit."""
    from gongshu.data.protect.audit import solvable
    from gongshu.data.protect.history import Remembered, Review
    from gongshu.data.protect.state import State

    state = State(folder)
    cells = [
        Remembered("space", f"cell {number}", "v1", 10, members)
        for number, members in enumerate(_groups())
    ]
    with state.deciding() as connection:
        review = Review(connection, "grantee", "v1")
        for cell in cells[:PAST_CELLS]:
            review._record(cell)
    figures = {}
    with state.deciding() as connection:
        review = Review(connection, "grantee", "v1")
        near = _milliseconds(review._too_near, cells[PAST_CELLS : PAST_CELLS + 20])
        figures["nearness_of_a_cell_p50_ms"] = median(near)
    for number in AUDITED:
        (took,) = _milliseconds(
            lambda known: solvable(known, 10), [[cell.members for cell in cells[:number]]]
        )
        figures[f"linear_audit_of_{number}_cells_ms"] = took
    state.close()
    return figures


def _groups() -> list[Any]:
    """The cells of tables by one, two and three of five columns, in the order of asking."""
    import numpy as np

    from gongshu.data.protect.members import of

    random = np.random.default_rng(7)
    columns = [random.integers(0, values, UNITS) for values in (100, 2, 20, 5, 12)]
    cells: list[Any] = []
    for size in (1, 2, 3):
        for chosen in combinations(columns, size):
            key = np.zeros(UNITS, dtype=np.int64)
            for column in chosen:
                key = key * 100 + column
            order = np.argsort(key, kind="stable")
            bounds = np.flatnonzero(np.diff(key[order])) + 1
            for units in np.split(order, bounds):
                if len(units) >= 10:
                    cells.append(of(units, np.ones(len(units), dtype=np.int64)))
            if len(cells) > PAST_CELLS + 20:
                return cells
    return cells


def _milliseconds(act: Callable[[Any], Any], each: list[Any]) -> list[float]:
    took = []
    for one in each:
        begun = time.perf_counter()
        act(one)
        took.append((time.perf_counter() - begun) * 1000)
    return took


def _p99(took: list[float]) -> float:
    return quantiles(took, n=100)[-1]
