"""What reaches an operator: asked at issue, at every question, and before the answer leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cases.test_registration import registered
from tests.world import (
    BY_DISTRICT,
    CLINICS,
    DESCRIBED,
    LONG,
    PERSONS,
    PURPOSE,
    World,
    agreement_form,
    plan_form,
    today,
)

from gongshu.accounts.models import Organisation
from gongshu.cases import clock, services
from gongshu.cases.models import Case, Registration
from gongshu.catalog.models import Dataset
from gongshu.data.policy.refusals import Refused
from gongshu.gateway import services as gateway
from gongshu.grants import reach
from gongshu.grants.models import Duty, Grant
from gongshu.ledger.models import Entry
from gongshu.rules.agents import Agent
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db
CLINICS_SQL = "SELECT district, count(*) AS n FROM health.clinics GROUP BY district"


def refused(act: Callable[[], Any]) -> Problem:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value


def ask(world: World, grant: Grant, sql: str = BY_DISTRICT, by: Agent | None = None) -> Any:
    return gateway.answer(
        grant_id=grant.id, purpose=PURPOSE, sql=sql, by=by or world.operator
    ).table


def provided_long_ago(grant: Grant) -> None:
    """Forty days ago at least: the 20 working days are over."""
    Grant.objects.filter(pk=grant.pk).update(
        issued=timezone.now() - timedelta(days=60), valid_from=today(-60)
    )


def register(world: World, code: str) -> Registration:
    return registered(world, dataset=code, name=f"{code}, registered")


def of_another_provider(world: World, code: str = PERSONS) -> None:
    """The data are the second agency's: the agency that authorises has them by sharing."""
    other = Organisation.objects.get(code=world.second_agency.organisation)
    Dataset.objects.filter(code=code).update(provider=other)


def consent(world: World, operation: str, code: str = PERSONS) -> Case:
    payload = {"dataset": code, "operation": operation, "use": LONG, "protection": LONG}
    return services.open_case(kind="operation_consent", payload=payload, by=world.agency)


def test_the_window_is_twenty_working_days_and_a_place_may_shorten_it(instance: Path) -> None:
    calendar = clock.calendar()
    for day in ("2026-09-30", "2026-10-10", "2026-11-23"):
        on = timezone.datetime.fromisoformat(day).date()  # type: ignore[attr-defined]
        opens = reach.window_opens(on)
        assert calendar.add_workdays(opens, 20).day >= on
        assert calendar.add_workdays(opens - timedelta(days=1), 20).day < on
    before = reach.window_opens(on)
    (instance / "profile.toml").write_text(
        'name = "x"\nbasis = "y"\n[workdays]\n"authorised_operation.register_resources" = 5\n'
    )
    assert reach.window_opens(on) > before


def test_past_the_calendars_end_no_window_is_taken_to_be_over() -> None:
    calendar = clock.calendar()
    later = calendar.last + timedelta(days=200)
    opens = reach.window_opens(later)
    assert calendar.add_workdays(opens, 20).provisional
    assert not calendar.add_workdays(opens - timedelta(days=1), 20).provisional


def test_within_the_window_an_unregistered_resource_is_answered_and_after_it_refused(
    world: World,
) -> None:
    grant = world.operate()
    assert ask(world, grant).num_rows == 2
    provided_long_ago(grant)
    problem = refused(lambda: ask(world, grant))
    assert problem.code == "out_of_reach"
    assert "registered" in problem.sentence.en
    assert "登记" in problem.sentence.zh
    assert Entry.objects.get(event="query.refused").facts["code"] == "out_of_reach"
    register(world, PERSONS)
    assert ask(world, grant).num_rows == 2


def test_what_one_resource_lacks_keeps_no_question_from_the_others(world: World) -> None:
    grant = world.operate()
    provided_long_ago(grant)
    register(world, CLINICS)
    assert ask(world, grant, CLINICS_SQL).num_rows == 2
    joined = "SELECT count(*) AS n FROM health.persons p JOIN health.clinics c USING (district)"
    assert refused(lambda: ask(world, grant, joined)).code == "out_of_reach"
    decision = gateway.check(grant_id=grant.id, purpose=PURPOSE, sql=BY_DISTRICT, by=world.operator)
    assert (decision.allowed, decision.code) == (False, "out_of_reach")
    unknown = refused(lambda: ask(world, grant, "SELECT a FROM health.nothing"))
    assert unknown.code == "unknown_name"


def test_a_registration_that_ends_ends_the_reach(world: World) -> None:
    grant = world.operate()
    provided_long_ago(grant)
    found = register(world, PERSONS)
    assert ask(world, grant).num_rows == 2
    form = {"ground": "false_materials", "finding": LONG}
    services.do(case_id=found.record_id, step="revoke", by=world.registry, form=form)
    assert refused(lambda: ask(world, grant)).code == "out_of_reach"


def test_data_that_are_graded_core_meanwhile_are_reached_no_longer(world: World) -> None:
    grant = world.operate()
    Dataset.objects.filter(code=PERSONS).update(grade="core", level=None)
    problem = refused(lambda: ask(world, grant))
    assert "core" in problem.sentence.en


def test_it_is_looked_at_once_more_before_the_answer_leaves(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = world.operate()
    answered = gateway.gate_for

    def then_graded(*args: Any) -> Any:
        Dataset.objects.filter(code=PERSONS).update(grade="core", level=None)
        return answered(*args)

    monkeypatch.setattr(gateway, "gate_for", then_graded)
    assert refused(lambda: ask(world, grant)).code == "out_of_reach"
    assert not Entry.objects.filter(event="query.answered").exists()


def test_data_that_came_by_sharing_need_their_providers_consent(world: World) -> None:
    of_another_provider(world)
    case = world.plan()
    steps = world.operation_steps()
    for name, by, form in steps:
        if name == "offer_agreement":
            break
        world.step(case, name, by, form)

    def offer() -> None:
        world.step(case, "offer_agreement", world.agency_head, agreement_form())

    problem = refused(offer)
    assert (problem.code, problem.field) == ("out_of_reach", f"terms.datasets.{PERSONS}")
    asked = consent(world, case)
    assert refused(offer).code == "out_of_reach"
    world.step(asked.id, "give", world.second_agency_head)
    offer()
    for name, by, form in steps[steps.index(("sign_agreement", world.operator_head, None)) :]:
        world.step(case, name, by, form)
    grant = Grant.objects.get(case_id=case)
    assert ask(world, grant).num_rows == 2
    world.step(asked.id, "withdraw", world.second_agency_head, note="the purpose has changed")
    problem = refused(lambda: ask(world, grant))
    assert "consented" in problem.sentence.en
    assert ask(world, grant, CLINICS_SQL).num_rows == 2


def test_consent_is_asked_for_data_of_others_in_an_operation_of_ones_own(world: World) -> None:
    case = world.plan(datasets=[PERSONS])
    assert refused(lambda: consent(world, case)).code == "operation_needs_consent"
    of_another_provider(world)
    assert refused(lambda: consent(world, "C-2026-999999")).code == "operation_needs_consent"
    assert refused(lambda: consent(world, case, CLINICS)).code == "operation_needs_consent"
    asked = consent(world, case)
    assert refused(lambda: world.step(asked.id, "give", world.agency_head)).code == "not_yours"
    assert refused(lambda: world.step(asked.id, "refuse", world.second_agency_head)).code == (
        "reason_owed"
    )


def test_consent_to_one_operation_is_none_to_another(world: World) -> None:
    of_another_provider(world)
    given = consent(world, world.plan())
    world.step(given.id, "give", world.second_agency_head)
    other = world.plan(name="Another plan")
    for name, by, form in world.operation_steps():
        if name == "offer_agreement":
            break
        world.step(other, name, by, form)
    problem = refused(
        lambda: world.step(other, "offer_agreement", world.agency_head, agreement_form())
    )
    assert problem.code == "out_of_reach"


def test_a_renewal_opens_no_new_window(world: World) -> None:
    grant = world.operate()
    provided_long_ago(grant)
    Grant.objects.filter(pk=grant.pk).update(valid_until=today(-1))
    services.tick()
    world.step(grant.case_id, "renew", world.agency_head, {"evaluation": LONG})
    steps = world.operation_steps()
    begins = next(i for i, step in enumerate(steps) if step[0] == "name_deciders_of_agreement")
    for name, by, form in steps[begins:-5]:
        world.step(grant.case_id, name, by, form)
    world.step(grant.case_id, "consent_to_agreement", world.agency_head)
    problem = refused(
        lambda: world.step(grant.case_id, "offer_agreement", world.agency_head, agreement_form())
    )
    assert problem.code == "out_of_reach"


def test_an_operation_that_ended_within_its_window_leaves_the_next_one_its_own(
    world: World,
) -> None:
    first = world.operate()
    world.step(first.case_id, "revoke", world.agency_head, note="by agreement")
    provided_long_ago(first)
    assert ask(world, world.operate()).num_rows == 2


def test_an_agreement_whose_term_is_over_puts_nothing_in_force(world: World) -> None:
    case = world.plan()
    for name, by, form in world.operation_steps()[:-1]:
        world.step(case, name, by, form)
    offered = Case.objects.get(pk=case).steps.get(name="offer_agreement")
    form = {**(offered.form or {}), "starts": today(-30), "ends": today(-1)}
    type(offered).objects.filter(pk=offered.pk).update(form=form)
    assert refused(lambda: world.step(case, "provide", world.agency)).code == "out_of_reach"


def test_one_who_asks_costs_at_most_one_more_look_at_the_database(world: World) -> None:
    grant = world.operate()
    ask(world, grant)
    with CaptureQueriesContext(
        connection,
    ) as of_operator:
        ask(world, grant)
    Grant.objects.filter(pk=grant.pk).update(kind="audit")
    ask(world, grant)
    with CaptureQueriesContext(connection) as of_auditor:
        ask(world, grant)
    assert len(of_operator) - len(of_auditor) <= 1


def test_resources_are_recorded_as_registered_only_when_they_are(world: World) -> None:
    grant = world.operate()
    record = {"case": grant.case_id, "name": "register_resources", "by": world.agency}
    assert refused(lambda: world.step(**record, form={"code": "R-1"})).code == (
        "resources_registered"
    )
    register(world, PERSONS)
    assert refused(lambda: world.step(**record, form={"code": "R-1"})).code == (
        "resources_registered"
    )
    last = register(world, CLINICS)
    assert refused(lambda: world.step(**record, form={"code": "R-1"})).code == (
        "not_its_registration"
    )
    world.step(**record, form={"code": last.code.lower()})
    assert Entry.objects.get(event="operation.resources_registered").facts["code"] == last.code


def test_products_are_recorded_as_registered_by_the_operators_own_code(world: World) -> None:
    grant = world.operate()
    record = {"case": grant.case_id, "name": "register_products", "by": world.operator}
    assert refused(lambda: world.step(**record, form={"code": "R-1"})).code == (
        "products_registered"
    )
    resource = register(world, PERSONS)
    made = registered(
        world,
        what="product",
        grant=grant.id,
        dataset=PERSONS,
        by=world.operator,
        head=world.operator_head,
    )
    assert refused(lambda: world.step(**record, form={"code": resource.code})).code == (
        "not_its_registration"
    )
    world.step(**record, form={"code": made.code})


def test_a_products_registration_ends_with_its_operation(world: World) -> None:
    grant = world.operate()
    people = {"by": world.operator, "head": world.operator_head}
    made = registered(world, what="product", grant=grant.id, dataset=PERSONS, **people)
    resource = register(world, PERSONS)
    assert services.tick() == 0
    world.step(grant.case_id, "revoke", world.agency_head, note="by agreement")
    services.tick()
    states = dict(Registration.objects.values_list("code", "record__state"))
    assert states == {made.code: "cancelled", resource.code: "in_force"}


def test_where_a_place_registers_elsewhere_the_recorded_code_counts(
    world: World, instance: Path
) -> None:
    (instance / "profile.toml").write_text(
        'name = "x"\nbasis = "y"\n[duties]\nregistration_elsewhere = "allowed"\n'
    )
    grant = world.operate()
    provided_long_ago(grant)
    assert refused(lambda: ask(world, grant)).code == "out_of_reach"
    world.step(grant.case_id, "register_resources", world.agency, {"code": "NDA-0001"})
    assert ask(world, grant).num_rows == 2


def test_the_database_lets_nobody_stand_on_both_sides_of_a_dataset(world: World) -> None:
    grant = world.operate()
    dataset = Dataset.objects.get(code=PERSONS)
    sides = dict(Duty.objects.filter(dataset=dataset).values_list("organisation", "side"))
    assert sides == {
        world.agency.organisation: "managing",
        world.operator.organisation: "operating",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.create(
            dataset=dataset, organisation=world.operator.organisation, side="managing"
        )
    world.step(grant.case_id, "revoke", world.agency_head, note="by agreement")
    left = Duty.objects.filter(dataset=dataset).values_list("organisation", flat=True)
    assert list(left) == [world.agency.organisation]


def test_whoever_operates_a_dataset_authorises_nobody_to_it(world: World) -> None:
    world.operate()
    dataset = Dataset.objects.get(code=PERSONS)
    Duty.objects.filter(dataset=dataset, organisation=world.agency.organisation).update(
        side="operating"
    )
    problem = refused(lambda: world.operate())
    assert problem.code == "operator_manages"


def test_a_plan_names_data_of_others_before_anybody_has_consented(world: World) -> None:
    world.dataset("health.more", "a,b\n1,2\n", {"columns": {"a": ["show"]}}, **DESCRIBED)
    of_another_provider(world, "health.more")
    assert world.plan(**{**plan_form(), "datasets": ["health.more"]})


def test_nobody_is_told_of_reach_who_may_not_ask(world: World) -> None:
    grant = world.operate()
    provided_long_ago(grant)
    problem = refused(lambda: ask(world, grant, by=world.enterprise))
    assert problem.code == "unknown_grant"
    assert not isinstance(problem, Refused)
