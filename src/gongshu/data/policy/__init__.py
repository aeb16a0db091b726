"""The terms of a grant, and SQL checked and rewritten against them.

The Gate itself is `gongshu.data.gate`; the names that callers hold on to are gathered here and
loaded when first used, since a caller of `Terms` alone has no use for the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gongshu.data.answers import Answer, Decision
    from gongshu.data.gate import Gate
    from gongshu.data.policy.refusals import Refused
    from gongshu.data.policy.terms import Terms

__all__ = ["Answer", "Decision", "Gate", "Refused", "Terms"]

_HOMES = {
    "Answer": "gongshu.data.answers",
    "Decision": "gongshu.data.answers",
    "Gate": "gongshu.data.gate",
    "Refused": "gongshu.data.policy.refusals",
    "Terms": "gongshu.data.policy.terms",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
