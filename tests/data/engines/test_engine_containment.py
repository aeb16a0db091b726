"""A hole in the gate is not a hole in the wall: SQL that no gate has looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gongshu.data.engines import EngineFailed, EnginePool, Limits
from gongshu.data.engines.doctor import LOCKS, sandbox_status
from gongshu.data.engines.failures import SENTENCES
from gongshu.data.engines.helper_process import ENVIRONMENT
from tests.data.engines.conftest import QUICK, SECRET

Ask = Callable[[str], EngineFailed]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/**')",
        "SELECT * FROM read_parquet('{folder}/*.parquet')",
        "SELECT * FROM read_parquet('{others}')",
        "SELECT * FROM read_parquet(['{persons}', '{others}'])",
        "SELECT * FROM read_parquet('{folder}/../versions/others.parquet')",
        "SELECT * FROM parquet_metadata('{others}')",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
        "SELECT * FROM query('COPY persons TO ''{folder}/x.csv''')",
        "SELECT getenv('PATH')",
    ],
)
def test_no_select_reads_beyond_the_files_of_its_grant(
    failure: Ask, persons: Path, others: Path, sql: str
) -> None:
    filled = sql.format(folder=persons.parent, persons=persons, others=others)
    assert failure(filled).code == "engine"


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{persons}' (FORMAT parquet, USE_TMP_FILE false)",
        "COPY persons TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/out.db'",
        "ATTACH '{persons}' AS other",
        "INSTALL httpfs",
        "LOAD '{persons}'",
        "CREATE TABLE kept AS SELECT 1",
        "CREATE TEMP TABLE kept AS SELECT 1",
        "CREATE MACRO m(x) AS x",
        "CREATE SECRET (TYPE s3)",
        "PREPARE q AS SELECT 1",
        "SET lock_configuration = false",
        "SET memory_limit = '100GB'",
        "RESET max_execution_time",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "CHECKPOINT",
        "USE memory",
        "BEGIN",
        "WITH made AS (INSERT INTO persons VALUES ('a', 1, 'b') RETURNING *) SELECT * FROM made",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW persons",
        "EXPLAIN ANALYZE SELECT 1",
        "",
        ";",
        "SELEC",
    ],
)
def test_nothing_but_one_select_is_run_and_nothing_is_written(
    failure: Ask, pool: EnginePool, persons: Path, sql: str
) -> None:
    before, names = persons.read_bytes(), sorted(os.listdir(persons.parent))
    assert failure(sql.format(folder=persons.parent, persons=persons)).code == "engine"
    assert (persons.read_bytes(), sorted(os.listdir(persons.parent))) == (before, names)
    with pool.lease("G-1/1", {"persons": [persons]}, QUICK) as worker:
        assert worker.query("SELECT count(*) AS n FROM persons").to_pydict() == {"n": [3]}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT error(id) FROM persons",
        "SELECT CAST(id || 'x' AS INTEGER) FROM persons",
        "SELECT id::BIGINT * id::BIGINT FROM persons WHERE age = 36",
        "SELECT (SELECT id FROM persons)",
        "SELECT regexp_matches('a', id || '(') FROM persons",
        "SELECT strptime(id, '%Y') FROM persons",
        "SELECT json(id || '{') FROM persons",
    ],
)
def test_an_error_that_would_quote_a_row_is_one_constant_sentence(failure: Ask, sql: str) -> None:
    raised = failure(sql)
    assert (raised.code, raised.sentence) == ("engine", SENTENCES["engine"])
    assert raised.__cause__ is None
    assert raised.__context__ is None
    assert SECRET not in repr(vars(raised)) + repr(raised.args)


def test_a_worker_that_crashes_is_replaced(pool: EnginePool, persons: Path) -> None:
    with pool.lease("G-1/1", {"persons": [persons]}, QUICK) as worker:
        worker.process.kill()
        with pytest.raises(EngineFailed, match="engine"):
            worker.query("SELECT 1")
    with pool.lease("G-1/1", {"persons": [persons]}, QUICK) as other:
        assert other.query("SELECT 1 AS a").to_pydict() == {"a": [1]}
        assert other.process.pid != worker.process.pid


def test_every_lock_of_the_doctor_s_list_holds_on_this_machine() -> None:
    status = sandbox_status()
    assert [name for name, _, _ in status] == list(LOCKS)
    assert [name for name, in_force, _ in status if not in_force] == []


# A process that puts the locks on itself and then tries what code running in a worker, not
# SQL, could try. Each line of the answer is the class of the error it met.
INSIDE = """
import json, os, socket, sys
from gongshu.data.engines import sandbox
granted, other = sys.argv[1:]
helper = os.getppid()
sandbox.leave_the_network()
sandbox.give_up_privileges()
sandbox.fence([granted])
def met(act):
    try: act()
    except OSError as error: return type(error).__name__
    return "done"
print(json.dumps({
    "read granted": met(lambda: open(granted, "rb").read()),
    "read other": met(lambda: open(other, "rb")),
    "write granted": met(lambda: open(granted, "r+b")),
    "truncate granted": met(lambda: os.truncate(granted, 0)),
    "make": met(lambda: open(granted + ".new", "xb")),
    "remove": met(lambda: os.unlink(granted)),
    "rename": met(lambda: os.rename(granted, granted + ".old")),
    "list": met(lambda: os.listdir(os.path.dirname(granted))),
    "run": met(lambda: os.execv("/bin/true", ["true"])),
    "tcp": met(lambda: socket.socket().connect(("127.0.0.1", 80))),
    "listen": met(lambda: socket.socket().bind(("127.0.0.1", 8000))),
    "signal": met(lambda: os.kill(helper, 0)),
    "memory of others": met(lambda: open(f"/proc/{helper}/environ", "rb")),
}))
"""


def test_code_that_takes_over_a_worker_can_do_nothing_outside_of_it(
    persons: Path, others: Path
) -> None:
    before = persons.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", INSIDE, str(persons), str(others)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    met = json.loads(done.stdout)
    assert met.pop("read granted") == "done"
    assert met.pop("listen") in ("PermissionError", "OSError")
    assert met.pop("tcp") in ("PermissionError", "OSError")
    assert set(met.values()) == {"PermissionError"}
    assert persons.read_bytes() == before


# A kernel without Landlock, made with seccomp(2): the system call answers ENOSYS (38).
WITHOUT_LANDLOCK = """
import ctypes, platform, struct, sys
from pathlib import Path
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
code = [(LOAD, 0, 0, 0), (EQUAL, 0, 1, 444), (RETURN, 0, 0, 0x00050000 | 38),
        (RETURN, 0, 0, 0x7FFF0000)]
filter = b"".join(struct.pack("HBBI", *line) for line in code)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Program(len(code), filter))) == 0
from gongshu.data.engines import EngineFailed, EnginePool
from gongshu.data.engines.doctor import sandbox_status
for unsafe in (False, True):
    try:
        with EnginePool(unsafe=unsafe) as pool:
            with pool.lease("G-1/1", {"v": [Path(sys.argv[1])]}) as worker:
                print(worker.query("SELECT count(*) AS n FROM v").to_pylist())
    except EngineFailed as failed:
        print(failed.code)
print([name for name, in_force, _ in sandbox_status() if not in_force])
"""


def test_a_kernel_without_landlock_runs_no_query_unless_told_to(persons: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LANDLOCK, str(persons)],
        capture_output=True,
        text=True,
        check=True,
    )
    refused, answered, missing = done.stdout.splitlines()
    assert (refused, answered) == ("sandbox", "[{'n': 3}]")
    assert {"reading", "writing"} <= set(eval(missing)) <= {"reading", "writing", "signals"}


def test_a_worker_has_an_empty_environment_and_no_file_of_its_pool(
    pool: EnginePool, persons: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGSHU_SECRET_KEY", "value-of-the-pool")
    with (
        EnginePool() as pool,
        persons.open("rb"),
        pool.lease("G-1/1", {"persons": [persons]}, Limits()) as worker,
    ):
        process = Path(f"/proc/{worker.process.pid}")
        assert b"value-of-the-pool" not in (process / "environ").read_bytes()
        targets = {os.readlink(link) for link in (process / "fd").iterdir()}
    assert not [target for target in targets if target.endswith(".parquet")]
    assert {t for t in targets if t.startswith("/")} == {"/dev/null"}
