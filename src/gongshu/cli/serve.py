"""`gongshu serve`: the web server and its worker, two processes under one.

Whichever dies is started again, a little later each time it dies soon; both are stopped cleanly
when this process is told to stop, and by the kernel should it be killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

import click

from gongshu.cli import setup_django
from gongshu.cli.output import say
from gongshu.wording import Sentence

GRACE = 15.0  # seconds a process has to finish what it is doing
QUICK = 10.0  # one that lived for less died soon
LONGEST_WAIT = 30.0
PR_SET_PDEATHSIG = 1


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Where the portal answers.",
)
@click.option(
    "--threads",
    default=16,
    show_default=True,
    type=click.IntRange(1, 256),
    help="How many requests are worked on at once.",
)
def serve(host: str, port: int, threads: int) -> None:
    """The portal and its worker, until Ctrl-C."""
    setup_django()
    web = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "gongshu.wsgi:application"),
        *("--host", host, "--port", str(port), "--workers", "1"),
        *("--blocking-threads", str(threads), "--log-level", "warning", "--no-ws"),
    ]
    worker = [sys.executable, "-m", "gongshu.cli", "worker"]
    say(
        Sentence(
            en=f"Gongshu is at http://{host}:{port} (Ctrl-C stops it).",
            zh=f"公数已启动：http://{host}:{port}（按 Ctrl-C 停止）。",
        )
    )
    Supervisor([Supervised("web", web), Supervised("worker", worker)]).run()


@dataclass
class Supervised:
    """One process that has to live."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    wait: float = field(default=0.5)

    def tend(self, now: float) -> None:
        """Start it if it is time; note if it died."""
        if self.process is None:
            if now >= self.start_at:
                self.process, self.started = _start(self.command), now
            return
        code = self.process.poll()
        if code is None:
            return
        self._kill_group()  # what it had started itself, and holds the port, say
        self.wait = 0.5 if now - self.started > QUICK else min(self.wait * 2, LONGEST_WAIT)
        self.process, self.start_at = None, now + self.wait
        say(
            Sentence(
                en=f"The {self.name} process ended ({code}) and is started again.",
                zh=f"{self.name} 进程已退出（{code}），正在重新启动。",
            )
        )

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()

    def wait_for_end(self, deadline: float) -> None:
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, deadline - time.monotonic()))
        self._kill_group()
        self.process.wait()

    def _kill_group(self) -> None:
        """Each process leads a group of its own, in which its children are."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    def __init__(self, processes: list[Supervised]) -> None:
        self.processes = processes
        self.stopping = False

    def run(self, sleep: Callable[[float], None] = time.sleep) -> None:
        for signal_ in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signal_, self._stop)
        try:
            while not self.stopping:
                for process in self.processes:
                    process.tend(time.monotonic())
                sleep(0.2)
        finally:
            for process in self.processes:
                process.stop()
            deadline = time.monotonic() + GRACE
            for process in self.processes:
                process.wait_for_end(deadline)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C reaches this process alone, which then stops both in order.
    return subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with(os.getpid()))


def _die_with(parent: int) -> Callable[[], None]:
    """For the child, before it runs: end when the supervisor is gone, however it went."""
    libc = ctypes.CDLL(None)

    def set_up() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return set_up
