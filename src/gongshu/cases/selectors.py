"""Which cases an agent sees, which wait for them, and what they may do with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from gongshu.cases import clock, delegations, registry
from gongshu.cases.models import Assignee, Case, CaseAwaited, CaseParty
from gongshu.ledger import moment
from gongshu.rules import lending
from gongshu.rules.agents import SYSTEM, Agent, Kind, Rank
from gongshu.rules.lengths import ByFact
from gongshu.rules.problems import NotFound
from gongshu.rules.procedure import Procedure, Refused, Step, View, in_place, may_ever
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

# Offices that see every case: the authority supervises, audit inspects (Opinion, item 17).
OVERSEERS = (Kind.BUREAU, Kind.AUDITOR)


@dataclass(frozen=True)
class StepOffer:
    """A step as a button: whether it may be pressed now, and if not, why."""

    name: str
    label: Sentence
    allowed: bool
    reason: Sentence | None
    form: dict[str, Any] | None  # a JSON schema
    needs_reason: bool
    article: str | None
    within: Sentence | None
    acting_for: str = ""  # who lent the rank that it takes


def procedure(kind: str) -> Procedure:
    if kind not in PROCEDURES:
        raise NotFound(
            "unknown_procedure",
            Sentence(en=f"There is no procedure “{kind}”.", zh=f"没有程序“{kind}”。"),
        )
    return PROCEDURES[kind]


def visible(agent: Agent) -> QuerySet[Case]:
    """Parties see their cases, an office those that it acts in, overseers all."""
    rows = Case.objects.prefetch_related("party_rows", "steps")
    if not (agent.may_use("read") or agent.may_use("case")):
        return rows.none()
    if sees_all(agent):
        return rows
    if not agent.organisation:
        # Whoever acts for nobody sees what they brought themselves.
        return rows.filter(applicant="", opened_by=agent.person) if agent.person else rows.none()
    part = CaseParty.objects.filter(case=OuterRef("pk"), organisation=agent.organisation)
    seen = Q(Exists(part))
    for of_office in _of_offices(agent):
        seen |= of_office
    return rows.filter(seen)


def _of_offices(agent: Agent) -> list[Q]:
    """What an office sees of each procedure that it acts in: a case once it has left the hands of
    whoever drafts it."""
    found = []
    for procedure in PROCEDURES.values():
        if any(step.by.kind in agent.kinds for step in procedure.steps):
            at_once = {s.by.kind for s in procedure.from_state(procedure.initial)} & agent.kinds
            kind = Q(kind=procedure.kind)
            found.append(kind if at_once else kind & ~Q(state=procedure.initial))
    return found


def newest(agent: Agent, most: int) -> list[Case]:
    """Of the cases that the agent sees, the newest. Each source is read in its own order, so that
    it takes no longer with a million cases."""
    rows = visible(agent)
    if agent.organisation and not sees_all(agent):
        own = CaseParty.objects.filter(organisation=agent.organisation).order_by("-opened")
        ids = set(own.values_list("case_id", flat=True)[:most])
        for of_office in _of_offices(agent):
            kind = Case.objects.filter(of_office).order_by("-created")
            ids |= set(kind.values_list("pk", flat=True)[:most])
        rows = rows.filter(pk__in=ids)
    return list(rows.order_by("-created", "-id")[:most])


def sees_all(agent: Agent) -> bool:
    """Whether the agent sees every case."""
    return agent.administrator or agent.system or any(agent.is_a(kind) for kind in OVERSEERS)


def get(case_id: str, agent: Agent) -> Case:
    found = visible(agent).filter(pk=case_id).first()
    if found is None:
        raise NotFound(
            "unknown_case",
            Sentence(en=f"There is no case {case_id}.", zh=f"没有办件 {case_id}。"),
        )
    return found


def reached(case_id: str, step: str, agent: Agent) -> Case:
    """The case in which `agent` wants to take that step: one that it sees, or one that stands open
    to anybody for just this step, such as an objection to what is public."""
    found = visible(agent).filter(pk=case_id).first()
    if found is None:
        other = Case.objects.prefetch_related("party_rows", "steps").filter(pk=case_id).first()
        row = PROCEDURES[other.kind].step(step) if other else None
        if other and row and row.by.public and in_place(other.view(), row):
            return other
    return found or get(case_id, agent)


def may_read_form(case: Case, row: Step, organisation: str, agent: Agent) -> bool:
    """Whether the agent reads what was filled in for the step that `organisation` took.

    An objection is made by name; whom it is about learns what is objected, by whoever decides.
    """
    if row.confidential is None or agent.administrator or agent.is_a(Kind.AUDITOR):
        return True
    own = bool(organisation) and organisation == agent.organisation
    return own or row.confidential.held_by(agent, case.parties, case.opened_by)


def person_shown(person: str, organisation: str, reader: Agent) -> str:
    """Who it was, for their own organisation and audit; others read the organisation alone."""
    own = bool(organisation) and organisation == reader.organisation
    known = own or reader.administrator or reader.is_a(Kind.AUDITOR) or person == reader.person
    return person if known else ""


def inbox(agent: Agent) -> QuerySet[Case]:
    """Cases whose table says that it is this agent's turn, or that of who lent them their rank;
    and those handed to them that wait for anybody of theirs. The most urgent first."""
    handed = Assignee.objects.filter(
        case=OuterRef("case"), organisation=agent.organisation, person=agent.person
    )
    turn = Q(rank__in=["", agent.rank]) | Q(Exists(handed))
    if lent := {kind for one in delegations.received(agent) for kind in one.procedures}:
        turn |= Q(rank=Rank.HEAD, case__kind__in=sorted(lent))
    mine = Q(organisation=agent.organisation) & ~Q(organisation="")
    mine |= Q(office__in=list(agent.kinds)) & ~Q(office="")
    if agent.administrator:
        mine |= Q(administrator=True)
    # From the table that inboxes are looked up in: cases are many, what waits is not.
    turns = CaseAwaited.objects.filter(mine, turn)
    rows = visible(agent) if agent.person else Case.objects.none()
    return rows.filter(pk__in=turns.values("case")).order_by(
        F("due_at").asc(nulls_last=True), "created", "id"
    )


def available(case: Case, agent: Agent) -> list[StepOffer]:
    """The steps that are this agent's to take from here, each asked of the same rule; after
    their own, those for which somebody has lent them their rank."""
    found, view = PROCEDURES[case.kind], case.view()
    lent = [
        lending.acting(agent, one.delegator.username)
        for one in delegations.for_kind(agent, case.kind)
    ]
    takers = [
        (row, taker)
        for taker in (agent, *lent)
        for row in found.from_state(case.state)
        if may_ever(found, view, row, taker)
        if taker is agent or (lending.lendable(row) and not may_ever(found, view, row, agent))
    ]
    facts = facts_of(case, [row for row, _ in takers])
    return [_offer(found, view, row, taker, facts) for row, taker in takers]


def _offer(
    found: Procedure, view: View, row: Step, agent: Agent, facts: Mapping[str, Any]
) -> StepOffer:
    # With a reason given, for this asks only whether it may be done at all.
    outcome = lending.step(found, view, row.name, agent, facts, note="…")
    return StepOffer(
        name=row.name,
        label=row.label,
        allowed=not isinstance(outcome, Refused),
        reason=outcome.sentence if isinstance(outcome, Refused) else None,
        form=row.form.model_json_schema() if row.form else None,
        needs_reason=row.reason,
        article=row.article,
        within=clock.within(found, row, facts),
        acting_for=agent.on_behalf_of,
    )


def others_of(case: Case, agent: Agent) -> list[str]:
    """The organisations that a case concerns, besides the agent's own."""
    codes = {case.applicant, *case.parties.values()}
    codes |= {row.organisation for row in case.awaited.all()}
    return sorted(codes - {"", agent.organisation})


def openable(agent: Agent) -> list[Procedure]:
    """The procedures that this agent may begin."""
    return [p for p in PROCEDURES.values() if may_open(p, agent)]


def may_open(found: Procedure, agent: Agent) -> bool:
    """Whoever may hold the party that opens it; which one is known when it is opened."""
    own = {name: agent.organisation for name, source in found.parties.items() if source == "opener"}
    wanted = found.opener
    if wanted.party and wanted.party not in own:
        return agent.is_a(Kind.AGENCY) and bool(agent.person)
    return wanted.held_by(agent, own)


def overdue(agent: Agent = SYSTEM) -> QuerySet[Case]:
    """Past their due date today; derived, never stored."""
    return visible(agent).filter(due_at__lt=moment.today()).order_by("due_at", "id")


def facts_of(case: Case, rows: list[Step]) -> dict[str, Any]:
    """The facts that these steps' guards and lengths ask for."""
    names = {g.fact for r in rows for g in r.guards}
    names |= {r.within.fact for r in rows if isinstance(r.within, ByFact)}
    return registry.facts_for(case, sorted(names))
