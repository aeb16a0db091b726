"""One door to data: authenticate → grant → govern → run → protect → meter → log.

The grant is read from the database at every question and once more before the answer leaves,
so that one suspended a moment ago is refused in every process. The ledger entry is committed
before the answer is handed over: a crash in between leaves an entry without an answer, never
an answer without an entry.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from gongshu.data.formats import json_value
from gongshu.data.policy.refusals import Refused
from gongshu.gateway import grading, lost, reach, refusals
from gongshu.gateway.gates import Source, gate_for, sources
from gongshu.gateway.models import METER, Decision, QueryRecord
from gongshu.gateway.standing import watched
from gongshu.grants.models import PUBLIC, Grant
from gongshu.grants.reach import of_grant
from gongshu.grants.selectors import held, locked
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.crash import crash_point
from gongshu.ledger.subjects import Subject
from gongshu.log.canonical_json import canonical
from gongshu.prepared import insert
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden
from gongshu.wording import Problem, Sentence

LARGEST_TEXT = 256 * 1024  # the checker reads less; what it refuses is still kept for its asker


@dataclass(frozen=True)
class GatewayAnswer:
    table: pa.Table
    withheld: bool
    truncated: bool
    entry_id: str
    rows: int
    ms: int
    versions: Mapping[str, int]


@dataclass(frozen=True)
class Question:
    """What was asked, by whom, of which versions."""

    grant: Grant
    purpose: str
    sql: str
    params: tuple[Any, ...]
    sources: tuple[Source, ...]
    by: Agent
    out_of_reach: Mapping[str, Sentence]

    @property
    def versions(self) -> dict[str, int]:
        return {source.dataset: source.version for source in self.sources}


def answer(
    *,
    grant_id: str,
    purpose: str,
    sql: str,
    params: Sequence[Any] = (),
    versions: Mapping[str, int] | None = None,
    by: Agent,
    now: datetime | None = None,
) -> GatewayAnswer:
    """The protected answer; raises `Refused` (with `.entry_id`) when there is none."""
    question = _question(grant_id, purpose, sql, params, versions, by, now)
    record = _reserve(question, now or moment.now())
    begun = time.monotonic()
    try:
        gate = gate_for(question.grant, question.sources)
        with watched(question.grant.id):
            result = gate.answer(sql, purpose=purpose, params=list(params), now=now or moment.now())
    except Refused as refused:
        told = _why_stopped(question, now) if refused.code == "stopped" else None
        told = told or reach.explained(refused, sql, question.out_of_reach)
        _settle(record, question, refused=told, begun=begun)
        raise told from None
    except Problem as problem:
        # A newer version lacks a column that the terms name, say: no answer, and no bug.
        told = Refused(problem.code, problem.sentence, suggestion=problem.suggestion)
        _settle(record, question, refused=told, begun=begun)
        raise told from None
    except Exception:
        # Ours, not the asker's: logged like every use, then raised to whoever runs the platform.
        _settle(record, question, refused=Refused("internal", refusals.OURS), begun=begun)
        raise
    return _release(record, question, result, begun, now)


def check(
    *,
    grant_id: str,
    purpose: str,
    sql: str,
    params: Sequence[Any] = (),
    versions: Mapping[str, int] | None = None,
    by: Agent,
    now: datetime | None = None,
) -> Any:
    """What would be decided, as `gongshu.data.Decision`; nothing is executed."""
    question = _question(grant_id, purpose, sql, params, versions, by, now)
    at = now or moment.now()
    refused = refusals.not_in_force(question.grant, at) or reach.not_allowed(question.grant, by, at)
    if refused is not None:
        raise refused
    gate = gate_for(question.grant, question.sources)
    decision = reach.decided(gate.check(sql, purpose=purpose, now=at), sql, question.out_of_reach)
    return grading.with_grade(decision)


def _question(
    grant_id: str,
    purpose: str,
    sql: str,
    params: Sequence[Any],
    versions: Mapping[str, int] | None,
    by: Agent,
    now: datetime | None,
) -> Question:
    if not by.may_use("query"):
        raise Forbidden(
            "scope",
            Sentence(
                en="This token may not query: it lacks the scope “query”.",
                zh="该令牌没有“query”权限范围，不能查询。",
            ),
        )
    grant = held(grant_id, by)
    for text in (purpose, sql, *(one for one in params if isinstance(one, str))):
        _require_text(text)
    found = of_grant(grant, now)
    tables = sources(found, versions or {})
    return Question(grant, purpose, sql, tuple(params), tables, by, found.refused)


def _require_text(text: str) -> None:
    """What neither the database nor the log could keep is no question."""
    size = len(text.encode(errors="replace"))
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadInput(
            "not_text",
            Sentence(
                en="The question has a character in it that is no text.",
                zh="提问中含有非文本字符。",
            ),
            field="sql",
        )
    if size > LARGEST_TEXT:
        raise BadInput(
            "too_large",
            Sentence(
                en=f"The question has {size} bytes; at most {LARGEST_TEXT} are read.",
                zh=f"提问有 {size} 字节，最多读取 {LARGEST_TEXT} 字节。",
            ),
            field="sql",
        )


def _why_stopped(question: Question, now: datetime | None) -> Refused | None:
    """The grant's standing, where that is why its running question was ended."""
    grant = Grant.objects.get(pk=question.grant.pk)
    return refusals.not_in_force(grant, now or moment.now())


def _reserve(question: Question, now: datetime) -> QueryRecord:
    """Take a place among the day's and the running questions, under the grant's lock."""
    with transaction.atomic():
        grant = locked(question.grant.id)
        refused = (
            refusals.not_in_force(grant, now)
            or reach.not_allowed(grant, question.by, now)
            or refusals.over_limit(grant, now)
        )
        record = QueryRecord(
            grant=grant,
            organisation=_holder(question),
            person=question.by.person,
            purpose=question.purpose[:400],
            sql=question.sql,
            versions=question.versions,
            at=now,
            until=refusals.until(grant, now),
        )
        insert([record])
        if refused is not None:
            _write(record, question, refused=refused, ms=0)
    if refused is not None:
        raise refused
    return record


def _release(
    record: QueryRecord, question: Question, result: Any, begun: float, now: datetime | None
) -> GatewayAnswer:
    """The last look at the grant, the entry, and only then the answer."""
    ms = _since(begun)
    with transaction.atomic():
        grant = locked(question.grant.id)
        at = now or moment.now()
        refused = (
            refusals.not_in_force(grant, at)
            or reach.lost(grant, question.versions, at)
            or refusals.too_much(grant, result.meter, at)
        )
        _write(record, question, refused=refused, ms=ms, result=result)
    if refused is not None:
        raise refused
    crash_point("answer_logged")
    return GatewayAnswer(
        table=result.table,
        withheld=result.withheld,
        truncated=result.truncated,
        entry_id=record.entry_id,
        rows=result.table.num_rows,
        ms=ms,
        versions=question.versions,
    )


def _settle(record: QueryRecord, question: Question, *, refused: Refused, begun: float) -> None:
    with transaction.atomic():
        _write(record, question, refused=refused, ms=_since(begun))


def _write(
    record: QueryRecord,
    question: Question,
    *,
    refused: Refused | None,
    ms: int,
    result: Any = None,
) -> None:
    """The record's outcome and its entry, in the caller's transaction."""
    record.decision = Decision.REFUSED if refused else Decision.ANSWERED
    record.code = refused.code if refused else ""
    record.ms = ms
    if refused is None:
        for name in METER:
            setattr(record, name, getattr(result.meter, name))
        record.withheld, record.truncated = bool(result.withheld), bool(result.truncated)
        record.near = result.near
    entry = ledger.append(
        event="query.refused" if refused else "query.answered",
        subject=Subject("grant", question.grant.id, question.grant.grantee),
        by=question.by,
        public=_public_facts(record, question),
        private=_private_facts(record, question, result),
        holder=_holder(question),
    )
    record.entry_id = str(entry.id)
    lost.settle(record)
    if refused is not None:
        refused.entry_id = record.entry_id  # type: ignore[attr-defined]  # the refusal's receipt


def _public_facts(record: QueryRecord, question: Question) -> dict[str, Any]:
    """What anybody may read in the log: that, when, under what and how, never what was asked."""
    facts: dict[str, Any] = {
        "grant": question.grant.id,
        "versions": question.versions,
        "decision": record.decision,
    }
    if question.purpose in question.grant.purposes:  # any other text is the asker's own words
        facts["purpose"] = question.purpose
    if record.decision == Decision.REFUSED:
        return {**facts, "code": record.code}
    return {**facts, "withheld": record.withheld, "truncated": record.truncated}


def _private_facts(record: QueryRecord, question: Question, result: Any) -> dict[str, str]:
    """Committed with a salt: a bare digest of a count could be guessed."""
    meter = {name: getattr(record, name) for name in (*METER, "ms")}
    facts = {
        "sql": question.sql,
        "params": canonical([json_value(value) for value in question.params]),
        "files": canonical({source.dataset: source.digest for source in question.sources}),
        "meter": canonical({k: json_value(v) for k, v in meter.items()}),
    }
    if question.purpose not in question.grant.purposes:
        facts["purpose"] = question.purpose
    if record.decision == Decision.ANSWERED:
        facts["output"] = result.receipt["output_digest"]
    return facts


def _holder(question: Question) -> str:
    """Whose the question is: the grantee's, or the asker's where the grant is for all."""
    grantee = question.grant.grantee
    return question.by.organisation if grantee == PUBLIC else grantee


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
