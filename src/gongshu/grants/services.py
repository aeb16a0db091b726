"""The writers of grants: issue one, and change its state. Called by the effects of cases alone.

Each writes the row, its `grant.*` entry and the notice in the caller's transaction. The content
and the parties of a grant are public (R27 art. 18: party, content, scope, term); its terms are
a commitment that the grantor can open.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gongshu.accounts.models import Organisation
from gongshu.cases import services as cases
from gongshu.cases.models import Case
from gongshu.cases.selectors import available
from gongshu.grants import duties, selectors
from gongshu.grants.drafting import Draft, as_json, draft
from gongshu.grants.models import PUBLIC, Grant, GrantDataset, GrantNumber, Kind, State
from gongshu.jobs import services as jobs
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.log.canonical_json import canonical
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

EVENTS = {
    State.SUSPENDED: "grant.suspended",
    State.ACTIVE: "grant.resumed",
    State.ENDED: "grant.ended",
}
NOTICES = {
    State.SUSPENDED: Sentence(en="Grant {} is suspended.", zh="授权 {} 已暂停。"),
    State.ACTIVE: Sentence(en="Grant {} is in force again.", zh="授权 {} 已恢复。"),
    State.ENDED: Sentence(en="Grant {} has ended.", zh="授权 {} 已终止。"),
}
ENDS = ("end_grant", "end_licence")  # effects of steps that end a grant
SOURCES = {
    State.SUSPENDED: (State.ACTIVE,),
    State.ACTIVE: (State.SUSPENDED,),
    State.ENDED: (State.ACTIVE, State.SUSPENDED),
}


def issue(
    *,
    kind: str,
    terms: Mapping[str, Any],
    scope: Mapping[str, Any] | None,
    grantor: str,
    case_id: str,
    by: Agent,
    at: datetime,
    under: Grant | None = None,
) -> Grant:
    """A grant in force, its datasets and owners' terms pinned; in the case's transaction."""
    drafted = draft(kind=kind, terms=terms, scope=scope)
    _require_grantee(drafted, kind)
    grant = Grant(
        id=_next_id(timezone.localdate(at).year),
        kind=kind,
        grantee=drafted.terms.grantee,
        grantor=grantor,
        case_id=case_id,
        under=under,
        terms=as_json(drafted.terms),
        terms_digest=drafted.terms.digest,
        scope=dict(drafted.scope),
        valid_from=drafted.terms.term.from_,
        valid_until=drafted.terms.term.until,
        issued=at,
        changed=at,
    )
    entry = ledger.append(
        event="grant.issued",
        subject=Subject("grant", grant.id, grant.grantee),
        by=by,
        public=_public_facts(grant),
        private={"terms": canonical(grant.terms), "terms_digest": grant.terms_digest},
        holder=grantor or by.organisation,
        at=at,
    )
    grant.entry_id = entry.id
    grant.save(force_insert=True)
    GrantDataset.objects.bulk_create(
        GrantDataset(grant=grant, dataset=dataset, owner_terms=own) for dataset, own in drafted.pins
    )
    if kind == Kind.OPERATION:
        duties.take_on(grant=grant, datasets=[dataset for dataset, _ in drafted.pins])
    _notify(grant, Sentence(en=f"Grant {grant.id} is yours.", zh=f"授权 {grant.id} 已签发。"))
    return grant


def move(*, grant: Grant, to: State, reason: str, case_id: str, by: Agent, at: datetime) -> Grant:
    """Suspend, resume or end: by the effects of the grant's own case."""
    # Compare-and-swap: whoever comes second is told, and the gateway reads this row.
    changed = Grant.objects.filter(pk=grant.pk, state__in=SOURCES[to]).update(
        state=to, reason="" if to == State.ACTIVE else reason, changed=at
    )
    if not changed:
        raise Conflict(
            "grant_moved",
            Sentence(
                en=f"Grant {grant.id} is no longer in a state in which this can be done.",
                zh=f"授权 {grant.id} 的状态已变化，无法执行此操作。",
            ),
        )
    ledger.append(
        event=EVENTS[to],
        subject=Subject("grant", grant.id, grant.grantee),
        by=by,
        public={"grant": grant.id, "case": case_id, "kind": grant.kind},
        private={"reason": reason} if reason else {},
        holder=grant.grantee if grant.grantee != PUBLIC else grant.grantor,
        at=at,
    )
    notice = NOTICES[to]
    _notify(grant, Sentence(en=notice.en.format(grant.id), zh=notice.zh.format(grant.id)))
    grant.refresh_from_db()
    if to == State.ENDED and grant.kind == Kind.OPERATION:
        duties.let_go(grant=grant)
    return grant


def create_by_administrator(
    *, terms: Mapping[str, Any], scope: Mapping[str, Any] | None = None, by: Agent
) -> Grant:
    """Open and complete the one-step case, so that this grant too has its basis in the ledger."""
    payload: dict[str, Any] = {"terms": {k: v for k, v in terms.items() if k != "scope"}}
    if scope or terms.get("scope"):
        payload["scope"] = scope or terms["scope"]
    with transaction.atomic():
        case = cases.open_case(kind="administrator_grant", payload=payload, by=by)
        cases.do(case_id=case.id, step="issue", by=by)
        return Grant.objects.get(case_id=case.id)


def revoke(*, grant_id: str, reason: str, by: Agent) -> Grant:
    """End a grant by the step of its own case that ends it and is open to `by`."""
    grant = selectors.get(grant_id, by)
    case, step = ending_step(grant, by)
    cases.do(case_id=case, step=step, by=by, note=reason)
    grant.refresh_from_db()
    return grant


def ending_step(grant: Grant, by: Agent) -> tuple[str, str]:
    """The case, and its step that ends the grant: one that `by` may take, if there is any.

    The administrator has no office in the other procedures, so that only the parties and the
    authority can end what was agreed there; the case's own refusal says who may.
    """
    case = Case.objects.get(pk=grant.case_id)
    rows = PROCEDURES[case.kind].from_state(case.state)
    ending = [row.name for row in rows if row.effect in ENDS and not row.by.clock]
    offered = [one.name for one in available(case, by) if one.allowed and one.name in ending]
    if not ending:
        raise Conflict(
            "grant_moved",
            Sentence(
                en=f"Grant {grant.id} cannot be ended in the state its case is in.",
                zh=f"授权 {grant.id} 所属办件的当前状态下不能终止该授权。",
            ),
        )
    return case.id, (offered or ending)[0]


def _next_id(year: int) -> str:
    """G-2026-0001, counted per year under the row's lock."""
    GrantNumber.objects.get_or_create(year=year)
    GrantNumber.objects.filter(year=year).update(last=F("last") + 1)
    return f"G-{year}-{GrantNumber.objects.get(year=year).last:04d}"


def _require_grantee(drafted: Draft, kind: str) -> None:
    """Who receives a grant is known, except where the administrator prepares one ahead."""
    grantee = drafted.terms.grantee
    if grantee == PUBLIC:
        if kind in (Kind.OPENING, Kind.ADMINISTRATIVE):
            return
        raise BadInput(
            "not_for_all",
            Sentence(en="Only open data are granted to the public.", zh="仅开放数据可授权给公众。"),
            field="grantee",
        )
    if len(grantee) > 18 or (
        kind != Kind.ADMINISTRATIVE and not Organisation.objects.filter(code=grantee).exists()
    ):
        raise BadInput(
            "unknown_organisation",
            Sentence(
                en=f"No organisation with the code “{grantee}” is registered.",
                zh=f"没有代码为“{grantee}”的机构。",
            ),
            field="grantee",
        )


def _public_facts(grant: Grant) -> dict[str, Any]:
    return {
        "grant": grant.id,
        "kind": grant.kind,
        "grantor": grant.grantor,
        "grantee": grant.grantee,
        "case": grant.case_id,
        "scope": grant.scope,
        "datasets": sorted(grant.terms["datasets"]),
        "purposes": grant.purposes,
        "output": grant.terms["output"],
        "valid_from": grant.valid_from.isoformat(),
        "valid_until": grant.valid_until.isoformat(),
    }


def _notify(grant: Grant, text: Sentence) -> None:
    if grant.grantee != PUBLIC:
        jobs.notify(to=grant.grantee, text=text, link=f"/grant/{grant.id}")
