"""The pool's processes: who shares one, how many there are, and that none is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gongshu.data.engines import EngineFailed, EnginePool, Limits
from tests.data.engines.conftest import QUICK


def family(process: int) -> set[int]:
    """All living processes below `process`, zombies too."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def eventually(holds: Callable[[], bool], seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


def alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def test_a_grant_s_next_query_finds_its_worker_warm(persons: Path) -> None:
    with EnginePool() as pool:
        seen = set()
        for _ in range(3):
            with pool.lease("G-1/1", {"v": [persons]}, QUICK) as worker:
                worker.query("SELECT count(*) FROM v")
                seen.add(worker.process.pid)
    assert len(seen) == 1


def test_two_keys_never_share_a_worker(persons: Path, others: Path) -> None:
    leases = [
        ("G-1/1", {"v": [persons]}, QUICK),
        ("G-2/1", {"v": [persons]}, QUICK),  # the same files under another grant
        ("G-1/2", {"v": [persons]}, QUICK),
        ("G-1/1", {"v": [others]}, QUICK),  # a key that was used carelessly
        ("G-1/1", {"v": [persons]}, Limits(seconds=2)),
    ]
    users: dict[int, set[int]] = {}
    with EnginePool() as pool:
        for _ in range(4):
            for number, lease in enumerate(leases):
                with pool.lease(*lease) as worker:
                    worker.query("SELECT * FROM v")
                    users.setdefault(worker.process.pid, set()).add(number)
    assert all(len(numbers) == 1 for numbers in users.values())


def test_idle_workers_are_kept_up_to_a_number_the_oldest_going_first(persons: Path) -> None:
    def lease(number: int) -> int:
        with pool.lease(f"G-{number}/1", {"v": [persons]}, QUICK) as worker:
            worker.query("SELECT 1")
            return worker.process.pid

    with EnginePool(size=3, warm=3) as pool:
        pids = [lease(number) for number in range(6)]
        assert eventually(lambda: [alive(pid) for pid in pids] == [False] * 3 + [True] * 3)
        assert lease(5) == pids[5]
        assert lease(0) != pids[0]


def test_twenty_threads_lease_at_once_and_each_gets_its_own_answer(
    persons: Path, others: Path
) -> None:
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        file, rows = ((persons, 3), (others, 1))[number % 2]
        with pool.lease(f"G-{number % 5}-{number % 2}/1", {"v": [file]}) as worker:
            for turn in range(5):
                sql = f"SELECT count(*) * {number + turn} AS n FROM v"
                assert worker.query(sql).to_pydict() == {"n": [rows * (number + turn)]}
        answers[number] = rows

    with EnginePool(size=6) as pool:
        threads = [threading.Thread(target=ask, args=[number]) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {number: (3, 1)[number % 2] for number in range(20)}


def test_a_closed_pool_leaves_no_process_and_no_descriptor(persons: Path) -> None:
    before, open_files = family(os.getpid()), len(os.listdir("/proc/self/fd"))
    with EnginePool() as pool:
        for number in range(3):
            with pool.lease(f"G-{number}/1", {"v": [persons]}, QUICK) as worker:
                worker.query("SELECT 1")
        made = family(os.getpid()) - before
        assert len(made) >= 4  # the helper and three workers
    assert not made & family(os.getpid())
    assert eventually(lambda: not any(alive(process) for process in made))
    assert len(os.listdir("/proc/self/fd")) == open_files
    with pytest.raises(RuntimeError, match="closed"), pool.lease("G-1/1", {"v": [persons]}):
        pass


def test_a_file_that_is_gone_fails_the_lease_and_frees_its_place(
    persons: Path, tmp_path: Path
) -> None:
    with EnginePool(size=1) as pool:
        for _ in range(3):
            with (
                pytest.raises(EngineFailed, match="engine"),
                pool.lease("G-1/1", {"v": [tmp_path / "gone.parquet"]}, QUICK),
            ):
                pass
        with pool.lease("G-1/2", {"v": [persons]}, QUICK) as worker:
            assert worker.query("SELECT count(*) AS n FROM v").to_pydict() == {"n": [3]}


def test_killed_workers_leave_no_zombie(persons: Path) -> None:
    with EnginePool() as pool:
        with pool.lease("G-1/1", {"v": [persons]}, QUICK) as worker:
            worker.process.kill()
        assert eventually(lambda: not alive(worker.process.pid))


def test_the_pool_goes_on_after_its_helper_was_killed(persons: Path) -> None:
    with EnginePool() as pool:
        with pool.lease("G-1/1", {"v": [persons]}, QUICK) as worker:
            first = worker.process.pid
        helper = int(Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(helper, signal.SIGKILL)
        assert eventually(lambda: not alive(first))
        with pool.lease("G-2/1", {"v": [persons]}, QUICK) as worker:
            assert worker.query("SELECT 1 AS a").num_rows == 1
        with pool.lease("G-1/1", {"v": [persons]}, QUICK) as worker:
            assert worker.query("SELECT 1 AS a").num_rows == 1


PARENT = """
import sys, threading, time
from collections.abc import Iterator
from pathlib import Path
from gongshu.data.engines import EnginePool, Limits
pool = EnginePool()
with pool.lease("G-1/1", {"v": [Path(sys.argv[1])]}, Limits(seconds=600)) as worker:
    threading.Thread(target=worker.query, args=["SELECT sleep_ms(600000)"], daemon=True).start()
    time.sleep(0.3)
    print("running", flush=True)
    time.sleep(600)
"""


def test_when_the_server_is_killed_its_helper_and_workers_end(persons: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(persons)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "running\n"
        below = family(server.pid)
        assert len(below) >= 2
        server.kill()
    assert eventually(lambda: not any(alive(process) for process in below))


FORKING = """
import os, sys
from collections.abc import Iterator
from pathlib import Path
from gongshu.data.engines import EnginePool
source = {"v": [Path(sys.argv[1])]}
pool = EnginePool()
def ask():
    with pool.lease("G-1/1", source) as worker:
        return worker.query("SELECT count(*) AS n FROM v")["n"][0].as_py(), worker.process.pid
before = ask()
child = os.fork()
if child == 0:
    n, pid = ask()
    pool.close()
    os._exit(0 if n == 3 and pid != before[1] else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(status, ask() == before)
"""


def test_a_forked_server_process_gets_workers_of_its_own(persons: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKING, str(persons)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("0 True\n", "")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell that starts us in the background has us ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_query_s_worker_is_not_used_again(persons: Path) -> None:
    with EnginePool() as pool:
        interrupt = [threading.get_ident(), signal.SIGINT]
        with pool.lease("G-1/1", {"v": [persons]}, Limits()) as worker:
            threading.Timer(0.5, signal.pthread_kill, interrupt).start()
            with pytest.raises(KeyboardInterrupt):
                worker.query("SELECT sleep_ms(20000)")
        with pool.lease("G-1/1", {"v": [persons]}, Limits()) as other:
            assert other.query("SELECT 1 AS a").to_pydict() == {"a": [1]}
            assert other.process.pid != worker.process.pid
