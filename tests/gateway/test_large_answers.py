"""A large answer passes through the server without being held in its memory; a day has an end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.world import PURPOSE, World

from gongshu.data.policy.refusals import Refused
from gongshu.gateway import services

# In a process of its own, since only a fresh one's peak says anything.
PROGRAM = """
import resource, sys
from gongshu.data import Gate, Terms
from gongshu.data.answers import arrow_stream, parquet_file
from gongshu.data.formats import csv
terms = Terms.model_validate({
    "grantee": "g", "purposes": ["p"], "term": {"from": "2020-01-01", "until": "2099-01-01"},
    "output": "rows", "basis": {"statute": "s"},
    "limits": {"output_rows": 10_000_000, "output_size": "400MB", "memory": "1GB"},
    "datasets": {"d.t": {"columns": {"*": ["show"]}}},
})
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def anonymous():
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1])
with Gate(terms, {"d.t": sys.argv[1]}) as gate:
    gate.answer("SELECT a FROM d.t LIMIT 1", purpose="p")
    before, most = anonymous(), 0
    answer = gate.answer("SELECT a, b FROM d.t", purpose="p")
    for write in (arrow_stream, csv, parquet_file):
        for part in write(answer.table):
            most = max(most, anonymous())
    print(answer.table.nbytes, (most - before) * 1024)
"""


@pytest.mark.slow
def test_an_answer_of_more_than_100_mb_takes_little_memory_of_the_server(tmp_path: Path) -> None:
    rows = 1_500_000
    table = pa.table({"a": range(rows), "b": [f"{n:072d}" for n in range(rows)]})
    pq.write_table(table, tmp_path / "t.parquet")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "t.parquet")],
        capture_output=True,
        text=True,
        check=True,
        env={"DJANGO_SETTINGS_MODULE": "gongshu.settings", "GONGSHU_HOME": str(tmp_path)},
    )
    size, taken = (int(number) for number in done.stdout.split())
    assert size > 100_000_000
    assert taken < 80_000_000  # the buffers of a Parquet writer; the same at twice the size


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [{"rows_per_day": 5}, {"size_per_day": "0.1KB"}])
def test_a_day_gives_out_no_more_than_its_rows_and_bytes(
    world: World, limit: dict[str, Any]
) -> None:
    grant = world.operate(terms=terms_with(limit))
    ask = {"grant_id": grant.id, "purpose": PURPOSE, "by": world.operator}
    sql = "SELECT district, count(*) AS n FROM health.persons GROUP BY district"
    assert services.answer(sql=sql, **ask).rows
    with pytest.raises(Refused) as refused:
        exhaust(lambda: services.answer(sql=sql, **ask))
    assert refused.value.code == "limit"
    assert "a day" in refused.value.sentence.en


def exhaust(ask: Callable[[], object]) -> None:
    for _ in range(5):
        ask()


def terms_with(limit: dict[str, Any]) -> dict[str, Any]:
    from tests.world import agreement_form

    return {**agreement_form()["terms"], "limits": limit}
