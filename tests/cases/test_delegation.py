"""Delegation during leave: a head's rank is lent, for named procedures, between two days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.agents import NewAgent
from tests.cases.steps import BEIJING, asked, request_form
from tests.world import World

from gongshu.accounts import services as accounts
from gongshu.accounts.models import Person
from gongshu.cases import delegations, selectors, services
from gongshu.cases.models import CaseStep, Delegation
from gongshu.jobs.models import Outbox
from gongshu.ledger.models import Entry
from gongshu.ledger.selectors import openings
from gongshu.rules.agents import SYSTEM, Agent
from gongshu.rules.lending import LONGEST_DAYS
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound

pytestmark = pytest.mark.django_db
KIND = "sharing_request"


@pytest.fixture
def deputy(world: World, new_agent: NewAgent) -> Agent:
    """A clerk of the agency who has prepared nothing."""
    return new_agent("agency", username="deputy")


def day(days: int = 0) -> date:
    return timezone.localdate() + timedelta(days=days)


def lend(world: World, **changes: Any) -> Delegation:
    given: dict[str, Any] = {
        "to": "deputy",
        "procedures": [KIND],
        "since": day(),
        "until": day(10),
        "by": world.agency_head,
    }
    return delegations.give(**given | changes)


def consent(case: Any, by: Agent, acting_for: str = "agency-head", **more: Any) -> CaseStep:
    return services.do(
        case_id=case.id, step="consent", by=by, form={}, acting_for=acting_for, **more
    )


def test_a_delegate_acts_with_the_lent_rank_and_the_step_says_for_whom(
    world: World, deputy: Agent
) -> None:
    case = asked(world)
    with pytest.raises(Forbidden) as refused:
        consent(case, deputy, acting_for="")
    assert refused.value.code == "not_yours"
    given = lend(world, reason="annual leave")
    taken = consent(case, deputy)
    assert (taken.person, taken.on_behalf_of) == ("deputy", "agency-head")
    entry = Entry.objects.get(pk=taken.entry_id)
    assert entry.facts["delegation"] == given.entry_id
    assert "agency-head" not in entry.body
    assert openings(entry, world.agency)["on_behalf_of"]["value"] == "agency-head"
    told = Outbox.objects.get(text_en__contains="by deputy for agency-head")
    assert (told.to, told.rank) == (world.agency.organisation, "head")


def test_the_giving_stands_in_the_ledger_without_the_names(world: World, deputy: Agent) -> None:
    given = lend(world, reason="annual leave")
    entry = Entry.objects.get(pk=given.entry_id)
    assert entry.event == "delegation.given"
    assert entry.facts == {
        "procedures": [KIND],
        "since": day().isoformat(),
        "until": day(10).isoformat(),
    }
    opened = openings(entry, world.agency)
    assert {n: opened[n]["value"] for n in ("from", "to", "reason")} == {
        "from": "agency-head",
        "to": "deputy",
        "reason": "annual leave",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "second_agency"}, "unknown_colleague"),
        ({"to": "nobody"}, "unknown_colleague"),
        ({"to": "agency-head"}, "needs_no_lending"),
        ({"procedures": []}, "no_procedure"),
        ({"procedures": ["everything"]}, "unknown_procedure"),
        ({"since": day(-1)}, "in_the_past"),
        ({"since": day(5), "until": day(4)}, "term_backwards"),
        ({"until": day(LONGEST_DAYS)}, "term_too_long"),
    ],
)
def test_what_may_not_be_lent_is_refused_in_words(
    world: World, deputy: Agent, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(BadInput) as refused:
        lend(world, **changes)
    assert refused.value.code == code
    assert not Delegation.objects.exists()


def test_nobody_lends_a_rank_that_is_not_their_own(
    world: World, deputy: Agent, new_agent: NewAgent
) -> None:
    new_agent("agency", username="third")
    lend(world)
    borrowed = replace(deputy, rank="head", on_behalf_of="agency-head")
    for by in (deputy, borrowed):
        with pytest.raises(BadInput) as refused:
            lend(world, to="third", by=by)
        assert refused.value.code == "nothing_to_lend"


def test_it_holds_for_the_procedures_and_days_that_were_named_and_no_others(
    world: World, deputy: Agent
) -> None:
    case = asked(world)
    lend(world, procedures=["check_request"])
    with pytest.raises(Forbidden) as refused:
        consent(case, deputy)
    assert refused.value.code == "not_delegated"
    lend(world, since=day(3), until=day(5))
    noon = timezone.now().astimezone(BEIJING).replace(hour=12)
    for days, code in ((2, "not_delegated"), (6, "not_delegated"), (5, "")):
        at = noon + timedelta(days=days)
        if code:
            with pytest.raises(Forbidden):
                consent(case, deputy, at=at)
        else:
            assert consent(case, deputy, at=at).on_behalf_of == "agency-head"


def test_only_who_it_was_given_to_acts_and_only_for_who_gave_it(
    world: World, deputy: Agent
) -> None:
    case = asked(world)
    lend(world)
    for by, acting_for in ((world.agency, "agency-head"), (deputy, "agency"), (deputy, "bureau")):
        with pytest.raises(Forbidden) as refused:
            consent(case, by, acting_for=acting_for)
        assert refused.value.code == "not_delegated"


def test_whoever_prepared_does_not_decide_with_a_lent_rank(
    world: World, new_agent: NewAgent
) -> None:
    clerk = new_agent("second_agency", username="clerk")
    delegations.give(
        to="clerk",
        procedures=[KIND],
        since=day(),
        until=day(1),
        by=world.second_agency_head,
    )
    case = services.open_case(kind=KIND, payload=request_form(), by=clerk)
    with pytest.raises(Forbidden) as refused:
        services.do(case_id=case.id, step="submit", by=clerk, acting_for="second_agency-head")
    assert refused.value.code == "same_person"


def test_the_page_offers_the_step_for_whom_and_the_inbox_shows_the_case(
    world: World, deputy: Agent
) -> None:
    case = asked(world)
    before = [o.name for o in selectors.available(case, deputy)]
    assert "consent" not in before
    lend(world)
    offers = {o.name: o for o in selectors.available(case, deputy)}
    assert offers["consent"].allowed
    assert offers["consent"].acting_for == "agency-head"
    assert all(not offers[name].acting_for for name in before)
    assert case in selectors.inbox(deputy)


def test_it_ends_when_either_says_so_and_at_once(world: World, deputy: Agent) -> None:
    case = asked(world)
    given = lend(world)
    for stranger in (world.agency, world.second_agency_head):
        with pytest.raises(NotFound):
            delegations.end(number=given.pk, by=stranger)
    delegations.end(number=given.pk, by=deputy)
    with pytest.raises(Forbidden):
        consent(case, deputy)
    with pytest.raises(Conflict):
        delegations.end(number=given.pk, by=world.agency_head)
    entry = Entry.objects.get(event="delegation.ended")
    assert entry.facts["delegation"] == given.entry_id


@pytest.mark.parametrize("who", ["agency-head", "deputy"])
def test_it_holds_only_while_both_are_what_they_were(world: World, deputy: Agent, who: str) -> None:
    case = asked(world)
    lend(world)
    person = Person.objects.get(username=who)
    if who == "agency-head":
        accounts.deactivate_person(person=person, by=SYSTEM)
        by = deputy
    else:
        other = Person.objects.get(username="second_agency").organisation
        Person.objects.filter(pk=person.pk).update(organisation=other)
        by = replace(deputy, organisation=world.second_agency.organisation)
    with pytest.raises(Forbidden) as refused:
        consent(case, by)
    assert refused.value.code == "not_delegated"


def test_a_voice_in_a_collective_decision_is_not_lent(world: World, new_agent: NewAgent) -> None:
    new_agent("government", username="gov-deputy")
    deputy = new_agent("government", username="gov-deputy")
    delegations.give(
        to="gov-deputy",
        procedures=["authorised_operation"],
        since=day(),
        until=day(5),
        by=world.government_head,
    )
    case = world.plan()
    for name, by, form in world.operation_steps()[:2]:
        world.step(case, name, by, form)
    with pytest.raises(Forbidden) as refused:
        services.do(case_id=case, step="consent_to_plan", by=deputy, acting_for="government-head")
    assert refused.value.code == "not_lent"


def test_the_database_holds_what_a_delegation_is(world: World, deputy: Agent) -> None:
    given = lend(world)
    for wrong in (
        {"until": given.since - timedelta(days=1)},
        {"delegate": given.delegator},
        {"organisation": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delegation.objects.filter(pk=given.pk).update(**wrong)
    taken = consent(asked(world), deputy)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseStep.objects.filter(pk=taken.pk).update(on_behalf_of="deputy")
