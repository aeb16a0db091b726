"""The data plane: files become tables, and questions become protected answers.

It knows nothing of the web or of a database and can be used from a notebook on its own:

    from gongshu.data import Gate, Refused, Table, Terms, profile, risk

    t = Table.read("persons.csv")
    gate = Gate(Terms.load("terms.yaml"), {"health.persons": t})
    gate.answer("SELECT district, count(*) AS n FROM health.persons GROUP BY 1", purpose="planning")

The names are loaded when they are first used (PEP 562), so that a command that only ingests
a file does not pay for the SQL checker, and the reverse.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gongshu.data.disclosure_risk import risk
    from gongshu.data.ingest import Table, Unreadable
    from gongshu.data.policy import Answer, Decision, Gate, Refused, Terms
    from gongshu.data.profiling import profile

__all__ = [
    "Answer",
    "Decision",
    "Gate",
    "Refused",
    "Table",
    "Terms",
    "Unreadable",
    "profile",
    "risk",
]

_HOMES = {
    "Answer": "gongshu.data.policy",
    "Decision": "gongshu.data.policy",
    "Gate": "gongshu.data.policy",
    "Refused": "gongshu.data.policy",
    "Table": "gongshu.data.ingest",
    "Terms": "gongshu.data.policy",
    "Unreadable": "gongshu.data.ingest",
    "profile": "gongshu.data.profiling",
    "risk": "gongshu.data.disclosure_risk",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
