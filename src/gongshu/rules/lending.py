"""Delegation during leave: a head lends their rank to a colleague, for named procedures.

What is lent is the rank and nothing else: the delegate acts for the same organisation, in the
same procedures, between two days; each step says by whom and for whom. Every rule that asks for
two persons asks it of both. Two things are never lent: a voice in a collective decision
(三重一大), which is the named person's own, and what a person did themselves in the same case,
since whoever prepared would then also decide.

>>> from gongshu.rules.agents import Agent, Rank
>>> head = Agent(person="wang", organisation="A", rank=Rank.HEAD)
>>> clerk = Agent(person="li", organisation="A", rank=Rank.STAFF)
>>> may_lend(head, clerk) is None
True
>>> may_lend(clerk, head).code
'nothing_to_lend'
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gongshu.rules.agents import Agent, Rank
from gongshu.rules.procedure import Facts, Procedure, Refused, Step, Transition, View
from gongshu.rules.procedure import step as own_step
from gongshu.wording import Sentence

LONGEST_DAYS = 92  # about a quarter: longer than any leave, shorter than an office


def step(
    procedure: Procedure, view: View, name: str, agent: Agent, facts: Facts, *, note: str = ""
) -> Transition | Refused:
    """`procedure.step`, for whoever acts in their own name or with a lent rank."""
    row = procedure.step(name)
    refused = _not_lent(view, row, agent) if row and agent.on_behalf_of else None
    return refused or own_step(procedure, view, name, agent, facts, note=note)


def may_lend(delegator: Agent, delegate: Agent) -> Refused | None:
    """Why the one may not lend their rank to the other; None if they may."""
    if delegator.rank != Rank.HEAD or delegator.on_behalf_of:
        return Refused(
            "nothing_to_lend",
            Sentence(
                en="Only a head lends their rank, and nobody a rank that was lent to them.",
                zh="只有负责人可以委托他人代行职责；受托代行的职责不得再行委托。",
            ),
        )
    if not delegator.organisation or delegate.organisation != delegator.organisation:
        return Refused(
            "other_organisation",
            Sentence(
                en="A rank is lent to somebody of one's own organisation.",
                zh="只能委托本单位人员。",
            ),
        )
    if delegate.person == delegator.person or delegate.rank == Rank.HEAD:
        return Refused(
            "needs_no_lending",
            Sentence(
                en="Whoever is a head acts in their own name.",
                zh="负责人以本人名义办理，无须委托。",
            ),
        )
    return None


def term_refused(since: date, until: date, today: date) -> Refused | None:
    """Between two days, not in the past, and no longer than a leave."""
    if since < today:
        return Refused(
            "in_the_past",
            Sentence(en="It cannot begin before today.", zh="起始日期不得早于今天。"),
        )
    if until < since:
        return Refused(
            "term_backwards",
            Sentence(en="The end lies before the beginning.", zh="截止日期早于起始日期。"),
        )
    if (until - since).days >= LONGEST_DAYS:
        return Refused(
            "term_too_long",
            Sentence(
                en=f"It lasts at most {LONGEST_DAYS} days.", zh=f"委托期限最长 {LONGEST_DAYS} 天。"
            ),
        )
    return None


def lendable(row: Step) -> bool:
    """Whether the step asks for a rank, and no person's own voice."""
    own = row.named_in or row.by.opened or row.by.administrator or row.by.clock
    return row.by.rank == Rank.HEAD and not own


def acting(agent: Agent, on_behalf_of: str, delegation: str = "") -> Agent:
    """The agent with the lent rank. The administrator's power is nobody's to lend."""
    return replace(
        agent,
        rank=Rank.HEAD,
        on_behalf_of=on_behalf_of,
        delegation=delegation,
        administrator=False,
    )


def _not_lent(view: View, row: Step, agent: Agent) -> Refused | None:
    if not lendable(row):
        return Refused(
            "not_lent",
            Sentence(
                en=f"“{row.label.en}” is taken in one's own name, not for somebody else.",
                zh=f"“{row.label.zh}”应以本人名义办理，不得代行。",
            ),
        )
    own_hand = any(t.person == agent.person and not t.on_behalf_of for t in view.taken)
    if own_hand or view.opened_by == agent.person:
        return Refused(
            "same_person",
            Sentence(
                en="You have worked on this case in your own name; somebody else must decide.",
                zh="您已以本人名义经办此办件，不得再代行审批，须由其他人员办理。",
            ),
        )
    return None
