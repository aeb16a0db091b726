"""Open a case, take a step of it: the only writers of cases.

Always in this order, in one transaction: decide (pure), compare-and-swap on the case, effect,
ledger entry, notices. Whoever comes second to the same step is told so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gongshu.accounts.selectors import organisations
from gongshu.cases import clock, registry, selectors
from gongshu.cases.forms import checked
from gongshu.cases.models import Case, CaseNumber, CaseParty, CaseStep
from gongshu.jobs import services as jobs
from gongshu.ledger import services as ledger
from gongshu.ledger.crash import crash_point
from gongshu.ledger.subjects import Subject
from gongshu.log.canonical_json import canonical
from gongshu.rules.agents import SYSTEM, Agent
from gongshu.rules.problems import Conflict, Forbidden, RuleRefused
from gongshu.rules.procedure import Procedure, Refused, Step, Transition, step
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

FORBIDDEN = {"not_yours", "same_person"}


@transaction.atomic
def open_case(
    *,
    kind: str,
    payload: Mapping[str, Any],
    by: Agent,
    idempotency_key: str = "",
    at: datetime | None = None,
) -> Case:
    """A new case in its first state, with its parties; the same key again gives the same case."""
    at = at or timezone.now()
    _require_scope(by)
    procedure = selectors.procedure(kind)
    if idempotency_key:
        known = Case.objects.filter(opened_by=by.person, idempotency_key=idempotency_key).first()
        if known:
            return known
    form = checked(procedure.payload, payload)
    clean = form.model_dump(mode="json")
    parties = _parties(procedure, clean, by)
    if not procedure.opener.held_by(by, parties):
        raise Forbidden(
            "not_yours",
            Sentence(
                en=f"This procedure is opened by {procedure.opener.label.en}.",
                zh=f"此程序应由{procedure.opener.label.zh}发起。",
            ),
        )
    subject_kind, subject_field = procedure.subject
    case = Case(
        id=_next_id(timezone.localdate(at).year),
        kind=kind,
        subject_kind=subject_kind,
        subject_id=str(clean.get(subject_field, ""))[:200],
        applicant=by.organisation,
        state=procedure.initial,
        payload=clean,
        opened_by=by.person,
        idempotency_key=idempotency_key,
        created=at,
        modified=at,
    )
    case.save(force_insert=True)
    CaseParty.objects.bulk_create(
        CaseParty(case=case, name=name, organisation=code) for name, code in parties.items()
    )
    _set_due(case, procedure, at)
    taken = CaseStep(name="open", source="", target=case.state, note="")
    _record(case, taken, event="case.opened", by=by, at=at, form=clean, facts={})
    return case


@transaction.atomic
def do(
    *,
    case_id: str,
    step: str,
    by: Agent,
    form: Mapping[str, Any] | None = None,
    note: str = "",
    idempotency_key: str = "",
    expected_state: str | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Take one step of a case and record it, or do neither."""
    at = at or timezone.now()
    _require_scope(by)
    case = selectors.get(case_id, by)
    if idempotency_key:
        known = case.steps.filter(person=by.person, idempotency_key=idempotency_key).first()
        if known:
            return known
    if expected_state is not None and case.state != expected_state:
        raise _somebody_was_quicker()
    moved = _decided(case, step, by, note)
    filled = checked(moved.step.form, form) if moved.step.form else None
    crash_point("case.before_move")
    _swap(case, moved, at)
    context = registry.EffectContext(case, moved.step, by, filled, note, at)
    found = registry.EFFECTS[moved.step.effect](context) if moved.step.effect else None
    crash_point("case.after_effect")
    taken = CaseStep(
        name=moved.step.name,
        source=moved.source,
        target=moved.target,
        note=note,
        article=moved.step.article or "",
        idempotency_key=idempotency_key,
    )
    dumped = filled.model_dump(mode="json") if filled else None
    _record(case, taken, event=moved.step.event, by=by, at=at, form=dumped, facts=found or {})
    _notify(case, moved.step)
    return taken


def tick(at: datetime | None = None) -> int:
    """Take every clock step whose time has come; returns how many. Run by the worker."""
    taken = 0
    for procedure in PROCEDURES.values():
        for row in procedure.steps:
            if not row.by.clock:
                continue
            for case in Case.objects.filter(kind=procedure.kind, state__in=row.sources):
                facts = selectors.facts_of(case, [row])
                outcome = _step(procedure, case, row.name, SYSTEM, facts, "")
                if isinstance(outcome, Transition):
                    do(case_id=case.id, step=row.name, by=SYSTEM, at=at)
                    taken += 1
    return taken


def set_party(*, case: Case, name: str, organisation: str) -> None:
    """Called by an effect: somebody has become a party of the case."""
    CaseParty.objects.update_or_create(
        case=case, name=name, defaults={"organisation": organisation}
    )
    # What was prefetched before no longer holds.
    case._prefetched_objects_cache = {}  # type: ignore[attr-defined]


def _step(
    procedure: Procedure, case: Case, name: str, by: Agent, facts: Mapping[str, Any], note: str
) -> Transition | Refused:
    return step(procedure, case.view(), name, by, facts, note=note)


def _decided(case: Case, name: str, by: Agent, note: str) -> Transition:
    procedure = PROCEDURES[case.kind]
    row = procedure.step(name)
    facts = selectors.facts_of(case, [row]) if row and case.state in row.sources else {}
    outcome = _step(procedure, case, name, by, facts, note)
    if isinstance(outcome, Transition):
        return outcome
    kind = (
        Forbidden
        if outcome.code in FORBIDDEN
        else Conflict
        if outcome.code == "not_now"
        else RuleRefused
    )
    raise kind(outcome.code, outcome.sentence)


def _swap(case: Case, moved: Transition, at: datetime) -> None:
    """Compare-and-swap: a concurrent step must lose loudly, whatever the isolation level."""
    rows = Case.objects.filter(pk=case.pk, state=moved.source, revision=case.revision)
    if not rows.update(state=moved.target, revision=F("revision") + 1, modified=at):
        raise _somebody_was_quicker()
    case.state, case.revision, case.modified = moved.target, case.revision + 1, at
    if moved.step.extends:
        due = clock.extended(case.due_at, moved.step.extends, at)
        _store_due(case, due.day, due.provisional)


def _record(
    case: Case,
    taken: CaseStep,
    *,
    event: str,
    by: Agent,
    at: datetime,
    form: Mapping[str, Any] | None,
    facts: Mapping[str, Any],
) -> None:
    """The step's row and its entry; what was filled in is private to the acting organisation."""
    procedure = PROCEDURES[case.kind]
    row = procedure.step(taken.name)
    if taken.name != "open" and not (row and row.extends):
        _set_due(case, procedure, at)
    public: dict[str, Any] = {
        "case": case.id,
        "procedure": case.kind,
        "from": taken.source,
        "to": taken.target,
        "article": taken.article,
        "due": case.due_at.isoformat() if case.due_at else "",
    }
    private = {"form": canonical(dict(form))} if form else {}
    if taken.note:
        private["note"] = taken.note
    entry = ledger.append(
        event=event,
        subject=Subject("case", case.id, case.applicant),
        by=by,
        public=public | dict(facts),
        private=private,
        holder=by.organisation,
        at=at,
    )
    taken.case, taken.at, taken.entry_id = case, at, entry.id
    taken.person, taken.organisation = by.person, by.organisation
    taken.form = dict(form) if form else None
    taken.save(force_insert=True)


def _set_due(case: Case, procedure: Procedure, at: datetime) -> None:
    facts = selectors.facts_of(case, [r for r in procedure.from_state(case.state) if r.within])
    due = clock.due(procedure, case.state, facts, at)
    _store_due(case, due.day if due else None, bool(due and due.provisional))


def _store_due(case: Case, day: Any, provisional: bool) -> None:
    case.due_at, case.due_provisional = day, provisional
    Case.objects.filter(pk=case.pk).update(due_at=day, due_provisional=provisional)


def _parties(procedure: Procedure, payload: Mapping[str, Any], by: Agent) -> dict[str, str]:
    found = {
        name: by.organisation if source == "opener" else registry.PARTIES[source](payload)
        for name, source in procedure.parties.items()
    }
    return {name: code for name, code in found.items() if code}


def _notify(case: Case, row: Step) -> None:
    procedure = PROCEDURES[case.kind]
    state = procedure.states[case.state]
    text = Sentence(
        en=f"{procedure.title.en} {case.id}: {row.label.en}. Now: {state.en}.",
        zh=f"{procedure.title.zh} {case.id}：{row.label.zh}。当前状态：{state.zh}。",
    )
    parties = case.parties
    for wanted in row.notify:
        office = wanted.removeprefix("kind:")
        codes = (
            [o.code for o in organisations(office)]
            if wanted.startswith("kind:")
            else [parties[wanted]]
            if wanted in parties
            else []
        )
        for code in codes:
            jobs.notify(to=code, text=text, link=f"/case/{case.id}")


def _next_id(year: int) -> str:
    """C-2026-000001, counted per year under the row's lock."""
    CaseNumber.objects.get_or_create(year=year)
    CaseNumber.objects.filter(year=year).update(last=F("last") + 1)
    return f"C-{year}-{CaseNumber.objects.get(year=year).last:06d}"


def _require_scope(by: Agent) -> None:
    if not by.may_use("case"):
        raise Forbidden(
            "token_scope",
            Sentence(
                en="This token does not cover working on cases.",
                zh="该令牌的权限范围不包括办理事项。",
            ),
        )


def _somebody_was_quicker() -> Conflict:
    return Conflict(
        "moved_on",
        Sentence(
            en="Somebody else has just moved this case on; look at it again.",
            zh="该办件刚刚已由他人办理，请刷新后再看。",
        ),
    )
