"""From a case to a grant: what is pinned, what is refused, what is written down."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.world import (
    CLINICS,
    OWNER_TERMS,
    PERSONS,
    PURPOSE,
    World,
    administrator_terms,
    agreement_form,
    today,
)

from gongshu.cases import services as cases
from gongshu.cases.models import Case
from gongshu.catalog import services as catalog
from gongshu.catalog.models import Dataset
from gongshu.grants import selectors, services
from gongshu.grants.drafting import BeyondOwner
from gongshu.grants.models import Grant, Standing, State
from gongshu.ledger import selectors as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db


def up_to(world: World, last: str, **agreement: Any) -> str:
    """An operation taken through its steps up to and including `last`."""
    case = world.plan()
    steps = world.operation_steps()
    ends = max(place for place, (name, _, _) in enumerate(steps) if name == last)
    for name, by, form in steps[: ends + 1]:
        filled = {**form, **agreement} if name == "offer_agreement" else form
        world.step(case, name, by, filled)
    return case


def entries(grant: Grant) -> list[str]:
    return [e.event for e in ledger.entries(subject=Subject("grant", grant.id))]


def test_an_operation_ends_in_a_grant_with_its_parties_term_and_datasets(world: World) -> None:
    grant = world.operate()
    assert grant.id == f"G-{timezone.localdate().year}-0001"
    assert (grant.kind, grant.state) == ("operation", "active")
    assert grant.grantee == world.operator.organisation
    assert grant.grantor == world.agency.organisation
    assert grant.valid_from == timezone.localdate()
    assert grant.valid_until == timezone.localdate() + timedelta(days=365)
    assert [(p.dataset.code, p.owner_terms.number) for p in grant.datasets.all()] == [
        (CLINICS, 1),
        (PERSONS, 1),
    ]
    assert grant.terms["datasets"][PERSONS]["k"] == 5  # unsaid, and so the owner's


def test_a_grants_entry_shows_party_content_scope_and_term_but_not_its_terms(world: World) -> None:
    grant = world.operate()
    entry = ledger.entry(grant.entry_id)
    assert entry.event == "grant.issued"
    assert entry.facts["grantee"] == world.operator.organisation
    assert entry.facts["datasets"] == [CLINICS, PERSONS]
    assert entry.facts["scope"] == {"datasets": [CLINICS, PERSONS]}
    assert entry.facts["valid_until"] == today(365)
    assert "income" not in entry.body
    assert "terms" in ledger.openings(entry, world.agency)
    assert ledger.openings(entry, world.operator) == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({PERSONS: {"columns": {"person_id": ["join", "show"]}}}, f"{PERSONS}.columns.person_id"),
        ({PERSONS: {"k": 2, "columns": {"sex": ["show"]}}}, f"{PERSONS}.columns.sex.rights"),
        ({PERSONS: {"columns": {"phone": ["group"]}}}, f"{PERSONS}.columns.phone"),
    ],
)
def test_an_agreement_beyond_the_owners_terms_is_refused_and_changes_nothing(
    world: World, change: dict[str, Any], field: str
) -> None:
    case = up_to(world, "consent_to_agreement")
    with pytest.raises(BeyondOwner) as refused:
        world.step(case, "offer_agreement", world.agency_head, agreement_form(datasets=change))
    assert any(v.field.startswith(f"datasets.{field}") for v in refused.value.violations)
    assert Case.objects.get(pk=case).state == "operator_chosen"
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"purposes": ["marketing"]}, "beyond_owner"),
        ({"output": "rows"}, "beyond_owner"),
        ({"protection": {"method": "threshold", "k": 5, "dominance": {"p": 0}}}, "beyond_owner"),
        ({"grantee": "11330100MA0000005X"}, "terms_differ"),
        ({"term": {"from": "2026-01-01", "until": "2040-01-01"}}, "terms_differ"),
        ({"datasets": {"health.nothing": {"columns": {"a": ["show"]}}}}, "unknown_dataset"),
        ({"colour": "red"}, "terms"),
        ({"scope": {"planet": "Earth"}}, "scope"),
    ],
)
def test_wrong_terms_are_one_clear_sentence_in_both_languages(
    world: World, terms: dict[str, Any], code: str
) -> None:
    case = up_to(world, "consent_to_agreement")
    with pytest.raises(Problem) as refused:
        world.step(case, "offer_agreement", world.agency_head, agreement_form(**terms))
    assert refused.value.code == code
    assert refused.value.sentence.en.endswith((".", ")"))
    assert any("\u4e00" <= sign <= "\u9fff" for sign in refused.value.sentence.zh)


def test_a_plan_bounds_the_datasets_of_its_agreement(world: World) -> None:
    case = world.plan(datasets=[CLINICS])
    for name, by, form in world.operation_steps()[:10]:
        world.step(case, name, by, form)
    with pytest.raises(BadInput, match="outside_plan"):
        world.step(case, "offer_agreement", world.agency_head, agreement_form())


def test_owners_terms_set_later_change_no_grant_that_stands(world: World) -> None:
    grant = world.operate()
    before = (grant.terms, grant.terms_digest)
    stricter = {**OWNER_TERMS, "k": 50, "columns": {"district": ["group"]}}
    dataset = Dataset.objects.get(code=PERSONS)
    catalog.set_owner_terms(dataset=dataset, terms=stricter, by=world.agency)
    grant.refresh_from_db()
    assert (grant.terms, grant.terms_digest) == before
    assert grant.datasets.get(dataset=dataset).owner_terms.number == 1
    with pytest.raises(BeyondOwner):
        world.operate()


def test_a_grant_by_domain_pins_every_dataset_that_its_owner_offers(world: World) -> None:
    world.dataset("health.drafts", "a,b\n1,2\n", {"columns": {"a": ["show"]}})  # not published
    terms = agreement_form()["terms"]
    del terms["datasets"]
    grant = world.operate(terms={**terms, "scope": {"domain": "health"}})
    assert grant.scope == {"domain": "health"}
    assert sorted(grant.terms["datasets"]) == [CLINICS, PERSONS]
    assert grant.terms["datasets"][PERSONS]["columns"].keys() == OWNER_TERMS["columns"].keys()


def test_a_shared_dataset_is_granted_as_its_owner_allows(world: World) -> None:
    case = cases.open_case(
        kind="sharing_request",
        payload={
            "dataset": PERSONS,
            "legal_basis": "Order 809, article 20",
            "scenario": "bus routes to clinics",
            "purpose": PURPOSE,
            "scope": "persons by district",
            "until": today(90),
        },
        by=world.second_agency,
    )
    world.step(case.id, "submit", world.second_agency_head)
    world.step(case.id, "consent", world.agency_head, {})
    world.step(case.id, "deliver", world.agency)
    grant = Grant.objects.get(case_id=case.id)
    assert grant.kind == "sharing"
    assert grant.grantee == world.second_agency.organisation
    assert grant.terms["datasets"][PERSONS]["columns"].keys() == OWNER_TERMS["columns"].keys()
    assert grant.terms["basis"] == {"statute": "Order 809, article 20"}


def test_an_operation_is_suspended_resumed_and_ended_by_its_case(world: World) -> None:
    grant = world.operate()
    world.step(grant.case_id, "suspend", world.agency, note="over-use")
    grant.refresh_from_db()
    assert (grant.state, grant.reason) == ("suspended", "over-use")
    world.step(grant.case_id, "resume", world.agency)
    grant.refresh_from_db()
    assert (grant.state, grant.reason) == ("active", "")
    world.step(grant.case_id, "revoke", world.agency_head, note="breach")
    grant.refresh_from_db()
    assert grant.standing(timezone.localdate()) == Standing.ENDED
    assert entries(grant) == ["grant.issued", "grant.suspended", "grant.resumed", "grant.ended"]


def test_an_ended_grant_stays_ended(world: World) -> None:
    grant = world.operate()
    world.step(grant.case_id, "revoke", world.agency_head, note="breach")
    with pytest.raises(Conflict):
        services.move(
            grant=grant,
            to=State.ACTIVE,
            reason="",
            case_id=grant.case_id,
            by=world.agency,
            at=timezone.now(),
        )


def test_the_clock_ends_a_grant_the_day_after_its_last(world: World) -> None:
    terms = administrator_terms(
        world.operator.organisation, term={"from": today(-9), "until": today()}
    )
    grant = services.create_by_administrator(terms=terms, by=world.administrator)
    assert grant.standing(timezone.localdate()) == Standing.IN_FORCE
    assert grant.standing(timezone.localdate() + timedelta(days=1)) == Standing.EXPIRED
    assert cases.tick() == 0
    Grant.objects.filter(pk=grant.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    assert cases.tick() == 1
    grant.refresh_from_db()
    assert grant.state == "ended"
    assert entries(grant)[-1] == "grant.ended"


def test_the_administrators_grant_has_its_case_and_its_entries(world: World) -> None:
    grant = services.create_by_administrator(
        terms=administrator_terms(world.operator.organisation), by=world.administrator
    )
    case = Case.objects.get(pk=grant.case_id)
    assert (case.kind, case.state) == ("administrator_grant", "active")
    services.revoke(grant_id=grant.id, reason="tried out", by=world.administrator)
    case.refresh_from_db()
    grant.refresh_from_db()
    assert (case.state, grant.state, grant.reason) == ("ended", "ended", "tried out")


def test_wrong_terms_of_the_administrator_leave_no_case_behind(world: World) -> None:
    terms = administrator_terms(world.operator.organisation, purposes=["marketing"])
    with pytest.raises(BeyondOwner), transaction.atomic():
        services.create_by_administrator(terms=terms, by=world.administrator)
    assert not Case.objects.filter(kind="administrator_grant").exists()


def test_nobody_but_the_administrator_grants_without_a_procedure(world: World) -> None:
    with pytest.raises(Forbidden):
        services.create_by_administrator(
            terms=administrator_terms(world.operator.organisation), by=world.operator_head
        )


def test_an_operator_cannot_end_its_own_grant_by_revoking_it(world: World) -> None:
    grant = world.operate()
    with pytest.raises(Forbidden):
        services.revoke(grant_id=grant.id, reason="no", by=world.operator_head)
    grant.refresh_from_db()
    assert grant.state == "active"


def test_another_organisation_sees_nothing_not_even_that_there_is_a_grant(world: World) -> None:
    grant = world.operate()
    assert list(selectors.visible(world.enterprise)) == []
    with pytest.raises(NotFound) as others:
        selectors.get(grant.id, world.enterprise)
    with pytest.raises(NotFound) as absent:
        selectors.get("G-2026-9999", world.enterprise)
    assert others.value.sentence.en.replace(grant.id, "") == absent.value.sentence.en.replace(
        "G-2026-9999", ""
    )
    for party in (world.operator, world.agency, world.bureau, world.auditor, world.administrator):
        assert selectors.get(grant.id, party) == grant


def test_a_row_filter_is_not_shown_to_the_grantee(world: World) -> None:
    owner = {**OWNER_TERMS, "where": "district <> 'Far'"}
    catalog.set_owner_terms(dataset=Dataset.objects.get(code=PERSONS), terms=owner, by=world.agency)
    grant = world.operate()
    assert "district <> 'Far'" in grant.terms["datasets"][PERSONS]["where"]
    assert "where" not in selectors.shown_terms(grant, world.operator)["datasets"][PERSONS]
    assert "where" in selectors.shown_terms(grant, world.agency)["datasets"][PERSONS]


def test_core_and_unpublished_data_are_never_granted_to_an_operator(world: World) -> None:
    world.dataset("health.drafts", "a,b\n1,2\n", {"columns": {"a": ["show"]}})
    case = world.plan(datasets=["health.drafts"])
    with pytest.raises(Problem):
        world.step(case, "submit_plan", world.agency_head)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "paused"},
        {"kind": "gift"},
        {"valid_until": date(2000, 1, 1)},
        {"case_id": ""},
        {"state": "ended", "reason": ""},
        {"grantee": "public"},
    ],
)
def test_the_database_itself_refuses_a_grant_that_makes_no_sense(
    world: World, wrong: dict[str, Any]
) -> None:
    grant = world.operate()
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(**wrong)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"columns": {"phonee": ["group"]}}, f"datasets.{PERSONS}.columns.phonee"),
        ({"columns": {"sex": ["group"]}, "where": "colour = 'red'"}, f"datasets.{PERSONS}.where"),
        ({"columns": {"sex": ["group"]}, "where": "1=1) OR (1=1"}, f"datasets.{PERSONS}.where"),
    ],
)
def test_a_grant_that_no_question_could_pass_is_not_issued(
    world: World, change: dict[str, Any], field: str
) -> None:
    """The owner of these data has set no terms, so that nothing but the table can say so."""
    plain = f"{PERSONS}_plain"
    world.dataset(plain, "sex,district\nf,East\n", None)
    terms = administrator_terms(world.operator.organisation, datasets={plain: change})
    with pytest.raises(Problem) as refused:
        services.create_by_administrator(terms=terms, by=world.administrator)
    assert refused.value.field == field.replace(PERSONS, plain)


def test_a_protection_that_is_not_available_is_told_before_the_grant_is_issued(
    world: World,
) -> None:
    plain = f"{PERSONS}_plain"
    world.dataset(plain, "sex,district\nf,East\n", None)
    datasets = {plain: {"columns": {"sex": ["group"]}}}
    terms = administrator_terms(world.operator.organisation, datasets=datasets, output="check")
    with pytest.raises(Problem, match="not_available"):
        services.create_by_administrator(terms=terms, by=world.administrator)
    assert not Grant.objects.exists()
