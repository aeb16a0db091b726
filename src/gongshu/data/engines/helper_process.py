"""Starting the helper, asking it for workers, and starting another when it is gone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading

from gongshu.data.engines.failures import EngineFailed
from gongshu.data.engines.worker_process import START_SECONDS, Process

# Nothing of the caller's environment. Each entry keeps a library from starting a thread or
# from mapping memory that a worker's limit would then not have for the query.
ENVIRONMENT = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
MESSAGE_BYTES = 4096


class Helper:
    """One helper process at a time; it is started when the first worker is wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._closed = False

    def spawn(self) -> Process:
        """A new worker process that is connecting; EngineFailed when none can be started."""
        with self._lock:
            if self._closed:
                raise EngineFailed("stopped")
            for attempt in (1, 2):
                try:
                    return self._spawn(self._control or self._start())
                except (OSError, ValueError):
                    # The helper was killed from outside: its workers went with it.
                    self._end()
                    if attempt == 2:
                        raise EngineFailed("engine") from None
        raise AssertionError("unreachable")

    def _spawn(self, control: socket.socket) -> Process:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(control, [b"worker"], [theirs.fileno()])
            message, passed, _, _ = socket.recv_fds(
                control, MESSAGE_BYTES, 1, socket.MSG_CMSG_CLOEXEC
            )
            if not passed:
                raise OSError("the helper ended")
            return Process(ours, passed[0], json.loads(message)["pid"])
        except BaseException:
            ours.close()
            raise

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(START_SECONDS)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", "gongshu.data.engines.helper", str(theirs.fileno())],
                env=ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a crash of the engine may print data
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the web server, which then ends us
            )
        self._control = ours
        if json.loads(ours.recv(MESSAGE_BYTES) or b"{}").get("status") != "ready":
            raise OSError("the helper did not start")
        return ours

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._end()

    def _end(self) -> None:
        """Close the socket, at which the helper ends with all its workers; wait for that."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control = self._process = None

    def forget(self) -> None:
        """In a forked child: the helper is the parent's; let go of it without ending it."""
        self._lock = threading.Lock()
        if self._control is not None:
            # Only this process's copy: the parent's still holds the helper alive.
            os.close(self._control.detach())
        if self._process is not None:
            self._process.returncode = 0
        self._control = self._process = None
