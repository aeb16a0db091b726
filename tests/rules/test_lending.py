"""What a lent rank reaches, and what it does not: from values alone."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from gongshu.rules import lending
from gongshu.rules.agents import Agent
from gongshu.rules.procedure import Procedure, Refused, Role, Step, Taken, Transition, View
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

HEAD = Role("head", party="department", rank="head")
CLERK = Role("clerk", party="department")


def row(name: str, by: Role, **more: Any) -> Step:
    return Step(
        name, ("open",), "open", by=by, label=Sentence(name, name), event=f"thing.{name}",
        article=None, **more,
    )  # fmt: skip


THING = Procedure(
    kind="thing",
    title=Sentence("Thing", "事"),
    basis=Sentence("", ""),
    payload=BaseModel,
    initial="open",
    finals=(),
    states={},
    steps=(
        row("prepare", CLERK),
        row("approve", HEAD),
        row("review", HEAD, not_by_who_did=("approve",)),
        row("name_them", HEAD),
        row("consent", HEAD, named_in="name_them"),
        row("withdraw", Role("opened", opened=True)),
        row("unstick", Role("administrator", administrator=True)),
    ),
)
LI = Agent(person="li", organisation="A", rank="staff", administrator=True)
FOR_WANG = lending.acting(LI, "wang")


def outcome(name: str, agent: Agent, *taken: Taken) -> str:
    view = View("open", {"department": "A"}, "somebody", taken)
    found = lending.step(THING, view, name, agent, {})
    return found.code if isinstance(found, Refused) else found.target


def test_the_rank_is_lent_and_nothing_else() -> None:
    assert outcome("approve", LI) == "not_yours"
    assert outcome("approve", FOR_WANG) == "open"
    assert [outcome(n, FOR_WANG) for n in ("prepare", "consent", "withdraw", "unstick")] == [
        "not_lent"
    ] * 4


@pytest.mark.parametrize("by", ["li", "wang"])
def test_two_persons_are_owed_of_both_who_acts_and_for_whom(by: str) -> None:
    own = Agent(person=by, organisation="A", rank="head")
    approved = Taken("approve", "li", on_behalf_of="wang")
    assert outcome("review", own, approved) == "same_person"
    assert (
        outcome("review", Agent(person="zhao", organisation="A", rank="head"), approved) == "open"
    )


def test_what_one_did_in_ones_own_name_one_does_not_decide_for_another() -> None:
    assert outcome("approve", FOR_WANG, Taken("prepare", "li")) == "same_person"
    assert outcome("approve", FOR_WANG, Taken("prepare", "zhao")) == "open"
    assert outcome("approve", FOR_WANG, Taken("approve", "li", on_behalf_of="wang")) == "open"
    assert outcome("review", FOR_WANG, Taken("approve", "wang")) == "same_person"


def test_of_every_procedure_only_steps_of_a_head_are_lent() -> None:
    rows = [row for procedure in PROCEDURES.values() for row in procedure.steps]
    lent = [row for row in rows if lending.lendable(row)]
    assert lent
    assert {row.by.rank for row in lent} == {"head"}
    assert not [row for row in lent if row.named_in or row.by.administrator or row.by.clock]


def test_in_ones_own_name_nothing_is_otherwise() -> None:
    head = Agent(person="wang", organisation="A", rank="head")
    view = View("open", {"department": "A"}, "wang", (Taken("prepare", "wang"),))
    assert isinstance(lending.step(THING, view, "approve", head, {}), Transition)
