"""Which cases an agent sees, which wait for them, and what they may do with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from gongshu.cases import clock, registry
from gongshu.cases.models import Case
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import NotFound
from gongshu.rules.procedure import Procedure, Refused, Step, may_ever, step
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
    if agent.administrator or agent.system or any(agent.is_a(kind) for kind in OVERSEERS):
        return rows
    if not agent.organisation:
        return rows.none()
    query = Q(party_rows__organisation=agent.organisation)
    offices = [
        p.kind for p in PROCEDURES.values() if any(s.by.kind in agent.kinds for s in p.steps)
    ]
    # An office sees a case once it has left the hands of whoever drafts it.
    submitted = ~Q(state__in=[p.initial for p in PROCEDURES.values()])
    return rows.filter(query | (Q(kind__in=offices) & submitted)).distinct()


def get(case_id: str, agent: Agent) -> Case:
    found = visible(agent).filter(pk=case_id).first()
    if found is None:
        raise NotFound(
            "unknown_case",
            Sentence(en=f"There is no case {case_id}.", zh=f"没有办件 {case_id}。"),
        )
    return found


def inbox(agent: Agent) -> list[Case]:
    """Cases in which this very agent may take a step now, the most urgent first."""
    if not agent.person:
        return []
    unfinished = visible(agent).exclude(
        state__in=[f for p in PROCEDURES.values() for f in p.finals]
    )
    mine = [case for case in unfinished if _waits_for(case, agent)]
    return sorted(mine, key=lambda c: (c.due_at is None, c.due_at, c.created))


def _waits_for(case: Case, agent: Agent) -> bool:
    found, view = PROCEDURES[case.kind], case.view()
    rows = [r for r in found.from_state(case.state) if may_ever(found, view, r, agent)]
    # With a reason given, for this asks only whose turn it is.
    facts = facts_of(case, rows)
    return any(
        not isinstance(step(found, view, r.name, agent, facts, note="…"), Refused) for r in rows
    )


def available(case: Case, agent: Agent) -> list[StepOffer]:
    """The steps that are this agent's to take from here, each asked of the same rule."""
    found, view = PROCEDURES[case.kind], case.view()
    rows = [r for r in found.from_state(case.state) if may_ever(found, view, r, agent)]
    facts = facts_of(case, rows)
    offers = []
    for row in rows:
        outcome = step(found, view, row.name, agent, facts, note="…")
        length = clock.length_of(row, facts)
        offers.append(
            StepOffer(
                name=row.name,
                label=row.label,
                allowed=not isinstance(outcome, Refused),
                reason=outcome.sentence if isinstance(outcome, Refused) else None,
                form=row.form.model_json_schema() if row.form else None,
                needs_reason=row.reason,
                article=row.article,
                within=length.in_words if length else None,
            )
        )
    return offers


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


def overdue(agent: Agent) -> QuerySet[Case]:
    """Past their due date today; derived, never stored."""
    return visible(agent).filter(due_at__lt=timezone.localdate())


def facts_of(case: Case, rows: list[Step]) -> dict[str, Any]:
    """The facts that these steps' guards and lengths ask for."""
    names = {g.fact for r in rows for g in r.guards}
    names |= {fact for r in rows if (fact := getattr(r.within, "fact", None))}
    return registry.facts_for(case, sorted(names))
