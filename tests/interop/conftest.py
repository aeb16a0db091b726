"""Other people's catalogues, served on this machine, with whatever faults a test asks for."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gongshu.rules.agents import Agent

if TYPE_CHECKING:
    from gongshu.interop.models import HarvestRun, HarvestSource

SPEC = Path(__file__).parent.parent / "spec" / "harvest"
Answering = Callable[[str, dict[str, list[str]]], "Reply"]


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Portal:
    """`answer` may be set anew at any time; `asked` is what was asked so far."""

    url: str
    answer: Answering
    asked: list[str] = field(default_factory=list)


def package(number: int, **more: Any) -> dict[str, Any]:
    """A package as today's CKAN writes it."""
    return {
        "id": f"id-{number:04d}",
        "name": f"package-{number}",
        "title": f"Dataset {number}",
        "notes": f"About <b>{number}</b>",
        "state": "active",
        "private": False,
        "isopen": True,
        "license_title": "CC BY 4.0",
        "organization": {"title": "Example Office", "name": "office"},
        "tags": [{"name": "city", "display_name": "city"}],
        "groups": [{"name": "transport", "title": "transport"}],
        "extras": [{"key": "frequency", "value": "monthly"}],
        "metadata_modified": "2026-02-03T04:05:06",
        "resources": [
            {"name": "table", "format": "CSV", "url": f"https://files.example.org/{number}.csv"}
        ],
    } | more


def ckan(packages: list[dict[str, Any]], *, most: int = 1000) -> Answering:
    """A server that gives at most `most` rows, whatever is asked for."""

    def answer(path: str, query: dict[str, list[str]]) -> Reply:
        start, rows = int(query["start"][0]), min(most, int(query["rows"][0]))
        assert query["sort"] == ["id asc"]
        found = sorted(packages, key=lambda one: str(one.get("id")))
        part = {"count": len(found), "results": found[start : start + rows]}
        return Reply(json.dumps({"success": True, "result": part}).encode())

    return answer


def fixed(body: bytes, kind: str = "application/json", **headers: str) -> Answering:
    return lambda path, query: Reply(body, 200, kind, headers)


@pytest.fixture
def portal(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    from gongshu.interop.harvest import fetch

    monkeypatch.setattr(fetch, "PAUSE", 0.001)
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    served = Portal("", fixed(b"{}"))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            parts = urlsplit(self.path)
            reply = served.answer(parts.path, parse_qs(parts.query))
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            if "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield served
    server.shutdown()
    server.server_close()


@dataclass
class Bureau:
    """Its people, and the source that they have approved."""

    clerk: Agent
    head: Agent
    agency: Agent
    portal: Portal

    def approved(self, protocol: str = "ckan", path: str = "", **more: Any) -> HarvestSource:
        from gongshu.cases import services as cases
        from gongshu.interop.harvest import services
        from gongshu.interop.models import HarvestSource

        payload = {
            "code": "elsewhere",
            "title": "别处目录",
            "protocol": protocol,
            "url": self.portal.url + path,
            "organisation": self.agency.organisation,
            "domain": "elsewhere",
        } | more
        case = services.propose(payload, by=self.clerk)
        cases.do(case_id=case.id, step="approve", by=self.head)
        return HarvestSource.objects.get(code=payload["code"])

    def run(self, code: str = "elsewhere") -> HarvestRun:
        """By the worker, as a person who asks for it would have it."""
        from gongshu.interop.harvest import services
        from gongshu.interop.models import HarvestRun
        from gongshu.jobs import worker

        services.start(code, by=self.clerk)
        worker.work(once=True)
        return HarvestRun.objects.filter(source__code=code).latest("id")


@pytest.fixture
def bureau_at_work(
    instance: Path, agency: Agent, bureau: Agent, bureau_head: Agent, portal: Portal
) -> Bureau:
    from gongshu.ledger import services as ledger

    ledger.create_key()
    return Bureau(bureau, bureau_head, agency, portal)
