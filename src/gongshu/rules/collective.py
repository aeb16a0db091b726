"""Collective decisions (三重一大): who decides is named, and each records their own consent.

Two rows for any decision of this kind: the meeting, which names its members, and the consent that
each of them gives. The row that is decided upon says `after_all="consent_to_…"`.

>>> from gongshu.rules.procedure import Role
>>> mayor = Role("government", Sentence("the government", "政府"), kind="government")
>>> [row.name for row in deciding("plan", "submitted", by=mayor, article="第十一条")]
['name_deciders_of_plan', 'consent_to_plan']
"""

from __future__ import annotations

from gongshu.rules.operation_forms import Meeting
from gongshu.rules.procedure import Role, Step
from gongshu.wording import Sentence


def deciding(what: str, state: str, *, by: Role, article: str) -> tuple[Step, Step]:
    meeting = f"name_deciders_of_{what}"
    return (
        Step(
            meeting,
            (state,),
            state,
            by=by,
            label=Sentence("Name who decides together", "确定集体决策人员"),
            event=f"operation.deciders_of_{what}_named",
            article=article,
            form=Meeting,
            once_here=True,
            effect="check_members",
        ),
        Step(
            f"consent_to_{what}",
            (state,),
            state,
            by=by,
            label=Sentence("Consent, as one of those who decide", "作为集体决策人员表示同意"),
            event=f"operation.{what}_consented_to",
            article=article,
            needs=(meeting,),
            named_in=meeting,
        ),
    )
