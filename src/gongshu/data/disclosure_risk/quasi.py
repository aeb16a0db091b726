"""Which columns somebody outside may know of a person: a proposal from what columns mean.

What names a person outright (number, telephone, name) is no quasi-identifier: it singles out
alone and is protected by itself. Traits (sex, age, birth, education …) and places are.

>>> quasi_identifiers({"name": "person_name", "age": "age", "district": "area_code", "n": None})
('age', 'district')
"""

from __future__ import annotations

from collections.abc import Mapping

from gongshu.data.profiling.kinds import BY_CODE

_PLACES = {"area_code", "postal_code", "address", "country_code"}
# Known to the person and to those who keep the record, hardly to a stranger.
_SENSITIVE = {"sensitive", "serious"}


def quasi_identifiers(meanings: Mapping[str, str | None]) -> tuple[str, ...]:
    """Of columns by their semantic type."""
    return tuple(name for name, meaning in meanings.items() if meaning and _is_quasi(meaning))


def sensitive_columns(meanings: Mapping[str, str | None]) -> tuple[str, ...]:
    """What nobody should learn of a person: health, income, religion …"""
    return tuple(
        name
        for name, meaning in meanings.items()
        if meaning in BY_CODE
        and BY_CODE[meaning].subject == "trait"
        and BY_CODE[meaning].care in _SENSITIVE
    )


def _is_quasi(meaning: str) -> bool:
    kind = BY_CODE.get(meaning)
    if kind is None:
        return False
    trait = kind.subject == "trait" and kind.care not in _SENSITIVE
    return trait or meaning in _PLACES
