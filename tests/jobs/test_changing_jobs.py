"""Jobs by page, API and shell: how far, the log, cancel, another try; each for its organisation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from tests.agents import NewAgent
from tests.catalog.conftest import SCHOOLS

from gongshu.accounts.models import Person
from gongshu.accounts.services import issue_token
from gongshu.catalog.ingest import receive_upload, upload_folder
from gongshu.catalog.jobs import sweep_uploads
from gongshu.catalog.services import create_draft
from gongshu.cli.job import job as command
from gongshu.jobs import services, worker
from gongshu.jobs.models import Job, State
from gongshu.rules.agents import Agent

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "education.schools"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "REPORT_EVERY", 0.0)


@pytest.fixture
def upload(instance: Path, agency: Agent) -> Job:
    create_draft(code=CODE, provider=agency.organisation, by=agency)
    return receive_upload([SCHOOLS.encode()], code=CODE, source_name="a.csv", by=agency)


@pytest.fixture
def browser(client: Client, agency: Agent) -> Client:
    client.force_login(Person.objects.get(username=agency.person))
    return client


@pytest.fixture
def headers(agency: Agent) -> dict[str, str]:
    return token(agency, ["read", "ingest"])


def token(agent: Agent, scopes: list[str]) -> dict[str, str]:
    person = Person.objects.get(username=agent.person)
    _, text = issue_token(person=person, scopes=scopes, days=1, by=agent)
    return {"Authorization": f"Bearer {text}"}


def texts(found: dict[str, Any]) -> list[str]:
    return [line["text"] for line in found["log"]]


def test_a_job_tells_its_stages_to_whoever_asked(
    client: Client, upload: Job, headers: dict[str, str]
) -> None:
    worker.work(once=True)
    found = client.get(f"/api/jobs/{upload.id}", headers=headers | {"Accept-Language": "en"}).json()
    assert (found["state"], found["percent"], found["attempts"]) == ("done", 100, 1)
    assert texts(found)[0] == "Reading and typing the file"
    assert texts(found)[-1] == "Done"
    listed = client.get("/api/jobs?kind=ingest", headers=headers).json()
    assert [one["id"] for one in listed] == [upload.id]


def test_a_cancelled_upload_is_kept_and_can_be_tried_again(
    client: Client, upload: Job, headers: dict[str, str], agency: Agent
) -> None:
    address = f"/api/jobs/{upload.id}"
    assert client.post(f"{address}/cancel", headers=headers).json()["state"] == "cancelled"
    sweep_uploads()
    assert client.post(f"{address}/retry", headers=headers).json()["state"] == "queued"
    worker.work(once=True)
    done = client.get(address, headers=headers | {"Accept-Language": "en"}).json()
    assert done["result"]["version"] == 1
    assert f"{agency.person} asked that it be cancelled." in texts(done)
    assert f"{agency.person} asked that it be tried again." in texts(done)
    sweep_uploads()
    assert list(upload_folder().iterdir()) == []


def test_a_running_job_that_is_cancelled_ends_when_it_next_says_how_far_it_is(
    upload: Job, agency: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = worker.Context.log

    def cancel_first(self: worker.Context, text: Any) -> None:
        services.cancel(Job.objects.get(pk=upload.pk), agency)
        log(self, text)

    monkeypatch.setattr(worker.Context, "log", cancel_first)
    worker.work(once=True)
    upload.refresh_from_db()
    assert upload.state == State.CANCELLED
    asked = upload.lines.filter(text_en__contains="cancelled")
    assert asked.count() == 1  # however often it is asked


def test_one_that_is_done_cannot_be_tried_again_and_stays_as_it_is(
    client: Client, upload: Job, headers: dict[str, str]
) -> None:
    worker.work(once=True)
    address = f"/api/jobs/{upload.id}"
    refused = client.post(f"{address}/retry", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_ended")
    assert client.post(f"{address}/cancel", headers=headers).json()["state"] == "done"


def test_another_organisation_neither_sees_nor_changes_it(
    client: Client, upload: Job, new_agent: NewAgent
) -> None:
    others = token(new_agent("second_agency"), ["read", "ingest"])
    assert client.get("/api/jobs", headers=others).json() == []
    for method, path in (("get", ""), ("post", "/cancel"), ("post", "/retry")):
        answer = getattr(client, method)(f"/api/jobs/{upload.id}{path}", headers=others)
        assert answer.status_code == 404
    assert client.post(f"/api/jobs/{upload.id}/cancel").status_code == 404  # nobody
    upload.refresh_from_db()
    assert upload.state == State.QUEUED


def test_a_token_that_only_reads_changes_no_job(client: Client, upload: Job, agency: Agent) -> None:
    narrow = token(agency, ["read"])
    answer = client.post(f"/api/jobs/{upload.id}/cancel", headers=narrow)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


def test_a_state_that_is_none_is_said_so(client: Client, headers: dict[str, str]) -> None:
    assert client.get("/api/jobs?state=asleep", headers=headers).status_code == 422


def test_the_page_shows_the_log_and_offers_what_can_be_done(browser: Client, upload: Job) -> None:
    address = f"/job/{upload.id}"
    assert b'value="cancel"' in browser.get(address).content
    browser.post(address, {"do": "cancel"})
    page = browser.get(address).content.decode()
    assert 'value="retry"' in page
    assert 'value="cancel"' not in page
    browser.post(address, {"do": "retry"})
    worker.work(once=True)
    page = browser.get(address).content.decode()
    assert "正在读取文件并识别类型" in page
    assert "<button" not in page.split('id="job"')[1].split("</section>")[0]
    assert upload.id in browser.get("/jobs").content.decode()


def test_a_page_queues_a_job_again_whose_worker_is_gone_even_if_no_other_runs(
    browser: Client, upload: Job
) -> None:
    services.take(worker="gone")
    Job.objects.filter(pk=upload.pk).update(lease_until="2026-01-01T00:00:00Z")
    page = browser.get(f"/job/{upload.id}").content.decode()
    assert "执行进程已中断。" in page
    upload.refresh_from_db()
    assert upload.state == State.QUEUED


@pytest.fixture
def shell(instance: Path) -> CliRunner:
    (instance / "secret_key").write_text("x")
    return CliRunner(env={"GONGSHU_HOME": str(instance)})


def test_the_shell_lists_shows_cancels_and_tries_again(
    shell: CliRunner, upload: Job, agency: Agent
) -> None:
    acting = ["--as", agency.person]

    def run(*words: str) -> Any:
        done = shell.invoke(command, [*words, *acting, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    assert [one["id"] for one in run("list", "--dataset", CODE)] == [upload.id]
    assert run("cancel", upload.id)["state"] == "cancelled"
    assert run("list", "--state", "done") == []
    assert run("retry", upload.id)["state"] == "queued"
    worker.work(once=True)
    assert run("show", upload.id, "--follow")["state"] == "done"
    table = shell.invoke(command, ["show", upload.id, *acting])
    assert "Done" in table.output or "完成" in table.output
