"""Whatever people press, in any order: the case agrees with its table, its entries, its grant."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.cases.filling import example, opened
from tests.cases.steps import asked, in_use, request_form
from tests.cases.test_registration import registered
from tests.world import (
    LONG,
    World,
    agreement_form,
    deciders,
    plan_form,
    selection_form,
    today,
)

from gongshu.cases import selectors, services
from gongshu.cases.models import Case, CaseStep
from gongshu.cases.recording import due_of
from gongshu.cases.replaying import differences
from gongshu.grants.models import Grant
from gongshu.ledger.models import Entry
from gongshu.rules.procedure import Procedure, awaited
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Problem

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OFFICES = (
    "agency",
    "second_agency",
    "bureau",
    "government",
    "sector",
    "registry",
    "operator",
    "auditor",
    "pricing",
)
PEOPLE = ["administrator", *OFFICES, *(f"{office}_head" for office in OFFICES)]
RUNNING = {
    "sharing_request": {"active", "consulting", "end_agreed"},
    "authorised_operation": {"operating"},
}
PAUSED = {"sharing_request": {"suspended"}, "authorised_operation": {"rectifying"}}


def filled(world: World, kind: str, name: str) -> dict[str, Any] | None:
    """A form that is right for the step, where it has one."""
    row = PROCEDURES[kind].rows[name]
    if row.form is None:
        return None
    if kind not in RUNNING:
        return example(row.form, world)
    return {
        "ask_supplement": {"missing": "the annex"},
        "resubmit": request_form(),
        "consent": {},
        "suspend": {"rectify_by": today(5)},
        "suspend_by_authority": {"rectify_by": today(5)},
        "file_end": {"number": "E-1"},
        "dispose": {"use_record": LONG, "proof": LONG},
        "revise_plan": plan_form(),
        "change_plan": plan_form(),
        "name_deciders_of_plan": deciders("government"),
        "name_deciders_of_agreement": deciders("agency"),
        "approve_plan": {"decided_on": today(), "record": "No. 7"},
        "file_plan": {"number": "F-1"},
        "choose_operator": selection_form(world.operator.organisation),
        "offer_agreement": agreement_form(),
        "file_agreement": {"number": "F-2"},
        "register_resources": {"code": "R-1"},
        "register_products": {"code": "R-2"},
        "renew": {"evaluation": LONG},
        "exit": {"evaluation": LONG},
        "hand_back": {"handed_back": LONG, "destruction": LONG},
        "close": {"checked": LONG},
    }.get(name)


class Pressing(RuleBasedStateMachine):
    """Anybody presses anything. Its world is set by the test, in a savepoint a run."""

    world: World
    kind: str

    @initialize(far=st.booleans())
    def open(self, far: bool) -> None:
        """From the beginning, or from where data are already in use."""
        if self.kind == "registration_record":
            self.id = registered(self.world).record_id
        elif self.kind not in RUNNING:
            self.id = opened(self.procedure, self.world, PEOPLE).id
        elif self.kind == "sharing_request":
            begun = in_use if far else asked
            self.id = begun(self.world).id
        else:
            self.id = self.world.operate().case_id if far else self.world.plan()
        self.taken = list(CaseStep.objects.filter(case_id=self.id).values_list("name", flat=True))

    @property
    def procedure(self) -> Procedure:
        return PROCEDURES[self.kind]

    def press(self, name: str, person: str) -> None:
        by = getattr(self.world, person)
        form = filled(self.world, self.kind, name)
        with contextlib.suppress(Problem), transaction.atomic():
            services.do(case_id=self.id, step=name, by=by, form=form, note="because")
            self.taken.append(name)

    @rule(person=st.sampled_from(PEOPLE), data=st.data())
    def press_anything(self, person: str, data: st.DataObject) -> None:
        self.press(data.draw(st.sampled_from(sorted(self.procedure.rows))), person)

    @rule(data=st.data())
    def press_what_is_offered(self, data: st.DataObject) -> None:
        """So that runs get far: one of the steps that somebody may take now."""
        case = Case.objects.get(pk=self.id)
        offers = [
            (offer.name, person)
            for person in PEOPLE
            for offer in selectors.available(case, getattr(self.world, person))
            if offer.allowed
        ]
        if offers:
            name, person = data.draw(st.sampled_from(offers))
            before = len(self.taken)
            self.press(name, person)
            # What the form of a made-up answer says may be refused by its effect; by the table, no.
            done = len(self.taken) == before + 1
            assert done or self.kind not in RUNNING, (name, person)

    @rule()
    def let_the_term_end(self) -> None:
        yesterday = timezone.localdate() - timedelta(days=1)
        live = Grant.objects.filter(case_id=self.id).exclude(state="ended")
        if live.update(valid_from=yesterday, valid_until=yesterday):
            assert services.tick() == 1
            self.taken.append("expire")

    @rule()
    def let_the_clock_act(self) -> None:
        """Whatever it does stands in the case; nothing it does surprises the table."""
        before = len(self.taken)
        services.tick()
        names = CaseStep.objects.filter(case_id=self.id).values_list("name", flat=True)
        self.taken = list(names.order_by("id"))
        clocks = {row.name for row in self.procedure.steps if row.by.clock}
        assert set(self.taken[before:]) <= clocks

    @invariant()
    def the_case_agrees_with_what_was_done(self) -> None:
        if not hasattr(self, "id"):
            return
        case = Case.objects.get(pk=self.id)
        steps = list(CaseStep.objects.filter(case=case).order_by("id"))
        assert [s.name for s in steps] == self.taken
        assert case.revision == len(steps) - 1
        state = ""
        for step in steps:
            assert step.source == state
            row = self.procedure.step(step.name)
            assert row is None or (state in row.sources and step.target == row.target)
            state = step.target
        assert case.state == state
        entries = Entry.objects.filter(subject_kind="case", subject_id=case.id)
        assert sorted(e.id for e in entries) == sorted(s.entry_id for s in steps)

    @invariant()
    def access_is_as_the_state_says(self) -> None:
        if not hasattr(self, "id"):
            return
        if self.kind not in RUNNING:
            return
        state = Case.objects.get(pk=self.id).state
        states = list(Grant.objects.filter(case_id=self.id).values_list("state", flat=True))
        live = [one for one in states if one != "ended"]
        if state in RUNNING[self.kind]:
            assert live == ["active"]
        elif state in PAUSED[self.kind]:
            assert live == ["suspended"]
        else:
            assert live == []

    @invariant()
    def whoever_is_awaited_can_be_found(self) -> None:
        """A case that waits for somebody stands in an inbox; one that is over stands in none."""
        if not hasattr(self, "id"):
            return
        case = Case.objects.get(pk=self.id)
        inboxes = any(
            selectors.inbox(getattr(self.world, p)).filter(pk=self.id).exists() for p in PEOPLE
        )
        if case.state in self.procedure.finals:
            assert not inboxes
            assert case.due_at is None
        elif waiting := awaited(self.procedure, case.view()):
            # Whoever came without an account has no inbox; they follow their case by its code.
            assert inboxes or all(row.by.opened for row in waiting), case.state

    @invariant()
    def replaying_it_gives_the_same_due_date(self) -> None:
        if not hasattr(self, "id"):
            return
        case = Case.objects.get(pk=self.id)
        due = due_of(case, case.view())
        assert case.due_at == (due.day if due else None)

    @invariant()
    def the_ledger_alone_says_where_every_case_stands(self) -> None:
        assert differences()[1] == []


@pytest.fixture
def in_a_savepoint(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Each run begins with the same world and leaves nothing behind."""

    def begin(self: Pressing) -> None:
        RuleBasedStateMachine.__init__(self)
        self.block = transaction.atomic()  # type: ignore[attr-defined]
        self.block.__enter__()  # type: ignore[attr-defined]

    def end(self: Pressing) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)  # type: ignore[attr-defined]

    monkeypatch.setattr(Pressing, "__init__", begin)
    monkeypatch.setattr(Pressing, "teardown", end)
    return world


@pytest.mark.parametrize("kind", sorted(PROCEDURES))
def test_any_way_through_a_procedure_keeps_its_promises(
    in_a_savepoint: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pressing, "world", in_a_savepoint, raising=False)
    monkeypatch.setattr(Pressing, "kind", kind, raising=False)
    run_state_machine_as_test(
        Pressing,
        settings=settings(
            max_examples=12 if kind in RUNNING else 4,
            stateful_step_count=25 if kind in RUNNING else 12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
