"""The ways in which an act is refused, whichever room refuses it.

Each is a `Problem`: one clear sentence in the reader's language. Each class has its HTTP status,
which the pages and the API both answer with; nothing else depends on the class.

>>> status_of(not_found()), status_of(Problem("limit", Sentence("", "")))
(404, 429)
"""

from __future__ import annotations

from collections.abc import Mapping

from gongshu.wording import Problem, Sentence

# What is of no class below and has no code of these is understood and cannot be carried out.
CANNOT_BE_DONE = 422
STATUS_OF_CODE: Mapping[str, int] = {
    "not_yours": 403,
    "same_person": 403,
    "unknown_step": 404,
    "reason_owed": 422,
    "purpose": 403,
    "term": 403,
    "grant_not_begun": 403,
    "grant_suspended": 403,
    "grant_ended": 403,
    "limit": 429,
    "budget": 429,
    "not_acceptable": 406,
    "too_large": 413,
    "length_required": 411,
    "unknown_column": 422,  # of an entry that is there
}


class BadInput(Problem):
    """What was sent is wrong in itself; `field` says where."""

    status = CANNOT_BE_DONE


class Forbidden(Problem):
    """Whoever asks may not do this."""

    status = 403


class NotFound(Problem):
    """There is no such thing, or not for whoever asks: the two read alike."""

    status = 404


class Gone(Problem):
    """It was here, and was removed."""

    status = 410


class Conflict(Problem):
    """It was possible a moment ago, and somebody else was quicker."""

    status = 409


class RuleRefused(Problem):
    """A procedure's table has no such move now, for this actor, in this state."""

    status = 409


def status_of(problem: Problem) -> int:
    """The HTTP status of its code where that has one of its own, else of its class."""
    of_class: int = getattr(problem, "status", CANNOT_BE_DONE)
    return STATUS_OF_CODE.get(problem.code, of_class)


def not_found(code: str = "not_found") -> NotFound:
    """The one sentence for what is absent and for what is invisible."""
    return NotFound(
        code,
        Sentence(
            en="There is nothing here under that name.",
            zh="此处没有该名称的内容。",
        ),
    )
