"""What a rule may see of a case: small frozen values, made from the database by `cases`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

OPEN = "open"  # the name of the act that begins every case

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Done:
    """One act of a case that was done: who, when, and what was written in its form."""

    name: str
    source: str
    target: str
    person: str
    organisation: str
    on: date  # the day from which clocks run
    form: Mapping[str, Any] = _NOTHING


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the rules see it. `form` is what comes with the step that is being decided,
    None when only asked what could be done."""

    kind: str
    state: str
    id: str = ""
    applicant: str = ""
    parties: Mapping[str, str] = _NOTHING
    payload: Mapping[str, Any] = _NOTHING
    done: tuple[Done, ...] = ()
    subject_kind: str = ""
    subject_id: str = ""
    form: Mapping[str, Any] | None = field(default=None)

    def last(self, name: str) -> Done | None:
        """The latest time that the step `name` was done."""
        return next((one for one in reversed(self.done) if one.name == name), None)

    @property
    def entered(self) -> int:
        """The place in `done` of the act that brought the case into its state."""
        moves = [i for i, one in enumerate(self.done) if one.source != one.target]
        return moves[-1] if moves else 0

    @property
    def here(self) -> tuple[Done, ...]:
        """What was done since the case came into its state, the coming itself left out."""
        return self.done[self.entered + 1 :]

    def at(self, path: tuple[str, ...]) -> Any:
        """The value in the payload at `path`, None where there is none."""
        found: Any = self.payload
        for key in path:
            if not isinstance(found, Mapping):
                return None
            found = found.get(key)
        return found
