"""Harvesting on the pages, over HTTP and from the job: for the bureau; provenance for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.interop.conftest import Bureau, ckan, fixed, package

from gongshu.accounts.models import Person
from gongshu.accounts.services import issue_token
from gongshu.catalog.models import Dataset
from gongshu.interop.models import HarvestedEntry
from gongshu.jobs import worker
from gongshu.rules.agents import Agent

pytestmark = pytest.mark.django_db


def browser(agent: Agent, language: str = "zh-hans") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(Person.objects.get(username=agent.person))
    return client


def program(agent: Agent, *scopes: str) -> Client:
    person = Person.objects.get(username=agent.person)
    _, token = issue_token(
        person=person, scopes=scopes or ("read", "ingest", "case"), days=1, by=agent
    )
    return Client(headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def harvested(bureau_at_work: Bureau) -> Bureau:
    bureau_at_work.portal.answer = ckan([package(n) for n in range(5)])
    bureau_at_work.approved()
    bureau_at_work.run()
    return bureau_at_work


def test_the_bureau_sees_its_sources_and_their_runs(harvested: Bureau) -> None:
    client = browser(harvested.clerk)
    assert "别处目录" in client.get("/harvest").content.decode()
    page = client.get("/harvest/elsewhere").content.decode()
    assert "采集记录" in page
    assert 'href="/harvest"' in page


@pytest.mark.parametrize("path", ["/harvest", "/harvest/elsewhere"])
def test_others_do_not(harvested: Bureau, path: str) -> None:
    assert browser(harvested.agency).get(path).status_code == 403
    assert Client().get(path).status_code == 302
    assert program(harvested.agency).get(f"/api{path}").status_code == 403


def test_a_dry_run_on_the_page_shows_the_difference(harvested: Bureau) -> None:
    harvested.portal.answer = ckan([package(0, title="Renamed"), package(9), "broken"][:2])
    client = browser(harvested.clerk, "en")
    there = client.post("/harvest/elsewhere", {"do": "dry-run"})["Location"]
    worker.work(once=True)
    page = client.get(there).content.decode()
    for word in ("Renamed", "Dataset 9", "Title in English", "a run waits for a person"):
        assert word in page, word
    assert Dataset.objects.count() == 5


def test_the_page_runs_and_confirms(harvested: Bureau) -> None:
    client = browser(harvested.clerk)
    harvested.portal.answer = ckan([package(0)])
    assert client.post("/harvest/elsewhere", {"do": "run"}).status_code == 302
    assert client.post("/harvest/elsewhere", {"do": "run"}).status_code == 422  # one is under way
    worker.work(once=True)
    assert "confirm-gone" in client.get("/harvest/elsewhere").content.decode()
    client.post("/harvest/elsewhere", {"do": "confirm-gone"})
    assert HarvestedEntry.objects.filter(gone_since__isnull=False).count() == 4
    gone = HarvestedEntry.objects.get(identifier="id-0004").dataset.code
    assert (
        "不再列出"
        in Client(headers={"accept-language": "zh"}).get(f"/dataset/{gone}").content.decode()
    )


def test_everybody_sees_where_an_entry_comes_from(harvested: Bureau) -> None:
    code = HarvestedEntry.objects.get(identifier="id-0003").dataset.code
    page = Client(headers={"accept-language": "en"}).get(f"/dataset/{code}").content.decode()
    for word in ("Where it comes from", "别处目录", "id-0003", "files.example.org/3.csv", "CC BY"):
        assert word in page, word
    found = Client().get(f"/api/datasets/{code}/provenance").json()
    assert (found["source"], found["identifier"]) == ("elsewhere", "id-0003")
    assert found["original_modified"] == "2026-02-03T04:05:06"


def test_an_entry_that_may_not_be_seen_has_no_provenance(harvested: Bureau) -> None:
    entry = HarvestedEntry.objects.first()
    assert entry is not None
    Dataset.objects.filter(pk=entry.dataset_id).update(state="draft", published_for="")
    assert Client().get(f"/api/datasets/{entry.dataset.code}/provenance").status_code == 404


def test_an_iri_that_is_no_web_address_is_no_link(bureau_at_work: Bureau) -> None:
    body = {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
        "@id": "javascript:alert(1)",
        "@type": "dcat:Dataset",
        "dct:title": "<script>alert(2)</script>Trees",
        "dcat:distribution": {"dcat:accessURL": {"@id": "javascript:alert(3)"}},
    }
    bureau_at_work.portal.answer = fixed(json.dumps(body).encode(), "application/ld+json")
    bureau_at_work.approved("dcat")
    bureau_at_work.run()
    dataset = Dataset.objects.get()
    page = Client().get(f"/dataset/{dataset.code}").content.decode()
    assert 'href="javascript' not in page
    assert "alert(2)" not in page


def test_a_source_is_proposed_and_run_over_http(bureau_at_work: Bureau) -> None:
    bureau_at_work.portal.answer = ckan([package(1)])
    client = program(bureau_at_work.clerk)
    said: dict[str, Any] = {
        "code": "far",
        "title": "远方",
        "protocol": "ckan",
        "url": bureau_at_work.portal.url,
        "organisation": bureau_at_work.agency.organisation,
        "domain": "far",
    }
    made = client.post("/api/harvest", said, content_type="application/json")
    assert made.status_code == 201
    tried = client.post("/api/harvest/far/dry-run")
    assert tried.status_code == 202
    worker.work(once=True)
    assert client.get(tried["Location"]).json()["result"]["counts"] == {"new": 1, "gone": 0}
    assert client.post("/api/harvest/far/run").status_code == 409
    from gongshu.cases import services as cases

    cases.do(case_id=made.json()["case"], step="approve", by=bureau_at_work.head)
    assert client.post("/api/harvest/far/run").status_code == 202
    worker.work(once=True)
    shown = client.get("/api/harvest/far").json()
    assert shown["last_run"]["new"] == 1
    assert client.get("/api/harvest").json()["sources"][0]["entries"] == 1
    assert program(bureau_at_work.clerk, "read").post("/api/harvest/far/run").status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "Bad Code"},
        {"url": "file:///etc/passwd"},
        {"protocol": "oai"},
        {"most_gone": 101},
        {"unknown": 1},
    ],
)
def test_a_wrong_proposal_is_refused_in_one_sentence(
    bureau_at_work: Bureau, wrong: dict[str, Any]
) -> None:
    said = {
        "code": "far",
        "title": "远方",
        "protocol": "ckan",
        "url": "https://example.org",
        "organisation": bureau_at_work.agency.organisation,
        "domain": "far",
    } | wrong
    client = program(bureau_at_work.clerk)
    answer = client.post("/api/harvest", said, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["detail"]
