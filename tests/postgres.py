"""A PostgreSQL of the tests' own: Debian's programs, loopback, a data folder that is thrown away.

PostgreSQL refuses to run as root, so a root shell starts it as the `postgres` user. It is told
to die with the process that started it, so that a killed test run leaves no server behind.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def programs() -> Path | None:
    """The folder of the newest installed server, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class Server:
    """`Server().start()` gives a URL for GONGSHU_DATABASE; `stop()` leaves nothing behind."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable`: what is committed outlives a power cut, which a test's data need not."""
        self.durable = durable
        bin_folder = programs()
        if bin_folder is None:
            raise RuntimeError("PostgreSQL is not installed")
        self.bin = bin_folder
        self.folder = Path(tempfile.mkdtemp(prefix="gongshu-postgres-"))
        self.process: subprocess.Popen[bytes] | None = None
        self.as_user: list[str] = ["setpriv", "--pdeathsig=INT"]
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def start(self) -> str:
        password, port = secrets.token_hex(16), free_port()
        password_file = self.folder / "password"
        password_file.write_text(password)
        if os.geteuid() == 0:
            shutil.chown(password_file, "postgres")
        data = self.folder / "data"
        self._run(
            *(self.bin / "initdb", "-D", data, "-U", "gongshu", "-A", "scram-sha-256"),
            *(f"--pwfile={password_file}", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(*self.as_user, self.bin / "postgres", "-D", data, "-p", str(port)),
                    *("-h", "127.0.0.1", "-k", self.folder),
                    *("-c", f"fsync={'on' if self.durable else 'off'}"),
                    *("-c", "max_connections=100"),
                ],
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        self._wait(port)
        return f"postgresql://gongshu:{password}@127.0.0.1:{port}/postgres"

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *command: str | Path) -> None:
        subprocess.run([*self.as_user, *command], cwd=self.folder, check=True, capture_output=True)

    def _wait(self, port: int) -> None:
        for _ in range(150):
            ready = [self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.1)
        log = (self.folder / "log").read_text()
        self.stop()
        raise RuntimeError(f"PostgreSQL did not start:\n{log}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
