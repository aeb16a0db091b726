"""Open a case, take a step of it: the only writers of cases.

Always in this order, in one transaction: decide (pure), compare-and-swap on the case, effect,
ledger entry, notices. Whoever comes second to the same step is told so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gongshu.cases import clock, delegations, files, registry, selectors, visitors
from gongshu.cases.forms import checked
from gongshu.cases.idempotency import Sent
from gongshu.cases.models import Case, CaseNumber, CaseParty, CaseStep
from gongshu.cases.recording import beside, due_of, notify_those_concerned, record, tell_who_lent
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.crash import crash_point
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import SYSTEM, Agent
from gongshu.rules.lending import step
from gongshu.rules.problems import BadInput, Conflict, Forbidden, RuleRefused
from gongshu.rules.procedure import (
    OPENED,
    Procedure,
    Refused,
    Step,
    Transition,
    opening,
)
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Problem, Sentence

log = logging.getLogger(__name__)


def open_case(
    *,
    kind: str,
    payload: Mapping[str, Any],
    by: Agent,
    idempotency_key: str = "",
    at: datetime | None = None,
) -> Case:
    """A new case in its first state, with its parties; the same key again gives the same case."""
    _require_scope(by)
    procedure = selectors.procedure(kind)
    sent = Sent(by, idempotency_key, {"kind": kind, "payload": payload})
    with moment.told(at) as when:
        return sent.once(visitors.opened(by), lambda: _open(procedure, payload, sent, when))


def do(
    *,
    case_id: str,
    step: str,
    by: Agent,
    form: Mapping[str, Any] | None = None,
    note: str = "",
    idempotency_key: str = "",
    expected_state: str | None = None,
    acting_for: str = "",
    at: datetime | None = None,
) -> CaseStep:
    """Take one step of a case and record it, or do neither; the same key again takes it once.

    `acting_for`: whose rank it is taken with, where they have lent it (`cases.delegations`).
    """
    _require_scope(by)
    contents = {"step": step, "form": form, "note": note}
    sent = Sent(by, idempotency_key, contents | ({"for": acting_for} if acting_for else {}))
    with moment.told(at) as when:
        asked = _Asked(case_id, step, form, note, expected_state, acting_for, when)
        before = CaseStep.objects.filter(case_id=case_id, person=by.person)
        return sent.once(before, lambda: _take(asked, sent))


@dataclass(frozen=True)
class _Asked:
    """The step that somebody wants to take."""

    case_id: str
    step: str
    form: Mapping[str, Any] | None
    note: str
    expected_state: str | None
    acting_for: str
    at: datetime


@transaction.atomic
def _open(procedure: Procedure, payload: Mapping[str, Any], sent: Sent, at: datetime) -> Case:
    by = sent.by
    visitors.require_room(by, at)
    filled = checked(procedure.payload, payload)
    clean = filled.model_dump(mode="json")
    uploads = files.named_in(filled, by)
    parties = _parties(procedure, clean, by)
    subject_kind, subject_field = procedure.subject
    case = Case(
        kind=procedure.kind,
        subject_kind=subject_kind,
        subject_id=str(clean.get(subject_field, ""))[:200],
        applicant=by.organisation,
        state=procedure.initial,
        payload=clean,
        opened_by=by.person,
        created=at,
        modified=at,
        **sent.columns,
    )
    facts = registry.facts_for(case, [guard.fact for guard in procedure.opening_guards])
    refused = opening(procedure, parties, by, facts)
    if refused:
        raise _refusal(refused)
    case.exclusive = _exclusive(case)
    case.id = _next_id(timezone.localdate(at).year)
    if by.anonymous:
        case.opened_by = visitors.person_of(case.id)
    case.save(force_insert=True)
    CaseParty.objects.bulk_create(
        CaseParty(case=case, name=name, organisation=code, opened=at)
        for name, code in parties.items()
    )
    taken = CaseStep(case=case, name=OPENED, target=case.state, form=clean)
    record(case, taken, event="case.opened", by=by, at=at, facts={})
    files.bind(case, taken, uploads, by, at)
    notify_those_concerned(case, None, by)
    return case


@transaction.atomic
def _take(asked: _Asked, sent: Sent) -> CaseStep:
    by, at = sent.by, asked.at
    visitors.require_room(by, at)
    case = selectors.reached(asked.case_id, asked.step, by)
    if asked.acting_for:
        by = delegations.lent(by, asked.acting_for, case.kind, at)
    if asked.expected_state is not None and case.state != asked.expected_state:
        raise somebody_was_quicker()
    moved = _decided(case, asked.step, by, asked.note)
    filled = checked(moved.step.form, asked.form) if moved.step.form else None
    dumped = filled.model_dump(mode="json") if filled else None
    _check_form(case, moved.step, dumped or {}, at)
    uploads = files.named_in(filled, by, case)
    crash_point("case.before_move")
    _swap(case, moved, dumped, at)
    context = registry.EffectContext(case, moved.step, by, filled, asked.note, at)
    found = registry.EFFECTS[moved.step.effect](context) if moved.step.effect else None
    crash_point("case.after_effect")
    taken = CaseStep(
        case=case,
        name=moved.step.name,
        source=moved.source,
        target=moved.target,
        note=asked.note,
        article=moved.step.article or "",
        form=dumped,
        **sent.columns,
    )
    record(case, taken, event=moved.step.event, by=by, at=at, facts=found or {})
    files.bind(case, taken, uploads, by, at)
    notify_those_concerned(case, moved.step, by)
    if by.on_behalf_of:
        tell_who_lent(case, moved.step, by)
    return taken


def tick(at: datetime | None = None) -> int:
    """Take every clock step whose time has come; returns how many. Run by the worker."""
    with moment.told(at) as when:
        return sum(_let_fall(case, row, when) for case, row in _waiting_for_the_clock())


def _waiting_for_the_clock() -> Iterator[tuple[Case, Step]]:
    for procedure in PROCEDURES.values():
        for row in procedure.steps:
            if row.by.clock:
                waiting = Case.objects.filter(kind=procedure.kind, state__in=row.sources)
                for guard in row.guards:
                    narrow = registry.CANDIDATES.get(guard.fact)
                    waiting = narrow(waiting) if narrow else waiting
                for case in list(waiting.order_by("id")):
                    yield case, row


def _let_fall(case: Case, row: Step, at: datetime) -> bool:
    """One case of the tick. What goes wrong with it must not keep the others waiting."""
    view = case.view()
    falls = clock.falls(PROCEDURES[case.kind], view, row)
    # Past the calendar's end nothing happens by itself: the day is not known.
    if falls and (falls.provisional or timezone.localdate(at) <= falls.day):
        return False
    procedure = PROCEDURES[case.kind]
    try:
        facts = selectors.facts_of(case, [row])
        if isinstance(step(procedure, view, row.name, SYSTEM, facts), Refused):
            return False
        do(case_id=case.id, step=row.name, by=SYSTEM, at=at)
    except Problem as problem:
        log.warning("the clock could not take %s of %s: %s", row.name, case.id, problem.code)
        return False
    return True


def refresh_due_dates() -> int:
    """Work out anew the due dates that were provisional, on a newer calendar; returns how many."""
    changed = 0
    for case in Case.objects.filter(due_provisional=True):
        before = (case.due_at, case.due_provisional)
        with transaction.atomic():
            found = due_of(case, case.view())
            # Not a moved case's: its own step has just worked it out.
            rows = Case.objects.filter(pk=case.pk, revision=case.revision)
            after = (found.day if found else None, bool(found and found.provisional))
            if rows.update(due_at=after[0], due_provisional=after[1]) and after != before:
                case.due_at, case.due_provisional = after
                ledger.append(
                    event="case.due_date_refreshed",
                    subject=Subject("case", case.id, case.applicant),
                    by=SYSTEM,
                    public=beside(case),
                )
        changed += after != before
    return changed


def set_party(*, case: Case, name: str, organisation: str) -> None:
    """Called by an effect: somebody has become a party of the case."""
    CaseParty.objects.update_or_create(
        case=case, name=name, defaults={"organisation": organisation, "opened": case.created}
    )
    # What was prefetched before no longer holds.
    case._prefetched_objects_cache = {}  # type: ignore[attr-defined]


def fill_in(*, case: Case, **values: Any) -> None:
    """Called by an effect: what the platform itself writes of the payload."""
    procedure = PROCEDURES[case.kind]
    whole = checked(procedure.payload, {**case.payload, **values})
    case.payload = whole.model_dump(mode="json")
    Case.objects.filter(pk=case.pk).update(payload=case.payload)


def _decided(case: Case, name: str, by: Agent, note: str) -> Transition:
    procedure = PROCEDURES[case.kind]
    row = procedure.step(name)
    facts = selectors.facts_of(case, [row]) if row and case.state in row.sources else {}
    outcome = step(procedure, case.view(), name, by, facts, note=note)
    if isinstance(outcome, Refused):
        raise _refusal(outcome)
    return outcome


def _refusal(refused: Refused) -> Problem:
    if refused.code in ("not_yours", "same_person", "not_lent"):
        return Forbidden(refused.code, refused.sentence)
    if refused.code == "not_now":  # it was possible once, or will be
        return Conflict(refused.code, refused.sentence)
    if refused.code == "reason_owed":
        return BadInput(refused.code, refused.sentence, field="note")
    return RuleRefused(refused.code, refused.sentence)


def _check_form(case: Case, row: Step, form: Mapping[str, Any], at: datetime) -> None:
    """What the form's own model cannot know: today, and which case it belongs to."""
    if row.dated_by and form[row.dated_by] > timezone.localdate(at).isoformat():
        raise BadInput(
            "in_the_future",
            Sentence(en="This day lies in the future.", zh="该日期尚未到来。"),
            field=row.dated_by,
        )
    procedure = PROCEDURES[case.kind]
    field = procedure.subject[1]
    derived = any(source != "opener" for source in procedure.parties.values())
    if row.stores and derived and form.get(field) != case.payload.get(field):
        raise BadInput(
            "other_subject",
            Sentence(
                en="A case stays about what it was opened for; open another one.",
                zh="办件事项不得变更，请另行提交办件。",
            ),
            field=field,
        )


def _swap(case: Case, moved: Transition, form: dict[str, Any] | None, at: datetime) -> None:
    """Compare-and-swap: a concurrent step must lose loudly, whatever the isolation level."""
    if moved.step.stores and form is not None:
        case.payload = form
        case.subject_id = str(form.get(PROCEDURES[case.kind].subject[1], case.subject_id))[:200]
    rows = Case.objects.filter(pk=case.pk, state=moved.source, revision=case.revision)
    changed = rows.update(
        state=moved.target,
        revision=F("revision") + 1,
        payload=case.payload,
        subject_id=case.subject_id,
        modified=at,
    )
    if not changed:
        raise somebody_was_quicker()
    case.state, case.revision, case.modified = moved.target, case.revision + 1, at


def _exclusive(case: Case) -> str | None:
    """The key of which there may be one; refused where there is one already."""
    if not PROCEDURES[case.kind].one_per_subject:
        return None
    key = f"{case.kind} {case.subject_id}"
    other = Case.objects.filter(exclusive=key).first()
    if other is not None:
        raise Conflict(
            "under_way",
            Sentence(
                en=f"Case {other.id} about this is under way already.",
                zh=f"该事项已有办件 {other.id} 正在办理。",
            ),
            suggestion=Sentence(en="Go on with that one.", zh="请在该办件中继续办理。"),
        )
    return key


def _parties(procedure: Procedure, payload: Mapping[str, Any], by: Agent) -> dict[str, str]:
    known = {**payload, "opener": by.organisation}
    found = {
        name: by.organisation if source == "opener" else registry.PARTIES[source](known)
        for name, source in procedure.parties.items()
    }
    return {name: code for name, code in found.items() if code}


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


def somebody_was_quicker() -> Conflict:
    return Conflict(
        "moved_on",
        Sentence(
            en="Somebody else has just moved this case on; look at it again.",
            zh="该办件刚刚已由他人办理，请刷新后再看。",
        ),
    )
