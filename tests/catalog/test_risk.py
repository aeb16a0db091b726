"""The risk of a dataset is measured for its provider, and for nobody else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.test import Client
from tests.catalog.conftest import PEOPLE, Ingest, Publish

from gongshu.catalog import risk, selectors
from gongshu.data.disclosure_risk import risk as measure
from gongshu.data.policy.terms import Dataset as DatasetTerms
from gongshu.jobs.models import Job
from gongshu.jobs.worker import work
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound

pytestmark = pytest.mark.django_db


def test_what_columns_mean_proposes_what_may_be_known(ingest: Ingest, agency: Agent) -> None:
    found = risk.choice(ingest("health.persons", PEOPLE), agency)
    assert set(found.asked.quasi) == {"sex", "birth_year"}
    assert found.asked.sensitive == ("diagnosis",)
    assert "patient_id" in found.columns


def test_the_report_has_the_figures_of_the_library_and_terms_that_can_be_set(
    ingest: Ingest, agency: Agent
) -> None:
    dataset = ingest("health.persons", PEOPLE)
    asked = risk.Asked(("sex", "birth_year"), ("diagnosis",), unit="patient_id", k=10)
    found = risk.ask(dataset=dataset, asked=asked, by=agency)
    assert isinstance(found, dict)
    version = selectors.latest(dataset)
    assert version is not None
    files = selectors.files(version)
    alone = measure(files, ["sex", "birth_year"], ["diagnosis"], "patient_id")
    assert found["risk"] == alone.to_dict()
    terms = DatasetTerms.model_validate(found["terms"])
    assert (terms.k, terms.unit and terms.unit.column) == (10, "patient_id")
    assert found["suggestions"]["combinations"][0]["k_then"] >= 10


def test_nobody_but_the_provider_is_shown_the_risk(
    ingest: Ingest, publish: Publish, second_agency: Agent, administrator: Agent
) -> None:
    dataset = publish(ingest("health.persons", PEOPLE), classification="personal")
    for by in (second_agency, administrator):
        with pytest.raises(Forbidden):
            risk.choice(dataset, by)
        with pytest.raises(Forbidden):
            risk.ask(dataset=dataset, asked=risk.Asked(("sex",)), by=by)


@pytest.mark.parametrize(
    "asked",
    [
        risk.Asked(()),
        risk.Asked(("nowhere",)),
        risk.Asked(("sex",), unit="nowhere"),
        risk.Asked(("sex",), unit="sex"),
    ],
)
def test_columns_that_do_not_do_are_refused(
    ingest: Ingest, agency: Agent, asked: risk.Asked
) -> None:
    with pytest.raises(BadInput) as refused:
        risk.ask(dataset=ingest("health.persons", PEOPLE), asked=asked, by=agency)
    assert refused.value.field == "quasi"


def test_without_data_there_is_nothing_to_measure(instance: Path, agency: Agent) -> None:
    from gongshu.catalog.services import create_draft

    dataset = create_draft(code="health.empty", provider=agency.organisation, by=agency)
    with pytest.raises(Conflict):
        risk.ask(dataset=dataset, asked=risk.Asked(("a",)), by=agency)


@pytest.mark.django_db(transaction=True)
def test_a_large_version_is_measured_by_a_job_whose_result_tells_nothing(
    ingest: Ingest,
    agency: Agent,
    administrator: Agent,
    agency_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(risk, "AT_ONCE", 100)
    dataset = ingest("health.persons", PEOPLE)
    url = f"/api/datasets/{dataset.code}/risk"
    sent = agency_client.post(url, {"quasi": ["sex"], "k": 5}, content_type="application/json")
    assert sent.status_code == 202, sent.content
    link = sent.json()["link"]
    assert agency_client.get(link).status_code == 202
    page = f"/dataset/{dataset.code}/risk?job={sent.json()['job']}"
    assert agency_client.get(page).status_code == 200
    work(once=True)
    job = Job.objects.get(kind="risk")
    assert set(job.result) == {"dataset", "report"}
    assert agency_client.get(link).json()["risk"]["k"] == 100
    assert "100" in agency_client.get(page).content.decode()
    with pytest.raises(Forbidden):
        risk.report_of(dataset, job, administrator)
    other = ingest("education.schools")
    with pytest.raises(NotFound):
        risk.report_of(other, job, agency)


def test_reports_go_after_a_day(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = risk._keep({"dataset": "a.b"})
    risk.sweep()
    assert (risk.folder() / f"{name}.json").exists()
    later = time.time() + risk.KEPT_SECONDS + 1
    monkeypatch.setattr(risk.time, "time", lambda: later)
    risk.sweep()
    assert not (risk.folder() / f"{name}.json").exists()


def test_over_http_bad_input_is_one_sentence_and_others_find_nothing(
    ingest: Ingest, agency_client: Client, second_agency_client: Client
) -> None:
    dataset = ingest("health.persons", PEOPLE)
    url = f"/api/datasets/{dataset.code}/risk"
    done = agency_client.post(url, {"population": 5000}, content_type="application/json")
    assert done.status_code == 200, done.content
    assert done.json()["risk"]["population"]["population"] == 5000
    for said in ({"k": 1}, {"k": "many"}, {"quasi": [""]}, {"most_left_out": 1}, {"population": 3}):
        refused = agency_client.post(url, said, content_type="application/json")
        assert refused.status_code == 422, said
    assert second_agency_client.post(url, {}, content_type="application/json").status_code == 404
    assert Client().post(url, {}, content_type="application/json").status_code == 401


def test_on_the_page_the_provider_asks_and_reads(
    ingest: Ingest, agency_client: Client, second_agency_client: Client
) -> None:
    dataset = ingest("health.persons", PEOPLE)
    url = f"/dataset/{dataset.code}/risk"
    assert "birth_year" in agency_client.get(url).content.decode()
    sent = {"quasi": ["sex", "birth_year"], "k": "5", "most_left_out": "0.5", "population": "900"}
    shown = agency_client.post(url, sent)
    assert shown.status_code == 200
    assert "birth_year" in shown.content.decode()
    for bad in ({"k": "x"}, {"k": "1"}, {"quasi": []}, {"most_left_out": "100"}, {"k": "nan"}):
        assert agency_client.post(url, sent | bad).status_code == 422, bad
    assert second_agency_client.get(url).status_code == 404
