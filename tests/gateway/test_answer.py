"""The way of a question: what is looked at, when, and what stays of it in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cases.test_registration import registered
from tests.world import (
    BY_DISTRICT,
    CLINICS,
    PERSONS,
    PURPOSE,
    World,
    administrator_terms,
    persons_csv,
)

from gongshu.data.policy.refusals import Refused
from gongshu.gateway import gates, selectors, services
from gongshu.gateway.models import QueryRecord
from gongshu.grants.models import Grant
from gongshu.grants.services import create_by_administrator
from gongshu.ledger import selectors as ledger
from gongshu.ledger import services as ledger_services
from gongshu.log.receipt import verify_receipt
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden, NotFound

pytestmark = pytest.mark.django_db
TOO_MUCH = "SELECT person_id FROM health.persons"


@pytest.fixture
def grant(world: World) -> Grant:
    return world.operate()


def ask(grant: Grant, by: Agent, sql: str = BY_DISTRICT, **more: Any) -> services.GatewayAnswer:
    asked = {"purpose": PURPOSE, **more}
    return services.answer(grant_id=grant.id, sql=sql, by=by, **asked)


@contextmanager
def refusal(code: str) -> Iterator[dict[str, Any]]:
    """The block is refused with `code`, and the ledger has it: `found["entry"]`."""
    found: dict[str, Any] = {}
    with pytest.raises(Refused) as refused:
        yield found
    assert refused.value.code == code
    found["entry"] = ledger.entry(refused.value.entry_id)  # type: ignore[attr-defined]
    assert found["entry"].event == "query.refused"
    assert found["entry"].facts["code"] == code


def test_an_answer_is_protected_metered_and_logged(world: World, grant: Grant) -> None:
    answer = ask(grant, world.operator)
    assert answer.table.to_pylist() == [
        {"district": "East", "n": 20},
        {"district": "West", "n": 20},
    ]
    assert answer.withheld  # the three people of the far district
    entry = ledger.entry(answer.entry_id)
    assert entry.event == "query.answered"
    assert entry.facts == {
        "grant": grant.id,
        "purpose": PURPOSE,
        "versions": {CLINICS: 1, PERSONS: 1},
        "decision": "answered",
        "withheld": True,
        "truncated": False,
    }
    record = QueryRecord.objects.get(entry_id=answer.entry_id)
    assert (record.rows, record.withheld, record.decision) == (2, True, "answered")
    assert record.bytes
    assert record.ms is not None


def test_what_was_asked_is_in_the_log_as_a_commitment_that_the_asker_alone_opens(
    world: World, grant: Grant
) -> None:
    answer = ask(grant, world.operator)
    entry = ledger.entry(answer.entry_id)
    assert "district" not in entry.body
    assert world.operator.person not in entry.body
    mine = ledger.openings(entry, world.operator)
    assert mine["sql"]["value"] == BY_DISTRICT
    assert {"sql", "params", "output", "files", "meter"} <= set(mine)
    assert ledger.openings(entry, world.agency) == {}


def test_a_refusal_is_logged_and_recorded_with_its_code(world: World, grant: Grant) -> None:
    with refusal("no_right") as found:
        ask(grant, world.operator, TOO_MUCH)
    record = QueryRecord.objects.get(entry_id=found["entry"].id)
    assert (record.decision, record.code, record.rows) == ("refused", "no_right", None)


def test_another_purpose_is_refused_and_its_words_stay_private(world: World, grant: Grant) -> None:
    with refusal("purpose") as found:
        ask(grant, world.operator, purpose="to find Ms Wang")
    assert "Wang" not in found["entry"].body
    opened = ledger.openings(found["entry"], world.operator)
    assert opened["purpose"]["value"] == "to find Ms Wang"


def test_a_grant_past_its_end_or_before_its_beginning_is_refused(
    world: World, grant: Grant
) -> None:
    now = timezone.now()
    with refusal("term"):
        ask(grant, world.operator, now=now + timedelta(days=366))
    with refusal("term"):
        ask(grant, world.operator, now=now - timedelta(days=1))
    registered(world, dataset=PERSONS)
    assert ask(grant, world.operator, now=now + timedelta(days=365)).rows == 2


def test_a_grant_suspended_a_moment_ago_is_refused_and_resumed_is_answered(
    world: World, grant: Grant
) -> None:
    ask(grant, world.operator)  # its gate is warm now
    world.step(grant.case_id, "suspend", world.agency, note="over-use")
    with refusal("grant_suspended"):
        ask(grant, world.operator)
    world.step(grant.case_id, "resume", world.agency)
    assert ask(grant, world.operator).rows == 2
    world.step(grant.case_id, "revoke", world.agency_head, note="breach")
    with refusal("grant_ended"):
        ask(grant, world.operator)


def test_a_grant_suspended_while_the_question_ran_gives_no_answer(
    world: World, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real gate answers; the suspension falls between its answer and the release."""

    class Slow:
        def __init__(self, gate: Any) -> None:
            self.gate = gate

        def answer(self, *args: Any, **named: Any) -> Any:
            found = self.gate.answer(*args, **named)
            world.step(grant.case_id, "suspend", world.agency, note="over-use")
            return found

    monkeypatch.setattr(services, "gate_for", lambda *a: Slow(gates.gate_for(*a)))
    with refusal("grant_suspended") as found:
        ask(grant, world.operator)
    record = QueryRecord.objects.get(entry_id=found["entry"].id)
    assert (record.decision, record.rows) == ("refused", None)


def test_the_entry_is_there_before_the_answer(
    world: World, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(
        services,
        "crash_point",
        lambda name: seen.append(
            name == "answer_logged" and ledger.entries(events=["query.answered"]).exists()
        ),
    )
    ask(grant, world.operator)
    assert seen == [True]


def test_another_organisation_cannot_tell_the_grant_from_an_absent_one(
    world: World, grant: Grant
) -> None:
    said = []
    for number in (grant.id, "G-2026-9999"):
        with pytest.raises(NotFound) as refused:
            services.answer(
                grant_id=number, purpose=PURPOSE, sql=BY_DISTRICT, by=world.enterprise_head
            )
        said.append((refused.value.code, str(refused.value.sentence).replace(number, "")))
    assert said[0] == said[1]
    # Nor may those who granted or supervise it use it.
    for other in (world.agency, world.bureau, world.auditor):
        with pytest.raises(NotFound):
            ask(grant, other)
    assert not QueryRecord.objects.exists()


def test_a_token_without_the_scope_cannot_query(world: World, grant: Grant) -> None:
    reader = Agent(
        person=world.operator.person,
        organisation=world.operator.organisation,
        kinds=world.operator.kinds,
        rank=world.operator.rank,
        scopes=frozenset({"read"}),
    )
    with pytest.raises(Forbidden, match="scope"):
        ask(grant, reader)


def test_a_question_may_pin_an_earlier_version(world: World, grant: Grant) -> None:
    world.add_version(PERSONS, persons_csv(extra=7))
    east = "SELECT count(*) AS n FROM health.persons WHERE district = 'East'"
    newest = ask(grant, world.operator, east)
    pinned = ask(grant, world.operator, east, versions={PERSONS: 1})
    assert newest.table.to_pylist() == [{"n": 27}]
    assert pinned.table.to_pylist() == [{"n": 20}]
    assert (newest.versions[PERSONS], pinned.versions[PERSONS]) == (2, 1)
    for wrong in ({PERSONS: 9}, {"health.other": 1}):
        with pytest.raises(BadInput, match="unknown_version"):
            ask(grant, world.operator, east, versions=wrong)


def test_a_removed_version_is_refused_and_one_that_was_answered_from_is_not_removed(
    world: World, grant: Grant
) -> None:
    from gongshu.catalog import retention, selectors
    from gongshu.rules.problems import Conflict, Gone

    world.add_version(PERSONS, persons_csv(extra=7))
    world.add_version(PERSONS, persons_csv(extra=9))
    dataset = selectors.get(PERSONS, world.agency)
    east = "SELECT count(*) AS n FROM health.persons WHERE district = 'East'"
    ask(grant, world.operator, east, versions={PERSONS: 2})
    with pytest.raises(Conflict) as needed:
        retention.remove(dataset=dataset, number=2, by=world.agency)
    assert grant.id in needed.value.sentence.en
    retention.remove(dataset=dataset, number=1, by=world.agency)
    with pytest.raises(Gone):
        ask(grant, world.operator, east, versions={PERSONS: 1})
    Grant.objects.filter(pk=grant.pk).update(state="ended", reason="over")
    retention.remove(dataset=dataset, number=2, by=world.agency)


def test_the_days_questions_are_counted_in_the_database(world: World) -> None:
    grant = world.operate(terms=_terms(queries_per_day=2))
    ask(grant, world.operator)
    with refusal("no_right"):
        ask(grant, world.operator, TOO_MUCH)
    with refusal("limit"):
        ask(grant, world.operator)
    with refusal("limit"):
        ask(grant, world.operator)
    tomorrow = timezone.now() + timedelta(days=1)
    assert ask(grant, world.operator, now=tomorrow).rows == 2


def test_questions_at_a_time_are_counted_and_a_dead_process_holds_no_place(world: World) -> None:
    grant = world.operate(terms=_terms(concurrent=1))
    now = timezone.now()
    running = QueryRecord.objects.create(
        grant=grant,
        organisation=grant.grantee,
        person="x",
        purpose=PURPOSE,
        sql="",
        until=now + timedelta(seconds=60),
    )
    with refusal("limit"):
        ask(grant, world.operator)
    running.until = now - timedelta(seconds=1)
    running.save()
    assert ask(grant, world.operator).rows == 2


def test_a_receipt_verifies_offline_and_proves_the_question(world: World, grant: Grant) -> None:
    answer = ask(grant, world.operator)
    ledger_services.sequence()
    receipt = ledger_services.receipt(answer.entry_id)
    assert receipt is not None
    verified = verify_receipt(receipt, key=ledger.verifier_key())
    assert verified.openings["sql"] == BY_DISTRICT
    assert verified.body["facts"]["grant"] == grant.id


def test_only_checking_runs_and_logs_nothing(world: World, grant: Grant) -> None:
    decision = services.check(
        grant_id=grant.id, purpose=PURPOSE, sql=BY_DISTRICT, by=world.operator
    )
    assert decision.allowed
    decision = services.check(grant_id=grant.id, purpose=PURPOSE, sql=TOO_MUCH, by=world.operator)
    assert (decision.allowed, decision.code) == (False, "no_right")
    assert not QueryRecord.objects.exists()


def test_the_administrator_may_ask_from_the_shell_and_is_named_in_the_entry(world: World) -> None:
    terms = administrator_terms(world.operator.organisation)
    grant = create_by_administrator(terms=terms, by=world.administrator)
    answer = ask(grant, world.administrator)
    record = QueryRecord.objects.get(entry_id=answer.entry_id)
    assert record.person == world.administrator.person
    assert ledger.entry(answer.entry_id).content["by"]["person"]


def test_an_organisation_sees_its_own_use_and_the_grantor_that_of_its_grants(
    world: World, grant: Grant
) -> None:
    ask(grant, world.operator)
    with refusal("no_right"):
        ask(grant, world.operator, TOO_MUCH)
    uses = [(u.decision, u.purpose) for u in selectors.recent(world.operator, grant=grant)]
    assert uses == [("refused", PURPOSE), ("answered", PURPOSE)]
    assert selectors.recent(world.agency).count() == 2
    assert selectors.recent(world.enterprise).count() == 0


def _terms(**limits: int) -> dict[str, Any]:
    from tests.world import agreement_form

    return {**agreement_form()["terms"], "limits": limits}


def test_a_version_that_lost_a_granted_column_is_refused_and_no_bug(world: World) -> None:
    """A draft's columns may change; a published entry's may not."""
    world.dataset("health.draft", "sex,district\n" + "f,East\n" * 9, None)
    terms = administrator_terms(
        world.operator.organisation, datasets={"health.draft": {"columns": {"sex": ["group"]}}}
    )
    grant = create_by_administrator(terms=terms, by=world.administrator)
    sql = "SELECT sex, count(*) AS n FROM health.draft GROUP BY sex"
    assert ask(grant, world.operator, sql).rows == 1
    world.add_version("health.draft", "district\nEast\n")
    with refusal("terms"):
        ask(grant, world.operator, sql)
    assert ask(grant, world.operator, sql, versions={"health.draft": 1}).rows == 1
