"""Delegation during leave: who has lent their rank to whom, and acting with it.

    delegations.give(to="li", procedures=["sharing_request"], since=…, until=…, by=wang)
    services.do(case_id=…, step="consent", by=li, acting_for="wang")

What may be lent, and to whom, is decided in `rules.lending`. Both people must still be there, in
the same organisation and of the same ranks, whenever it is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gongshu.accounts.agents import agent_of
from gongshu.accounts.models import Person
from gongshu.cases.models import Delegation
from gongshu.jobs import services as jobs
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules import lending
from gongshu.rules.agents import Agent, Rank
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

LONGEST_REASON = 500
NOTHING_LENT = Sentence(
    en="They have not lent you their rank for this procedure today.",
    zh="该负责人今日未就此程序委托您代行职责。",
)


@transaction.atomic
def give(
    *,
    to: str,
    procedures: Iterable[str],
    since: date,
    until: date,
    reason: str = "",
    by: Agent,
    at: datetime | None = None,
) -> Delegation:
    """Lend one's rank to a colleague for these procedures, both days included."""
    at = at or moment.now()
    _require_scope(by)
    colleague = _colleague(to, by)
    refused = lending.may_lend(by, agent_of(colleague)) or lending.term_refused(
        since, until, timezone.localdate(at)
    )
    if refused:
        raise BadInput(refused.code, refused.sentence)
    delegator = Person.objects.get(username=by.person)
    row = Delegation(
        delegator=delegator,
        delegate=colleague,
        organisation=by.organisation,
        procedures=_known(procedures),
        since=since,
        until=until,
        reason=reason.strip()[:LONGEST_REASON],
        given=at,
    )
    row.entry_id = _entry("delegation.given", row, by, at)
    row.save(force_insert=True)
    _tell(row, Sentence("lends their rank to", "委托代行职责"))
    return row


@transaction.atomic
def end(*, number: int, by: Agent, at: datetime | None = None) -> Delegation:
    """Take it back before its last day, or lay it down; at once."""
    at = at or moment.now()
    _require_scope(by)
    row = visible(by).filter(pk=number).first()
    if row is None or by.person not in (row.delegator.username, row.delegate.username):
        raise NotFound(
            "unknown_delegation",
            Sentence(en=f"You have no delegation {number}.", zh=f"您没有编号为 {number} 的委托。"),
        )
    # Compare-and-swap: of two who end it at once, one does.
    if not Delegation.objects.filter(pk=row.pk, ended__isnull=True).update(ended=at):
        raise Conflict(
            "delegation_ended",
            Sentence(en="It has ended already.", zh="该委托已经终止。"),
        )
    row.ended = at
    _entry("delegation.ended", row, by, at)
    _tell(row, Sentence("no longer lends their rank to", "终止委托代行职责"))
    return row


def visible(agent: Agent) -> QuerySet[Delegation]:
    """One's organisation's, newest first: colleagues know who acts for whom; audit sees all."""
    rows = Delegation.objects.select_related("delegator", "delegate")
    if agent.administrator or agent.is_a("auditor"):
        return rows
    return rows.filter(organisation=agent.organisation) if agent.organisation else rows.none()


def received(agent: Agent, at: datetime | None = None) -> list[Delegation]:
    """What the agent may act with today."""
    if agent.rank != Rank.STAFF or not agent.person:
        return []
    day = timezone.localdate(at or moment.now())
    rows = Delegation.objects.select_related("delegator", "delegate").filter(
        Q(ended__isnull=True),
        delegate__username=agent.person,
        organisation=agent.organisation,
        delegator__organisation__code=agent.organisation,
        delegator__rank=Rank.HEAD,
        delegator__is_active=True,
        since__lte=day,
        until__gte=day,
    )
    return list(rows.order_by("since", "id"))


def for_kind(agent: Agent, kind: str, at: datetime | None = None) -> list[Delegation]:
    return [one for one in received(agent, at) if kind in one.procedures]


def lent(by: Agent, acting_for: str, kind: str, at: datetime) -> Agent:
    """The agent with the rank that was lent to them; in the transaction of what they do with it.

    The row is held until then: whoever ends it meanwhile waits, and nothing is done after its end.
    """
    for one in for_kind(by, kind, at):
        held = Delegation.objects.select_for_update().filter(pk=one.pk, ended__isnull=True)
        if one.delegator.username == acting_for and held.first():
            return lending.acting(by, acting_for, one.entry_id)
    raise Forbidden("not_delegated", NOTHING_LENT)


def _known(procedures: Iterable[str]) -> list[str]:
    kinds = sorted(set(procedures))
    unknown = [kind for kind in kinds if kind not in PROCEDURES]
    if unknown:
        raise BadInput(
            "unknown_procedure",
            Sentence(en=f"There is no procedure “{unknown[0]}”.", zh=f"没有程序“{unknown[0]}”。"),
            field="procedures",
        )
    if not kinds:
        raise BadInput(
            "no_procedure",
            Sentence(
                en="Name the procedures in which the colleague acts for you.",
                zh="请指明委托代行的程序。",
            ),
            field="procedures",
        )
    return kinds


def _colleague(username: str, by: Agent) -> Person:
    mine = Person.objects.filter(organisation__code=by.organisation, is_active=True)
    found = mine.filter(username=username).first() if by.organisation else None
    if found is None:
        raise BadInput(
            "unknown_colleague",
            Sentence(
                en=f"There is nobody called “{username}” in your organisation.",
                zh=f"本单位没有用户“{username}”。",
            ),
            field="to",
        )
    return found


def _entry(event: str, row: Delegation, by: Agent, at: datetime) -> str:
    """Who lends to whom is the organisation's own to open; that and for what is public."""
    entry = ledger.append(
        event=event,
        subject=Subject("organisation", row.organisation, row.organisation),
        by=by,
        public={
            "procedures": row.procedures,
            "since": row.since.isoformat(),
            "until": row.until.isoformat(),
            **({"delegation": row.entry_id} if row.entry_id else {}),
        },
        private={
            "from": row.delegator.username,
            "to": row.delegate.username,
            **({"reason": row.reason} if row.reason else {}),
        },
        holder=row.organisation,
        at=at,
    )
    return entry.id


def _tell(row: Delegation, what: Sentence) -> None:
    names = (row.delegator.get_full_name(), row.delegate.get_full_name())
    text = Sentence(
        en=f"{names[0]} {what.en} {names[1]}, {row.since} to {row.until}.",
        zh=f"{names[0]} {what.zh}：{names[1]}（{row.since} 至 {row.until}）。",
    )
    jobs.notify(to=row.organisation, text=text, link="/account")


def _require_scope(by: Agent) -> None:
    if not by.may_use("case"):
        raise Forbidden(
            "token_scope",
            Sentence(
                en="This token does not cover working on cases.",
                zh="该令牌的权限范围不包括办理事项。",
            ),
        )
