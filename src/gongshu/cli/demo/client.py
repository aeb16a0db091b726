"""The two ways in that every user has: the shell's commands and the HTTP API."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gongshu.cli import gongshu
from gongshu.wording import Problem, Sentence, current_language


def shell(*words: str) -> str:
    """Run a command as typed, and return what it printed; a refusal is raised."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        gongshu.main(["--lang", current_language(), *words], standalone_mode=False)
    return printed.getvalue()


def shell_json(*words: str) -> Any:
    return json.loads(shell(*words, "--json"))


def shell_shown(*words: str) -> int:
    """Run a command in a process of its own, its output going to the reader; its exit code."""
    sys.stdout.flush()
    command = [sys.executable, "-m", "gongshu.cli", "--lang", current_language(), *words]
    return subprocess.run(command, check=False).returncode


class Api:
    """One person's way to the platform: their bearer token, and JSON."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self.token = address, token

    def get(self, path: str) -> Any:
        return self._send("GET", path, None)

    def post(self, path: str, body: Any) -> Any:
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310  (our own server, on loopback)
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Accept-Language": "zh" if current_language().startswith("zh") else "en",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            raise _problem(error) from None


def _problem(error: urllib.error.HTTPError) -> Problem:
    """The server's RFC 9457 document as the `Problem` it was."""
    try:
        document = json.loads(error.read())
    except ValueError:
        document = {}
    text = str(document.get("detail") or error.reason)
    advice = document.get("suggestion")
    return Problem(
        str(document.get("code", error.code)),
        Sentence(text, text),
        suggestion=Sentence(advice, advice) if advice else None,
        field=document.get("field"),
    )


@contextlib.contextmanager
def served(port: int, log: Path) -> Iterator[str]:
    """The portal and its worker, as `gongshu serve` starts them; stopped at the end."""
    command = [sys.executable, "-m", "gongshu.cli", "serve", "--port", str(port)]
    with log.open("ab") as lines:
        process = subprocess.Popen(command, stdout=lines, stderr=lines)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()


def _wait_for(address: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{address}/checkpoint", timeout=5).close()  # noqa: S310
            return
        time.sleep(0.2)
    raise Problem(
        "not_serving",
        Sentence(en=f"The portal does not answer on {address}.", zh=f"门户未在 {address} 上应答。"),
    )


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as listening, contextlib.suppress(OSError):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("127.0.0.1", port))
            return int(listening.getsockname()[1])
    raise OSError("no free port")
