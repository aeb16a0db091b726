"""The ways in which an act is refused, whichever room refuses it.

Each is a `Problem`: one clear sentence in the reader's language. The API gives each class its
HTTP status; nothing else depends on the class.
"""

from __future__ import annotations

from gongshu.wording import Problem, Sentence


class BadInput(Problem):
    """What was sent is wrong in itself; `field` says where."""


class Forbidden(Problem):
    """Whoever asks may not do this."""


class NotFound(Problem):
    """There is no such thing, or not for whoever asks: the two read alike."""


class Conflict(Problem):
    """It was possible a moment ago, and somebody else was quicker."""


class RuleRefused(Problem):
    """A procedure's table has no such move now, for this actor, in this state."""


def not_found(code: str = "not_found") -> NotFound:
    """The one sentence for what is absent and for what is invisible."""
    return NotFound(
        code,
        Sentence(
            en="There is nothing here under that name.",
            zh="此处没有该名称的内容。",
        ),
    )
