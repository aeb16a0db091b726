"""Jurisdiction profiles: what a place rules differently, as data.

A local rule may set its own lengths; nothing else of a procedure changes. A profile is a TOML
file. Each key is `kind.step`, and each length says on what rule it rests:

    name = "Example county"
    basis = "《示例县公共数据共享办法》第八条"

    [workdays]
    "sharing_request.consent" = 5

    [clocks]
    "registration_case.code" = "stands"     # publicity stands still while an objection is checked

    [duties]
    sub_authorisation = "allowed"           # an operator may authorise others; denied by default
    registration_elsewhere = "allowed"      # registered on another platform: its code is recorded

Where a rule wants a step and writes no length (`UNWRITTEN`), a place may set one here. A place may
be stricter than the national rule: what is owed within a longer time by its own is owed within
the national time. `GONGSHU_PROFILE` names one that comes with the platform; a `profile.toml` in
the instance's folder goes before it.

>>> NATIONAL.length("sharing_request", "deliver", workdays(20)).in_words.en
'20 working days'
>>> county = Profile("county", "第八条", {("sharing_request", "consent"): workdays(5)})
>>> county.length("sharing_request", "consent", workdays(10)).in_words.en
'5 working days'
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from gongshu.rules.lengths import UNWRITTEN, Length, Unwritten, workdays
from gongshu.rules.problems import BadInput
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

DENIED = ("sub_authorisation", "registration_elsewhere")  # unless a place allows it


@dataclass(frozen=True)
class Profile:
    name: str
    basis: str
    lengths: Mapping[tuple[str, str], Length] = field(default_factory=dict)
    standing: frozenset[tuple[str, str]] = frozenset()
    allowed: frozenset[str] = frozenset()

    def length(self, kind: str, step: str, ruled: Length | Unwritten) -> Length | Unwritten:
        """What holds here in place of the length that the national rule says."""
        found = self.lengths.get((kind, step), ruled)
        row = PROCEDURES[kind].step(step)
        waits = row is not None and row.after is not None  # a wait, such as publicity, protects
        if waits or not (isinstance(found, Length) and isinstance(ruled, Length)):
            return found
        return min(found, ruled, key=lambda length: length.number) if ruled.working else found

    def stands(self, kind: str, step: str) -> bool:
        """Whether the clock of this step stands still in the state that its row names."""
        return (kind, step) in self.standing

    def allows(self, what: str) -> bool:
        """Whether the place allows what is denied where no rule says otherwise."""
        return what in self.allowed

    @classmethod
    def load(cls, path: Path) -> Self:
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(
                str(data["name"]),
                str(data["basis"]),
                _lengths(data.get("workdays", {})),
                _standing(data.get("clocks", {})),
                _allowed(data.get("duties", {})),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                "profile",
                Sentence(
                    en=f"{path.name} is not a profile: {error}.",
                    zh=f"{path.name} 不是有效的地方配置：{error}。",
                ),
            ) from None


def _lengths(given: Mapping[str, Any]) -> dict[tuple[str, str], Length]:
    found = {}
    for key, number in given.items():
        kind, _, name = key.partition(".")
        row = PROCEDURES[kind].step(name) if kind in PROCEDURES else None
        if row is None or not (row.within or row.within is UNWRITTEN or row.extends or row.after):
            raise ValueError(f"no step “{key}” has a length")
        if type(number) is not int:
            raise ValueError(f"“{key}” is not a whole number")
        found[kind, name] = workdays(number)
    return found


def _standing(given: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    found = set()
    for key, said in given.items():
        kind, _, name = key.partition(".")
        row = PROCEDURES[kind].step(name) if kind in PROCEDURES else None
        if row is None or not row.may_stand:
            raise ValueError(f"the clock of “{key}” cannot stand still")
        if said not in ("stands", "runs"):
            raise ValueError(f"“{key}” is neither “stands” nor “runs”")
        if said == "stands":
            found.add((kind, name))
    return frozenset(found)


def _allowed(given: Mapping[str, Any]) -> frozenset[str]:
    for key, said in given.items():
        if key not in DENIED:
            raise ValueError(f"there is no duty “{key}”")
        if said not in ("allowed", "denied"):
            raise ValueError(f"“{key}” is neither “allowed” nor “denied”")
    return frozenset(key for key, said in given.items() if said == "allowed")


NATIONAL = Profile("national", "")
COMING_WITH_US = {"county": Path(__file__).parent / "profile_county.toml"}


def named(name: str) -> Profile:
    """The national rules, or a place's own that comes with the platform; `BadInput` for others.

    >>> county = named("county")
    >>> [county.length("sharing_request", "consent", workdays(n)).number for n in (1, 10)]
    [1, 7]
    """
    if name in ("", NATIONAL.name):
        return NATIONAL
    if name not in COMING_WITH_US:
        known = ", ".join([NATIONAL.name, *COMING_WITH_US])
        raise BadInput(
            "profile",
            Sentence(
                en=f"There is no profile “{name}”: {known}.",
                zh=f"没有名为“{name}”的地方配置，可选：{known}。",
            ),
        )
    return Profile.load(COMING_WITH_US[name])
