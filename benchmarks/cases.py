"""Procedures at work. Steps: eight processes, each of which brings complaints through their five acts
(opened, taken up, answered, decided, closed), one transaction each with its entry in the ledger and
its notices, on SQLite with synchronous FULL and on a PostgreSQL of the run's own with fsync. The
peer is one such process alone. Pages: an instance (SQLite) with 1 million cases of a hundred
agencies, one in fifty waiting for somebody; the inbox of an agency and of the bureau, the inbox
narrowed, what is late, and a case, 40 times each through Django from request to response."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.check import collected_as_in_the_server

ACTORS, COMPLAINTS, ACTS = 8, 15, 5
CASES, AGENCIES, WAITING = 1_000_000, 100, 50
PASSWORD = "a long enough password 1"
LONG = "as the annex says, in full"


def run() -> dict[str, Any]:
    figures: dict[str, Any] = {"steps_a_second": {"sqlite": _steps()}}
    from tests import postgres

    if postgres.programs() is not None:
        server = postgres.Server(durable=True)
        try:
            figures["steps_a_second"]["postgresql"] = _steps(server.start())
        finally:
            server.stop()
    with tempfile.TemporaryDirectory() as folder:
        _child("fill", _environment(folder))
        # By a process that has not a million cases' rubbish to collect.
        figures["pages_with_1_million_cases"] = _child("pages", _environment(folder))
    return figures


def _environment(folder: str, database: str = "") -> dict[str, str]:
    named = {"GONGSHU_DATABASE": database} if database else {}
    return {
        **os.environ,
        "GONGSHU_HOME": folder,
        "DJANGO_SETTINGS_MODULE": "gongshu.settings",
        **named,
    }


def _child(what: str, environment: dict[str, str]) -> Any:
    return _result(_start(what, environment))


def _start(what: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.cases", what],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _result(process: subprocess.Popen[str]) -> Any:
    import json

    out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("a process of the benchmark failed")
    return json.loads(out.splitlines()[-1])


# Steps


def _steps(database: str = "") -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(folder, database)
        _child("make", environment)
        return {
            "one_actor": _rate(environment, 1),
            "eight_actors": _rate(environment, ACTORS),
        }


def _rate(environment: dict[str, str], actors: int) -> float:
    """All begin at once, when the last of them is ready."""
    processes = [_start("act", environment) for _ in range(actors)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    begun = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _result(process)
    return actors * COMPLAINTS * ACTS / (time.perf_counter() - begun)


def act() -> int:
    _django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import services
    from gongshu.rules.agents import ANONYMOUS

    bureau, other, agency = (shell_agent(name) for name in ("bureau", "bureau2", "agency0"))
    payload = {"title": "Charges are not displayed", "about": "price", "account": LONG}
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(COMPLAINTS):
        case = services.open_case(kind="public_complaint", payload=payload, by=ANONYMOUS)
        steps: tuple[tuple[str, Any, dict[str, Any] | None], ...] = (
            ("take_up", bureau, {"respondent": agency.organisation, "question": LONG}),
            ("state", agency, {"statement": LONG}),
            ("decide", other, {"upheld": True, "finding": LONG}),
            ("close", other, None),
        )
        for name, by, form in steps:
            services.do(case_id=case.id, step=name, by=by, form=form)
    return COMPLAINTS


# Pages


def pages() -> dict[str, dict[str, float]]:
    _django()
    from django.test import Client

    found = {}
    for user in ("agency0", "bureau"):
        client = Client(HTTP_HOST="localhost")
        client.login(username=user, password=PASSWORD)
        for path in PAGES[user].values():
            client.get(path)
        collected_as_in_the_server()
        for name, path in PAGES[user].items():
            found[f"{user}_{name}"] = _timed(lambda path=path, client=client: client.get(path))
    return found


PAGES = {
    "agency0": {"inbox": "/inbox", "case": "/case/C-2026-500000"},
    "bureau": {
        "inbox": "/inbox",
        "inbox_narrowed": "/inbox?kind=public_complaint&due=overdue",
        "late": "/escalations",
        "case": "/case/C-2026-500000",
    },
}


def _timed(get: Callable[[], Any]) -> dict[str, float]:
    took = []
    for _ in range(42):
        begun = time.perf_counter()
        response = get()
        took.append((time.perf_counter() - begun) * 1000)
        if response.status_code != 200:
            raise RuntimeError(f"status {response.status_code}")
    return {"p50_ms": median(took[2:]), "p95_ms": quantiles(took[2:], n=20)[-1]}


def fill() -> int:
    """By the database itself: through the services it would take a night."""
    make()
    from django.db import connection, transaction

    from gongshu.jobs import jobs as upkeep

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE agency (n INTEGER PRIMARY KEY, code TEXT)")
        codes = [(number, _code(number)) for number in range(AGENCIES)]
        cursor.executemany("INSERT INTO agency VALUES (%s, %s)", codes)
        for statement in FILLED:
            cursor.execute(statement)
    upkeep.learn_what_tables_hold()  # as the worker does each hour
    return CASES


FILLED = (
    f"""CREATE TEMP TABLE made AS
    WITH RECURSIVE number (i) AS (
        SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < {CASES}
    )
    SELECT printf('C-2026-%06d', i) AS id, i / {AGENCIES} % {WAITING} = 0 AS waits, code,
           datetime('now', '-' || abs(random() % 500000) || ' minutes') AS at,
           date('now', (abs(random() % 60) - 30) || ' days') AS due
    FROM number JOIN agency ON agency.n = i % {AGENCIES}""",
    f"""INSERT INTO cases_case (
        id, kind, subject_kind, subject_id, applicant, state, revision, payload, due_at,
        due_provisional, opened_by, idempotency_key, request_digest, created, modified)
    SELECT id, 'public_complaint', '', '', '', iif(waits, 'with_respondent', 'closed'), 2,
           json_object('title', 'Complaint ' || id, 'about', 'price', 'account', '{LONG}'),
           iif(waits, due, NULL), 0, 'visitor:' || id, '', '', at, at
    FROM made""",
    """INSERT INTO cases_caseparty (case_id, name, organisation, opened)
    SELECT id, 'respondent', code, at FROM made""",
    """INSERT INTO cases_casestep (
        case_id, name, source, target, person, organisation, on_behalf_of, at, note, article,
        entry_id, idempotency_key, request_digest)
    SELECT id, name, source, target, '', '', '', at, '', '', id, '', ''
    FROM made, (SELECT 'open' AS name, '' AS source, 'received' AS target
                UNION ALL SELECT 'take_up', 'received', 'with_respondent')""",
    """INSERT INTO cases_caseawaited (case_id, organisation, office, rank, administrator)
    SELECT id, code, '', '', 0 FROM made WHERE waits""",
)


# Both


def _code(number: int) -> str:
    from gongshu.accounts.codes import uscc_check_character

    begun = f"11330100MA0{number:06d}"
    return begun + uscc_check_character(begun)


def _django() -> None:
    import django

    django.setup()


def make() -> int:
    """An instance with a bureau of two, and a person of each agency."""
    _django()
    from django.core.management import call_command

    from gongshu.accounts import services
    from gongshu.ledger import services as ledger
    from gongshu.rules.agents import SYSTEM

    home = Path(os.environ["GONGSHU_HOME"])
    for name in ("data", "index", "log", "uploads", "tmp", "static"):
        (home / name).mkdir(exist_ok=True)
    (home / "secret_key").write_text("benchmark")
    call_command("migrate", verbosity=0)
    ledger.create_key()
    people = [("bureau", AGENCIES), ("bureau2", AGENCIES)]
    people += [(f"agency{number}", number) for number in range(AGENCIES)]
    for number in range(AGENCIES + 1):
        kind = "bureau" if number == AGENCIES else "agency"
        services.create_organisation(
            code=_code(number), name_zh=f"机构{number}", kinds=[kind], by=SYSTEM
        )
    for name, number in people[:3]:
        services.create_person(
            username=name, password=PASSWORD, organisation=_code(number), rank="head", by=SYSTEM
        )
    return len(people)


if __name__ == "__main__":
    import json

    print(json.dumps({"act": act, "fill": fill, "make": make, "pages": pages}[sys.argv[1]]()))
