"""Entries by the thousand. Import: a file of entries with seven items each (JSON, one a line; 100 000,
or as many as GONGSHU_BENCH_ENTRIES says: the figures name it) is checked row by row and written in
chunks, each entry with its own entry in the ledger, on SQLite with synchronous FULL and on a
PostgreSQL of the run's own with fsync; the peer is the same service one entry after the other.
Excel: a tenth as many in the ministry's form. Harvest: a CKAN with a twentieth as many packages,
served on this machine, a hundred a page; read for the first time, and again with nothing changed;
the peer reads the same pages, parses their JSON and does nothing with them. DCAT: one document of
1 000 datasets with five distributions each in three forms; the peer is rdflib's parsing alone.
Where the machine is shared, the CPU seconds say more than the clock's."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ENTRIES = int(os.environ.get("GONGSHU_BENCH_ENTRIES", "100000"))
SHEET, ONE_BY_ONE, PACKAGES, DATASETS = ENTRIES // 10, ENTRIES // 200, ENTRIES // 20, 1000
ORG = "110001"
TOPICS = ("学校", "教师", "医院", "门诊", "公交", "道路", "空气质量", "水质", "企业", "许可")
COLUMNS = [
    "编号",
    "名称",
    "地址",
    "联系电话",
    "日期",
    "数量",
    "状态",
    "区划代码",
    "经度",
    "纬度",
    "备注",
    "负责人",
]


def run() -> dict[str, Any]:
    figures: dict[str, Any] = {"sqlite": _on(None)}
    from tests import postgres

    if postgres.programs() is not None:
        server = postgres.Server(durable=True)
        try:
            figures["postgresql"] = _on(server.start())
        finally:
            server.stop()
    figures["dcat_datasets_a_second"] = _dcat()
    return figures


def _on(database: str | None) -> dict[str, Any]:
    """In a process and an instance of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "GONGSHU_HOME": folder,
            "DJANGO_SETTINGS_MODULE": "gongshu.settings",
            "GONGSHU_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        if database:
            environment["GONGSHU_DATABASE"] = database
        gongshu = [sys.executable, "-m", "gongshu.cli", "init"]
        subprocess.run(gongshu, env=environment, check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.harvest"],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def child() -> dict[str, Any]:
    import django

    django.setup()
    from gongshu.accounts import services
    from gongshu.ledger import services as ledger
    from gongshu.rules.agents import SYSTEM

    ledger.create_key()
    services.create_organisation(
        code=ORG, name_zh="某局", name_en="", kinds=["agency", "bureau"], by=SYSTEM
    )
    with tempfile.TemporaryDirectory() as folder:
        return {"import": _import(Path(folder)), "harvest_entries_a_second": _harvest()}


def entry(number: int, prefix: str) -> dict[str, Any]:
    chance = random.Random(number)
    topic = chance.choice(TOPICS)
    return {
        "code": f"{prefix}.e{number}",
        "provider": ORG,
        "title_zh": f"{topic}基本信息{number}",
        "summary_zh": f"{topic}的情况，按年度统计，含{chance.choice(TOPICS)}相关信息项。",
        "resource_code": f"3{number % 90 + 10:02d}001/{number}",
        "format": "csv",
        "update_cycle": "monthly",
        "sharing": "conditional",
        "sharing_conditions": "政务服务使用",
        "classification": "public",
        "grade": "general",
        "level": 2,
        "fields": [
            {"name": name, "type": "text", "title_zh": name, "meaning_zh": f"{name}信息"}
            for name in chance.sample(COLUMNS, 7)
        ],
    }


def _import(folder: Path) -> dict[str, Any]:
    from gongshu.accounts import agents
    from gongshu.catalog import bulk, services
    from gongshu.catalog.template import write_workbook

    by = agents.administrator()
    lines, sheet = folder / "a.ndjson", folder / "a.xlsx"
    with lines.open("w") as file:
        for number in range(ENTRIES):
            file.write(json.dumps(entry(number, "lines"), ensure_ascii=False) + "\n")
    write_workbook(sheet, (entry(number, "sheet") for number in range(SHEET)))
    used = time.process_time()
    checking, found = _timed(lambda: bulk.check(lines, by=by))
    writing, done = _timed(lambda: bulk.write(lines, by=by))
    used = time.process_time() - used
    assert (found.new, found.bad, done.new) == (ENTRIES, 0, ENTRIES)
    excel, done = _timed(lambda: (bulk.check(sheet, by=by), bulk.write(sheet, by=by))[1])
    assert done.new == SHEET

    def one_by_one() -> None:
        for number in range(ONE_BY_ONE):
            said = entry(number, "single")
            code, provider, fields = said.pop("code"), said.pop("provider"), said.pop("fields")
            made = services.create_draft(code=code, provider=provider, by=by, **said)
            services.declare_fields(dataset=made, fields=fields, by=by)

    alone, _ = _timed(one_by_one)
    return {
        f"seconds to check {ENTRIES:,}": round(checking, 1),
        f"seconds to write {ENTRIES:,}": round(writing, 1),
        f"CPU seconds of ours for both {ENTRIES:,}": round(used, 1),
        "entries a second checked and written": round(ENTRIES / (checking + writing)),
        "entries a second from Excel": round(SHEET / excel),
        "entries a second one by one": round(ONE_BY_ONE / alone),
    }


def _harvest() -> dict[str, Any]:
    from gongshu.cases import services as cases
    from gongshu.interop.harvest import fetch, run, services
    from gongshu.interop.models import HarvestRun, HarvestSource
    from gongshu.rules.agents import SYSTEM, Agent, Kind

    clerk = Agent(person="clerk", organisation=ORG, kinds=frozenset({Kind.BUREAU}), rank="staff")
    head = Agent(person="head", organisation=ORG, kinds=frozenset({Kind.BUREAU}), rank="head")
    with served() as url:
        said = {"title": "Elsewhere", "protocol": "ckan", "organisation": ORG, "url": url}
        case = services.propose(said | {"code": "elsewhere", "domain": "elsewhere"}, by=clerk)
        cases.do(case_id=case.id, step="approve", by=head)
        source = HarvestSource.objects.get()

        def pages() -> int:
            count = 0
            for start in range(0, PACKAGES, 100):
                asked = f"{url}/api/3/action/package_search?rows=100&start={start}"
                count += len(fetch.get(asked).json()["result"]["results"])
            return count

        def once() -> HarvestRun:
            return run.go_on(HarvestRun.objects.create(source=source), by=SYSTEM)

        alone, count = _timed(pages)
        first, done = _timed(once)
        again, same = _timed(once)
    assert (count, done.counts["new"], same.counts["unchanged"]) == (PACKAGES,) * 3
    return {
        "first run": round(PACKAGES / first),
        "nothing changed": round(PACKAGES / again),
        "pages fetched and parsed alone": round(PACKAGES / alone),
    }


@contextmanager
def served() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            start = int(asked["start"][0])
            rows = [package(n) for n in range(start, min(start + 100, PACKAGES))]
            part = {"success": True, "result": {"count": PACKAGES, "results": rows}}
            body = json.dumps(part).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def package(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:08d}",
        "name": f"package-{number}",
        "title": f"{TOPICS[number % len(TOPICS)]}数据 {number}",
        "notes": "<p>Kept by the <b>office</b> and published each month.</p>" * 3,
        "isopen": True,
        "license_title": "CC BY 4.0",
        "organization": {"title": "Example Office"},
        "tags": [{"display_name": f"tag {number % 50}"}],
        "groups": [{"title": "transport"}],
        "extras": [{"key": "frequency", "value": "monthly"}],
        "metadata_modified": "2026-02-03T04:05:06",
        "resources": [
            {"name": f"file {n}", "format": "CSV", "url": f"https://example.org/{number}/{n}.csv"}
            for n in range(3)
        ],
    }


def _dcat() -> dict[str, Any]:
    from rdflib import Graph

    from gongshu.interop.harvest import dcat
    from gongshu.interop.harvest.answer import Answer
    from gongshu.interop.harvest.rdf import graph_of

    parts = [
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
    ]
    for number in range(DATASETS):
        files = ", ".join(
            f'[ a dcat:Distribution ; dct:format "CSV" ; dcat:downloadURL <urn:f:{number}:{n}> ]'
            for n in range(5)
        )
        parts.append(
            f'<urn:d:{number}> a dcat:Dataset ; dct:identifier "{number}" ; dct:title "Set {number}"'
            f' ; dct:description "About {number}" ; dcat:keyword "one", "two" ;'
            f" dcat:distribution {files} ."
        )
    graph = Graph().parse(data="\n".join(parts))
    figures: dict[str, Any] = {}
    for form, kind in (
        ("turtle", "text/turtle"),
        ("xml", "application/rdf+xml"),
        ("json-ld", "application/ld+json"),
    ):
        answer = Answer("https://e.org/c", graph.serialize(format=form).encode(), kind)
        parsing, _ = _timed(lambda answer=answer: graph_of(answer))
        whole, page = _timed(lambda answer=answer: dcat.read_page(answer.url, "", lambda _: answer))
        assert len(page.records) == DATASETS
        figures[form] = {
            "read": round(DATASETS / whole),
            "parsing alone": round(DATASETS / parsing),
        }
    return figures


def _timed(act: Any) -> tuple[float, Any]:
    started = time.monotonic()
    done = act()
    return time.monotonic() - started, done


if __name__ == "__main__":
    print(json.dumps(child()))
