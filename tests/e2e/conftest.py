"""A real instance, made by the demo, with the portal that it serves; and a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import free_port

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class City:
    """The demo's instance: what its run printed, and where its portal answers."""

    home: Path
    said: str
    address: str

    @property
    def password(self) -> str:
        return (self.home / "demo" / "password").read_text()


def gongshu(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gongshu.cli", "--lang", "en", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment(home))


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GONGSHU_", "DJANGO_"))}
    return kept | {"GONGSHU_HOME": str(home)}


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("city")
    told = gongshu(home, "demo", "--no-serve", "--port", str(free_port()))
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    port = free_port()
    command = [sys.executable, "-m", "gongshu.cli", "serve", "--port", str(port)]
    with (home / "serve.log").open("wb") as lines:
        server = subprocess.Popen(command, stdout=lines, stderr=lines, env=environment(home))
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        yield City(home, told.stdout + told.stderr, address)
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{address}/checkpoint", timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < until, "the portal does not answer"
            time.sleep(0.2)


# No longer than its module: while it runs, this thread has an event loop, in which Django lets
# nobody at the database, and a worker of the tests may be given others after this one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        message = "Chromium is not installed: the walk through the pages DID NOT RUN"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright  # here: only where there is a browser

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()
