"""A worker that is killed while it pulls: the next goes on with what is here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.catalog.conftest import SCHOOLS
from tests.processes import Instance

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.kill]
ROOT = Path(__file__).parents[2]
SHORT = {"GONGSHU_JOB_LEASE": "1.5", "GONGSHU_WEBHOOK_NETWORKS": "127.0.0.0/8"}


@pytest.fixture
def site() -> Iterator[tuple[str, list[str]]]:
    """The address of a file, and what was asked for it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            content = SCHOOLS.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/schools.csv", asked
        server.shutdown()


def run(processes: Instance, *words: str) -> str:
    command = [sys.executable, "-m", "tests.kills.pulling", *words]
    env = os.environ | processes.environment
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("point", "said"),
    [("pull.fetched", "new"), ("version.committed", "unchanged"), ("pull.ingested", "unchanged")],
)
def test_a_pull_whose_worker_is_killed_becomes_one_version_of_one_fetch(
    processes: Instance, site: tuple[str, list[str]], point: str, said: str
) -> None:
    address, asked = site
    run(processes, "ask", address)
    processes.dies(f"crash:{point}", "settle", **SHORT)
    assert json.loads(run(processes, "check"))["state"] == "running"
    processes.run("sleep:2", "settle", **SHORT)
    found = json.loads(run(processes, "check"))
    assert (found["state"], found["attempts"], found["error"]) == ("done", 2, "")
    assert found["versions"] == [1]
    assert (found["said"], found["uploads"]) == (said, [])
    assert asked == ["/schools.csv"]
