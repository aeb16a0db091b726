"""Questions whose process died: each is settled once, by its process or, when that is gone, here.

A reservation is worth something until its `until`. After that the worker writes it off as a
refusal with its entry, so that every question asked has one outcome, and one entry of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from gongshu.data.policy.refusals import Refused
from gongshu.gateway.models import METER, Decision, QueryRecord
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.prepared import update
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence

SETTLED = ("decision", "code", *METER, "ms", "withheld", "truncated", "near", "entry_id")


def settle(record: QueryRecord) -> None:
    """Write the outcome, in the transaction of its entry; `Refused` if it was written off.

    Whoever comes second undoes its transaction by that: a question has one outcome.
    """
    if update(record, SETTLED, decision=Decision.RUNNING.value):
        return
    refused = Refused(
        "lost",
        Sentence(en="The question was interrupted and has no answer.", zh="查询被中断，没有结果。"),
    )
    written = QueryRecord.objects.values_list("entry_id", flat=True).get(pk=record.pk)
    refused.entry_id = written  # type: ignore[attr-defined]  # the refusal's receipt
    raise refused


def write_off(*, now: datetime | None = None) -> int:
    """Settle the questions that nobody can be answering any more; how many."""
    overdue = QueryRecord.objects.filter(
        decision=Decision.RUNNING, until__lt=now or moment.now()
    ).select_related("grant")
    return sum(_write_off(record) for record in overdue)


def _write_off(record: QueryRecord) -> bool:
    try:
        with transaction.atomic():
            record.decision, record.code = Decision.REFUSED, "lost"
            record.entry_id = _entry(record)
            settle(record)
    except Refused:  # its process, or another worker, was quicker
        return False
    return True


def _entry(record: QueryRecord) -> str:
    """As other refusals have it, as far as it is known: parameters and files went with it."""
    grant = record.grant
    public: dict[str, Any] = {
        "grant": grant.id,
        "versions": record.versions,
        "decision": record.decision,
        "code": record.code,
    }
    private = {"sql": record.sql}
    named = public if record.purpose in grant.purposes else private
    named["purpose"] = record.purpose
    entry = ledger.append(
        event="query.refused",
        subject=Subject("grant", grant.id, grant.grantee),
        by=Agent(person=record.person, organisation=record.organisation),
        public=public,
        private=private,
        holder=record.organisation,
    )
    return str(entry.id)
