"""What holds between processes: a suspension, a day's limit, and a crash before the release."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import warm

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
GONGSHU = [sys.executable, "-m", "gongshu.cli"]
CITY = [sys.executable, "-m", "tests.gateway.city"]
SQL = "SELECT district, count(*) AS n FROM health.persons GROUP BY district"


class City:
    """An instance of its own, in which real processes act."""

    def __init__(self, home: Path, grant: str = "") -> None:
        self.home = home
        self.grant = grant
        self.environment = {**os.environ, "GONGSHU_HOME": str(home), "LANG": "en"}
        self.environment.pop("GONGSHU_DATABASE", None)

    def run(self, command: list[str], *, check: bool = True, **environment: str) -> Any:
        env = {**self.environment, **environment}
        if command[: len(GONGSHU)] == GONGSHU:
            done = warm.run(command[len(GONGSHU) :], env)
        else:
            done = subprocess.run(
                command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
            )
        assert not check or done.returncode == 0, done.stderr
        return done

    def asker(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*CITY, "ask", self.grant],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.home / "gongshu.db") as database:
            return database.execute(sql).fetchall()


def ask(process: subprocess.Popen[str], sql: str = "") -> str:
    begin(process, sql)
    assert process.stdout
    return process.stdout.readline().strip()


def begin(process: subprocess.Popen[str], sql: str) -> None:
    assert process.stdin
    process.stdin.write(f"{sql}\n")
    process.stdin.flush()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Built once; each test acts in a copy."""
    made = City(tmp_path_factory.mktemp("model") / "home")
    warm.instance(made.home)
    limits = json.dumps({"queries_per_day": 6})
    made.grant = made.run([*CITY, "build", limits]).stdout.split()[-1]
    return made


@pytest.fixture
def city(model: City, tmp_path: Path) -> City:
    shutil.copytree(model.home, tmp_path / "home")
    return City(tmp_path / "home", model.grant)


@pytest.fixture
def earlier(city: City) -> Iterator[subprocess.Popen[str]]:
    """A process that has asked already and keeps its gate warm."""
    process = city.asker()
    assert ask(process) == "answered 2"
    yield process
    process.communicate(timeout=30)


def test_a_process_started_earlier_refuses_what_was_suspended_a_moment_ago(
    city: City, earlier: subprocess.Popen[str]
) -> None:
    city.run([*CITY, "suspend", city.grant])
    assert ask(earlier) == "refused grant_suspended"


def test_a_question_that_runs_is_ended_when_its_grant_is_suspended(city: City) -> None:
    names = [f"d{n}" for n in range(26)]
    endless = (
        f"WITH d AS ({SQL}) SELECT count(*) AS n FROM "
        + " CROSS JOIN ".join(f"d AS {name}" for name in names)
        + f" WHERE {' + '.join(f'{name}.n' for name in names)} < 0"
    )
    with city.asker() as asker:
        assert ask(asker).startswith("answered")
        begin(asker, endless)
        city.run([*CITY, "suspend", city.grant])
        suspended = time.monotonic()
        assert asker.stdout
        assert asker.stdout.readline().strip() == "refused grant_suspended"
        assert time.monotonic() - suspended < 5  # a second is what is aimed at; machines are busy
        assert city.rows("SELECT count(*) FROM gateway_queryrecord WHERE decision = 'running'") == [
            (0,)
        ]
        asker.kill()


def test_two_processes_together_keep_to_the_days_limit(
    city: City, earlier: subprocess.Popen[str]
) -> None:
    with city.asker() as second:
        assert second.stdin
        assert earlier.stdin
        assert second.stdout
        assert earlier.stdout
        for process in (earlier, second):
            process.stdin.write("\n" * 5)  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        said = [earlier.stdout.readline() for _ in range(5)]
        said += [second.stdout.readline() for _ in range(5)]
        second.stdin.close()
    outcomes = [line.strip() for line in said]
    assert outcomes.count("answered 2") == 5  # and one before
    assert outcomes.count("refused limit") == 5
    answered = city.rows("SELECT count(*) FROM ledger_entry WHERE event = 'query.answered'")
    assert answered == [(6,)]


def test_a_crash_between_entry_and_answer_leaves_the_entry_and_no_answer(city: City) -> None:
    command = [*GONGSHU, "query", "--grant", city.grant, "--purpose", "planning", "--as"]
    died = city.run([*command, "operator", SQL], check=False, GONGSHU_CRASH_AT="answer_logged")
    assert died.returncode == -signal.SIGKILL
    assert died.stdout == ""
    assert city.rows(
        "SELECT r.decision, e.event FROM gateway_queryrecord r"
        " JOIN ledger_entry e ON e.id = r.entry_id"
    ) == [("answered", "query.answered")]


def test_a_crash_before_the_entry_leaves_neither_entry_nor_answer(city: City) -> None:
    command = [*GONGSHU, "query", "--grant", city.grant, "--purpose", "planning", "--as"]
    died = city.run(
        [*command, "operator", SQL], check=False, GONGSHU_CRASH_AT="append.before_commit"
    )
    assert died.returncode == -signal.SIGKILL
    assert died.stdout == ""
    assert city.rows("SELECT decision FROM gateway_queryrecord") == [("running",)]
    assert city.rows("SELECT 1 FROM ledger_entry WHERE event LIKE 'query.%'") == []


def test_the_shell_shows_answer_refusal_and_receipt(city: City, tmp_path: Path) -> None:
    query = [*GONGSHU, "query", "--grant", city.grant, "--purpose", "planning", "--as", "operator"]
    receipt = tmp_path / "receipt.json"
    answered = city.run([*query, "--receipt", str(receipt), SQL])
    assert "East" in answered.stdout
    assert "withheld" in answered.stdout
    assert city.run([*GONGSHU, "verify", str(receipt)]).stdout.startswith("Verified")

    sql = "SELECT count(*) AS n,\n  income FROM health.persons"
    refused = city.run([*query, sql], check=False)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "    income FROM health.persons\n    ^^^^^^\n" in refused.stderr

    explained = city.run([*query, "--explain", "--format", "json", sql], check=False)
    assert json.loads(explained.stdout)["allowed"] is False

    csv = city.run([*query, "--format", "csv", SQL + " ORDER BY 1"])
    assert csv.stdout == '"district","n"\n"East",20\n"West",20\n'
    assert "withheld" in csv.stderr

    disclosed = json.loads(city.run([*GONGSHU, "disclosure", "--json"]).stdout)
    use = [(u["grant"], u["answered"], u["withheld"], u["refused"]) for u in disclosed["use"]]
    assert use == [(city.grant, 2, 2, 1)]


def test_the_administrator_creates_shows_and_revokes_a_grant_in_the_shell(
    city: City, tmp_path: Path
) -> None:
    terms = tmp_path / "terms.yaml"
    terms.write_text(
        "grantee: public\npurposes: [planning]\nterm: {from: 2026-01-01, until: 2099-12-31}\n"
        "datasets:\n  health.clinics:\n    columns: {'*': [show, group, filter]}\n"
    )
    made = json.loads(city.run([*GONGSHU, "grant", "create", "-f", str(terms), "--json"]).stdout)
    query = [*GONGSHU, "query", "--grant", made["id"], "--purpose", "planning", "--format", "csv"]
    assert '"C1","East",10' in city.run([*query, "SELECT * FROM health.clinics"]).stdout
    listed = json.loads(city.run([*GONGSHU, "grant", "list", "--json"]).stdout)
    assert {row["id"] for row in listed} == {city.grant, made["id"]}
    city.run([*GONGSHU, "grant", "revoke", made["id"], "--reason", "tried out"])
    refused = city.run([*query, "SELECT * FROM health.clinics"], check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "ended" in refused.stderr

    terms.write_text(terms.read_text() + "colour: red\n")
    wrong = city.run([*GONGSHU, "grant", "create", "-f", str(terms)], check=False)
    assert wrong.returncode == 1
    assert "colour" in wrong.stderr
    assert "Traceback" not in wrong.stderr
