"""What is due, near due and overdue: for the bureau, for each organisation, for a calendar.

All of it follows from the stored, indexed due dates and the day; nothing is written but notices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date

from django.conf import settings
from django.db.models import QuerySet

from gongshu.cases import clock, selectors
from gongshu.cases.models import Case, CaseAwaited
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Outbox
from gongshu.ledger import moment
from gongshu.rules import ical
from gongshu.rules.agents import SYSTEM, Agent, Kind
from gongshu.rules.problems import Forbidden
from gongshu.rules.procedures import PROCEDURES
from gongshu.rules.urgency import IN_WORDS, Urgency, last_near_day, urgency, working_days_late
from gongshu.wording import Sentence

CALENDAR_HOLDS = 1000


@dataclass(frozen=True)
class Escalation:
    """A case that is late, or about to be, and whom it waits for."""

    case: str
    kind: str
    subject: str
    state: str
    due: date
    provisional: bool
    urgency: str
    days_late: int  # working days
    waits_for: tuple[str, ...]  # codes of organisations, or "kind:<office>"


def escalations(
    agent: Agent, today: date | None = None, *, start: int = 0, most: int | None = None
) -> list[Escalation]:
    """For who supervises or audits: what is overdue, longest first, then what is near due."""
    today = today or moment.today()
    rows = escalated(agent, today).prefetch_related("awaited")
    return [
        _escalation(case, today) for case in rows[start : None if most is None else start + most]
    ]


def escalated(agent: Agent, today: date) -> QuerySet[Case]:
    overseer = any(agent.is_a(kind) for kind in selectors.OVERSEERS)
    if not ((agent.administrator or overseer) and agent.may_use("read")):
        raise Forbidden(
            "not_overseer",
            Sentence(
                en="This view is for the data bureau and the audit body.",
                zh="此视图仅供数据管理部门和审计机关使用。",
            ),
        )
    return urgent(selectors.visible(agent), today)


def urgent(rows: QuerySet[Case], today: date) -> QuerySet[Case]:
    """Of these cases, those that are overdue or near due; the most urgent first."""
    return rows.filter(due_at__lte=last_near_day(today, clock.calendar())).order_by("due_at", "id")


def _escalation(case: Case, today: date) -> Escalation:
    assert case.due_at is not None  # they were looked up by it
    calendar = clock.calendar()
    waits = {row.organisation or f"kind:{row.office}" for row in case.awaited.all()}
    return Escalation(
        case=case.id,
        kind=case.kind,
        subject=case.subject_id,
        state=case.state,
        due=case.due_at,
        provisional=case.due_provisional,
        urgency=urgency(case.due_at, today, calendar).value,
        days_late=working_days_late(case.due_at, today, calendar),
        waits_for=tuple(sorted(waits)),
    )


def send_digests(today: date | None = None) -> int:
    """Once a working day, to each that something urgent waits for: how much, and where to look."""
    today = today or moment.today()
    link = f"/inbox?day={today.isoformat()}"
    if not clock.calendar().is_workday(today) or Outbox.objects.filter(link=link).exists():
        return 0
    late, near = _counts(urgent(selectors.visible(SYSTEM), today), today)
    to = sorted(late.keys() | near.keys())
    for code in to:
        jobs.notify(to=code, text=_digest(late[code], near[code]), link=link)
    return len(to)


def _counts(rows: QuerySet[Case], today: date) -> tuple[Counter[str], Counter[str]]:
    late: Counter[str] = Counter()
    near: Counter[str] = Counter()
    waiting = CaseAwaited.objects.filter(case__in=rows.values("pk"), administrator=False)
    told = {
        (row.case_id, row.organisation or f"kind:{row.office}", row.case.due_at)
        for row in waiting.select_related("case")
        if row.organisation or row.office
    }
    for _, code, due in told:
        if due is not None:
            (late if due < today else near)[code] += 1
    # The bureau supervises: it is told of all that is late.
    late[f"kind:{Kind.BUREAU.value}"] = rows.filter(due_at__lt=today).count()
    return +late, +near


def _digest(late: int, near: int) -> Sentence:
    return Sentence(
        en=f"Today: {late} overdue, {near} near due.",
        zh=f"今日提醒：已逾期 {late} 件，临期 {near} 件。",
    )


def calendar_file(agent: Agent) -> str:
    """The deadlines of what waits for the agent, as a calendar subscribes to them."""
    waiting = selectors.inbox(agent).filter(due_at__isnull=False)[:CALENDAR_HOLDS]
    return ical.calendar_of("公数 Gongshu", _deadlines(waiting))


def require_reading_token(agent: Agent) -> None:
    """An address is written into logs and other people's servers: it may open nothing else."""
    if agent.scopes != frozenset({"read"}):
        raise Forbidden(
            "token_scope",
            Sentence(
                en="A calendar's address takes an access token that may be used to read, and "
                "nothing more.",
                zh="日历订阅地址只接受仅有读取权限的访问令牌。",
            ),
        )


def _deadlines(cases: Iterable[Case]) -> Iterable[ical.Deadline]:
    today, calendar = moment.today(), clock.calendar()
    for case in cases:
        assert case.due_at is not None
        procedure = PROCEDURES[case.kind]
        how = IN_WORDS[Urgency(urgency(case.due_at, today, calendar))]
        yield ical.Deadline(
            id=case.id,
            day=case.due_at,
            summary=f"{procedure.title} {case.id}: {procedure.states[case.state]}",
            description=str(how),
            stamp=f"{case.modified.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            link=f"{settings.PUBLIC_URL}/case/{case.id}" if settings.PUBLIC_URL else "",
        )
