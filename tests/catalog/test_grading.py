"""Columns are graded by people, the dataset by its strictest column, and no way leads past that."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests.catalog.conftest import PEOPLE, Ingest, Publish

from gongshu.catalog import grading, selectors, services
from gongshu.catalog.models import Dataset, FieldGrade
from gongshu.ledger.selectors import entries
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound

pytestmark = pytest.mark.django_db

SERIOUS = [{"harmed": "person", "harm": "serious"}]
NATIONAL = [{"harmed": "national_security", "harm": "general"}]
NOBODY: list[dict[str, str]] = []


def by_name(found: grading.Grading) -> dict[str, grading.FieldGrading]:
    return {one.field.name: one for one in found.fields}


def test_every_column_has_a_proposal_with_its_reason(ingest: Ingest, agency: Agent) -> None:
    found = by_name(grading.grading(ingest("health.persons", PEOPLE), agency))
    diagnosis = found["diagnosis"].proposal
    assert diagnosis.graded.level == 4
    assert [str(word) for word in diagnosis.impacts[0]] == ["person", "especially_serious"]
    assert diagnosis.why
    assert found["sex"].proposal.graded.level == 2
    assert "values pass" in found["sex"].proposal.evidence
    assert all(one.confirmed is None for one in found.values())


def test_a_person_confirms_and_the_strictest_column_decides(ingest: Ingest, agency: Agent) -> None:
    dataset = ingest("health.persons", PEOPLE)
    said = grading.as_proposed(grading.grading(dataset, agency))
    said["sex"] = {"impacts": SERIOUS}
    found = grading.confirm(dataset=dataset, fields=said, by=agency)
    dataset.refresh_from_db()
    assert found.complete
    assert (dataset.grade, dataset.level, dataset.graded) == ("general", 4, 4)
    assert dataset.fields.get(name="sex").level == 3
    mine = by_name(grading.grading(dataset, agency))["sex"].confirmed
    assert mine is not None
    assert (mine.person, mine.graded.level) == (agency.person, 3)
    entry = entries(events=["dataset.graded"]).get()
    assert str(entry.id) == mine.entry_id
    assert "sex" not in entry.body


def test_an_important_column_makes_the_dataset_important(ingest: Ingest, agency: Agent) -> None:
    dataset = ingest("education.schools")
    grading.confirm(dataset=dataset, fields={"学生数": {"impacts": NATIONAL}}, by=agency)
    dataset.refresh_from_db()
    assert (dataset.grade, dataset.level) == ("important", None)
    public = {c["name"]: c for c in selectors.public_profile(dataset)["columns"]}
    assert (public["学生数"]["grade"], public["学生数"]["level"]) == ("important", None)


def test_a_grade_below_the_proposal_needs_a_reason(ingest: Ingest, agency: Agent) -> None:
    dataset = ingest("health.persons", PEOPLE)
    with pytest.raises(BadInput) as refused:
        grading.confirm(dataset=dataset, fields={"diagnosis": {"impacts": SERIOUS}}, by=agency)
    assert refused.value.field == "reason"
    assert "diagnosis" in refused.value.sentence.zh
    assert not FieldGrade.objects.exists()
    said = {"diagnosis": {"impacts": SERIOUS, "reason": "仅为内部编码"}}
    found = by_name(grading.confirm(dataset=dataset, fields=said, by=agency))["diagnosis"]
    assert found.confirmed is not None
    assert found.confirmed.reason == "仅为内部编码"


def test_the_dataset_follows_its_columns_only_when_all_are_confirmed(
    ingest: Ingest, agency: Agent
) -> None:
    dataset = ingest("health.persons", PEOPLE)
    some = {"sex": {"impacts": NOBODY, "reason": "统计口径"}}
    grading.confirm(dataset=dataset, fields=some, follow=True, by=agency)
    dataset.refresh_from_db()
    assert dataset.level == 4
    rest = {
        one.name: {"impacts": SERIOUS, "reason": "已脱敏"}
        for one in dataset.fields.exclude(name="sex")
    }
    grading.confirm(dataset=dataset, fields=rest, follow=True, by=agency)
    dataset.refresh_from_db()
    assert (dataset.level, dataset.graded) == (3, 3)


def test_the_dataset_may_be_stricter_than_its_columns_but_never_less(
    ingest: Ingest, agency: Agent
) -> None:
    dataset = ingest("health.persons", PEOPLE)
    grading.confirm(
        dataset=dataset, fields=grading.as_proposed(grading.grading(dataset, agency)), by=agency
    )
    services.describe(dataset=dataset, by=agency, grade="important", level=None)
    with pytest.raises(BadInput) as refused:
        services.describe(dataset=dataset, by=agency, grade="general", level=3)
    assert refused.value.code == "below_its_columns"
    for values in ({"grade": "general", "level": 3}, {"grade": "general", "level": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Dataset.objects.filter(pk=dataset.pk).update(**values)


def test_confirmed_levels_outlast_the_next_version_and_say_when_it_outgrew_them(
    ingest: Ingest, agency: Agent
) -> None:
    dataset = ingest("education.schools")
    said = grading.as_proposed(grading.grading(dataset, agency))
    grading.confirm(dataset=dataset, fields=said, by=agency)
    level = dataset.fields.get(name="学校名称").level
    text = "学校名称,区县,学生数\n" + "".join(
        f"联系 11010519491231002X 第{n}小学,东城,{n}\n" for n in range(40)
    )
    ingest("education.schools", text)
    found = by_name(grading.grading(dataset, agency))["学校名称"]
    assert found.proposal.graded.level == 4
    assert found.outgrown
    assert dataset.fields.get(name="学校名称").level == level


def test_only_the_provider_reads_and_confirms(
    ingest: Ingest, publish: Publish, second_agency: Agent, administrator: Agent
) -> None:
    dataset = publish(ingest("education.schools"))
    for by in (second_agency, administrator):
        with pytest.raises(Forbidden):
            grading.grading(dataset, by)
        with pytest.raises(Forbidden):
            grading.confirm(dataset=dataset, fields={"区县": {"impacts": SERIOUS}}, by=by)


def test_a_published_entry_is_graded_in_an_update(
    ingest: Ingest, publish: Publish, agency: Agent
) -> None:
    dataset = publish(ingest("education.schools"))
    with pytest.raises(Conflict) as refused:
        grading.confirm(dataset=dataset, fields={"区县": {"impacts": SERIOUS}}, by=agency)
    assert refused.value.code == "entry_is_fixed"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "nothing_confirmed"),
        ({"nowhere": {"impacts": []}}, "unknown_column"),
        ({"区县": {"impacts": [{"harmed": "nobody", "harm": "serious"}]}}, "impact"),
        ({"区县": {"impacts": [{"harmed": "person"}]}}, "impact"),
        ({"区县": {"impacts": ["person"]}}, "impact"),
        ({"区县": {"impacts": [], "reason": "x" * 2001}}, "too_long"),
    ],
)
def test_what_cannot_be_confirmed_is_said_in_one_sentence(
    ingest: Ingest, agency: Agent, fields: dict[str, Any], code: str
) -> None:
    dataset = ingest("education.schools")
    with pytest.raises((BadInput, NotFound)) as refused:
        grading.confirm(dataset=dataset, fields=fields, by=agency)
    assert refused.value.code == code
    assert refused.value.sentence.zh != refused.value.sentence.en


def test_core_data_leave_the_open_catalogue_at_once_and_no_constraint_can_be_passed(
    ingest: Ingest, publish: Publish, agency: Agent
) -> None:
    dataset = publish(ingest("education.schools"), opening="open")
    assert dataset.is_open_data
    rows = Dataset.objects.filter(pk=dataset.pk)
    for values in (
        {"grade": "core", "level": None},
        {"grade": "core", "level": None, "opening": "closed"},
        {"sharing": "none", "sharing_basis": ""},
        {"sharing": "none", "sharing_basis": "  "},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**values)
    rows.update(state="updating")
    dataset.refresh_from_db()
    with pytest.raises(BadInput):
        grading.confirm(
            dataset=dataset,
            fields={"区县": {"impacts": [{"harmed": "economy", "harm": "especially_serious"}]}},
            by=agency,
        )
    services.describe(dataset=dataset, by=agency, opening="closed", grade="core", level=None)
    dataset.refresh_from_db()
    assert (dataset.is_open_data, dataset.visibility) == (False, "bodies")


def test_over_http_the_provider_confirms_and_others_do_not(
    ingest: Ingest, agency_client: Client, second_agency_client: Client
) -> None:
    dataset = ingest("health.persons", PEOPLE)
    url = f"/api/datasets/{dataset.code}/grading"
    shown = agency_client.get(url).json()
    assert shown["table"]["national_security"]["general"] == "important"
    said = {"fields": {"sex": {"impacts": SERIOUS}}, "follow": False}
    done = agency_client.put(url, said, content_type="application/json")
    assert done.status_code == 200, done.content
    assert {f["name"]: f["confirmed"] and f["confirmed"]["level"] for f in done.json()["fields"]}[
        "sex"
    ] == 3
    lower = {"fields": {"diagnosis": {"impacts": []}}}
    refused = agency_client.put(url, lower, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")
    assert second_agency_client.get(url).status_code == 404
    assert Client().get(url).status_code == 404


def test_on_the_page_columns_are_ticked_and_confirmed(
    ingest: Ingest, agency_client: Client, second_agency_client: Client
) -> None:
    dataset = ingest("health.persons", PEOPLE)
    url = f"/dataset/{dataset.code}/grading"
    assert "diagnosis" in agency_client.get(url).content.decode()
    at = dataset.fields.get(name="sex").position
    sent = {
        f"confirm.{at}": "on",
        f"harmed.{at}": ["person", ""],
        f"harm.{at}": ["serious", ""],
    }
    assert agency_client.post(url, sent).status_code == 302
    assert dataset.fields.get(name="sex").grading.strictness == 3
    half = agency_client.post(url, sent | {f"harm.{at}": ["", ""]})
    assert half.status_code == 422
    assert agency_client.post(url, {"as_proposed": "1", "follow": "on"}).status_code == 302
    assert FieldGrade.objects.count() == dataset.fields.count()
    assert second_agency_client.get(url).status_code == 404
