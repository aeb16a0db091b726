"""How what rests on a grant is stopped: suspended, put in force again, over with its term.

Sharing (Order 809, article 27) and authorised operation (R27, article 21) say the same of it, so
their rows are made here. Whoever suspended puts in force again: what the authority suspended, the
party that gave the grant cannot let run.

Fact, of grants: `grant_term_over`. Effects, of grants: `suspend_grant`, `resume_grant`,
`end_grant`.
"""

from __future__ import annotations

from pydantic import BaseModel

from gongshu.rules.procedure import CLOCK, Guard, Role, Step
from gongshu.rules.roles import AUTHORITY
from gongshu.wording import Sentence

TERM_OVER = Guard(
    "grant_term_over",
    Sentence(en="The grant's term is not over.", zh="授权期限尚未届满。"),
)


def suspending(
    events: str,
    running: str,
    stopped: str,
    *,
    by: Role,
    user: str,
    why: Sentence,
    article: str,
    form: type[BaseModel] | None = None,
) -> tuple[Step, Step]:
    """By the party that gave the grant, and by the authority."""
    return (
        Step(
            "suspend",
            (running,),
            stopped,
            by=by,
            label=why,
            event=f"{events}.suspended",
            article=article,
            form=form,
            optional=True,
            reason=True,
            effect="suspend_grant",
            notify=(user, "kind:bureau"),
        ),
        Step(
            "suspend_by_authority",
            (running,),
            stopped,
            by=AUTHORITY,
            label=Sentence("Suspend (authority)", "主管部门责令暂停"),
            event=f"{events}.suspended_by_authority",
            article=article,
            form=form,
            optional=True,
            reason=True,
            effect="suspend_grant",
            notify=(user, by.party),
        ),
    )


def resuming(
    events: str, stopped: str, running: str, *, by: Role, user: str, article: str | None
) -> tuple[Step, Step]:
    return (
        Step(
            "resume",
            (stopped,),
            running,
            by=by,
            label=Sentence("Rectified: resume", "整改完成，恢复"),
            event=f"{events}.resumed",
            article=article,
            entered_by=("suspend",),
            effect="resume_grant",
            notify=(user,),
        ),
        Step(
            "resume_by_authority",
            (stopped,),
            running,
            by=AUTHORITY,
            label=Sentence("Rectified: resume (authority)", "整改完成，主管部门同意恢复"),
            event=f"{events}.resumed_by_authority",
            article=article,
            entered_by=("suspend_by_authority",),
            effect="resume_grant",
            notify=(user, by.party),
        ),
    )


def expiring(
    events: str, sources: tuple[str, ...], target: str, *, notify: tuple[str, ...]
) -> Step:
    """The last day is part of the term; the day after, the clock ends it."""
    return Step(
        "expire",
        sources,
        target,
        by=CLOCK,
        label=Sentence("Term is over", "期限届满"),
        event=f"{events}.expired",
        article=None,
        guards=(TERM_OVER,),
        effect="end_grant",
        notify=notify,
    )
