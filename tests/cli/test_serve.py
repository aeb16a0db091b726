"""`gongshu serve` keeps two processes alive and takes both with it when it goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Shell
from tests.postgres import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def children(pid: int) -> dict[str, int]:
    """What it started, by what it is."""
    found = {}
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    for child in map(int, text.split()):
        command = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
        found["web" if "granian" in command else "worker"] = child
    return found


def of_instance(home: Path) -> set[int]:
    """Every process that serves this instance, whoever its parent is by now."""
    wanted, found = f"GONGSHU_HOME={home}".encode(), set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
        except OSError:
            continue  # gone meanwhile, or another user's
    return {pid for pid in found if alive(pid)}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(true: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.2)


def answers(port: int, path: str = "/api/datasets") -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture
def served(shell: Shell) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gongshu.cli", "serve", "--port", str(port)],
        env=shell.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: answers(port))
        yield process, port
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        eventually(lambda: not of_instance(shell.home))


def test_it_answers_and_stops_both_when_told_to(served) -> None:
    process, port = served
    eventually(lambda: len(children(process.pid)) == 2)
    pids = list(children(process.pid).values())
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not any(alive(pid) for pid in pids)
    assert not answers(port)


def test_whichever_dies_is_started_again(served) -> None:
    process, port = served
    eventually(lambda: len(children(process.pid)) == 2)
    first = children(process.pid)
    for name in ("web", "worker"):
        os.kill(first[name], signal.SIGKILL)
        eventually(lambda name=name: children(process.pid).get(name, first[name]) != first[name])
    eventually(lambda: answers(port))


def test_killed_outright_it_leaves_no_process_behind(served) -> None:
    process, port = served
    eventually(lambda: len(children(process.pid)) == 2)
    pids = list(children(process.pid).values())
    process.kill()
    process.wait()
    eventually(lambda: not any(alive(pid) for pid in pids))
    eventually(lambda: not answers(port))


def test_every_page_forbids_scripts_of_others(served) -> None:
    _, port = served
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/datasets", timeout=5) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
