"""What the gateway itself refuses, before and after the checker: the grant's standing, limits.

All are the data plane's `Refused`, so that page, shell and API show one kind of refusal.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from gongshu.data.answers import Meter
from gongshu.data.policy.refusals import Refused
from gongshu.data.policy.terms import size_in_bytes
from gongshu.gateway.models import Decision, QueryRecord
from gongshu.grants.models import Grant, Standing
from gongshu.prepared import Prepared
from gongshu.wording import Sentence

NOT_IN_FORCE = {
    Standing.NOT_BEGUN: (
        "term",
        Sentence(en="The grant's term has not begun.", zh="授权尚未生效。"),
    ),
    Standing.EXPIRED: (
        "term",
        Sentence(en="The grant's term is over.", zh="授权已到期。"),
    ),
    Standing.SUSPENDED: (
        "grant_suspended",
        Sentence(en="The grant is suspended.", zh="授权已暂停。"),
    ),
    Standing.ENDED: (
        "grant_ended",
        Sentence(en="The grant has ended.", zh="授权已终止。"),
    ),
}
ASK_ITS_CASE = Sentence(
    en="The case the grant came from says what comes next.",
    zh="后续办理情况见该授权所属事项。",
)
LONGEST = timedelta(hours=2)  # no question runs so long: terms allow an hour at most
# What people are told when our own code failed; the log has the rest.
OURS = Sentence(
    en="The question could not be answered because of an error on our side.",
    zh="系统内部出错，未能答复该问题。",
)


def not_in_force(grant: Grant, now: datetime) -> Refused | None:
    standing = grant.standing(timezone.localdate(now))
    if standing == Standing.IN_FORCE:
        return None
    code, sentence = NOT_IN_FORCE[standing]
    return Refused(code, sentence, suggestion=ASK_ITS_CASE)


def _asked(grant: str, since: datetime, midnight: datetime, now: datetime) -> QuerySet[Any, Any]:
    asked = QueryRecord.objects.filter(grant=grant, at__gte=since).exclude(code="limit")
    return (
        asked.order_by()
        .values("grant")
        .annotate(
            today=Count("id", filter=Q(at__gte=midnight)),
            running=Count("id", filter=Q(decision=Decision.RUNNING, until__gt=now)),
        )
        .values_list("today", "running")
    )


_ASKED = Prepared(_asked)


def over_limit(grant: Grant, now: datetime) -> Refused | None:
    """Counted in the database under the grant's lock, so that the limits hold across processes."""
    limits, midnight = grant.limits, _midnight(now)
    since = min(midnight, now - LONGEST)
    (today, running) = next(iter(_ASKED(grant.id, since, midnight, now)), (0, 0))
    if today >= limits["queries_per_day"]:
        return Refused(
            "limit",
            Sentence(
                en=f"The grant allows {limits['queries_per_day']} questions a day.",
                zh=f"该授权每日最多提问 {limits['queries_per_day']} 次。",
            ),
            suggestion=Sentence(en="Ask again tomorrow.", zh="请明日再试。"),
        )
    if running >= limits["concurrent"]:
        return Refused(
            "limit",
            Sentence(
                en=f"The grant allows {limits['concurrent']} questions at a time.",
                zh=f"该授权最多同时执行 {limits['concurrent']} 个查询。",
            ),
            suggestion=Sentence(
                en="Wait until one of them is answered.", zh="请等待其中一个查询完成。"
            ),
        )
    return None


def too_much(grant: Grant, meter: Meter, now: datetime) -> Refused | None:
    """What this answer and the day's others have in rows and bytes, under the grant's lock."""
    limits = grant.limits
    rows, size = limits.get("rows_per_day"), limits.get("size_per_day")
    if rows is None and size is None:
        return None
    answered = QueryRecord.objects.filter(
        grant=grant, at__gte=_midnight(now), decision=Decision.ANSWERED
    ).aggregate(rows=Sum("rows", default=0), bytes=Sum("bytes", default=0))
    if rows is not None and answered["rows"] + meter.rows > rows:
        return _day_is_full(f"{rows} rows", f"{rows} 行")
    if size is not None and answered["bytes"] + meter.bytes > size_in_bytes(size):
        return _day_is_full(size, size)
    return None


def _day_is_full(en: str, zh: str) -> Refused:
    return Refused(
        "limit",
        Sentence(
            en=f"The grant gives out at most {en} a day; this answer would be more.",
            zh=f"该授权每日最多输出 {zh}，本次结果将超出。",
        ),
        suggestion=Sentence(
            en="Ask for less, or again tomorrow.", zh="请缩小查询结果，或明日再试。"
        ),
    )


def _midnight(now: datetime) -> datetime:
    """The law's days are Chinese days."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def until(grant: Grant, now: datetime) -> datetime:
    """When a question that was never settled stops to count: its process has died."""
    slack = timedelta(seconds=30)
    return now + timedelta(seconds=float(grant.limits["seconds"])) + slack
