"""What an operator's question reaches, and what it is told of data that it does not reach.

Which datasets those are is `grants.reach`, asked with the question's own look at its datasets and
once more before the answer leaves. A dataset out of reach is left out of the question's tables, so
that nothing can be answered from it; a question that names it is told why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from gongshu.cases.models import Case
from gongshu.cases.product_effects import uses
from gongshu.data.answers import Decision
from gongshu.data.policy.refusals import Refused
from gongshu.gateway.models import Decision as Outcome
from gongshu.gateway.models import QueryRecord
from gongshu.grants import licences, reach
from gongshu.grants.models import Grant, Kind, Standing
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence

REST_ON_AN_OPERATION = (Kind.OPERATION, Kind.LICENCE)
WHAT_HELPS = Sentence(
    en="It can be asked again once this is mended; the grant's case says who does it.",
    zh="补正后即可查询；由谁办理见该授权所属事项。",
)


def not_allowed(grant: Grant, by: Agent, now: datetime) -> Refused | None:
    """A licence: whether its operation runs and its contract allows one use more. In the grant's
    lock, so that uses are counted one by one."""
    if grant.kind != Kind.LICENCE:
        return None
    assert grant.under is not None
    if not _in_force(grant.under, now):
        return Refused(
            "operation_not_in_force",
            Sentence(
                en="The authorised operation that this licence rests on is not in force.",
                zh="该许可所依据的授权运营未处于有效状态。",
            ),
        )
    contract = Case.objects.prefetch_related("steps").get(pk=grant.case_id)
    counted = QueryRecord.objects.filter(grant=grant).filter(
        decision__in=[Outcome.ANSWERED, Outcome.RUNNING]
    )
    used = uses(contract) + counted.exclude(decision=Outcome.RUNNING, until__lte=now).count()
    action = licences.action_of_question(contract)
    why = licences.use_denied(contract, by.person, action, 1, used, now)
    return Refused("use_denied", why) if why else None


def lost(grant: Grant, asked: Iterable[str], now: datetime) -> Refused | None:
    """Before the answer leaves: a dataset of the question that it reaches no longer."""
    if grant.kind not in REST_ON_AN_OPERATION:
        return None
    refused = reach.of_grant(grant, now).refused
    return next((told(code, refused[code]) for code in asked if code in refused), None)


def explained(refused: Refused, sql: str, out_of_reach: Mapping[str, Sentence]) -> Refused:
    """The refusal of a table that “does not exist”, where it does and is out of reach."""
    code = _named(sql, out_of_reach) if refused.code == "unknown_name" else ""
    return told(code, out_of_reach[code]) if code else refused


def decided(decision: Decision, sql: str, out_of_reach: Mapping[str, Sentence]) -> Decision:
    """The same, of a question that was not run."""
    code = _named(sql, out_of_reach) if decision.code == "unknown_name" else ""
    if not code:
        return decision
    found = told(code, out_of_reach[code])
    return replace(decision, code=found.code, sentence=found.sentence, suggestion=found.suggestion)


def told(code: str, why: Sentence) -> Refused:
    return Refused(
        "out_of_reach",
        Sentence(en=f"{code}: {why.en}", zh=f"{code}：{why.zh}"),
        suggestion=WHAT_HELPS,
    )


def _in_force(grant: Grant, now: datetime) -> bool:
    return grant.standing(timezone.localdate(now)) == Standing.IN_FORCE


def _named(sql: str, codes: Iterable[str]) -> str:
    """Which of them the text names; it only chooses the words of a refusal."""
    plain = sql.replace('"', "").casefold()
    return next((code for code in codes if code.casefold() in plain), "")
