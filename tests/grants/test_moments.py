"""Two processes at the same moment, where a step moves a grant: one wins, the other is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cases.test_processes import race
from tests.cases.test_products import concluded, listed
from tests.cases.test_registration import registered
from tests.world import (
    CLINICS,
    LONG,
    World,
    agreement_form,
    deciders,
    plan_form,
    selection_form,
)

from gongshu.accounts.models import Organisation, OrganisationRole
from gongshu.cases import services
from gongshu.cases.models import Case, CaseStep
from gongshu.grants.models import Duty, Grant
from gongshu.ledger.models import Entry
from gongshu.rules.agents import Agent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def the_winner(outcome: set[str]) -> str:
    (pair,) = outcome
    told, _, winner = pair.partition("+")
    assert told == "Conflict", pair
    return winner


def test_an_operation_that_two_stop_is_stopped_once(world: World, tmp_path: Path) -> None:
    grants = [world.operate() for _ in range(3)]
    came = race(
        tmp_path,
        [
            {"case_id": g.case_id, "step": "suspend", "user": "agency", "note": "over-use"}
            for g in grants
        ],
        [
            {"case_id": g.case_id, "step": "suspend_by_authority", "user": "bureau", "note": "leak"}
            for g in grants
        ],
    )
    for grant, outcome in zip(grants, came, strict=True):
        assert the_winner(outcome) in ("suspend", "suspend_by_authority")
        grant.refresh_from_db()
        assert grant.state == "suspended"
        moved = Entry.objects.filter(subject_id=grant.id, event__startswith="grant.")
        assert moved.count() == 2


def test_a_contract_that_both_sides_end_ends_its_licence_once(world: World, tmp_path: Path) -> None:
    product = listed(world, world.operate())
    cases = [concluded(world, product, charge="0") for _ in range(3)]
    came = race(
        tmp_path,
        [{"case_id": c, "step": "end", "user": "operator", "note": "breach"} for c in cases],
        [{"case_id": c, "step": "leave", "user": "enterprise", "note": "enough"} for c in cases],
    )
    for case, outcome in zip(cases, came, strict=True):
        assert the_winner(outcome) in ("end", "leave")
        grant = Grant.objects.get(case_id=case)
        assert grant.state == "ended"
        assert Entry.objects.filter(subject_id=grant.id, event="grant.ended").count() == 1


def test_the_last_use_of_a_contract_is_recorded_once(world: World, tmp_path: Path) -> None:
    product = listed(world, world.operate())
    cases = [concluded(world, product, charge="0", most_uses=1) for _ in range(3)]
    form = {"subject": "analyst", "action": "read", "count": 1}
    orders = [{"case_id": c, "step": "record_access", "form": form} for c in cases]
    race(
        tmp_path,
        [{**order, "user": "operator"} for order in orders],
        [{**order, "user": "operator-head"} for order in orders],
    )
    for case in cases:
        entries = Entry.objects.filter(event="contract.accessed", subject_id=case)
        assert [e.facts["decision"] for e in entries].count("allowed") == 1


def test_a_record_that_is_revoked_and_corrected_at_once_is_never_both_at_the_same_time(
    world: World, tmp_path: Path
) -> None:
    records = [registered(world, name=f"Clinics {n}").record_id for n in range(3)]
    came = race(
        tmp_path,
        [
            {
                "case_id": record,
                "step": "revoke",
                "user": "registry",
                "form": {"ground": "forged", "finding": LONG},
            }
            for record in records
        ],
        [
            {
                "case_id": record,
                "step": "correct_ex_officio",
                "user": "registry-head",
                "note": "a slip",
                "form": {"ground": "proof", "name": "Clinics", "summary": LONG},
            }
            for record in records
        ],
    )
    for record, outcome in zip(records, came, strict=True):
        # A correction leaves the record in force, so that it may be revoked the moment after it.
        assert outcome < {
            "Conflict+correct_ex_officio",
            "Conflict+revoke",
            "correct_ex_officio+revoke",
        }
        (pair,) = outcome
        taken = [name for name in pair.split("+") if name != "Conflict"]
        steps = CaseStep.objects.filter(case_id=record).order_by("id")
        assert [step.name for step in steps][1:] == taken
        found = Case.objects.get(pk=record)
        assert found.state == ("revoked" if "revoke" in taken else "in_force")
        assert found.registration.version == 1 + taken.count("correct_ex_officio")


def test_of_two_grants_that_would_put_one_on_both_sides_one_is_issued(
    world: World, tmp_path: Path
) -> None:
    """The second agency would operate the clinics, and authorise another to operate them."""
    second = Organisation.objects.get(code=world.second_agency.organisation)
    OrganisationRole.objects.create(organisation=second, kind="operator")
    first = ready(world, world.agency, world.agency_head, world.second_agency_head)
    consent = {"dataset": CLINICS, "operation": "", "use": LONG, "protection": LONG}
    other = ready(
        world, world.second_agency, world.second_agency_head, world.operator_head, consent
    )
    came = race(
        tmp_path,
        [{"case_id": first, "step": "provide", "user": "agency"}],
        [{"case_id": other, "step": "provide", "user": "second_agency"}],
    )
    assert came == [{"BadInput+provide"}]
    assert Grant.objects.filter(kind="operation").count() == 1
    assert Duty.objects.filter(organisation=second.code).count() == 1


def ready(
    world: World, staff: Agent, head: Agent, operator_head: Agent, consent: Any = None
) -> str:
    """An operation over the clinics, up to where its resources are provided."""
    payload = plan_form() | {"datasets": [CLINICS], "name": f"By {staff.person}"}
    case = services.open_case(kind="authorised_operation", payload=payload, by=staff).id
    if consent:
        asked = services.open_case(
            kind="operation_consent", payload={**consent, "operation": case}, by=staff
        )
        world.step(asked.id, "give", world.agency_head)
    terms = agreement_form()["terms"]
    terms["datasets"] = {CLINICS: terms["datasets"][CLINICS]}
    own = {"members": [staff.person, head.person], "matter": LONG}
    steps = {
        "choose_operator": selection_form(operator_head.organisation),
        "name_deciders_of_plan": deciders("government"),
        "name_deciders_of_agreement": own,
        "offer_agreement": agreement_form() | {"terms": terms},
    }
    mine = {world.agency: staff, world.agency_head: head, world.operator_head: operator_head}
    for name, by, form in world.operation_steps()[:-1]:
        world.step(case, name, mine.get(by, by), steps.get(name, form))
    return case
