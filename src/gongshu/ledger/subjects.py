"""What an entry is about, in plain strings, so that every room above can be logged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """`Subject("dataset", "health.persons", "11330100…")`: the organisation it belongs to last."""

    kind: str
    id: str
    organisation: str = ""
