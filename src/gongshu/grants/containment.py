"""What a security incident does to grants: suspends those that are named, and lets them go again.
An early warning does the same by its own steps; there whoever asks is told the case's number alone.

A grant that an incident holds is suspended like any other, so that the gateway stops at it at once;
its own case may still end it. What holds it is read off the ledger: the last entry that suspended
it names the incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gongshu.cases.models import Case
from gongshu.cases.registry import EffectContext, effect, facts
from gongshu.grants.models import Grant, State
from gongshu.grants.selectors import visible
from gongshu.grants.services import move
from gongshu.ledger import selectors as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import BadInput
from gongshu.rules.security_incident import Containment, Lifting
from gongshu.rules.security_warning import SECURITY_WARNING
from gongshu.wording import Sentence


@effect("contain_incident")
def contain_incident(ctx: EffectContext) -> Mapping[str, Any]:
    """Article 11: at once. What is suspended or ended already stays as it is."""
    assert isinstance(ctx.form, Containment)
    grants = _named(ctx.form.grants, ctx.by)
    reason, said = _told(ctx.case)
    stopped = []
    for grant in grants:
        if grant.state == State.ACTIVE:
            move(
                grant=grant,
                to=State.SUSPENDED,
                reason=reason,
                case_id=ctx.case.id,
                by=ctx.by,
                at=ctx.at,
            )
            stopped.append(grant.id)
    return {"suspended": sorted(stopped), **said}


def _told(case: Case) -> tuple[str, dict[str, str]]:
    """The reason that the grantee reads, and what the entry says to everybody. Of a warning neither
    names the rule: who tries differences must not learn that they came near to something."""
    if case.kind == SECURITY_WARNING.kind:
        return case.id, {}
    return f"{case.id} {case.payload['title']}", {"kind": case.payload["kind"]}


@effect("lift_containment")
def lift_containment(ctx: EffectContext) -> Mapping[str, Any]:
    assert isinstance(ctx.form, Lifting)
    held = {grant.id: grant for grant in held_by(ctx.case)}
    others = [name for name in ctx.form.grants if name not in held]
    if others:
        raise BadInput(
            "not_held",
            Sentence(
                en=f"{others[0]} is not suspended by this incident.",
                zh=f"{others[0]} 不是因本事件暂停的授权。",
            ),
            field="grants",
        )
    for name in sorted(set(ctx.form.grants)):
        move(
            grant=held[name],
            to=State.ACTIVE,
            reason="",
            case_id=ctx.case.id,
            by=ctx.by,
            at=ctx.at,
        )
    return {"resumed": sorted(set(ctx.form.grants))}


@facts("nothing_held")
def nothing_held(case: Case) -> bool:
    return not held_by(case)


def held_by(case: Case) -> list[Grant]:
    """The grants that this incident has suspended and that still are."""
    entries = ledger.entries(events=["grant.suspended"], since=case.created)
    named = {entry.subject_id for entry in entries if entry.facts.get("case") == case.id}
    rows = Grant.objects.filter(pk__in=named, state=State.SUSPENDED).order_by("id")
    return [grant for grant in rows if _last_case(grant) == case.id]


def _last_case(grant: Grant) -> str:
    subject = Subject("grant", grant.id, grant.grantee)
    last = ledger.entries(events=["grant.suspended"], subject=subject).last()
    return str(last.facts.get("case", "")) if last else ""


def _named(names: Iterable[str], by: Agent) -> list[Grant]:
    """Grants over the acting organisation's data or of its giving; any, for the authority."""
    wanted = sorted(set(names))
    rows = visible(by).filter(pk__in=wanted).prefetch_related("datasets__dataset__provider")
    found = {grant.id: grant for grant in rows if _may_stop(grant, by)}
    for name in wanted:
        if name not in found:
            raise BadInput(
                "not_your_grant",
                Sentence(
                    en=f"There is no grant “{name}” over your data or given by you.",
                    zh=f"没有涉及贵单位数据或由贵单位授予的授权“{name}”。",
                ),
                field="grants",
            )
    return [found[name] for name in wanted]


def _may_stop(grant: Grant, by: Agent) -> bool:
    if by.is_a(Kind.BUREAU):
        return True
    owners = {pin.dataset.provider.code for pin in grant.datasets.all()}
    return by.organisation in owners | {grant.grantor}
