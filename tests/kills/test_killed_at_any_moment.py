"""Two hundred processes killed at any moment of any work: nothing is lost, doubled or half-done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.processes import ROOT, Instance

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.kill,
]
KILLS, SEED = 200, 20261123
KINDS = {"upload", "work", "step", "ask", "sequence"}


def run(instance: Instance, module: str, *words: str) -> str:
    """A process of its own on the instance; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.kills.{module}", *words],
        cwd=ROOT,
        env={**os.environ, **instance.environment},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    print(done.stdout, done.stderr)  # shown when something below fails
    return done.stdout


@pytest.fixture
def city(processes: Instance, tmp_path: Path) -> Instance:
    (tmp_path / "temporary").mkdir()
    processes.environment |= {"TMPDIR": str(tmp_path / "temporary"), "GONGSHU_JOB_LEASE": "2"}
    run(processes, "killing", "build")
    return processes


def test_two_hundred_kills_leave_the_platform_whole(city: Instance) -> None:
    killing: dict[str, Any] = json.loads(run(city, "killing", "kill", str(KILLS), str(SEED)))
    assert sum(killing["killed"].values()) >= KILLS
    assert set(killing["killed"]) == KINDS
    assert killing["ended"] == []
    assert killing["left"] == []
    after: dict[str, Any] = json.loads(run(city, "after"))
    assert after["wrong"] == {}
    # The kills fell into all kinds of work, and all kinds of work were done in between.
    assert set(after["done"]) == KINDS
    for kind, count in after["done"].items():
        assert count["done"] >= 5, kind
        assert count["begin"] > count["done"], kind
