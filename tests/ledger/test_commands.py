"""`gongshu ledger …` on a real instance, and what it prints verified by others' means."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.processes import Instance

from gongshu.log.checkpoint import open_checkpoint
from gongshu.log.merkle import leaf_hash, verify_inclusion
from gongshu.log.note import VerifierKey
from gongshu.log.proof import parse_proof

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def ledger(instance: Instance, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gongshu.cli", "ledger", *args],
        env={**os.environ, **instance.environment, "GONGSHU_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_ledger_is_proved_and_audited_from_the_shell(processes: Instance) -> None:
    (Path(processes.environment["GONGSHU_HOME"]) / "secret_key").write_text("of this test")
    body = processes.run("act:a:5", "body:3").splitlines()[-1]
    key = VerifierKey.parse(ledger(processes, "key").stdout)
    checkpoint = open_checkpoint(ledger(processes, "checkpoint").stdout, [key])
    assert checkpoint.size == 5
    proof = parse_proof(ledger(processes, "prove", "3").stdout)
    assert open_checkpoint(proof.checkpoint, [key]) == checkpoint
    leaf = leaf_hash(body.encode())
    assert verify_inclusion(3, 5, leaf, proof.path, checkpoint.root)

    beyond = ledger(processes, "prove", "5")
    assert (beyond.returncode, beyond.stdout) == (1, "")
    assert "Traceback" not in beyond.stderr

    done = ledger(processes, "audit", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["sound"], report["entries"]) == (0, True, 5)

    processes.run("tamper")
    done = ledger(processes, "audit")
    assert done.returncode == 1
    assert "NOT SOUND" in done.stdout
