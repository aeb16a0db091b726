"""`make bench`: run every benchmark in its own process and write RESULTS.md.

Each module here has `run() -> dict[str, Any]`: name → figure, nested by heading, and a docstring
that says the method. `python -m benchmarks ingest ledger` runs some of them only; the others
keep their last results.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RESULTS, KEPT = FOLDER / "RESULTS.md", FOLDER / "results.json"
MODULES = (
    "ingest",
    "profile",
    "profile_peers",
    "browsing",
    "risk",
    "engine",
    "check",
    "gateway",
    "operators",
    "ledger",
    "cases",
    "disclosure",
    "search",
    "harvest",
    "sketches",
)


def measured(name: str) -> dict[str, Any]:
    """One benchmark in a process of its own, so that no other's memory is counted as its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--one", name], stdout=subprocess.PIPE, check=True
    )
    return {
        "when": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "method": " ".join((importlib.import_module(f"benchmarks.{name}").__doc__ or "").split()),
        "figures": json.loads(done.stdout.splitlines()[-1]),
    }


def machine() -> str:
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return (
        f"{os.cpu_count()} shared cores, {pages / 2**30:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}. Such a machine is noisy: read ratios, not absolutes."
    )


def written(results: dict[str, Any]) -> str:
    lines = ["# Results", "", f"Machine: {machine()}", "Made anew by `make bench`.", ""]
    for name, result in results.items():
        lines += [f"## {name}", "", f"{result['when']}. {result['method']}", ""]
        lines += ["| figure | value |", "| --- | ---: |", *_rows(result["figures"]), ""]
    return "\n".join(lines)


def _rows(figures: dict[str, Any], heading: str = "") -> list[str]:
    rows = []
    for name, value in figures.items():
        title = f"{heading}{name}".replace("_", " ")
        if isinstance(value, dict):
            rows += _rows(value, f"{title}: ")
        else:
            shown = f"{value:,.3g}" if isinstance(value, float) and value < 100 else value
            rows.append(
                f"| {title} | {shown:,.0f} |"
                if isinstance(shown, float)
                else f"| {title} | {shown} |"
            )
    return rows


def main(names: list[str]) -> None:
    results = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for name in names or MODULES:
        print(f"measuring {name} …", flush=True)
        results[name] = measured(name)
        KEPT.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
        RESULTS.write_text(written(results))
    print(RESULTS.read_text())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(importlib.import_module(f"benchmarks.{sys.argv[2]}").run()))
    else:
        main(sys.argv[1:])
