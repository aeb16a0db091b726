"""A decision on a query that was not run, as the shell prints it and the API answers it."""

from __future__ import annotations

from typing import Any

from gongshu.data.answers import Decision


def told(decision: Decision) -> dict[str, Any]:
    """In the reader's language; `missing` is a fragment of terms to paste into an application."""
    line, column = decision.place or (None, None)
    return {
        "allowed": decision.allowed,
        "code": decision.code,
        "reason": decision.reason or None,
        "span": list(decision.span) if decision.span else None,
        "line": line,
        "column": column,
        "suggestion": str(decision.suggestion) if decision.suggestion else None,
        "missing": decision.missing,
        "trace": [str(one) for one in decision.trace],
    }
