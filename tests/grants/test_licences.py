"""A contract's licence: in force with it, under its operation, each use decided and logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.cases.test_products import concluded, contract_form, listed
from tests.world import BY_DISTRICT, CLINICS, LONG, PERSONS, PURPOSE, World, today

from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.gateway import services as gateway
from gongshu.grants import licences
from gongshu.grants import services as grants
from gongshu.grants.drafting import BeyondOwner
from gongshu.grants.models import Grant
from gongshu.grants.selectors import usable
from gongshu.ledger.models import Entry
from gongshu.rules.agents import Agent
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db
FREE: dict[str, Any] = {"charge": "0"}


def refused(act: Callable[[], Any]) -> Problem:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value


def licence(world: World, **changes: Any) -> Grant:
    product = listed(world, world.operate())
    return Grant.objects.get(case_id=concluded(world, product, **FREE, **changes))


def ask(grant: Grant, by: Agent, sql: str = BY_DISTRICT) -> int:
    table = gateway.answer(grant_id=grant.id, purpose=PURPOSE, sql=sql, by=by).table
    return int(table.num_rows)


def test_a_contract_that_begins_puts_a_licence_in_force_with_its_scope_and_term(
    world: World,
) -> None:
    grant = licence(world)
    operation = Grant.objects.get(kind="operation")
    assert (grant.kind, grant.under) == ("licence", operation)
    assert (grant.grantee, grant.grantor) == (
        world.enterprise.organisation,
        world.operator.organisation,
    )
    assert sorted(grant.terms["datasets"]) == [PERSONS]  # what the product is made of, no more
    assert grant.valid_until.isoformat() == today(30)
    assert grant.terms["output"] == "aggregate"
    assert Entry.objects.get(event="contract.begun").facts["grant"] == grant.id
    assert grant in usable(world.enterprise)
    assert ask(grant, world.enterprise) == 2


def test_each_question_under_it_is_a_use_and_the_last_one_ends_the_contract(world: World) -> None:
    grant = licence(world, most_uses=3)
    assert ask(grant, world.enterprise) == 2
    access = {"subject": "analyst", "action": "read", "count": 1}
    world.step(grant.case_id, "record_access", world.operator, access)
    assert services.tick() == 0
    assert ask(grant, world.enterprise) == 2
    problem = refused(lambda: ask(grant, world.enterprise))
    assert (problem.code, problem.sentence.en) == ("use_denied", "The number of uses is used up.")
    assert Entry.objects.filter(event="query.refused").latest("id").facts["code"] == "use_denied"
    world.step(grant.case_id, "record_access", world.operator, access)
    assert Entry.objects.filter(event="contract.accessed").latest("id").facts["decision"] == (
        "denied"
    )
    services.tick()
    grant.refresh_from_db()
    assert (Case.objects.get(pk=grant.case_id).state, grant.state) == ("terminated", "ended")


def test_a_question_that_is_refused_uses_nothing_up(world: World) -> None:
    grant = licence(world, most_uses=1)
    assert refused(lambda: ask(grant, world.enterprise, "SELECT person_id FROM health.persons"))
    assert ask(grant, world.enterprise) == 2


def test_only_those_whom_the_contract_names_use_it(world: World) -> None:
    grant = licence(world, subjects=[world.enterprise_head.person])
    assert refused(lambda: ask(grant, world.enterprise)).code == "use_denied"
    assert ask(grant, world.enterprise_head) == 2


def test_a_licence_gives_no_rows_and_nothing_beyond_the_operation(world: World) -> None:
    product = listed(world, world.operate(), datasets=[CLINICS])
    case = services.open_case(
        kind="digital_contract", payload=contract_form(product, **FREE), by=world.enterprise
    ).id

    def offer(**changes: Any) -> None:
        form = contract_form(product, **FREE, **changes)
        world.step(case, "offer", world.operator_head, form)

    assert isinstance(refused(lambda: offer(terms={"purposes": ["marketing"]})), BeyondOwner)
    beyond = {PERSONS: {"columns": {"sex": ["group"]}}}
    assert refused(lambda: offer(terms={"datasets": beyond})).code == "outside_scope"
    assert refused(lambda: offer(ends=today(900))).code == "beyond_operation"
    offer(terms={"output": "rows"})
    world.step(case, "sign", world.enterprise_head)
    world.step(case, "file", world.bureau, {"number": "F-9"})
    services.tick()
    assert Grant.objects.get(case_id=case).terms["output"] == "aggregate"


def test_a_licence_is_worth_nothing_while_its_operation_is_suspended(world: World) -> None:
    grant = licence(world)
    assert grant.under is not None
    world.step(grant.under.case_id, "suspend", world.agency, note="over-use")
    assert refused(lambda: ask(grant, world.enterprise)).code == "operation_not_in_force"
    world.step(grant.under.case_id, "resume", world.agency)
    assert ask(grant, world.enterprise) == 2


def test_a_licence_ends_with_its_operation(world: World) -> None:
    grant = licence(world)
    assert grant.under is not None
    world.step(grant.under.case_id, "revoke", world.agency_head, note="by agreement")
    assert refused(lambda: ask(grant, world.enterprise)).code == "operation_not_in_force"
    services.tick()  # the product is delisted,
    services.tick()  # and the contract has nothing to supply
    grant.refresh_from_db()
    assert grant.state == "ended"
    assert refused(lambda: ask(grant, world.enterprise)).code == "grant_ended"


def test_leaving_a_contract_ends_its_licence_and_destruction_is_owed(world: World) -> None:
    grant = licence(world)
    world.step(grant.case_id, "leave", world.enterprise, note="no longer needed")
    assert refused(lambda: ask(grant, world.enterprise)).code == "grant_ended"
    assert Case.objects.get(pk=grant.case_id).state == "terminated"
    world.step(grant.case_id, "prove_destruction", world.enterprise, {"proof": LONG})
    assert [e.event for e in Entry.objects.filter(subject_id=grant.id).order_by("id")][:1] == [
        "grant.issued"
    ]


def test_the_operator_revokes_a_licence_by_its_contract(world: World) -> None:
    grant = licence(world)
    ended = grants.revoke(grant_id=grant.id, reason="breach", by=world.operator)
    assert (ended.state, ended.reason) == ("ended", "breach")


def test_a_contract_that_has_not_begun_has_no_licence_to_end(world: World) -> None:
    case = concluded(world, listed(world, world.operate()), **FREE, starts=today(5))
    world.step(case, "leave", world.enterprise, note="no longer needed")
    assert not Grant.objects.filter(kind="licence").exists()


def test_a_contract_begins_when_its_operation_is_in_force_again(world: World) -> None:
    operation = world.operate()
    case = concluded(world, listed(world, operation), **FREE, starts=today(1))
    Case.objects.filter(pk=case).update(
        payload={**Case.objects.get(pk=case).payload, "starts": today()}
    )
    world.step(operation.case_id, "suspend", world.agency, note="over-use")
    services.tick()
    assert Case.objects.get(pk=case).state == "contract_filed"
    world.step(operation.case_id, "resume", world.agency)
    services.tick()
    assert Case.objects.get(pk=case).state == "active"


def test_a_licence_without_an_operation_cannot_be_stored(world: World) -> None:
    grant = licence(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(under=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(kind="operation", grantor="x")


def test_a_question_is_read_or_compute_as_the_contract_permits(world: World) -> None:
    grant = licence(world, actions=["embed"])
    contract = Case.objects.get(pk=grant.case_id)
    assert licences.action_of_question(contract) == "compute"
    assert refused(lambda: ask(grant, world.enterprise)).code == "use_denied"


def test_a_filed_contract_whose_operation_is_over_ends_by_the_clock(world: World) -> None:
    operation = world.operate()
    case = concluded(world, listed(world, operation), **FREE, starts=today(5))
    world.step(operation.case_id, "revoke", world.agency_head, note="by agreement")
    services.tick()  # the product is delisted,
    services.tick()  # and the contract has nothing to begin with
    assert Case.objects.get(pk=case).state == "terminated"
