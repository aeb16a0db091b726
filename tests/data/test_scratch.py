"""Working files go with their process, however it ends, and never with another's."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

from gongshu.data import scratch
from gongshu.data.scratch import Scratch


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def grow_old(folder: Path) -> None:
    os.utime(folder, (1, 1))


def in_a_fork(do: object) -> int:
    """The number of a child that does it and then waits to be killed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        kept = do()  # type: ignore[operator]
        os.write(writer, b"." if kept else b"!")
        time.sleep(60)
        os._exit(0)
    assert os.read(reader, 1) == b"."
    os.close(reader)
    os.close(writer)
    return pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_folder_goes_with_its_owner() -> None:
    owner = Scratch("test")
    path = owner.path
    del owner
    assert not path.exists()


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_is_not(temporary: Path) -> None:
    mine = Scratch("test")
    pid = in_a_fork(lambda: Scratch("test"))
    for folder in temporary.iterdir():
        grow_old(folder)
    assert scratch.sweep() == []  # both have their process
    kill(pid)
    (left,) = set(temporary.iterdir()) - {mine.path}
    assert scratch.sweep() == [left.name]
    assert mine.path.exists()


def test_a_folder_just_made_is_not_swept(temporary: Path) -> None:
    (temporary / "gongshu-scratch-test-x").mkdir()
    assert scratch.sweep() == []
    grow_old(temporary / "gongshu-scratch-test-x")
    assert scratch.sweep() == ["gongshu-scratch-test-x"]


def test_a_forked_child_does_not_remove_its_parents_folder() -> None:
    mine = Scratch("test")
    pid = in_a_fork(lambda: mine.remove() is None)
    kill(pid)
    assert mine.path.exists()


def test_a_link_under_our_name_is_not_followed(temporary: Path) -> None:
    (temporary / "precious").mkdir()
    os.symlink(temporary / "precious", temporary / "gongshu-scratch-test-x")
    assert scratch.sweep(older_than=-60) == []
    assert (temporary / "precious").exists()
