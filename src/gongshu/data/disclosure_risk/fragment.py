"""A combination of steps as a piece of the owner's terms, ready to be pasted and completed.

Bands become `bucket`, dates and names a `mask`; `k` is what was wanted, and with a unit the
columns are named as `quasi`, so that no combination of their values in an extract belongs to
fewer. A column that is hidden, or made coarser in a way that terms have no word for, gets no
right at all: what terms do not name stays closed.
"""

from __future__ import annotations

from typing import Any

from gongshu.data.disclosure_risk.suggestions import Combination
from gongshu.wording import Sentence

RIGHTS = ("filter", "group", "show")


def owners_terms(found: Combination, *, k: int, unit: str | None = None) -> dict[str, Any]:
    """`unit`, `k`, `quasi` and `columns`; columns beside the quasi-identifiers are the owner's."""
    columns: dict[str, Any] = {
        name: {"rights": list(RIGHTS), **step.rights}
        for name, step in found.steps.items()
        if step.rights is not None
    }
    named: dict[str, Any] = {"k": k, "columns": columns}
    if unit is not None:
        named = {"unit": unit, "k": k, "quasi": list(columns), "columns": columns}
        if not columns:
            del named["quasi"]
    return named


def not_in_terms(found: Combination) -> dict[str, Sentence]:
    """The columns that terms alone cannot make so coarse: a version must be prepared for them."""
    return {
        name: step.title
        for name, step in found.steps.items()
        if step.rights is None and step.name != "hidden"
    }
