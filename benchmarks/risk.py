"""What it takes to know how easily somebody is found in a table: a made file of 1 and of 10
million rows, five quasi-identifiers (sex, age, area, education, marital status) that form some
four hundred thousand classes, one sensitive column of eight values, and three rows a person. The
library reads Parquet: k and all that follows from class sizes; with l (distinct, entropy) and t;
by unit, with one row known and with all; the search for steps to k 5. Peak memory is that of the
whole process. The peer is pyCANON (pandas in memory, already read): k_anonymity on the same rows,
and on 20,000 of them k, l, entropy l and t, which the library measures too, since they take
pyCANON longer than linearly; it runs in a virtual environment of its own that PYCANON names, and
is left out where there is none. A single run each; the kept run shared its two cores with other
work (load average 15), so that the ratios say more than the seconds."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

QUASI = ["sex", "age", "area", "education", "marital"]
FACT = "disease"
SIZES = (1_000_000, 10_000_000)
FEW = 20_000
MADE = """SELECT i AS id, hash(i + 1) % ({rows} // 3) AS person,
    if(hash(i + 3) % 2 = 0, '男', '女') AS sex, (hash(i + 4) % 90)::INT AS age,
    330100 + (hash(i + 9) % 90)::INT AS area,
    ['小学','初中','高中','大专','本科','硕士','博士'][1 + (hash(i + 5) % 7)::INT] AS education,
    ['未婚','已婚','离异','丧偶'][1 + (hash(i + 6) % 4)::INT] AS marital,
    'ABCDEFGH'[1 + (hash(i + 7) % 8)::INT] AS disease FROM range({rows}) AS made(i)"""
PEER = """
import json, sys, time
import pandas
from pycanon import anonymity
path, measures, quasi, fact = sys.argv[1], sys.argv[2].split(","), json.loads(sys.argv[3]), sys.argv[4]
data = pandas.read_csv(path)
begun = time.perf_counter()
found = {}
for name in measures:
    more = [] if name == "k_anonymity" else [[fact]]
    found[name] = float(getattr(anonymity, name)(data, quasi, *more))
print(json.dumps([time.perf_counter() - begun, found]))
"""


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Any] = {}
        for rows in SIZES:
            file = Path(folder) / f"{rows}.parquet"
            duckdb.execute(f"COPY ({MADE.format(rows=rows)}) TO '{file}' (FORMAT parquet)")
            figures = json.loads(_own_process("ours", str(file)))
            found[f"{rows // 1_000_000} million rows"] = _against(figures, file, "k_anonymity")
        file = Path(folder) / "few.parquet"
        duckdb.execute(f"COPY ({MADE.format(rows=FEW)}) TO '{file}' (FORMAT parquet)")
        found["20000 rows"] = _all_measures(file)
    return found


def ours(path: str) -> dict[str, Any]:
    from gongshu.data.disclosure_risk import risk, suggest

    figures = {
        "k_s": _timed(lambda: risk(path, QUASI)),
        "k_l_t_s": _timed(lambda: risk(path, QUASI, [FACT])),
        "by_unit_s": _timed(lambda: risk(path, QUASI, unit="person")),
        "steps_to_k_5_s": _timed(lambda: suggest(path, QUASI, k=5, seconds=60)),
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**figures, "peak_memory_MB": round(peak)}


def _against(figures: dict[str, Any], file: Path, measure: str) -> dict[str, Any]:
    peer = _peer(file, measure)
    if peer is None:
        return figures
    seconds, answer = peer
    from gongshu.data.disclosure_risk import risk

    agree = risk(file, QUASI).k == answer[measure]
    return {
        **figures,
        "pyCANON_k_s": round(seconds, 2),
        "pyCANON_to_ours": round(seconds / figures["k_s"], 1),
        "same_k": "yes" if agree else "NO",
    }


def _all_measures(file: Path) -> dict[str, Any]:
    from gongshu.data.disclosure_risk import risk

    mine = _timed(lambda: risk(file, QUASI[:3], [FACT]))
    every = "k_anonymity,l_diversity,entropy_l_diversity,t_closeness"
    peer = _peer(file, every, QUASI[:3])
    if peer is None:
        return {"k_l_t_s": mine}
    seconds, answer = peer
    found = risk(file, QUASI[:3], [FACT])
    same = (found.k, found.l[FACT]) == (answer["k_anonymity"], answer["l_diversity"])
    same = same and abs(found.t[FACT] - answer["t_closeness"]) < 1e-9
    return {
        "k_l_t_s": mine,
        "pyCANON_k_l_t_s": round(seconds, 2),
        "pyCANON_to_ours": round(seconds / mine, 1),
        "same_k_l_t": "yes" if same else "NO",
    }


def _peer(
    file: Path, measures: str, quasi: list[str] = QUASI
) -> tuple[float, dict[str, float]] | None:
    python = os.environ.get("PYCANON", "")
    if not python:
        return None
    text = file.with_suffix(".csv")
    columns = ", ".join([*quasi, FACT])
    duckdb.execute(f"COPY (SELECT {columns} FROM '{file}') TO '{text}' (HEADER)")
    done = subprocess.run(
        [python, "-c", PEER, str(text), measures, json.dumps(quasi), FACT],
        stdout=subprocess.PIPE,
        check=True,
    )
    text.unlink()
    seconds, answer = json.loads(done.stdout)
    return seconds, answer


def _own_process(act: str, path: str) -> bytes:
    """So that its peak of memory is its own."""
    code = f"import json; from benchmarks import risk; print(json.dumps(risk.{act}({path!r})))"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    return done.stdout


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return round(time.perf_counter() - begun, 2)
