"""Knowing and judging a table of 1 million rows and 12 columns (the Parquet of `profile`): our
profile (figures, semantic types, uniqueness, repeated rows, grade) and our quality (20 indicators
by 12 rules of columns and rows) beside pandas' describe(include="all"), ydata-profiling in its
minimal mode (its full mode adds correlations and plots, and takes many times longer) and as many
expectations of great-expectations. Each in a process of its own that reads the same file; seconds are of the
work with the reading, without the imports, once each; memory is the peak of the process. The
peers are not of this project: GONGSHU_PEERS names a Python that has them, else they are left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.profile import MADE

ROWS = 1_000_000
TIMED = """
import json, resource, sys, time
file = sys.argv[1]
{before}
began, cpu = time.perf_counter(), time.process_time()
{work}
print(json.dumps({{"wall_s": round(time.perf_counter() - began, 2),
                   "cpu_s": round(time.process_time() - cpu, 2),
                   "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}}))
"""
RULES = {
    "fields": {
        "id": {"unique": True, "required": True, "minimum": 0},
        "number": {"pattern": "[0-9]{18}", "required": True},
        "mobile": {"pattern": "1[0-9]{10}"},
        "sex": {"values": ["男", "女"], "required": True},
        "age": {"minimum": 0, "maximum": 120},
        "amount": {"minimum": 0},
    },
    "checks": [{"expression": "area >= 330100"}],
}
EXPECTED = """
from great_expectations import expectations as gxe
asked = [gxe.ExpectColumnValuesToBeUnique(column="id")]
asked += [gxe.ExpectColumnValuesToNotBeNull(column=c) for c in ("id", "number", "sex")]
asked += [gxe.ExpectColumnValuesToMatchRegex(column=c, regex=r) for c, r in
          (("number", "^[0-9]{18}$"), ("mobile", "^1[0-9]{10}$"))]
asked += [gxe.ExpectColumnValuesToBeInSet(column="sex", value_set=["男", "女"])]
asked += [gxe.ExpectColumnValuesToBeBetween(column=c, min_value=0, max_value=m) for c, m in
          (("id", None), ("age", 120), ("amount", None))]
asked += [gxe.ExpectColumnValuesToBeBetween(column="area", min_value=330100)]
suite = gx.ExpectationSuite(name="s", expectations=asked)
"""
OURS = {
    "profile": ("from gongshu.data.profiling import profile", "profile(file)"),
    "quality": (
        f"from gongshu.data.quality import Rules, assess\nrules = Rules.read({RULES!r})",
        "found = assess(file, rules)\nassert found.score",
    ),
}
PEERS = {
    "pandas_describe": ("import pandas", "pandas.read_parquet(file).describe(include='all')"),
    "ydata_profiling_minimal": (
        "import pandas\nfrom ydata_profiling import ProfileReport",
        "ProfileReport(pandas.read_parquet(file), minimal=True, progress_bar=False)"
        ".get_description()",
    ),
    "great_expectations": (
        "import logging, pandas\nimport great_expectations as gx\nlogging.disable()\n" + EXPECTED,
        "context = gx.get_context(mode='ephemeral')\n"
        "context.variables.progress_bars = {'globally': False}\n"
        "batch = context.data_sources.add_pandas('p').add_dataframe_asset('a')"
        ".add_batch_definition_whole_dataframe('b')"
        ".get_batch({'dataframe': pandas.read_parquet(file)})\n"
        "batch.validate(suite)",
    ),
}


def run() -> dict[str, Any]:
    peers = os.environ.get("GONGSHU_PEERS", "")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made.parquet"
        duckdb.execute(f"COPY ({MADE.format(rows=ROWS)}) TO '{file}' (FORMAT parquet)")
        found = {name: _measured(sys.executable, *work, file) for name, work in OURS.items()}
        if peers:
            found |= {name: _measured(peers, *work, file) for name, work in PEERS.items()}
    ours = found["profile"]["wall_s"]
    for name in PEERS.keys() & found.keys():
        found[name]["wall_to_our_profile"] = round(found[name]["wall_s"] / ours, 2)
    return {"rows": ROWS, **found}


def _measured(python: str, before: str, work: str, file: Path) -> dict[str, float]:
    code = TIMED.format(before=before, work=work)
    environment = {
        **os.environ,
        "YDATA_PROFILING_NO_ANALYTICS": "True",
        "GX_ANALYTICS_ENABLED": "0",
    }
    done = subprocess.run(
        [python, "-c", code, str(file)], stdout=subprocess.PIPE, env=environment, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
