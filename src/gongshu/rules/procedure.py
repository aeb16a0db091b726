"""The law as a table: what a procedure is, and the one function that decides a move.

A procedure is a tuple of steps; everything about an edge stands in its row: who, from, to,
by when, on what article, which ledger event, which effect. `step` decides whether an agent may
take one, from values alone: no clock, no database, no settings.

>>> from gongshu.rules.agents import Agent
>>> clerk = Agent(person="li", organisation="A", rank="staff")
>>> apply = Step("apply", ("draft",), "received", by=Role("applicant", party="applicant"),
...              label=Sentence("Apply", "申请"), event="thing.applied", article="第一条")
>>> thing = Procedure(kind="thing", title=Sentence("Thing", "事"), basis=Sentence("", ""),
...                   payload=BaseModel, initial="draft", finals=("received",), states={},
...                   steps=(apply,))
>>> step(thing, View(state="draft", parties={"applicant": "A"}), "apply", clerk, {}).target
'received'
>>> step(thing, View(state="draft", parties={"applicant": "B"}), "apply", clerk, {}).code
'not_yours'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from gongshu.rules.agents import Agent
from gongshu.rules.lengths import ByFact, Length
from gongshu.wording import Sentence

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Role:
    """Who may take a step: a party of the case, an office, a rank; all that are named must hold."""

    name: str
    label: Sentence = field(default_factory=lambda: Sentence("", ""))
    party: str = ""  # acts for this party of the case
    kind: str = ""  # acts for an organisation that holds this office
    rank: str = ""
    clock: bool = False  # the platform itself, when the time has come
    administrator: bool = False  # whoever runs this instance

    def held_by(self, agent: Agent, parties: Mapping[str, str]) -> bool:
        if self.clock:
            return agent.system
        if self.administrator:
            return agent.administrator
        if not agent.person or not agent.organisation:
            return False
        if self.party and parties.get(self.party) != agent.organisation:
            return False
        if self.kind and self.kind not in agent.kinds:
            return False
        return not self.rank or agent.rank == self.rank


CLOCK = Role("clock", Sentence(en="the platform", zh="平台"), clock=True)


@dataclass(frozen=True, slots=True)
class Guard:
    """A fact that must hold before a step, and what to say when it does not."""

    fact: str
    otherwise: Sentence


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    sources: tuple[str, ...]
    target: str
    by: Role
    label: Sentence
    event: str  # the ledger's word for it: thing.past_tense
    article: str | None  # None: a platform rule, our inference and not the law's
    within: Length | ByFact | None = None  # time to take it, from the day its source was entered
    after: Length | None = None  # a clock step: when it falls due
    guards: tuple[Guard, ...] = ()
    form: type[BaseModel] | None = None
    effect: str = ""
    once: bool = False
    reason: bool = False  # a reason is owed
    not_by_who_did: tuple[str, ...] = ()  # the two-person rule: steps taken by somebody else
    extends: Length | None = None  # moves the due date instead of the state
    notify: tuple[str, ...] = ()  # parties, or "kind:<office>"


@dataclass(frozen=True, slots=True)
class Procedure:
    kind: str
    title: Sentence
    basis: Sentence
    payload: type[BaseModel]
    initial: str
    finals: tuple[str, ...]
    states: Mapping[str, Sentence]
    steps: tuple[Step, ...]
    opener: Role = field(default_factory=lambda: Role("anyone"))
    parties: Mapping[str, str] = field(default_factory=dict)  # party → payload field, or "opener"
    subject: tuple[str, str] = ("", "")  # kind of the subject, and the payload field that names it

    def step(self, name: str) -> Step | None:
        return next((s for s in self.steps if s.name == name), None)

    def from_state(self, state: str) -> tuple[Step, ...]:
        return tuple(s for s in self.steps if state in s.sources)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that has been taken, and by whom."""

    name: str
    person: str


@dataclass(frozen=True, slots=True)
class View:
    """What the rules need to know of a case."""

    state: str
    parties: Mapping[str, str] = field(default_factory=dict)
    opened_by: str = ""
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    step: Step
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Refused:
    code: str
    sentence: Sentence


OPENED = "open"  # in `not_by_who_did`: whoever opened the case


def step(
    procedure: Procedure, view: View, name: str, agent: Agent, facts: Facts, *, note: str = ""
) -> Transition | Refused:
    """Whether `agent` may take step `name` now; the first rule that forbids it is the answer."""
    row = procedure.step(name)
    if row is None:
        return Refused(
            "unknown_step",
            Sentence(en=f"There is no step “{name}” here.", zh=f"此程序没有步骤“{name}”。"),
        )
    refusal = (
        _out_of_place(procedure, view, row)
        or _not_yours(view, row, agent)
        or _already(view, row)
        or _unmet(row, facts)
        or _without_reason(row, note)
    )
    return refusal or Transition(row, view.state, row.target if not row.extends else view.state)


def may_ever(procedure: Procedure, view: View, row: Step, agent: Agent) -> bool:
    """Whether the step is this agent's to take at all, whatever else it waits for."""
    return view.state in row.sources and row.by.held_by(agent, view.parties)


def _out_of_place(procedure: Procedure, view: View, row: Step) -> Refused | None:
    if view.state in row.sources:
        return None
    name = procedure.states.get(view.state, Sentence(view.state, view.state))
    return Refused(
        "not_now",
        Sentence(
            en=f"“{row.label.en}” is not possible in the state “{name.en}”.",
            zh=f"在“{name.zh}”状态下不能办理“{row.label.zh}”。",
        ),
    )


def _not_yours(view: View, row: Step, agent: Agent) -> Refused | None:
    if not row.by.held_by(agent, view.parties):
        return Refused(
            "not_yours",
            Sentence(
                en=f"“{row.label.en}” is for {row.by.label.en}.",
                zh=f"“{row.label.zh}”应由{row.by.label.zh}办理。",
            ),
        )
    earlier = {t.person for t in view.taken if t.name in row.not_by_who_did}
    if OPENED in row.not_by_who_did:
        earlier.add(view.opened_by)
    if agent.person and agent.person in earlier:
        return Refused(
            "same_person",
            Sentence(
                en="Whoever prepared this may not also decide on it; somebody else must.",
                zh="经办与审批不得为同一人，须由其他人员办理。",
            ),
        )
    return None


def _already(view: View, row: Step) -> Refused | None:
    if not row.once or all(t.name != row.name for t in view.taken):
        return None
    return Refused(
        "only_once",
        Sentence(
            en=f"“{row.label.en}” is possible only once.", zh=f"“{row.label.zh}”只能办理一次。"
        ),
    )


def _unmet(row: Step, facts: Facts) -> Refused | None:
    for guard in row.guards:
        if not facts.get(guard.fact):
            return Refused(guard.fact, guard.otherwise)
    return None


def _without_reason(row: Step, note: str) -> Refused | None:
    if not row.reason or note.strip():
        return None
    return Refused(
        "reason_owed",
        Sentence(en="A reason is owed for this step.", zh="办理此步骤须说明理由。"),
    )
