"""A catalogue file over HTTP and on the page: checked by a job, written after a word of its
sender; an import that was killed goes on where it stood."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongshu.accounts.models import Person
from gongshu.accounts.services import issue_token
from gongshu.catalog import bulk, imports
from gongshu.catalog.models import Dataset
from gongshu.jobs import worker
from gongshu.jobs.models import Job
from gongshu.ledger import selectors as ledger
from gongshu.ledger import services as log
from gongshu.rules.agents import Agent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("instance")]
GOOD = {"code": "health.a", "title_zh": "甲"}
BAD = {"code": "health.b", "grade": "top"}


@pytest.fixture(autouse=True)
def key(instance: Path) -> None:
    log.create_key()


def ndjson(*records: Mapping[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def sent(agent: Agent, body: bytes, query: str = "", *scopes: str) -> Any:
    person = Person.objects.get(username=agent.person)
    _, token = issue_token(person=person, scopes=scopes or ("read", "ingest"), days=1, by=agent)
    return Client().generic(
        "POST",
        f"/api/catalogue/import?name=a.ndjson{query}",
        body,
        content_type="application/octet-stream",
        headers={"authorization": f"Bearer {token}"},
    )


def test_a_good_file_is_written_by_its_job(agency: Agent) -> None:
    answer = sent(agency, ndjson(GOOD, {"code": "health.c"}))
    assert answer.status_code == 202
    worker.work(once=True)
    job = Job.objects.get(id=answer.json()["job"])
    assert (job.state, job.result["new"], job.result["written"]) == ("done", 2, True)
    assert Dataset.objects.count() == 2


def test_a_file_with_a_bad_row_is_told_and_not_written(agency: Agent) -> None:
    answer = sent(agency, ndjson(GOOD, BAD))
    worker.work(once=True)
    result = Job.objects.get(id=answer.json()["job"]).result
    assert (result["written"], result["bad"], result["errors"][0]["row"]) == (False, 1, 2)
    assert set(result["errors"][0]["detail"]) == {"en", "zh"}
    assert not Dataset.objects.exists()
    sent(agency, ndjson(GOOD, BAD), "&skip_bad=true")
    worker.work(once=True)
    assert Dataset.objects.get().code == "health.a"


def test_a_dry_run_writes_nothing(agency: Agent) -> None:
    sent(agency, ndjson(GOOD), "&dry_run=true")
    worker.work(once=True)
    assert not Dataset.objects.exists()


def test_who_may_not_enter_datasets_may_not_send_a_file(agency: Agent) -> None:
    assert sent(agency, ndjson(GOOD), "", "read").status_code == 403
    assert Client().post("/api/catalogue/import", b"x", "text/plain").status_code == 401
    assert sent(agency, b"").status_code == 411


def test_nonsense_is_one_sentence_and_no_bug(agency: Agent) -> None:
    sent(agency, b"PK\x03\x04nothing")
    worker.work(once=True)
    job = Job.objects.get(kind="import_catalogue")
    assert (job.state, job.error_code) == ("failed", "no_catalogue_form")


def test_a_killed_import_goes_on_where_it_stood(
    agency: Agent, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 3)
    path = instance / "a.ndjson"
    path.write_bytes(ndjson(*({"code": f"health.d{n}"} for n in range(8))))
    saved: list[dict[str, int]] = []

    def killed(counts: Mapping[str, int]) -> None:
        if len(saved) == 2:
            raise KeyboardInterrupt
        saved.append(dict(counts))

    with pytest.raises(KeyboardInterrupt):
        bulk.write(path, by=agency, save=killed)
    assert Dataset.objects.count() == 6  # the third chunk was undone with its place
    done = bulk.write(path, by=agency, start=saved[-1])
    assert (done.rows, done.new, done.unchanged) == (8, 8, 0)
    drafted = [row.subject_id for row in ledger.entries(events=["dataset.drafted"])]
    assert sorted(drafted) == [f"health.d{n}" for n in range(8)]


def test_the_page_checks_first_and_writes_when_told(agency: Agent) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(Person.objects.get(username=agency.person))
    form = client.get("/catalogue/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(form.streaming_content)))
    book["信息资源"].append(["health.a", None, "甲"])
    book["信息资源"].append(["Bad", None, "乙"])
    filled = io.BytesIO()
    book.save(filled)
    file = SimpleUploadedFile("目录.xlsx", filled.getvalue())
    there = client.post("/catalogue/import", {"file": file})["Location"]
    worker.work(once=True)
    page = client.get(there).content.decode()
    assert "数据集代码" in page
    assert "目录.xlsx" in page
    assert not Dataset.objects.exists()
    checked = there.partition("job=")[2]
    there = client.post("/catalogue/import", {"job": checked, "skip_bad": "yes"})["Location"]
    worker.work(once=True)
    assert Dataset.objects.get().title_zh == "甲"
    assert "/mine" in client.get(there).content.decode()


def test_nobody_writes_what_another_sent(agency: Agent, second_agency: Agent) -> None:
    sent(agency, ndjson(GOOD), "&dry_run=true")
    worker.work(once=True)
    job = Job.objects.get(kind="import_catalogue")
    client = Client()
    client.force_login(Person.objects.get(username=second_agency.person))
    assert client.get(f"/catalogue/import?job={job.id}").status_code == 404
    assert client.post("/catalogue/import", {"job": job.id}).status_code in (404, 422)
    assert not Dataset.objects.exists()


def test_a_page_without_a_file_says_so(agency: Agent, enterprise: Agent) -> None:
    client = Client()
    client.force_login(Person.objects.get(username=agency.person))
    assert client.post("/catalogue/import", {}).status_code == 422
    assert client.get("/catalogue/import?job=nothing").status_code == 404
    assert Client().get("/catalogue/import").status_code == 302


def test_the_export_is_what_the_reader_may_see(agency: Agent, second_agency: Agent) -> None:
    bulk.write(_file(imports._folder(), ndjson(GOOD)), by=agency)
    for agent, seen in ((agency, 1), (second_agency, 0)):
        client = Client()
        client.force_login(Person.objects.get(username=agent.person))
        answer = client.get("/api/catalogue/export.json")
        assert len(json.loads(b"".join(answer.streaming_content))["entries"]) == seen
        assert client.get("/catalogue/export.xlsx").status_code == 200
    assert Client().get("/api/catalogue/export.pdf").status_code == 404


def _file(folder: Path, content: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "sent"
    path.write_bytes(content)
    return path
