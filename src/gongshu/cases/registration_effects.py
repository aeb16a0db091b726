"""What registration cases and records ask of the cases themselves: the code, and the record.

Each effect that makes a new version of a record returns all that its certificate says, so that the
step's entry in the ledger proves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from gongshu.cases import registrations, services
from gongshu.cases.models import Case, Registration
from gongshu.cases.registry import EffectContext, candidates, effect, facts, facts_for, party
from gongshu.jobs import services as jobs
from gongshu.ledger import moment
from gongshu.rules.agents import SYSTEM
from gongshu.rules.problems import BadInput
from gongshu.rules.registration_forms import Correction, RecordedChange, Renewal
from gongshu.rules.registrations import (
    MEASURE_IN_FORCE,
    RENEWAL_DAYS,
    latest_renewal,
    may_renew,
    validity,
)
from gongshu.wording import Sentence


@party("registrant_of_record")
def registrant_of_record(payload: Mapping[str, Any]) -> str:
    return str(payload["registrant"])


@facts("registration_owed")
def registration_owed(case: Case) -> str:
    """Article 9: owed only for what is put into authorised operation."""
    started = case.payload.get("delivered_on")
    if not (case.payload["in_operation"] and started and case.payload["type"] == "first"):
        return ""
    return "legacy" if date.fromisoformat(started) < MEASURE_IN_FORCE else "yes"


@facts("change_possible")
def change_possible(case: Case) -> bool:
    """A first registration changes nothing; a change needs its own registration in force."""
    if case.payload["type"] == "first":
        return True
    found = Registration.objects.select_related("record").filter(code=case.payload["code"]).first()
    return (
        found is not None
        and found.registrant == case.applicant
        and found.record.state in ("in_force", "renewable")
    )


@facts("change_impossible")
def change_impossible(case: Case) -> bool:
    """For good: the registration to be changed has ended, or is nobody's here."""
    if case.payload["type"] == "first":
        return False
    found = Registration.objects.select_related("record").filter(code=case.payload["code"]).first()
    return found is None or found.record.state in ("cancelled", "revoked")


@facts("change_coded")
def change_coded(case: Case) -> bool:
    """More changes were coded than the record shows."""
    coded = Case.objects.filter(
        kind=registrations.CASE,
        state="coded",
        payload__type="change",
        payload__code=case.payload["code"],
    )
    return coded.count() > case.steps.filter(name="record_change").count()


@candidates("change_coded")
def changed_somewhere(rows: QuerySet[Case]) -> QuerySet[Case]:
    changes = Case.objects.filter(
        kind=registrations.CASE, state="coded", payload__type="change"
    ).values_list(KT("payload__code"))
    return rows.filter(subject_id__in=changes)


@candidates("renewal_window_open")
def ending_soon(rows: QuerySet[Case]) -> QuerySet[Case]:
    last = moment.today() + timedelta(days=RENEWAL_DAYS)
    return rows.filter(registration__valid_until__lte=last)


@facts("renewal_window_open")
def renewal_window_open(case: Case) -> bool:
    return may_renew(_of(case).valid_until, moment.today())


@effect("publicise")
def publicise(ctx: EffectContext) -> Mapping[str, Any]:
    """Article 12: the four fields are public from here on."""
    payload = ctx.case.payload
    return {
        "registrant": ctx.case.applicant,
        "type": payload["type"],
        "name": payload["name"],
        "summary": payload["summary"],
    }


@effect("tell_objector")
def tell_objector(ctx: EffectContext) -> Mapping[str, Any]:
    """Whoever objected, or asked for a correction, is told what came of it."""
    asked = ctx.case.steps.filter(name__in=("object", "ask_correction")).order_by("-id").first()
    if asked is not None and asked.organisation:
        label = ctx.step.label
        text = Sentence(
            en=f"Registration {ctx.case.id}, what you brought forward: {label.en}.",
            zh=f"登记办件 {ctx.case.id}，您提出的事项：{label.zh}。",
        )
        jobs.notify(to=asked.organisation, text=text, link="/registrations")
    return {}


@effect("assign_code")
def assign_code(ctx: EffectContext) -> Mapping[str, Any]:
    """Articles 13 and 15. A change keeps its code and its term; it makes a new version."""
    payload = ctx.case.payload
    if payload["type"] == "change":
        found = registrations.get(payload["code"])
        form = {"case": ctx.case.id}
        services.do(case_id=found.record_id, step="record_change", by=SYSTEM, form=form, at=ctx.at)
        return registrations.facts_of(registrations.get(found.code), "change")
    coded = timezone.localdate(ctx.at)
    agreed = facts_for(ctx.case, ["agreed_term"])["agreed_term"]
    code = registrations.new_code()
    record = services.open_case(
        kind=registrations.RECORD,
        payload={
            "code": code,
            "case": ctx.case.id,
            "registrant": ctx.case.applicant,
            "dataset": payload["dataset"],
        },
        by=SYSTEM,
        at=ctx.at,
    )
    made = Registration.objects.create(
        code=code,
        record=record,
        registrant=ctx.case.applicant,
        dataset=payload["dataset"],
        what=payload["what"],
        name=payload["name"],
        summary=payload["summary"],
        valid_from=coded,
        valid_until=validity(coded, agreed=agreed),
    )
    return registrations.facts_of(made, "first")


@effect("record_change")
def record_change(ctx: EffectContext) -> Mapping[str, Any]:
    """What the coded case of the change says takes the place of what was there."""
    assert isinstance(ctx.form, RecordedChange)
    payload = Case.objects.get(pk=ctx.form.case, kind=registrations.CASE, state="coded").payload
    return _new_version(ctx, "change", name=payload["name"], summary=payload["summary"])


@effect("correct_registration")
def correct_registration(ctx: EffectContext) -> Mapping[str, Any]:
    assert isinstance(ctx.form, Correction)
    found = _new_version(ctx, "correction", name=ctx.form.name, summary=ctx.form.summary)
    if ctx.step.name == "correct":
        tell_objector(ctx)
    return found


@effect("renew_registration")
def renew_registration(ctx: EffectContext) -> Mapping[str, Any]:
    """Article 15: at most three years, counted from the day after the end."""
    assert isinstance(ctx.form, Renewal)
    before = _of(ctx.case).valid_until
    last = latest_renewal(before)
    if not before < ctx.form.until <= last:
        raise BadInput(
            "renewal_term",
            Sentence(
                en=f"A renewal lies after {before} and reaches to {last} at most (three years).",
                zh=f"续展期限应晚于 {before}，且最长至 {last}（三年）。",
            ),
            field="until",
        )
    return _new_version(ctx, "renewal", valid_until=ctx.form.until)


@effect("cancel_registration")
@effect("revoke_registration")
def end_registration(ctx: EffectContext) -> Mapping[str, Any]:
    """The state of the record says it all; the code stays and can be looked up."""
    form = ctx.form.model_dump(mode="json") if ctx.form else {}
    return {"code": ctx.case.payload["code"], "ground": form.get("ground", "")}


def _new_version(ctx: EffectContext, type_: str, **changes: Any) -> dict[str, Any]:
    found = _of(ctx.case)
    for name, value in changes.items():
        setattr(found, name, value)
    found.version += 1
    found.save()
    return registrations.facts_of(found, type_)


def _of(case: Case) -> Registration:
    return Registration.objects.select_related("record").get(record=case)
