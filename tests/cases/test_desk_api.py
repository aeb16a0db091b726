"""What stands around cases, over HTTP and from the shell: the same services, the same names."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.agents import NewAgent
from tests.api.test_bodies import ask
from tests.cases.steps import asked, request_form
from tests.cases.test_api import call
from tests.cases.test_complaint import COMPLAINT
from tests.cases.test_files import PDF, left
from tests.world import World

from gongshu.cases import services, visitors
from gongshu.cases.models import CaseFile, Upload
from gongshu.cli import gongshu
from gongshu.rules.agents import ANONYMOUS, Agent

pytestmark = pytest.mark.django_db


def send(world: World, agent: Agent, path: str, body: bytes = PDF, **more: Any) -> Any:
    token = world.token(agent, "case", "read")
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    return Client().generic(
        "POST", path, data=body, content_type="application/pdf", headers=headers, **more
    )


def test_a_file_is_attached_listed_and_read(world: World) -> None:
    case = asked(world)
    path = f"/api/cases/{case.id}/files"
    made = send(world, world.agency, f"{path}?name=a.pdf")
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["name"], row["size"], row["person"]) == ("a.pdf", len(PDF), "agency")
    listed = call(world, world.second_agency, "GET", path).json()
    assert [(one["digest"], one["person"]) for one in listed] == [(row["digest"], "")]
    assert (
        call(world, world.second_agency, "GET", f"/api/cases/{case.id}").json()["files"] == listed
    )
    got = call(world, world.second_agency, "GET", f"{path}/{row['digest']}")
    assert b"".join(got.streaming_content) == PDF
    assert call(world, world.enterprise, "GET", f"{path}/{row['digest']}").status_code == 404
    assert call(world, world.agency, "GET", f"{path}/{'0' * 64}").status_code == 404
    assert send(world, world.enterprise, f"{path}?name=a.pdf").status_code == 404


def test_a_file_comes_as_a_form_too(world: World) -> None:
    case = asked(world)
    token = world.token(world.agency, "case", "read")
    sent = SimpleUploadedFile("a.pdf", PDF)
    headers = {"Authorization": f"Bearer {token}"}
    made = Client().post(f"/api/cases/{case.id}/files", {"file": sent}, headers=headers)
    assert (made.status_code, made.json()["name"]) == (201, "a.pdf")


def test_a_file_is_sent_for_a_form_that_names_it(world: World) -> None:
    sent = send(world, world.second_agency, "/api/files?name=law.pdf").json()
    payload = request_form(basis_files=[sent["digest"]])
    made = call(world, world.second_agency, "POST", "/api/cases/sharing_request", payload).json()
    assert [file["step"] for file in made["files"]] == ["open"]
    other = call(world, world.agency, "POST", "/api/cases/sharing_request", payload)
    assert (other.status_code, other.json()["code"]) == (422, "unknown_file")


def test_a_refused_file_is_a_problem_document(world: World, settings: Any) -> None:
    settings.FILE_LIMIT = 10
    path = f"/api/cases/{asked(world).id}/files?name=a.pdf"
    large = send(world, world.agency, path)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    settings.FILE_LIMIT = 1000
    wrong = send(world, world.agency, path, b"MZ")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "file_not_its_type")
    assert Client().post("/api/files?name=a.pdf", PDF, content_type="x/y").status_code == 403


@pytest.mark.parametrize("path", ["/api/files?name=a.pdf", "/api/cases/{}/files?name=a.pdf"])
def test_an_upload_that_is_cut_halfway_leaves_nothing(world: World, path: str) -> None:
    path = path.format(asked(world).id)
    token = world.token(world.agency, "case")
    status, _ = ask(path, PDF[:9], len(PDF), token, "application/pdf")
    assert status == 400
    assert left() == set()
    assert not Upload.objects.exists()
    assert not CaseFile.objects.exists()


def test_whoever_follows_a_case_needs_its_code_and_no_account(world: World) -> None:
    case = services.open_case(kind="public_complaint", payload=COMPLAINT, by=ANONYMOUS).id
    path = f"/api/cases/{case}"
    headers = {"Follow-Up-Code": visitors.code_of(case)}

    def post(part: str, body: Any, **more: Any) -> int:
        return (
            Client()
            .post(f"{path}/{part}", body, content_type="application/json", **more)
            .status_code
        )

    assert post("files?name=a.pdf", PDF, headers=headers) == 201
    assert post("comments", {"text": "It happened twice"}, headers=headers) == 201
    assert post("comments", {"text": "x"}, headers={"Follow-Up-Code": "AAAA"}) == 404
    assert post("files?name=a.pdf", PDF) == 404
    [file] = Client().get(f"{path}/files", headers=headers).json()
    assert Client().get(f"{path}/files/{file['digest']}", headers=headers).status_code == 200
    assert Client().get(f"{path}/files/{file['digest']}").status_code == 404
    assert call(world, world.bureau, "GET", f"{path}/comments").json()[0]["text"].endswith("twice")


def test_comments_and_who_works_on_it(world: World) -> None:
    case = asked(world)
    path = f"/api/cases/{case.id}"
    made = call(world, world.agency, "POST", f"{path}/comments", {"text": "Which districts?"})
    assert made.status_code == 201
    call(world, world.agency, "POST", f"{path}/comments", {"text": "hm", "scope": "internal"})
    seen = call(world, world.second_agency, "GET", f"{path}/comments").json()
    assert [(one["text"], one["person"]) for one in seen] == [("Which districts?", "")]
    done = call(world, world.agency, "POST", f"{path}/assignee", {"to": "agency-head"})
    assert done.json() == {"case": case.id, "person": "agency-head"}
    late = {"to": "agency", "expected": ""}
    assert call(world, world.agency, "POST", f"{path}/assignee", late).status_code == 409
    assert call(world, world.agency_head, "GET", path).json()["assignee"] == "agency-head"
    assert call(world, world.second_agency, "GET", path).json()["assignee"] == ""
    mine = call(world, world.agency_head, "GET", "/api/cases?inbox=true&whose=mine").json()
    assert [one["id"] for one in mine] == [case.id]
    wrong = call(world, world.agency_head, "GET", "/api/cases?due=soon")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "due")


def test_several_cases_at_once(world: World) -> None:
    cases = [
        services.open_case(
            kind="sharing_request", payload=request_form(), by=world.second_agency
        ).id
        for _ in range(2)
    ]
    body = {"cases": [*cases, "C-1999-000001"], "step": "submit"}
    done = call(world, world.second_agency_head, "POST", "/api/inbox/steps", body)
    assert [(one["done"], one["code"]) for one in done.json()] == [
        (True, ""),
        (True, ""),
        (False, "unknown_case"),
    ]


def test_delegation(world: World, new_agent: NewAgent) -> None:
    deputy = new_agent("agency", username="deputy")
    case = asked(world)
    today = timezone.localdate()
    body = {
        "to": "deputy",
        "procedures": ["sharing_request"],
        "since": today.isoformat(),
        "until": (today + timedelta(days=3)).isoformat(),
    }
    assert call(world, deputy, "POST", "/api/delegations", body).json()["code"] == "nothing_to_lend"
    given = call(world, world.agency_head, "POST", "/api/delegations", body)
    assert given.status_code == 201
    assert call(world, deputy, "GET", "/api/delegations").json() == [given.json()]
    assert call(world, world.second_agency, "GET", "/api/delegations").json() == []
    step = {"form": {}, "acting_for": "agency-head"}
    done = call(world, deputy, "POST", f"/api/cases/{case.id}/consent", step)
    assert done.json()["steps"][-1]["on_behalf_of"] == "agency-head"
    path = f"/api/delegations/{given.json()['id']}/end"
    assert call(world, deputy, "POST", path).json()["ended"] is not None
    assert call(world, deputy, "POST", path).status_code == 409
    assert call(world, world.enterprise, "POST", path).status_code == 404


@pytest.fixture
def shell(instance: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (instance / "secret_key").write_text("x" * 50)
    monkeypatch.setenv("GONGSHU_HOME", str(instance))

    def run(*words: str) -> Result:
        return CliRunner().invoke(gongshu, ["--lang", "en", *words])

    return run


def test_files_from_the_shell(world: World, shell: Any, tmp_path: Path) -> None:
    case = asked(world)
    file = tmp_path / "意见书.pdf"
    file.write_bytes(PDF)
    made = json.loads(
        shell("case", "attach", case.id, str(file), "--as", "agency", "--json").output
    )
    listed = json.loads(shell("case", "file", case.id, "--as", "bureau", "--json").output)
    assert [one["digest"] for one in listed] == [made["digest"]]
    target = tmp_path / "out.pdf"
    words = ("case", "file", case.id, made["digest"], "-o", str(target), "--as", "bureau")
    assert shell(*words).exit_code == 0
    assert target.read_bytes() == PDF
    assert isinstance(shell(*words).exception, Exception)
    sent = shell("case", "upload", str(file), "--as", "second_agency").output.strip()
    form = tmp_path / "request.json"
    form.write_text(json.dumps(request_form(basis_files=[sent])))
    opened = shell("case", "open", "sharing_request", "-f", str(form), "--as", "second_agency")
    assert opened.exit_code == 0, opened.output
    assert CaseFile.objects.filter(step="open", digest=sent).exists()


def test_the_desk_from_the_shell(world: World, shell: Any, new_agent: NewAgent) -> None:
    new_agent("agency", username="deputy")
    case = asked(world)
    assert shell("case", "comment", case.id, "Which?", "--as", "agency").exit_code == 0
    assert "Which?" in shell("case", "comment", case.id, "--as", "second_agency").output
    done = shell("case", "hand-over", case.id, "--to", "deputy", "--as", "agency")
    assert "is with deputy now" in done.output
    listed = shell("case", "list", "--inbox", "--whose", "mine", "--as", "deputy", "--json")
    assert [one["id"] for one in json.loads(listed.output)] == [case.id]
    today = timezone.localdate()
    days = ("--since", today.isoformat(), "--until", today.isoformat())
    words = ("delegation", "give", "--to", "deputy", "--procedure", "sharing_request", *days)
    assert "is given to deputy" in shell(*words, "--as", "agency-head").output
    number = json.loads(shell("delegation", "list", "--json", "--as", "deputy").output)[0]["id"]
    acted = ("case", "do", case.id, "consent", "--for", "agency-head", "--as", "deputy", "--json")
    assert json.loads(shell(*acted).output)["step"] == "consent"
    assert "has ended" in shell("delegation", "end", str(number), "--as", "deputy").output
    each = shell("case", "do-each", "deliver", case.id, "C-1999-000001", "--as", "agency")
    assert each.exit_code == 1
    assert "There is no case" in each.output
