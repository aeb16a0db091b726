"""`gongshu …` as a process of its own, without reading Python's libraries from the disk each time.

    done = warm.run(["catalog", "list"], environment)      # a subprocess.CompletedProcess

A server that has loaded the libraries, and nothing that depends on an instance, forks a process
for each command. That process has the environment, the folder and the files it is given, runs
`python -m gongshu.cli`, and ends by itself: what it does, how it dies and what it leaves are a
real process's. Only its start is shorter; how the command starts cold is for tests/cli/test_start,
test_help and test_serve to say.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
_servers: list[subprocess.Popen[bytes]] = []
_lines: list[socket.socket] = []


def run(
    words: Sequence[str], environment: Mapping[str, str], timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    if not _servers:
        _start()
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        open(os.devnull, "rb") as nothing,
    ):
        asked = {"words": list(words), "environment": dict(environment), "folder": os.getcwd()}
        ours, theirs = socket.socketpair()
        with ours, theirs:
            files = [nothing.fileno(), out.fileno(), err.fileno(), theirs.fileno()]
            socket.send_fds(_lines[0], [b"!"], files)
            theirs.close()
            with ours.makefile("rw", encoding="utf-8") as line:
                line.write(json.dumps(asked) + "\n")
                line.flush()
                process = int(line.readline())
                ours.settimeout(timeout)
                try:
                    code = int(line.readline())
                except TimeoutError:
                    os.kill(process, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(list(words), timeout) from None
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(words), code, _text(out.read()), _text(err.read()))


def _text(said: bytes) -> str:
    return said.decode().replace("\r\n", "\n")


def _start() -> None:
    ours, theirs = socket.socketpair()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GONGSHU", "DJANGO"))}
    with theirs:
        command = [sys.executable, "-m", "tests.warm", str(theirs.fileno())]
        server = subprocess.Popen(command, cwd=ROOT, env=kept, pass_fds=[theirs.fileno()])
    _servers.append(server)
    _lines.append(ours)


@atexit.register
def stop() -> None:
    while _lines:
        _lines.pop().close()
    while _servers:
        _servers.pop().wait(30)
    while _fresh:
        _fresh.pop().cleanup()


_fresh: list[tempfile.TemporaryDirectory[str]] = []


def instance(home: Path) -> None:
    """What `gongshu init` makes, made once and copied: how it does so is for tests/cli to say."""
    if not _fresh:
        folder = tempfile.TemporaryDirectory(prefix="gongshu-fresh-")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GONGSHU", "DJANGO"))}
        made = run(["init"], kept | {"GONGSHU_HOME": f"{folder.name}/home", "GONGSHU_LANG": "en"})
        assert made.returncode == 0, made.stderr
        _fresh.append(folder)
    shutil.copytree(Path(_fresh[0].name) / "home", home)


# The server


def _load() -> None:
    """What most commands load, as far as it can be loaded without an instance; not DuckDB, which
    complains at the end of a process that did not load it by itself."""
    import django.core.management
    import django.db.migrations.autodetector
    import django.db.models
    import django.http
    import django.template.loader
    import django.urls  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import pydantic  # noqa: F401

    import gongshu.cli
    import gongshu.data.policy.terms
    import gongshu.log.certificate
    import gongshu.rules.procedures  # noqa: F401


def _serve(line: socket.socket) -> None:
    """Returns in the process that runs a command, with its `sys.argv`; the server never does."""
    while True:
        while _reaped():
            pass
        word, files, _, _ = socket.recv_fds(line, 1, 4)
        if not word:
            sys.exit(0)
        if os.fork() == 0:
            line.close()
            _become(*files)
            return
        for file in files:
            os.close(file)


def _reaped() -> int:
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(-1, os.WNOHANG)[0]
    return 0


def _become(stdin: int, stdout: int, stderr: int, connection: int) -> None:
    """A child of this process returns; this process waits for it and tells how it ended."""
    answer = socket.socket(fileno=connection)
    with answer.makefile("rw", encoding="utf-8") as line:
        asked = json.loads(line.readline())
        process = os.fork()
        if process:
            line.write(f"{process}\n")
            line.flush()
            code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            line.write(f"{code}\n")
            line.flush()
            os._exit(0)
    answer.close()
    for number, file in enumerate((stdin, stdout, stderr)):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = ["gongshu", *asked["words"]]


if __name__ == "__main__":
    import runpy

    channel = socket.socket(fileno=int(sys.argv[1]))
    _load()
    gc.collect()
    gc.freeze()  # so that a process does not copy the pages of what it only has
    _serve(channel)
    runpy.run_module("gongshu.cli", run_name="__main__", alter_sys=True)
