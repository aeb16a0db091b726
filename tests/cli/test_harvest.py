"""`gongshu harvest …`, as a clerk of the bureau types it."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.cli.conftest import Shell

pytestmark = pytest.mark.integration
SPEC = Path(__file__).parent.parent / "spec" / "harvest"
HERE = {"GONGSHU_WEBHOOK_NETWORKS": "127.0.0.0/8"}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SPEC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_source_is_proposed_tried_approved_read_and_shown(shell: Shell, elsewhere: str) -> None:
    def said(*words: str) -> str:
        done = shell.run(*words, **HERE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said("org", "create", "110009", "数据局", "--kind", "bureau", "--kind", "agency")
    for name, more in (("clerk", ()), ("chief", ("--rank", "head"))):
        said("user", "create", name, "--org", "110009", *more)
    words = ("--title", "Trees", "--protocol", "dcat", "--url", f"{elsewhere}/catalog.ttl")
    out = said(
        *("harvest", "add", "trees", *words, "--org", "110009", "--domain", "trees"),
        *("--theme", "environment=noise", "--as", "clerk"),
    )
    case = next(word for word in out.replace(";", " ").split() if word.startswith("C-"))
    tried = said("harvest", "dry-run", case, "--as", "clerk")
    assert "2 new" in tried
    assert "adms:versionNotes" in tried
    assert shell.run("harvest", "run", "trees", "--as", "clerk", **HERE).returncode == 1
    said("case", "do", case, "approve", "--as", "chief")
    said("harvest", "run", "trees", "--as", "clerk")
    said("worker", "--once")
    assert "done" in said("harvest", "show", "trees", "--as", "clerk")
    listed = shell.json("harvest", "list", "--as", "clerk")
    assert [(one["code"], one["entries"]) for one in listed] == [("trees", 2)]
    codes = {row["code"].split(".")[0] for row in shell.json("catalog", "list")}
    assert {"trees", "noise"} <= codes
    closed = shell.run("harvest", "dry-run", "trees", "--as", "clerk")  # no network is named
    assert (closed.returncode, "Traceback" in closed.stderr) == (1, False)
    assert "closed" in closed.stderr
    assert shell.run("harvest", "list", "--as", "nobody").returncode == 1
