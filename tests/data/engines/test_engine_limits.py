"""What costs too much is ended in time, and costs nobody else anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gongshu.data.engines import EngineFailed, EnginePool, Limits
from tests.data.engines.conftest import QUICK

ENDLESS = "SELECT sleep_ms(60000)"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('a', 2000000000)",
        "SELECT length(repeat('a', 2000000000))",
        "SELECT list_sum(range(1000000000))",
        "SELECT list_resize([1], 2000000000)",
        "SELECT count(*) FROM unnest(range(1000000000))",
        "SELECT count(DISTINCT hash(range)) FROM range(100000000)",
        "SELECT string_agg(range, '') FROM range(200000000)",
        "SELECT * FROM range(300000000) ORDER BY hash(range)",
    ],
)
def test_a_query_that_wants_too_much_memory_is_refused(
    failure: Callable[[str], EngineFailed], sql: str
) -> None:
    began = time.monotonic()
    # How far it comes before its second is over depends on the machine.
    assert failure(sql).code in ("limit", "deadline")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "sql",
    [
        ENDLESS,
        "SELECT count(*) FROM range(10000000) a, range(10000000) b "
        "WHERE a.range + b.range = -1 OR a.range < -b.range",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
        "SELECT count(*) FROM range(1000000000) WHERE regexp_matches("
        "repeat('a', 20000) || range::VARCHAR, '(a|b|ab)*c(a+)+$')",
    ],
)
def test_a_query_that_takes_too_long_is_ended_at_its_deadline(
    failure: Callable[[str], EngineFailed], sql: str
) -> None:
    began = time.monotonic()
    assert failure(sql).code == "deadline"
    assert 0.8 < time.monotonic() - began < 3


def test_an_answer_that_is_too_large_is_refused(pool: EnginePool) -> None:
    limits = Limits(output_bytes=1 << 20)
    with pool.lease("G-1/none", {}, limits) as worker:
        assert worker.query("SELECT * FROM range(100000)").num_rows == 100_000
        with pytest.raises(EngineFailed, match="limit"):
            worker.query("SELECT * FROM range(1000000)")


def test_another_grant_is_answered_at_once_while_one_runs_into_its_deadline(
    pool: EnginePool, persons: Path, others: Path
) -> None:
    codes: list[str] = []

    def run_long(number: int) -> None:
        with (
            pytest.raises(EngineFailed) as caught,
            pool.lease(f"G-1/{number % 3}", {"v": [persons]}, Limits(seconds=2)) as worker,
        ):
            worker.query(ENDLESS)
        codes.append(caught.value.code)

    # More of them than the pool has places, over three sets of versions of one grant.
    threads = [threading.Thread(target=run_long, args=[number]) for number in range(10)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    with pool.lease("G-2/1", {"v": [others]}, Limits()) as worker:
        assert worker.query("SELECT count(*) AS n FROM v").to_pydict() == {"n": [1]}
    assert time.monotonic() - began < 1
    for thread in threads:
        thread.join()
    assert codes == ["deadline"] * 10


def test_a_suspended_grant_s_queries_are_stopped_and_no_other_s(
    pool: EnginePool, persons: Path
) -> None:
    codes: dict[str, str] = {}

    def run_long(key: str) -> None:
        with (
            pytest.raises(EngineFailed) as caught,
            pool.lease(key, {"v": [persons]}, Limits(seconds=3)) as worker,
        ):
            worker.query(ENDLESS)
        codes[key] = caught.value.code

    threads = [threading.Thread(target=run_long, args=[key]) for key in ("G-5/1", "G-50/1")]
    for thread in threads:
        thread.start()
    time.sleep(1)
    began = time.monotonic()
    assert pool.kill("G-5/") == 1
    threads[0].join()
    assert time.monotonic() - began < 0.5
    threads[1].join()
    assert codes == {"G-5/1": "stopped", "G-50/1": "deadline"}


def test_kill_also_ends_a_grant_s_idle_workers(pool: EnginePool, persons: Path) -> None:
    with pool.lease("G-6/1", {"v": [persons]}, QUICK) as worker:
        worker.query("SELECT 1")
    assert (pool.kill("G-6/"), pool.kill("G-6/")) == (1, 0)
    with pool.lease("G-6/1", {"v": [persons]}, QUICK) as other:
        assert other.process.pid != worker.process.pid


def test_who_finds_no_free_worker_in_time_is_told_so(persons: Path) -> None:
    with (
        EnginePool(size=1, wait_seconds=0.2) as pool,
        pool.lease("G-1/1", {"v": [persons]}),
        pytest.raises(EngineFailed, match="busy"),
        pool.lease("G-2/1", {"v": [persons]}),
    ):
        pass


def test_the_smallest_memory_still_answers_a_small_question(
    pool: EnginePool, persons: Path
) -> None:
    limits = Limits(memory_bytes=16 << 20, threads=1, output_bytes=1 << 16)
    with pool.lease("G-1/1", {"v": [persons]}, limits) as worker:
        table = worker.query("SELECT town, count(*) AS n FROM v GROUP BY town ORDER BY n")
        assert table.to_pydict() == {"town": ["x", "y"], "n": [1, 2]}


def test_limits_that_bound_nothing_cannot_be_built() -> None:
    for wrong in ({"seconds": 0}, {"threads": 0}, {"output_bytes": -1}, {"memory_bytes": 1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Limits(**wrong)
