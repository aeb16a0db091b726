"""What a step leaves behind, in its transaction: its row, its entry, whose turn it is, notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gongshu.accounts.selectors import organisations
from gongshu.cases import clock, selectors
from gongshu.cases.models import Case, CaseAwaited, CaseStep
from gongshu.jobs import services as jobs
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.log.canonical_json import canonical
from gongshu.rules.agents import Agent, Rank
from gongshu.rules.calendar import Due
from gongshu.rules.procedure import Step, View, awaited
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence


def record(
    case: Case,
    taken: CaseStep,
    *,
    event: str,
    by: Agent,
    at: datetime,
    facts: Mapping[str, Any],
) -> None:
    """The step's row, what follows from it, and its entry; what was filled in is the acting
    organisation's own to open."""
    taken.at, taken.person, taken.organisation = at, by.person, by.organisation
    taken.on_behalf_of = by.on_behalf_of
    view = case.view()
    view = replace(view, taken=(*view.taken, taken.taken(case.kind)))
    due = due_of(case, view)
    case.due_at, case.due_provisional = (due.day, due.provisional) if due else (None, False)
    public: dict[str, Any] = {
        "case": case.id,
        "procedure": case.kind,
        "from": taken.source,
        "to": taken.target,
        "article": taken.article,
        "due": case.due_at.isoformat() if case.due_at else "",
    }
    if case.subject_kind == "dataset":
        public["dataset"] = case.subject_id
    private = {"form": canonical(taken.form)} if taken.form else {}
    if taken.note:
        private["note"] = taken.note
    if by.on_behalf_of:
        public["delegation"] = by.delegation
        private["on_behalf_of"] = by.on_behalf_of
    entry = ledger.append(
        event=event,
        subject=Subject("case", case.id, case.applicant),
        by=by,
        public=public | dict(facts),
        private=private,
        holder=by.organisation,
        at=at,
    )
    taken.entry_id = entry.id
    taken.save(force_insert=True)
    _store_what_follows(case, view)


def beside(case: Case) -> dict[str, Any]:
    """What an entry says of an act that leaves the case where it is, and its clock as it was."""
    return {
        "case": case.id,
        "procedure": case.kind,
        "from": case.state,
        "to": case.state,
        "due": case.due_at.isoformat() if case.due_at else "",
    }


def _store_what_follows(case: Case, view: View) -> None:
    """By when, and whose turn it is: kept for lists, worked out from the case alone."""
    procedure = PROCEDURES[case.kind]
    if case.state in procedure.finals:
        case.exclusive = None
    Case.objects.filter(pk=case.pk).update(
        due_at=case.due_at, due_provisional=case.due_provisional, exclusive=case.exclusive
    )
    case.awaited.all().delete()
    parties = case.parties
    roles = {row.by for row in awaited(procedure, view)}
    CaseAwaited.objects.bulk_create(
        CaseAwaited(
            case=case,
            organisation=case.applicant if role.opened else parties.get(role.party, ""),
            office="" if role.party else role.kind,
            rank=role.rank,
            administrator=role.administrator,
        )
        for role in sorted(roles, key=lambda role: role.name)
        if not role.party or role.party in parties
    )


def due_of(case: Case, view: View) -> Due | None:
    procedure = PROCEDURES[case.kind]
    rows = [row for row in procedure.from_state(view.state) if row.within]
    return clock.due(procedure, view, selectors.facts_of(case, rows))


def notify_those_concerned(case: Case, row: Step | None, by: Agent) -> None:
    """Tell those the row names, and those whose turn it is now."""
    procedure = PROCEDURES[case.kind]
    act = row.label if row else Sentence(en="Opened", zh="已提交")
    state = procedure.states[case.state]
    text = Sentence(
        en=f"{procedure.title.en} {case.id}: {act.en}. Now: {state.en}.",
        zh=f"{procedure.title.zh} {case.id}：{act.zh}。当前状态：{state.zh}。",
    )
    parties = case.parties
    told: set[str] = set()
    for wanted in row.notify if row else ():
        if wanted.startswith("kind:"):
            told |= {o.code for o in organisations(wanted.removeprefix("kind:"))}
        elif wanted in parties:
            told.add(parties[wanted])
    told |= {waiting.organisation for waiting in case.awaited.all()}
    for code in sorted(told - {"", by.organisation}):
        jobs.notify(to=code, text=text, link=f"/case/{case.id}")


def tell_who_lent(case: Case, row: Step, by: Agent) -> None:
    """Whoever lent their rank learns what was done with it."""
    title = PROCEDURES[case.kind].title
    text = Sentence(
        en=f"{title.en} {case.id}: {row.label.en}, by {by.person} for {by.on_behalf_of}.",
        zh=f"{title.zh} {case.id}：{row.label.zh}（{by.person} 代 {by.on_behalf_of} 办理）。",
    )
    jobs.notify(to=by.organisation, rank=Rank.HEAD, text=text, link=f"/case/{case.id}")
