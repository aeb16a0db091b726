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

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from gongshu.rules.agents import Agent
from gongshu.rules.lengths import AfterYearEnd, ByFact, ByForm, Length, Unwritten
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
    opened: bool = False  # whoever opened the case, an organisation's or nobody's
    public: bool = False  # anybody at all, also without an account

    def held_by(self, agent: Agent, parties: Mapping[str, str], opened_by: str = "") -> bool:
        if self.clock:
            return agent.system
        if self.administrator:
            return agent.administrator
        if self.public:
            return not agent.system
        if self.opened:
            return bool(agent.person) and agent.person == opened_by
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
    """One row of the table: everything about one edge."""

    name: str
    sources: tuple[str, ...]
    target: str  # the source itself: an act that leaves the case where it is
    by: Role
    label: Sentence
    event: str  # the ledger's word for it: thing.past_tense
    article: str | None  # None: a platform rule, our inference and not the law's
    within: Length | ByFact | ByForm | AfterYearEnd | Unwritten | None = None  # by when it is owed
    since: str = ""  # lengths count from this step, else from coming into the state
    dated_by: str = ""  # the form's field with the day from which clocks count, else today
    after: Length | None = None  # a clock step: so long after coming into the state
    may_stand: str = ""  # a clock step: a state in which a place may let that length stand still
    entered_by: tuple[str, ...] = ()  # possible only where one of these brought the case here
    needs: tuple[str, ...] = ()  # possible only once these were done in this state
    guards: tuple[Guard, ...] = ()
    form: type[BaseModel] | None = None
    stores: bool = False  # its form takes the place of the case's payload
    effect: str = ""
    once: bool = False  # at most once in a case
    once_here: bool = False  # at most once each time the case is in this state
    optional: bool = False  # it may happen, but nobody waits for it
    reason: bool = False  # a reason is owed
    not_by_who_did: tuple[str, ...] = ()  # the two-person rule: steps taken by somebody else
    named_in: str = ""  # each of the `members` that this step's form names takes it once
    after_all: str = ""  # possible once every member has taken this step
    confidential: Role | None = None  # who reads its form, besides who filled it in and overseers
    extends: Length | None = None  # moves the due date instead of the state
    notify: tuple[str, ...] = ()  # parties, or "kind:<office>"


@dataclass(frozen=True)
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
    opening_guards: tuple[Guard, ...] = ()
    parties: Mapping[str, str] = field(default_factory=dict)  # party → a bound name, or "opener"
    subject: tuple[str, str] = ("", "")  # kind of the subject, and the payload field that names it
    one_per_subject: bool = False  # no second case about a subject while one is under way
    # From the payload, the day from which the clocks of the first state count; None: the opening's.
    counted_from: Callable[[Mapping[str, Any]], date | None] | None = None

    @cached_property
    def rows(self) -> Mapping[str, Step]:
        """name → row: a name is one row, so no two rows can answer one move."""
        found = {row.name: row for row in self.steps}
        if len(found) != len(self.steps):
            raise ValueError(f"{self.kind}: two rows have one name")
        return found

    def step(self, name: str) -> Step | None:
        return self.rows.get(name)

    def from_state(self, state: str) -> tuple[Step, ...]:
        return tuple(s for s in self.steps if state in s.sources)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that has been taken: by whom, from where to where, and the day its clocks count."""

    name: str
    person: str
    source: str = ""
    target: str = ""
    day: date | None = None
    form: Mapping[str, Any] = field(default_factory=dict)
    on_behalf_of: str = ""  # who lent their rank for it


@dataclass(frozen=True, slots=True)
class View:
    """What the rules need to know of a case."""

    state: str
    parties: Mapping[str, str] = field(default_factory=dict)
    opened_by: str = ""
    taken: tuple[Taken, ...] = ()  # oldest first

    @property
    def entry(self) -> int:
        """The place in `taken` of the step that brought the case into its state."""
        moves = [i for i, one in enumerate(self.taken) if one.source != one.target]
        return moves[-1] if moves else -1

    @property
    def came(self) -> Taken | None:
        return self.taken[self.entry] if self.entry >= 0 else None

    @property
    def here(self) -> tuple[Taken, ...]:
        """What was done since the case came into its state."""
        return self.taken[self.entry + 1 :]

    def last(self, name: str) -> Taken | None:
        return next((t for t in reversed(self.taken) if t.name == name), None)

    def members(self, step: str) -> frozenset[str]:
        """Whom that step named in this stay, to decide together."""
        named = next((t for t in reversed(self.here) if t.name == step), None)
        return frozenset(named.form.get("members", ())) if named else frozenset()

    def outstanding(self, step: Step) -> frozenset[str]:
        """The members who have not taken their step yet."""
        done = {taken.person for taken in self.here if taken.name == step.name}
        return self.members(step.named_in) - done


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
        or _too_soon(procedure, view, row)
        or _not_named(view, row, agent)
        or _not_all(procedure, view, row)
        or _unmet(row.guards, facts)
        or _without_reason(row, note)
    )
    return refusal or Transition(row, view.state, row.target)


def opening(
    procedure: Procedure, parties: Mapping[str, str], agent: Agent, facts: Facts
) -> Refused | None:
    """Why `agent` may not open this case; None if they may."""
    if not procedure.opener.held_by(agent, parties):
        return Refused(
            "not_yours",
            Sentence(
                en=f"This procedure is opened by {procedure.opener.label.en}.",
                zh=f"此程序应由{procedure.opener.label.zh}发起。",
            ),
        )
    return _unmet(procedure.opening_guards, facts)


def in_place(view: View, row: Step) -> bool:
    """Whether the row speaks of the case as it stands, whoever asks."""
    if view.state not in row.sources:
        return False
    return not row.entered_by or (view.came is not None and view.came.name in row.entered_by)


def may_ever(procedure: Procedure, view: View, row: Step, agent: Agent) -> bool:
    """Whether the step is this agent's to take at all, whatever else it waits for."""
    return in_place(view, row) and row.by.held_by(agent, view.parties, view.opened_by)


def awaited(procedure: Procedure, view: View) -> tuple[Step, ...]:
    """The steps that the case waits for: what may merely happen is left out."""
    rows = [row for row in procedure.from_state(view.state) if not row.by.clock]
    here = {taken.name for taken in view.here}
    return tuple(
        row
        for row in rows
        if in_place(view, row)
        and not _done(view, row)
        and (here.issuperset(row.needs) if row.needs else not row.optional)
        and not (row.named_in and not view.outstanding(row))
        and _not_all(procedure, view, row) is None
    )


def _out_of_place(procedure: Procedure, view: View, row: Step) -> Refused | None:
    if in_place(view, row):
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
    if not row.by.held_by(agent, view.parties, view.opened_by):
        return Refused(
            "not_yours",
            Sentence(
                en=f"“{row.label.en}” is for {row.by.label.en}.",
                zh=f"“{row.label.zh}”应由{row.by.label.zh}办理。",
            ),
        )
    before = [t for t in view.taken if t.name in row.not_by_who_did]
    earlier = {who for t in before for who in (t.person, t.on_behalf_of)}
    if OPENED in row.not_by_who_did:
        earlier.add(view.opened_by)
    if (earlier & {agent.person, agent.on_behalf_of}) - {""}:
        return Refused(
            "same_person",
            Sentence(
                en="Whoever prepared this may not also decide on it; somebody else must.",
                zh="经办与审批不得为同一人，须由其他人员办理。",
            ),
        )
    return None


def _done(view: View, row: Step) -> bool:
    if row.once_here:
        return any(taken.name == row.name for taken in view.here)
    return row.once and view.last(row.name) is not None


def _already(view: View, row: Step) -> Refused | None:
    if not _done(view, row):
        return None
    return Refused(
        "only_once",
        Sentence(
            en=f"“{row.label.en}” is possible only once.", zh=f"“{row.label.zh}”只能办理一次。"
        ),
    )


def _too_soon(procedure: Procedure, view: View, row: Step) -> Refused | None:
    here = {taken.name for taken in view.here}
    for name in row.needs:
        if name not in here:
            first = procedure.rows[name].label
            return Refused(
                "too_soon",
                Sentence(
                    en=f"“{row.label.en}” comes after “{first.en}”, which was not done yet.",
                    zh=f"须先办理“{first.zh}”，才能办理“{row.label.zh}”。",
                ),
            )
    return None


def _not_named(view: View, row: Step, agent: Agent) -> Refused | None:
    """A collective decision (三重一大): each of those named, once, with their own time."""
    if not row.named_in or agent.person in view.outstanding(row):
        return None
    if agent.person in view.members(row.named_in):
        return Refused(
            "only_once",
            Sentence(en="You have given your consent already.", zh="您已经表示过意见。"),
        )
    return Refused(
        "not_named",
        Sentence(
            en=f"“{row.label.en}” is for those who were named to decide together.",
            zh=f"“{row.label.zh}”由参加集体决策的指定人员办理。",
        ),
    )


def _not_all(procedure: Procedure, view: View, row: Step) -> Refused | None:
    if not row.after_all:
        return None
    of_each = procedure.rows[row.after_all]
    named, missing = view.members(of_each.named_in), view.outstanding(of_each)
    if named and not missing:
        return None
    done, all_ = len(named) - len(missing), len(named)
    return Refused(
        "not_all_yet",
        Sentence(
            en=f"Of those who decide together, {done} of {all_} have consented yet.",
            zh=f"参加集体决策的人员中，{all_} 人中已有 {done} 人同意，尚未全部同意。",
        ),
    )


def _unmet(guards: tuple[Guard, ...], facts: Facts) -> Refused | None:
    for guard in guards:
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
