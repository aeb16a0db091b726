"""Authorised operation: each test states one rule of 发改数据规〔2025〕27号."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.world import LONG, PERSONS, World, agreement_form, deciders, selection_form, today

from gongshu.accounts.models import Organisation, OrganisationRole
from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.catalog.models import Dataset
from gongshu.grants.models import Grant
from gongshu.ledger.models import Entry
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value.code


def walk(world: World, case: str, until: str) -> None:
    """The usual way, up to the step before `until`."""
    for name, by, form in world.operation_steps():
        if name == until:
            return
        world.step(case, name, by, form)


def state(case: str) -> str:
    return Case.objects.get(pk=case).state


def over(world: World) -> str:
    """An operation whose term is over."""
    grant = world.operate()
    Grant.objects.filter(pk=grant.pk).update(valid_from=today(-9), valid_until=today(-1))
    services.tick()
    return grant.case_id


def test_a_plan_is_approved_when_each_who_decides_has_consented(world: World) -> None:
    case = world.plan()
    walk(world, case, "name_deciders_of_plan")
    decision = {"decided_on": today(), "record": "No. 7"}

    def approve() -> None:
        world.step(case, "approve_plan", world.government, decision)

    assert refused(approve) == "not_all_yet"
    world.step(case, "name_deciders_of_plan", world.government, deciders("government"))
    world.step(case, "consent_to_plan", world.government)
    assert refused(approve) == "not_all_yet"
    assert refused(lambda: world.step(case, "consent_to_plan", world.government)) == "only_once"
    world.step(case, "consent_to_plan", world.government_head)
    approve()
    assert state(case) == "plan_approved"


def test_each_consent_stands_in_the_ledger_with_its_time_and_person(world: World) -> None:
    case = world.plan()
    walk(world, case, "approve_plan")
    consents = Case.objects.get(pk=case).steps.filter(name="consent_to_plan")
    assert [c.person for c in consents] == ["government", "government-head"]
    entries = Entry.objects.filter(event="operation.plan_consented_to").order_by("at")
    assert len({e.content["by"]["person"] for e in entries}) == 2
    assert [(e.id, e.at.second) for e in entries] == [(c.entry_id, c.at.second) for c in consents]


def test_only_those_who_were_named_consent_and_they_are_of_the_house(
    world: World, new_agent: Any
) -> None:
    case = world.plan()
    walk(world, case, "name_deciders_of_plan")
    third = new_agent("government", "staff", "government-third")
    strange = {"members": ["government", "agency"], "matter": LONG}

    def name(form: dict[str, Any]) -> None:
        world.step(case, "name_deciders_of_plan", world.government, form)

    assert refused(lambda: name(strange)) == "unknown_member"
    assert refused(lambda: name({"members": ["government"], "matter": LONG})) == "form"
    name(deciders("government"))
    assert refused(lambda: world.step(case, "consent_to_plan", third)) == "not_named"


def test_the_agreement_is_a_decision_of_the_implementing_body_too(world: World) -> None:
    case = world.plan()
    walk(world, case, "name_deciders_of_agreement")

    def offer() -> None:
        world.step(case, "offer_agreement", world.agency_head, agreement_form())

    assert refused(offer) == "not_all_yet"
    world.step(case, "name_deciders_of_agreement", world.agency, deciders("agency"))
    world.step(case, "consent_to_agreement", world.agency)
    world.step(case, "consent_to_agreement", world.agency_head)
    offer()


def test_the_agreement_is_no_longer_than_the_plan(world: World) -> None:
    case = world.plan(term_years=1)
    walk(world, case, "offer_agreement")

    def offer(days: int) -> None:
        form = agreement_form() | {"ends": today(days)}
        world.step(case, "offer_agreement", world.agency_head, form)

    assert refused(lambda: offer(370)) == "beyond_plan"
    offer(360)


def test_an_operator_may_not_authorise_others_unless_the_place_allows_it(
    world: World, instance: Path
) -> None:
    case = world.plan()
    walk(world, case, "offer_agreement")

    def offer() -> None:
        form = agreement_form() | {"sub_authorisation": True}
        world.step(case, "offer_agreement", world.agency_head, form)

    assert refused(offer) == "sub_authorisation"
    local = 'name = "Example"\nbasis = "第三条"\n[duties]\nsub_authorisation = "allowed"\n'
    (instance / "profile.toml").write_text(local)
    offer()


def test_nobody_operates_what_they_authorise_or_manage(world: World) -> None:
    case = world.plan()
    walk(world, case, "choose_operator")
    body = Organisation.objects.get(code=world.agency.organisation)
    OrganisationRole.objects.create(organisation=body, kind="operator")
    own = selection_form(world.agency.organisation)
    assert refused(lambda: world.step(case, "choose_operator", world.agency, own)) == (
        "operator_manages"
    )


def test_nobody_operates_data_that_they_provide(world: World) -> None:
    body = Organisation.objects.get(code=world.second_agency.organisation)
    OrganisationRole.objects.create(organisation=body, kind="operator")
    case = world.plan()
    walk(world, case, "choose_operator")
    own = selection_form(world.second_agency.organisation)
    world.step(case, "choose_operator", world.agency, own)
    world.step(case, "name_deciders_of_agreement", world.agency, deciders("agency"))
    world.step(case, "consent_to_agreement", world.agency)
    world.step(case, "consent_to_agreement", world.agency_head)
    Dataset.objects.filter(code=PERSONS).update(provider=body)
    assert (
        refused(lambda: world.step(case, "offer_agreement", world.agency_head, agreement_form()))
        == "operator_manages"
    )


def test_the_database_itself_knows_no_operation_granted_to_its_grantor(world: World) -> None:
    grant = world.operate()
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(grantee=grant.grantor)


def test_when_the_term_is_over_access_ends_and_the_operation_is_evaluated(world: World) -> None:
    case = over(world)
    assert state(case) == "evaluating"
    assert Grant.objects.get(case_id=case).state == "ended"
    world.step(case, "renew", world.agency_head, {"evaluation": LONG})
    assert state(case) == "operator_chosen"
    # A renewal is an agreement of its own, and decided like the first.
    assert (
        refused(lambda: world.step(case, "offer_agreement", world.agency_head, agreement_form()))
        == "not_all_yet"
    )


def test_an_exit_is_closed_when_the_destruction_is_proved_and_checked(world: World) -> None:
    case = over(world)
    world.step(case, "exit", world.agency_head, {"evaluation": LONG})
    proof = {"handed_back": LONG, "destruction": LONG}
    assert refused(lambda: world.step(case, "close", world.agency, {"checked": LONG})) == "not_now"
    world.step(case, "hand_back", world.operator, proof)
    world.step(case, "reject_proof", world.agency, note="the log of the deletion is missing")
    assert state(case) == "exiting"
    world.step(case, "hand_back", world.operator, proof)
    world.step(case, "close", world.agency, {"checked": LONG})
    assert state(case) == "closed"
