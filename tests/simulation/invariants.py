"""What must hold after every step of a year, whoever does whatever."""

from __future__ import annotations

from datetime import date

from gongshu.cases.models import Case, CaseAwaited
from gongshu.cases.recording import due_of
from gongshu.cases.registrations import in_force
from gongshu.cases.selectors import facts_of
from gongshu.cases.visitors import person_of
from gongshu.catalog.models import Dataset
from gongshu.cli.demo.year.city import City
from gongshu.cli.demo.year.errands import ERRANDS
from gongshu.cli.demo.year.openings import ADMINISTRATOR
from gongshu.grants.models import Grant
from gongshu.ledger.models import Entry
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.rules.procedure import Refused, Step, awaited, step
from gongshu.rules.procedures import PROCEDURES
from gongshu.rules.registrations import years_later

GRANTED = {
    "sharing_request": {
        "active": "active",
        "consulting": "active",
        "end_agreed": "active",
        "suspended": "suspended",
    },
    "authorised_operation": {"operating": "active", "rectifying": "suspended"},
    "administrator_grant": {"active": "active"},
}


def after_step(case_id: str) -> None:
    """Of the case that somebody has just moved."""
    case = Case.objects.prefetch_related("party_rows", "steps", "awaited").get(pk=case_id)
    procedure, view = PROCEDURES[case.kind], case.view()
    _follows_from_its_table(case)
    assert {row.by.label.en for row in awaited(procedure, view)} or not case.awaited.exists()
    due = due_of(case, view)
    assert case.due_at == (due.day if due else None), case.id
    if case.state in procedure.finals:
        assert case.exclusive is None, case.id
        assert not case.awaited.exists(), case.id
    _has_its_grant(case)
    last = case.steps.order_by("-id")[0]
    entry = Entry.objects.get(pk=last.entry_id)
    assert (entry.facts["from"], entry.facts["to"]) == (last.source, last.target)
    assert entry.facts["due"] == (case.due_at.isoformat() if case.due_at else "")
    row = procedure.step(last.name)
    assert row is None or not row.reason or last.note, f"{case.id}: no reason was given"


def _follows_from_its_table(case: Case) -> None:
    procedure = PROCEDURES[case.kind]
    state = ""
    for taken in case.steps.order_by("id"):
        assert taken.source == state, f"{case.id}: {taken.name} begins elsewhere"
        state = taken.target
        row = procedure.step(taken.name)
        if row is None:
            assert taken.target == procedure.initial
        else:
            assert taken.source in row.sources
            assert taken.target == row.target
            assert taken.article == (row.article or "")
    assert case.state == state, case.id


def _has_its_grant(case: Case) -> None:
    """The case's state and its grant's say the same, but for what an incident has stopped."""
    if case.kind not in GRANTED:
        return
    live = Grant.objects.filter(case_id=case.id).exclude(state="ended")
    expected = GRANTED[case.kind].get(case.state)
    if expected is None:
        assert not live.exists(), f"{case.id} is {case.state} and has a grant that has not ended"
    else:
        assert len(live) == 1, f"{case.id} is {case.state} without its grant"
        assert live[0].state in (expected, "suspended")


def each_week(day: date) -> None:
    """Of all that there is, on one day."""
    for grant in Grant.objects.filter(kind="operation"):
        assert grant.valid_until < years_later(grant.valid_from, 5)
        assert grant.grantor != grant.grantee
    _nobody_manages_and_operates()
    for dataset in Dataset.objects.filter(state="published"):
        assert dataset.grade
        assert dataset.classification
        assert dataset.sharing != "none" or dataset.sharing_basis
        assert not (dataset.is_open_data and dataset.unit_column)
    _nothing_runs_past_its_term(day)
    finals = [state for p in PROCEDURES.values() for state in p.finals]
    ended = CaseAwaited.objects.filter(case__state__in=finals)
    assert not [row for row in ended if row.case.state in PROCEDURES[row.case.kind].finals]


def _nobody_manages_and_operates() -> None:
    """R27: not both in one scope."""
    grants = Grant.objects.filter(kind="operation").exclude(state="ended")
    for one in grants:
        for other in grants:
            shared = set(one.terms["datasets"]) & set(other.terms["datasets"])
            assert not (shared and one.grantor == other.grantee)


def _nothing_runs_past_its_term(day: date) -> None:
    """The night after its last day, the clock has ended every grant and registration."""
    over = Grant.objects.filter(valid_until__lt=day).exclude(state="ended")
    assert not [grant.id for grant in over]
    for case in Case.objects.filter(kind="registration_record", state="in_force"):
        registration = case.registration
        assert registration.valid_until <= years_later(registration.valid_from, 3)
        assert in_force(registration, day)


def nothing_is_stuck(city: City) -> None:
    """From wherever a case that is under way stands, somebody can do something, or the clock."""
    everybody = [*city.people, ADMINISTRATOR, ANONYMOUS]
    for case in Case.objects.prefetch_related("party_rows", "steps"):
        procedure = PROCEDURES[case.kind]
        if case.state in procedure.finals:
            continue
        people = [*everybody, Agent(person=person_of(case.id))]
        rows = procedure.from_state(case.state)
        possible = any(row.by.clock or _can_be_taken(case, row, people) for row in rows)
        assert possible, f"{case.id} is stuck in {case.kind}.{case.state}"


def _can_be_taken(case: Case, row: Step, people: list[Agent]) -> bool:
    facts, view = facts_of(case, [row]), case.view()
    outcomes = [step(PROCEDURES[case.kind], view, row.name, by, facts, note="…") for by in people]
    # What waits for an act elsewhere, such as a new version, is not stuck.
    return any(not isinstance(one, Refused) or one.code in ERRANDS for one in outcomes)
