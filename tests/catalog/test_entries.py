"""What a catalogue entry may say, who may say it, and when it stands fixed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from tests.catalog.conftest import ASSESSMENT, CHANGE, PEOPLE, Ingest, Publish

from gongshu.cases import services as cases
from gongshu.catalog import selectors, services
from gongshu.catalog.models import Dataset
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound, RuleRefused

pytestmark = pytest.mark.django_db


def draft(by: Agent, code: str = "health.clinics", **meta: object) -> Dataset:
    return services.create_draft(code=code, provider=by.organisation, by=by, **meta)


@pytest.mark.parametrize(
    "code", ["clinics", "Health.clinics", "health.clinics.x", "健康.诊所", "a.b c"]
)
def test_a_code_that_could_not_be_an_sql_name_is_refused(agency: Agent, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        draft(agency, code)
    assert refused.value.field == "code"


def test_an_agency_enters_datasets_for_itself_only(agency: Agent, second_agency: Agent) -> None:
    with pytest.raises(Forbidden):
        services.create_draft(code="a.b", provider=second_agency.organisation, by=agency)


def test_an_enterprise_is_no_provider(enterprise: Agent) -> None:
    with pytest.raises(BadInput):
        draft(enterprise)


def test_two_entries_cannot_have_one_code(agency: Agent, second_agency: Agent) -> None:
    draft(agency)
    with pytest.raises(Conflict):
        draft(second_agency)


def test_not_shared_needs_its_legal_basis_also_in_the_database(agency: Agent) -> None:
    dataset = draft(agency)
    with pytest.raises(BadInput) as refused:
        services.describe(dataset=dataset, sharing="none", by=agency)
    assert refused.value.field == "sharing_basis"
    services.describe(dataset=dataset, sharing="none", sharing_basis="某法第一条", by=agency)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dataset.objects.filter(pk=dataset.pk).update(sharing_basis="")


def test_core_data_cannot_be_opened_also_in_the_database(agency: Agent) -> None:
    dataset = draft(agency)
    with pytest.raises(BadInput):
        services.describe(dataset=dataset, grade="core", opening="open", by=agency)
    services.describe(dataset=dataset, grade="core", by=agency)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dataset.objects.filter(pk=dataset.pk).update(opening="open")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sharing", "maybe"),
        ("level", 5),
        ("colour", "red"),
        ("source_url", "javascript:alert(1)"),
        ("resource_code", "9"),
        ("title_zh", ""),
        ("title_zh", "长" * 201),
        ("state", "published"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_field(
    agency: Agent, name: str, value: object
) -> None:
    dataset = draft(agency)
    with pytest.raises(BadInput) as refused:
        services.describe(dataset=dataset, by=agency, **{name: value})
    assert refused.value.field == name
    assert refused.value.sentence.zh != refused.value.sentence.en


def test_a_draft_is_seen_by_its_provider_alone(
    agency: Agent, second_agency: Agent, bureau: Agent, operator: Agent
) -> None:
    draft(agency)
    assert selectors.get("health.clinics", agency)
    for other in (second_agency, bureau, operator, ANONYMOUS):
        with pytest.raises(NotFound) as hidden:
            selectors.get("health.clinics", other)
        with pytest.raises(NotFound) as absent:
            selectors.get("health.nothing", other)
        assert hidden.value.code == absent.value.code


def test_another_agency_cannot_describe_it(agency: Agent, second_agency: Agent) -> None:
    with pytest.raises(Forbidden):
        services.describe(dataset=draft(agency), title_zh="改", by=second_agency)


def test_a_published_entry_stands_as_it_was_approved(
    ingest: Ingest, publish: Publish, agency: Agent
) -> None:
    dataset = publish(ingest("education.schools"), opening="open")
    assert (dataset.state, dataset.visibility, dataset.is_open_data) == (
        "published",
        "public",
        True,
    )
    with pytest.raises(Conflict):
        services.describe(dataset=dataset, title_zh="改", by=agency)
    with pytest.raises(Conflict):
        services.describe_field(dataset=dataset, name="区县", title_zh="改", by=agency)


def test_the_ledger_says_in_clear_what_was_published_and_not_what_was_drafted(
    ingest: Ingest, publish: Publish
) -> None:
    dataset = publish(ingest("education.schools"), title_zh="学校名录")
    described = ledger.entries(events=["dataset.described"]).last()
    assert "学校名录" not in described.body
    published = ledger.entries(events=["entry.published"]).last()
    assert published.facts["title_zh"] == "学校名录"
    assert published.subject_id == dataset.code or dataset.code in published.body


def test_an_incomplete_entry_is_not_assessed(agency: Agent) -> None:
    dataset = draft(agency, title_zh="诊所")
    case = cases.open_case(kind="catalogue_entry", payload={"dataset": dataset.code}, by=agency)
    with pytest.raises(RuleRefused):
        cases.do(case_id=case.id, step="assess", by=agency, form=ASSESSMENT)
    dataset.refresh_from_db()
    assert dataset.state == "draft"


def test_core_data_once_published_are_for_public_bodies_only(
    ingest: Ingest, publish: Publish, second_agency: Agent, operator: Agent
) -> None:
    publish(ingest("grid.stations"), grade="core", level=None)
    assert selectors.get("grid.stations", second_agency)
    for other in (operator, ANONYMOUS):
        with pytest.raises(NotFound):
            selectors.get("grid.stations", other)
    published = ledger.entries(events=["entry.published"]).last()
    assert set(published.facts) & {"title_zh", "grade", "sharing"} == set()


def test_an_update_in_the_making_opens_nothing_before_its_review(
    ingest: Ingest, publish: Publish, agency: Agent, agency_head: Agent, bureau: Agent
) -> None:
    dataset = publish(
        ingest("health.persons", PEOPLE), unit_column="patient_id", classification="personal"
    )
    case = selectors.cases_about(dataset, agency).get()
    cases.do(case_id=case.id, step="change", by=agency, form=CHANGE)
    services.describe(dataset=dataset, opening="open", unit_column="", unit_space="", by=agency)
    dataset.refresh_from_db()
    assert not selectors.may_download(dataset, ANONYMOUS)
    assert selectors.get("health.persons", ANONYMOUS)  # and it stays in the catalogue meanwhile
    cases.do(case_id=case.id, step="submit", by=agency_head)
    dataset.refresh_from_db()
    assert not selectors.may_download(dataset, ANONYMOUS)
    cases.do(case_id=case.id, step="pass_update", by=bureau)
    dataset.refresh_from_db()
    assert selectors.may_download(dataset, ANONYMOUS)


def test_closing_an_open_dataset_takes_effect_at_once(
    ingest: Ingest, publish: Publish, agency: Agent
) -> None:
    dataset = publish(ingest("education.schools"), opening="open")
    case = selectors.cases_about(dataset, agency).get()
    cases.do(case_id=case.id, step="change", by=agency, form=CHANGE)
    services.describe(dataset=dataset, opening="closed", by=agency)
    dataset.refresh_from_db()
    assert not selectors.may_download(dataset, ANONYMOUS)


def test_one_entry_has_one_case_at_a_time(ingest: Ingest, agency: Agent) -> None:
    dataset = ingest("education.schools")
    cases.open_case(kind="catalogue_entry", payload={"dataset": dataset.code}, by=agency)
    with pytest.raises(Conflict):
        cases.open_case(kind="catalogue_entry", payload={"dataset": dataset.code}, by=agency)


def test_an_effect_moves_an_entry_only_from_the_state_its_step_starts_in(
    ingest: Ingest, agency: Agent
) -> None:
    dataset = ingest("education.schools")
    services.describe(
        dataset=dataset, by=agency, update_cycle="yearly", sharing="unconditional", title_zh="名录"
    )
    case = cases.open_case(kind="catalogue_entry", payload={"dataset": dataset.code}, by=agency)
    Dataset.objects.filter(pk=dataset.pk).update(state="retired")
    with pytest.raises(Conflict):
        cases.do(case_id=case.id, step="assess", by=agency, form=ASSESSMENT)
    case.refresh_from_db()
    assert case.state == "draft"


def test_the_unit_lives_in_a_space_of_its_own_name_unless_said(agency: Agent) -> None:
    dataset = services.describe(dataset=draft(agency), unit_column="person_id", by=agency)
    assert dataset.unit_space == "person_id"
    dataset = services.describe(dataset=dataset, unit_space="person", by=agency)
    assert dataset.unit_space == "person"
    dataset = services.describe(dataset=dataset, unit_column="", by=agency)
    assert dataset.unit_space == ""
