"""`gongshu registration` and `gongshu verify`: look up, certify, check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cases.steps import moment
from tests.cases.test_registration import in_publicity, registered
from tests.world import World

from gongshu.cli import gongshu
from gongshu.ledger import selectors as ledger
from gongshu.ledger import services as log

pytestmark = pytest.mark.django_db


@pytest.fixture
def shell(instance: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    (instance / "secret_key").write_text("x" * 50)
    monkeypatch.setenv("GONGSHU_HOME", str(instance))
    monkeypatch.setenv("COLUMNS", "160")  # whatever terminal the tests run in
    return CliRunner()


def test_registrations_are_listed_and_looked_up_by_code(world: World, shell: CliRunner) -> None:
    found = registered(world)
    waiting = in_publicity(world, moment("2026-11-20"))
    listed = json.loads(shell.invoke(gongshu, ["registration", "list", "--json"]).output)
    assert [one["code"] for one in listed] == [found.code]
    words = ["registration", "list", "--in-publicity", "--json"]
    assert [one["case"] for one in json.loads(shell.invoke(gongshu, words).output)] == [waiting.id]
    shown = json.loads(shell.invoke(gongshu, ["registration", "show", found.code.lower()]).output)
    assert (shown["code"], shown["in_force"]) == (found.code, True)
    assert found.name in shell.invoke(gongshu, ["registration", "list"]).output


def test_a_certificate_from_the_shell_is_verified_by_the_shell(
    world: World, shell: CliRunner, tmp_path: Path
) -> None:
    found = registered(world)
    log.sequence()
    path = tmp_path / "certificate.json"
    made = shell.invoke(gongshu, ["registration", "certificate", found.code, "-o", str(path)])
    assert made.exit_code == 0, made.output
    words = ["verify", str(path), "--key", ledger.verifier_key()]
    assert "Verified" in shell.invoke(gongshu, ["--lang", "en", *words]).output
    forged = path.read_text().replace('"version":1', '"version":9', 1)
    path.write_text(forged)
    assert shell.invoke(gongshu, words).exit_code == 1
    page = tmp_path / "certificate.pdf"
    shell.invoke(gongshu, ["registration", "certificate", found.code, "-o", str(page)])
    assert page.read_bytes().startswith(b"%PDF-")
