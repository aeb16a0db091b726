"""`gongshu verify` as a stranger runs it: no instance, no database, a file and a key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.log.logs import KEY, OPENINGS, VKEY, log_with

LOG = log_with(9, at=4)


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    path = tmp_path / "receipt.json"
    path.write_bytes(LOG.file(4, OPENINGS))
    return path


def verify(*args: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a folder and an environment where no instance and no settings are to be found."""
    return subprocess.run(
        [sys.executable, "-m", "gongshu.cli", *(["verify", *map(str, args)])],
        cwd="/",
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_receipt_verifies_with_the_key_as_text_or_in_a_file(
    receipt: Path, tmp_path: Path
) -> None:
    done = verify(receipt, "--key", VKEY.text())
    assert (done.returncode, done.stderr) == (0, "")
    assert "query.answered" in done.stdout
    assert "is entry 4" in done.stdout
    (tmp_path / "key").write_text(VKEY.text() + "\n")
    assert verify(receipt, "--key", tmp_path / "key").returncode == 0


def test_it_answers_in_chinese_and_in_json(receipt: Path) -> None:
    assert "验证通过" in verify(receipt, "--key", VKEY.text(), GONGSHU_LANG="zh").stdout
    answer = json.loads(verify(receipt, "--key", VKEY.text(), "--json").stdout)
    assert answer["verified"] is True
    assert (answer["index"], answer["tree_size"]) == (4, 9)
    assert answer["openings"]["sql"].startswith("SELECT")


def test_an_altered_receipt_exits_1_with_a_sentence(receipt: Path) -> None:
    receipt.write_bytes(receipt.read_bytes().replace(b"planning", b"plunder!"))
    done = verify(receipt, "--key", VKEY.text())
    assert done.returncode == 1
    assert "altered" in done.stderr
    assert "Traceback" not in done.stderr
    answer = verify(receipt, "--key", VKEY.text(), "--json")
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["verified"] is False


def test_a_checkpoint_got_elsewhere_is_compared(receipt: Path, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    path.write_text(LOG.checkpoint())
    args = (receipt, "--key", VKEY.text(), "--checkpoint", path)
    assert json.loads(verify(*args, "--json").stdout)["checkpoint_compared"] is True
    path.write_text(LOG.checkpoint(6))
    done = verify(*args)
    assert done.returncode == 0
    assert "could not be compared" in done.stdout
    path.write_text(log_with(9, at=5).checkpoint())
    done = verify(*args)
    assert done.returncode == 1
    assert "two different trees" in done.stderr


def test_the_instances_own_key_serves_when_none_is_given(receipt: Path, tmp_path: Path) -> None:
    (tmp_path / "log.key").write_text(KEY.text())
    assert verify(receipt, GONGSHU_HOME=str(tmp_path)).returncode == 0


def test_wrong_usage_exits_2(receipt: Path, tmp_path: Path) -> None:
    assert verify(receipt).returncode == 2
    assert verify(receipt, "--key", "rubbish").returncode == 2
    assert verify(tmp_path / "nothing.json", "--key", VKEY.text()).returncode == 2
    assert verify().returncode == 2


def test_it_starts_without_django(receipt: Path) -> None:
    code = (
        "import sys; from gongshu.cli.verify import verify; "
        f"verify([{str(receipt)!r}, '--key', {VKEY.text()!r}], standalone_mode=False); "
        "assert 'django' not in sys.modules and 'duckdb' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
