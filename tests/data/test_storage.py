"""Stored files are whole or absent, named by content, and swept only when nobody needs them."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from gongshu.data import Table
from gongshu.data.storage import VersionStore


def table(rows: int = 3) -> Table:
    return Table.of(pa.table({"id": list(range(rows)), "name": [f"名{i}" for i in range(rows)]}))


def test_a_file_is_named_by_its_content(tmp_path: Path) -> None:
    store = VersionStore(tmp_path / "versions")
    with table(5) as t:
        (stored,) = store.put(t)
        content = t.files[0].read_bytes()
    assert stored.digest == hashlib.sha256(content).hexdigest()
    assert stored.name == f"{stored.digest}.parquet"
    assert (stored.rows, stored.bytes) == (5, len(content))
    assert store.path(stored.name).read_bytes() == content
    assert store.verify(stored.name)


def test_storing_the_same_twice_keeps_one_file(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    with table() as t:
        assert store.put(t) == store.put(t)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    with table() as t:
        (stored,) = store.put(t)
    path = store.path(stored.name)
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.chmod(0o640)
    path.write_bytes(data)
    assert not store.verify(stored.name)


@pytest.mark.parametrize(
    "name", ["", "../secret", "a.parquet", "0" * 64, "/etc/passwd", "0" * 64 + ".parquet"]
)
def test_a_name_that_is_not_here_never_leads_anywhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyError):
        VersionStore(tmp_path).path(name)


def test_the_sweep_takes_old_orphans_only(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    with table(1) as kept, table(2) as orphan, table(3) as young:
        names = [store.put(t)[0].name for t in (kept, orphan, young)]
    (leftover := tmp_path / f"{'0' * 64}.1.1.tmp").write_bytes(b"half")
    (foreign := tmp_path / "README").write_text("not ours")
    old = time.time() - 7200
    for name in (names[0], names[1], leftover.name, foreign.name):
        os.utime(tmp_path / name, (old, old))
    assert store.sweep({names[0]}) == sorted([names[1], leftover.name])
    assert {p.name for p in tmp_path.iterdir()} == {names[0], names[2], "README"}


def test_a_file_that_is_put_again_is_young_again(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    with table() as t:
        (stored,) = store.put(t)
        os.utime(tmp_path / stored.name, (0, 0))
        store.put(t)
    assert store.sweep(set()) == []


WRITER = """
import os, sys
import pyarrow as pa
from gongshu.data import Table
from gongshu.data.storage import VersionStore
store = VersionStore(sys.argv[1])
print("ready", flush=True)
while True:
    with Table.of(pa.table({"noise": [os.urandom(8_000_000)]})) as table:
        store.put(table)
    print("stored", flush=True)
"""


@pytest.mark.kill
def test_a_kill_at_any_moment_leaves_whole_files_or_none(tmp_path: Path) -> None:
    chance = random.Random(7)
    seen = 0
    for turn in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(1 + turn % 3):  # one, two or three lines: none, one or two files are whole
            process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        store = VersionStore(tmp_path)
        whole = list(tmp_path.glob("*.parquet"))
        assert len(whole) >= turn % 3
        assert all(store.verify(path.name) for path in whole)
        seen += len(whole)
        store.sweep(set(), older_than=-1)
        assert list(tmp_path.iterdir()) == []
    assert seen  # otherwise nothing was ever written, and the test says nothing
