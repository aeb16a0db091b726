"""Every procedure's table: complete, without contradictions, and decided as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from gongshu.rules.agents import ANONYMOUS, SYSTEM, Agent, Kind, Rank
from gongshu.rules.procedure import (
    OPENED,
    Procedure,
    Role,
    Step,
    Taken,
    Transition,
    View,
    awaited,
    step,
)
from gongshu.rules.procedures import PROCEDURES, facts

ALL = list(PROCEDURES.values())
ROWS = [(procedure, row) for procedure in ALL for row in procedure.steps]
TRUE = dict.fromkeys(facts(), True)
FALSE = dict.fromkeys(facts(), False)


def names(value: object) -> str:
    return value.kind if isinstance(value, Procedure) else getattr(value, "name", str(value))


def all_parties(procedure: Procedure) -> dict[str, str]:
    """Every party that a role names, each of its own organisation."""
    roles = [row.by for row in procedure.steps] + [procedure.opener]
    return {role.party: f"org-{role.party}" for role in roles if role.party}


def holder_of(role: Role) -> Agent:
    """An agent that holds this role and nothing more."""
    if role.clock:
        return SYSTEM
    if role.administrator:
        return Agent(person="root", administrator=True)
    if role.opened:
        return Agent(person="opener")
    if role.public:
        return ANONYMOUS
    return Agent(
        person=f"{role.name}-person",
        organisation=f"org-{role.party}" if role.party else f"org-{role.kind}",
        kinds=frozenset({role.kind} if role.kind else ()),
        rank=role.rank or Rank.STAFF,
    )


def actors(procedure: Procedure) -> list[Agent]:
    roles = {row.by for row in procedure.steps}
    everyone = [holder_of(role) for role in roles]
    staff = [
        Agent(person="staff", organisation=a.organisation, kinds=a.kinds, rank=Rank.STAFF)
        for a in everyone
        if a.rank == Rank.HEAD
    ]
    stranger = Agent(person="s", organisation="org-other", kinds=frozenset(Kind), rank=Rank.HEAD)
    return [*everyone, *staff, stranger, ANONYMOUS]


def before(procedure: Procedure, row: Step, state: str, agent: Agent) -> tuple[Taken, ...]:
    """What must be done in the state before the row: steps it needs, the consent of all named."""
    needed = list(row.needs)
    if row.after_all:
        needed += [procedure.rows[row.after_all].named_in, row.after_all]
    named = {"members": [agent.person]}
    return tuple(Taken(name, agent.person, state, state, form=named) for name in needed)


def ways_into(procedure: Procedure, state: str) -> Iterator[Taken]:
    if state == procedure.initial:
        yield Taken(OPENED, "opener", "", state)
    for row in procedure.steps:
        if row.target == state:
            for source in row.sources:
                if source != state:
                    yield Taken(row.name, "somebody", source, state)


def holds(role: Role, agent: Agent, parties: dict[str, str]) -> bool:
    """What the table means by a role, said once more and otherwise than the engine says it."""
    if role.clock or role.administrator:
        return agent.system if role.clock else agent.administrator
    if role.opened or role.public:
        return agent.person == "opener" if role.opened else not agent.system
    wanted = {
        bool(agent.person),
        not role.party or agent.organisation == parties[role.party],
        not role.kind or role.kind in agent.kinds,
        not role.rank or agent.rank == role.rank,
    }
    return wanted == {True}


@pytest.mark.parametrize("procedure", ALL, ids=names)
def test_the_product_of_states_steps_and_roles_agrees_with_the_table(procedure: Procedure) -> None:
    parties = all_parties(procedure)
    moves = 0
    for state in procedure.states:
        for came, row, agent in product(
            list(ways_into(procedure, state)), procedure.steps, actors(procedure)
        ):
            view = View(state, parties, "opener", (came, *before(procedure, row, state, agent)))
            outcome = step(procedure, view, row.name, agent, TRUE, note="because")
            expected = (
                state in row.sources
                and (not row.entered_by or came.name in row.entered_by)
                and holds(row.by, agent, parties)
                and not (row.once and came.name == row.name)
            )
            assert isinstance(outcome, Transition) == expected, (state, came.name, row.name, agent)
            if isinstance(outcome, Transition):
                assert (outcome.source, outcome.target) == (state, row.target)
                moves += 1
    assert moves >= len(procedure.steps)


@pytest.mark.parametrize("procedure", ALL, ids=names)
def test_a_step_waits_for_its_facts_and_for_the_steps_it_needs(procedure: Procedure) -> None:
    parties = all_parties(procedure)
    for row in procedure.steps:
        state = row.sources[0]
        came = Taken(row.entered_by[0] if row.entered_by else "x", "somebody", "before", state)
        agent = holder_of(row.by)
        bare = View(state, parties, "opener", (came,))
        if row.guards:
            needed = before(procedure, row, state, agent)
            ready = View(state, parties, "opener", (came, *needed))
            outcome = step(procedure, ready, row.name, agent, FALSE, note="because")
            assert not isinstance(outcome, Transition)
            assert outcome.code == row.guards[0].fact
            assert outcome.sentence == row.guards[0].otherwise
        if row.needs:
            outcome = step(procedure, bare, row.name, agent, TRUE, note="because")
            assert not isinstance(outcome, Transition)
            assert outcome.code == "too_soon"


@pytest.mark.parametrize("procedure", ALL, ids=names)
def test_whoever_prepared_may_not_decide(procedure: Procedure) -> None:
    parties = all_parties(procedure)
    for row in procedure.steps:
        agent = holder_of(row.by)
        came = Taken(
            row.entered_by[0] if row.entered_by else "x", "somebody", "before", row.sources[0]
        )
        for earlier in row.not_by_who_did:
            taken = (Taken(earlier, agent.person, "a", "a"), came)
            opened_by = agent.person if earlier == OPENED else "opener"
            view = View(row.sources[0], parties, opened_by, taken)
            outcome = step(procedure, view, row.name, agent, TRUE, note="because")
            assert not isinstance(outcome, Transition), row.name
            assert outcome.code == "same_person"


@pytest.mark.parametrize("procedure", ALL, ids=names)
def test_a_step_that_owes_a_reason_is_refused_without_one(procedure: Procedure) -> None:
    parties = all_parties(procedure)
    for row in procedure.steps:
        if row.reason:
            state = row.sources[0]
            came = Taken(row.entered_by[0] if row.entered_by else "x", "somebody", "b", state)
            needed = before(procedure, row, state, holder_of(row.by))
            view = View(state, parties, "opener", (came, *needed))
            outcome = step(procedure, view, row.name, holder_of(row.by), TRUE, note=" ")
            assert not isinstance(outcome, Transition)
            assert outcome.code == "reason_owed"


def test_what_is_possible_once_is_refused_a_second_time() -> None:
    checked = 0
    for procedure, row in ROWS:
        if row.once or row.once_here:
            state = row.sources[0]
            came = Taken("x", "somebody", "before", state)
            earlier = [Taken(name, "nobody", state, state) for name in (*row.needs, row.name)]
            view = View(state, all_parties(procedure), "opener", (came, *earlier))
            outcome = step(procedure, view, row.name, holder_of(row.by), TRUE, note="because")
            assert not isinstance(outcome, Transition)
            assert outcome.code == "only_once"
            checked += 1
    assert checked >= 5


def test_what_is_possible_once_a_stay_is_possible_again_in_the_next() -> None:
    procedure = PROCEDURES["catalogue_entry"]
    first = Taken("ask_extension", "li", "updating", "updating")
    again = Taken("change", "li", "published", "updating")
    view = View("updating", {"department": "A"}, "li", (first, again))
    clerk = Agent(person="li", organisation="A")
    assert isinstance(step(procedure, view, "ask_extension", clerk, {}, note="because"), Transition)


def test_no_event_name_is_reused_across_all_procedures() -> None:
    events = [row.event for _, row in ROWS]
    assert sorted(set(events)) == sorted(events)
    assert all(event.count(".") == 1 for event in events)


@pytest.mark.parametrize("procedure", ALL, ids=names)
def test_no_two_rows_answer_the_same_move(procedure: Procedure) -> None:
    moves = [(source, row.name) for row in procedure.steps for source in row.sources]
    assert len(set(moves)) == len(moves)
    assert len(procedure.rows) == len(procedure.steps)


@pytest.mark.parametrize("procedure", ALL, ids=names)
def test_every_state_is_reached_and_only_final_ones_are_never_left(procedure: Procedure) -> None:
    reached, grew = {procedure.initial}, True
    while grew:
        more = {row.target for row in procedure.steps if reached & set(row.sources)}
        grew = not more <= reached
        reached |= more
    assert reached == set(procedure.states)
    left = {source for row in procedure.steps for source in row.sources}
    assert set(procedure.finals) == set(procedure.states) - left


@pytest.mark.parametrize("procedure", ALL, ids=names)
def test_every_state_that_is_not_final_can_still_come_to_an_end(procedure: Procedure) -> None:
    for state in procedure.states:
        reached, grew = {state}, True
        while grew:
            more = {row.target for row in procedure.steps if reached & set(row.sources)}
            grew = not more <= reached
            reached |= more
        assert reached & set(procedure.finals), state


@pytest.mark.parametrize(("procedure", "row"), ROWS, ids=names)
def test_every_row_is_written_out(procedure: Procedure, row: Step) -> None:
    assert set(row.sources) <= set(procedure.states)
    assert row.target in procedure.states
    assert row.label.en
    assert row.label.zh
    assert row.by.label.en
    assert row.by.label.zh
    assert row.article is None or row.article.startswith("第")
    known = {r.name for r in procedure.steps} | {OPENED}
    assert {*row.entered_by, *row.needs, *row.not_by_who_did} <= known
    assert not row.since or row.since in known
    if row.dated_by:
        assert row.form
        assert row.dated_by in row.form.model_fields
    for wanted in row.notify:
        assert wanted.startswith("kind:") or wanted in {*all_parties(procedure), "grantee"}


@pytest.mark.parametrize(("procedure", "row"), ROWS, ids=names)
def test_a_length_that_the_law_does_not_write_is_no_deadline(
    procedure: Procedure, row: Step
) -> None:
    """A row without an article is our own rule; it sets nobody a deadline."""
    assert row.article or not (row.within or row.extends)


@pytest.mark.parametrize("procedure", ALL, ids=names)
def test_a_case_waits_for_somebody_or_rests(procedure: Procedure) -> None:
    """Every state is either awaited, or one of those in which a thing is simply in force."""
    resting = {"published", "active", "operating", "in_publicity", "in_force", "open", "listed"}
    # A term begins by itself; a consent stands until it is taken back.
    resting |= {"contract_filed", "given"}
    if procedure.kind == "harvest_source":  # read in until somebody ends it
        resting |= {"approved"}
    parties = all_parties(procedure)
    for state in procedure.states:
        for came in ways_into(procedure, state):
            waits = awaited(procedure, View(state, parties, "opener", (came,)))
            if state in procedure.finals:
                assert not waits
            elif state not in resting:
                assert waits, state


def test_only_what_rests_on_a_grant_moves_it() -> None:
    """No state in which access goes on is left for an end without its grant being ended."""
    running = {
        "sharing_request": {"active", "suspended", "consulting", "end_agreed"},
        "authorised_operation": {"operating", "rectifying"},
        "administrator_grant": {"active"},
    }
    for kind, states in running.items():
        for row in PROCEDURES[kind].steps:
            leaves = states & set(row.sources) and row.target not in states
            begins = row.target in states and not states & set(row.sources)
            assert (row.effect == "end_grant") == bool(leaves), row.name
            assert (row.effect == "issue_grant") == begins, row.name


def test_a_licence_is_in_force_while_its_contract_is() -> None:
    for row in PROCEDURES["digital_contract"].steps:
        begins = row.target == "active" and "active" not in row.sources
        ends = "active" in row.sources and row.target != "active"
        assert (row.effect == "issue_licence") == begins, row.name
        assert (row.effect == "end_licence") == ends, row.name


def test_nobody_but_the_clock_takes_the_clocks_steps() -> None:
    clocks = [(p, row) for p, row in ROWS if row.by.clock]
    assert {p.kind for p, _ in clocks} >= {
        "sharing_request",
        "authorised_operation",
        "administrator_grant",
        "registration_case",
        "registration_record",
    }
    for procedure, row in clocks:
        view = View(row.sources[0], all_parties(procedure), "opener")
        for agent in actors(procedure):
            outcome = step(procedure, view, row.name, agent, TRUE)
            assert isinstance(outcome, Transition) == agent.system
