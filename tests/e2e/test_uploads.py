"""Large files to a real server that is killed meanwhile: by the shell, and by a real browser."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import environment, gongshu, wait_for
from tests.postgres import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ORG = "330101"  # an agency code
CODE = "education.marks"
PASSWORD = "a long enough password 1"


@dataclass
class Served:
    home: Path
    address: str
    server: subprocess.Popen[bytes]

    def web(self) -> int:
        """The process that answers requests, a child of the one that was started."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.server.pid), "-f", "granian"], capture_output=True, text=True
        )
        return int(found.stdout.split()[0])

    def newest(self) -> dict[str, Any]:
        told = gongshu(self.home, "catalog", "show", CODE, "--as", "li", "--json")
        found: dict[str, Any] = json.loads(told.stdout)["versions"][0]
        return found


def ran(home: Path, *words: str) -> str:
    done = gongshu(home, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("uploads")
    (home / "password").write_text(PASSWORD)
    ran(home, "init", "--password-file", str(home / "password"))
    ran(home, "org", "create", ORG, "示例市教育局", "--kind", "agency")
    person = ("--org", ORG, "--password-file", str(home / "password"))
    ran(home, "user", "create", "li", *person)
    scopes = ("--scope", "ingest", "--scope", "read")
    token = json.loads(ran(home, "token", "create", "--user", "li", *scopes, "--json"))
    (home / "token").write_text(token["token"])
    (home / "first.csv").write_text("id,mark\n1,80\n")
    ran(home, "ingest", str(home / "first.csv"), "--dataset", CODE, "--provider", ORG)
    port = free_port()
    command = [sys.executable, "-m", "gongshu.cli", "serve", "--port", str(port)]
    with (home / "serve.log").open("wb") as lines:
        server = subprocess.Popen(command, stdout=lines, stderr=lines, env=environment(home))
    made = Served(home, f"http://127.0.0.1:{port}", server)
    try:
        wait_for(made.address)
        yield made
    finally:
        server.terminate()
        server.wait(30)


def large(path: Path, rows: int, mark: int) -> Path:
    """So long that something can happen while it is sent."""
    filler = "x" * 200
    with path.open("w") as file:
        file.write("id,mark,remark\n")
        for first in range(0, rows, 1000):
            file.write("".join(f"{first + n},{mark},{filler}\n" for n in range(1000)))
    return path


def unfinished(served: Served) -> list[dict[str, Any]]:
    token = (served.home / "token").read_text()
    request = urllib.request.Request(
        f"{served.address}/api/uploads", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)
    except OSError:  # the server was just killed
        return []
    return found


def until_some_has_arrived(served: Served, more_than: int = 0) -> int:
    """How much of the one unfinished upload is there."""
    until = time.monotonic() + 30
    while True:
        for one in unfinished(served):
            if int(one["offset"]) > more_than:
                return int(one["offset"])
        assert time.monotonic() < until, "nothing arrives"
        time.sleep(0.01)


def sending(served: Served, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gongshu.cli", "--lang", "en", "upload", str(file), CODE]
    where = ["--url", served.address, "--token-file", str(served.home / "token"), "--json"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GONGSHU_", "DJANGO_"))}
    return subprocess.Popen(
        command + where, env=kept, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_shell_goes_on_after_it_was_killed_and_after_the_server_was(
    served: Served, tmp_path: Path
) -> None:
    file = large(tmp_path / "marks.csv", 500_000, mark=70)  # 100 MB
    first = sending(served, file)
    arrived = until_some_has_arrived(served)
    first.kill()
    first.communicate()
    second = sending(served, file)
    until_some_has_arrived(served, more_than=arrived)
    os.kill(served.web(), signal.SIGKILL)
    out, err = second.communicate(timeout=120)
    assert second.returncode == 0, out + err
    assert json.loads(out)["result"]["fresh"]
    assert served.newest()["rows"] == 500_000
    assert unfinished(served) == []


def test_the_shell_says_what_was_refused(served: Served, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    refused = sending(served, tmp_path / "empty.csv")
    _, err = refused.communicate(timeout=60)
    assert (refused.returncode, err.strip()) == (1, "An empty file is no data.")


def test_a_browser_goes_on_after_the_server_was_killed_and_after_a_reload(
    served: Served, tmp_path: Path, browser: Any
) -> None:
    file = large(tmp_path / "noten.csv", 400_000, mark=60)  # 80 MB
    page = browser.new_context(locale="en").new_page()
    page.goto(f"{served.address}/login")
    page.fill("#id_username, [name=username]", "li")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/inbox")

    def choose() -> None:
        page.goto(f"{served.address}/dataset/{CODE}/edit")
        page.set_input_files("#file", str(file))
        page.click("button[value=upload]")

    choose()
    arrived = until_some_has_arrived(served)
    page.click("#upload-shown button")
    page.wait_for_function("document.querySelector('#upload-shown .warn')")
    page.goto(f"{served.address}/dataset/{CODE}/edit")
    page.wait_for_selector("#upload-shown:not([hidden])")
    assert "noten.csv" in page.inner_text("#upload-shown")
    choose()
    until_some_has_arrived(served, more_than=arrived)
    os.kill(served.web(), signal.SIGKILL)
    page.wait_for_url("**/job/*", timeout=120_000)
    page.wait_for_selector(".chip.good", timeout=120_000)
    assert served.newest()["rows"] == 400_000
