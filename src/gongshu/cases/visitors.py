"""Whoever comes without an account: how much may be sent in, and how one's own case is followed.

A visitor who opens a case is given its number and a code. With both they act as the person who
opened it, in this case and in no other. The code is worked out from the instance's secret key, so
that none is stored.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from gongshu.cases.models import Case, CaseStep
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden, NotFound
from gongshu.wording import Sentence

AN_HOUR = 300  # acts without an account, all together


def person_of(case_id: str) -> str:
    """The one who opened this case without an account, and nobody else."""
    return f"visitor:{case_id}"


def is_visitor(by: Agent) -> bool:
    return by.person.startswith(person_of(""))


def has_no_account(person: str) -> bool:
    """Whether whoever opened a case or took a step, by no organisation, came as a visitor."""
    return not person or person.startswith(person_of(""))


def code_of(case_id: str) -> str:
    """Sixteen signs in groups of four, given once to whoever opened the case."""
    digest = salted_hmac("gongshu.cases.visitors", case_id, algorithm="sha256").digest()
    text = base64.b32encode(digest)[:16].decode()
    return "-".join(text[n : n + 4] for n in range(0, 16, 4))


def follower(case_id: str, code: str) -> Agent:
    """Who followed their case with its code; a wrong one reads like no case."""
    given = "".join(code.upper().split()).replace("-", "")
    known = code_of(case_id).replace("-", "")
    opened = Case.objects.filter(pk=case_id, opened_by=person_of(case_id)).exists()
    if not (hmac.compare_digest(given.encode(), known.encode()) and opened):
        raise NotFound(
            "wrong_follow_up",
            Sentence(
                en="There is no case with this number and this code.",
                zh="没有与该编号和查询码相符的办件。",
            ),
        )
    return Agent(person=person_of(case_id))


def opened(by: Agent) -> QuerySet[Case]:
    """What was opened before by whoever acts; of visitors, nobody knows one from another."""
    if by.anonymous:
        return Case.objects.filter(opened_by__startswith=person_of(""))
    return Case.objects.filter(opened_by=by.person)


def require_room(by: Agent, at: datetime) -> None:
    """Whoever needs no account could otherwise fill the inboxes, and the ledger for ever."""
    if not by.anonymous:
        return
    hour = CaseStep.objects.filter(person="", organisation="", at__gt=at - timedelta(hours=1))
    if hour.count() >= AN_HOUR:
        raise Forbidden(
            "limit",
            Sentence(
                en="Too much was sent in without an account in the last hour.",
                zh="最近一小时内未登录提交的事项过多。",
            ),
            suggestion=Sentence(en="Log in, or try again later.", zh="请登录后办理，或稍后再试。"),
        )
