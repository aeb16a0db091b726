"""Slices by page, over HTTP and from the shell: the same archive, for the same people."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from tests.world import World

from gongshu.accounts.models import Person
from gongshu.cli import gongshu
from gongshu.ledger import selectors as ledger
from gongshu.ledger import services
from gongshu.oversight import verify_slice

pytestmark = pytest.mark.django_db


def signed_in(world: World, office: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(Person.objects.get(username=world.offices[office].person))
    return client


def body(response: Any) -> bytes:
    chunks: Iterable[bytes] = response.streaming_content
    return b"".join(chunks)


def verified(folder: Path, data: bytes) -> tuple[dict[str, Any], int]:
    path = folder / "slice.zip"
    path.write_bytes(data)
    _, said, count = verify_slice.verify(str(path), ledger.verifier_key())
    return said["asked"], count


def test_an_auditor_takes_a_slice_away_by_page(world: World, tmp_path: Path) -> None:
    client = signed_in(world, "auditor")
    page = client.get("/audit?event=entry.published").content.decode()
    assert "2 entries fit" in page
    assert (
        page.count('class="chip proof"')
        == ledger.entries(events=["entry.published"]).exclude(index=None).count()
    )
    response = client.post("/audit", {"event": "entry.published", "format": "json"})
    assert response["Content-Type"] == "application/zip"
    assert verified(tmp_path, body(response)) == ({"event": "entry.published"}, 2)
    assert "Taken away before" in client.get("/audit").content.decode()


def test_the_ledger_s_page_leads_an_auditor_to_the_same_slice(world: World) -> None:
    address = "/ledger?event=entry.published&year=2026"
    link = "/audit?event=entry.published&amp;since=2026-01-01&amp;until=2027-01-01"
    assert link in signed_in(world, "auditor").get(address).content.decode()
    assert "/audit?" not in signed_in(world, "operator").get(address).content.decode()


def test_a_mistake_in_the_form_is_said_on_the_page(world: World) -> None:
    client = signed_in(world, "auditor")
    for given in ({"since": "yesterday"}, {"sample": "3"}, {"first": "x"}):
        response = client.post("/audit", given)
        assert response.status_code == 422
        assert 'role="alert"' in response.content.decode()
    assert not ledger.entries(events=["ledger.exported"]).exists()


def test_others_have_no_such_page(world: World) -> None:
    assert signed_in(world, "operator").get("/audit").status_code == 403
    assert signed_in(world, "operator").post("/audit").status_code == 403
    assert Client().get("/audit").status_code == 302


def test_a_program_takes_a_slice_away_over_http(world: World, tmp_path: Path) -> None:
    bearer = {"authorization": f"Bearer {world.token(world.auditor, 'read')}"}
    asked = {"subject_kind": "dataset", "sample": 3, "seed": "7", "format": "parquet"}
    response = Client(headers=bearer).post(
        "/api/ledger/export", asked, content_type="application/json"
    )
    assert response.status_code == 200
    del asked["format"]
    assert verified(tmp_path, body(response)) == (asked, 3)
    assert ledger.entry(response["Gongshu-Receipt"]).event == "ledger.exported"
    nobody = Client().post("/api/ledger/export", {}, content_type="application/json")
    assert nobody.status_code == 401
    operator = {"authorization": f"Bearer {world.token(world.operator, 'read')}"}
    other = Client(headers=operator).post("/api/ledger/export", {}, content_type="application/json")
    assert other.status_code == 403
    wrong = Client(headers=bearer).post(
        "/api/ledger/export", {"format": "xlsx"}, content_type="application/json"
    )
    assert (wrong.status_code, wrong.json()["field"]) == (422, "format")


def test_anybody_lists_the_entries_over_http(world: World) -> None:
    services.sequence()
    found = Client().get("/api/ledger?event=entry.published").json()
    assert [one["body"] for one in found["entries"]] == [
        entry.body for entry in ledger.entries(events=["entry.published"])
    ]
    assert not found["more"]
    assert Client().get("/api/ledger").json()["more"] is (ledger.entries().count() > 100)
    assert Client().get("/api/ledger?since=soon").status_code == 422


def test_the_shell_writes_a_slice_that_the_shell_verifies(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongshu.cli.ledger.setup_django", lambda: None)
    path = str(tmp_path / "slice.zip")
    made = CliRunner().invoke(gongshu, ["ledger", "export", path, "--last", "4", "--as", "auditor"])
    assert made.exit_code == 0, made.output
    assert "5 entries" in made.output
    assert sorted(zipfile.ZipFile(path).namelist()) == [
        *("README.txt", "entries.csv", "receipt.json", "verify.py")
    ]
    key = ledger.verifier_key()
    done = CliRunner().invoke(gongshu, ["verify", path, "--key", key])
    assert done.exit_code == 0, done.output
    assert "Complete" in done.output
    members = {name: zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()}
    members["entries.csv"] = members["entries.csv"].replace(b"registered", b"Registered")
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    Path(path).write_bytes(out.getvalue())
    done = CliRunner().invoke(gongshu, ["verify", path, "--key", key, "--json"])
    assert done.exit_code == 1
    assert '"verified": false' in done.output
