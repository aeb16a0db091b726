"""What procedures name and other rooms do: effects, facts and parties.

A procedure's row says `effect="issue_grant"`; the room that owns grants registers a function of
that name when it is ready. Start-up fails on a name that nobody has bound.

    @effect("issue_grant")
    def _(ctx: EffectContext) -> Mapping[str, Json] | None: …     # facts for the step's entry

    @facts("datasets_graded")
    def _(case: Case) -> bool: …

    @party("provider_of_dataset")
    def _(payload: Mapping[str, Any]) -> str: …                   # an organisation's code
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.core.checks import CheckMessage, Error, register
from django.db.models import QuerySet
from pydantic import BaseModel

from gongshu.cases.models import Case
from gongshu.rules import procedures
from gongshu.rules.agents import Agent
from gongshu.rules.procedure import Step


@dataclass(frozen=True)
class EffectContext:
    """What an effect is told; it runs in the step's transaction, after the state has moved."""

    case: Case
    step: Step
    by: Agent
    form: BaseModel | None
    note: str
    at: datetime


Effect = Callable[[EffectContext], Mapping[str, Any] | None]
Fact = Callable[[Case], Any]
Candidates = Callable[[QuerySet[Case]], QuerySet[Case]]
Party = Callable[[Mapping[str, Any]], str]
Bound = TypeVar("Bound", bound=Callable[..., Any])

EFFECTS: dict[str, Effect] = {}
FACTS: dict[str, Fact] = {}
PARTIES: dict[str, Party] = {}
CANDIDATES: dict[str, Candidates] = {}


def _binder(bound: dict[str, Any], name: str) -> Callable[[Bound], Bound]:
    def bind(function: Bound) -> Bound:
        if bound.setdefault(name, function) is not function:
            raise RuntimeError(f"{name} is bound twice")
        return function

    return bind


def effect(name: str) -> Callable[[Bound], Bound]:
    return _binder(EFFECTS, name)


def facts(name: str) -> Callable[[Bound], Bound]:
    return _binder(FACTS, name)


def party(name: str) -> Callable[[Bound], Bound]:
    return _binder(PARTIES, name)


def candidates(name: str) -> Callable[[Bound], Bound]:
    """The cases for which a fact may hold, so that the clock need not ask each one.

    Not owed: a fact without it is asked of every case that waits for the clock.
    """
    return _binder(CANDIDATES, name)


def facts_for(case: Case, names: Iterable[str]) -> dict[str, Any]:
    return {name: FACTS[name](case) for name in names}


@register()
def every_name_is_bound(**_: Any) -> list[CheckMessage]:
    missing = sorted(procedures.effects() - EFFECTS.keys())
    missing += sorted(procedures.facts() - FACTS.keys())
    missing += sorted(procedures.named_parties() - PARTIES.keys())
    return [Error(f"no room has bound “{name}”", id="cases.E001") for name in missing]
