"""Monitoring and early warning (the Opinion, item 12): the ledger is read on, and warnings become
cases (`rules.security_warning`).

The worker reads the entries of questions that have come since it last looked, and asks the rules
(`rules.warnings`) of every grant and day that they touch. How far it has read is moved in the
transaction in which the cases are opened, compare-and-swap: a killed worker's work is done again
from there, and of two workers one is told to look again. A rule warns once of a grant and day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from gongshu.cases import clock, services
from gongshu.cases import selectors as cases
from gongshu.cases.models import Case
from gongshu.data.policy.terms import size_in_bytes
from gongshu.gateway.models import QueryRecord
from gongshu.grants.models import PUBLIC, Grant
from gongshu.ledger import moment
from gongshu.ledger import selectors as ledger
from gongshu.oversight import selectors
from gongshu.oversight.models import Watched
from gongshu.rules.agents import SYSTEM, Agent, Kind
from gongshu.rules.problems import Forbidden
from gongshu.rules.security_warning import SECURITY_WARNING
from gongshu.rules.warnings import RULES, Asked, Day, Thresholds, Warned, warnings
from gongshu.wording import Sentence

KIND = SECURITY_WARNING.kind
COMING_WITH_US = Path(__file__).with_name("monitoring.toml")
ASKED = ("query.answered", "query.refused")
AT_ONCE = 2000  # entries a transaction
USUAL_DAYS = 30
SHOWN_DAYS = 30
SHOWN = 50  # warnings at least, however old
MOST = 500
NAMED = 200  # entries that a case names; the rest are counted


def watch(at: datetime | None = None) -> int:
    """Read on to the newest entry; how many warnings were raised."""
    raised = 0
    with moment.told(at):
        while True:
            before = _mark()
            rows = ledger.entries(events=ASKED).filter(index__gte=before).order_by("index")
            read = list(rows.only("id", "index")[:AT_ONCE])
            if not read:
                return raised
            after = (read[-1].index or 0) + 1
            with transaction.atomic():
                moved = Watched.objects.filter(pk=1, next=before).update(next=after)
                if moved:  # else another worker was quicker: look where it has come to
                    raised += _judge(str(entry.id) for entry in read)


def thresholds() -> Thresholds:
    return Thresholds.load(Path(settings.MONITORING) if settings.MONITORING else COMING_WITH_US)


def visible(agent: Agent) -> QuerySet[Case]:
    """The bureau and audit see all warnings, an agency those about what it granted."""
    if not (selectors.is_overseer(agent) or (agent.is_a(Kind.AGENCY) and agent.may_use("read"))):
        raise Forbidden(
            "not_overseer",
            Sentence(
                en="Monitoring is for the data bureau, the audit body, and each agency what it "
                "granted.",
                zh="监测预警供数据管理部门和审计机关查看；各部门可查看本单位授权的预警。",
            ),
        )
    return cases.visible(agent).filter(kind=KIND).order_by("-created", "-id")


@dataclass(frozen=True)
class Overview:
    """What a reader sees: rules with how often each has warned, and the warnings, newest first."""

    thresholds: Thresholds
    raised: dict[str, int]  # rule → in the last SHOWN_DAYS
    waiting: dict[str, int]  # rule → of these, not dismissed or closed
    cases: list[Case]

    def as_dict(self) -> dict[str, Any]:
        return {
            "days": SHOWN_DAYS,
            "thresholds": asdict(self.thresholds),
            "rules": {
                rule: {"raised": self.raised.get(rule, 0), "waiting": self.waiting.get(rule, 0)}
                for rule in RULES
            },
            "warnings": [line(case) for case in self.cases],
        }


def overview(agent: Agent) -> Overview:
    since = moment.now() - timedelta(days=SHOWN_DAYS)
    rows = visible(agent)
    waiting = rows.exclude(state__in=SECURITY_WARNING.finals)
    newest = (*rows[:SHOWN], *rows.filter(created__gte=since)[:MOST])
    shown = {case.id: case for case in (*waiting[:MOST], *newest)}
    found = sorted(shown.values(), key=lambda case: (case.created, case.id), reverse=True)
    recent = [case for case in found if case.created >= since]
    return Overview(
        thresholds(),
        dict(Counter(case.payload["kind"] for case in recent)),
        dict(Counter(c.payload["kind"] for c in found if c.state not in SECURITY_WARNING.finals)),
        found,
    )


def line(case: Case) -> dict[str, Any]:
    names = ("kind", "grant", "organisation", "day", "seen", "threshold", "how_many")
    told = {name: case.payload[name] for name in names}
    return {"case": case.id, "state": case.state, **told, "usual": case.payload.get("usual")}


def _mark() -> int:
    mark, _ = Watched.objects.get_or_create(pk=1)
    if mark.next > ledger.tree_size():  # another log than it was: an instance restored from a copy
        Watched.objects.filter(pk=1, next=mark.next).update(next=0)
        return 0
    return mark.next


def _judge(entries: Iterable[str]) -> int:
    """Every grant, asker and day that these entries are about."""
    records = QueryRecord.objects.filter(entry_id__in=list(entries))
    columns = records.values_list("grant_id", "organisation", "at")
    touched = sorted({(name, code, timezone.localdate(at)) for name, code, at in columns})
    grants = Grant.objects.in_bulk({name for name, _, _ in touched})
    at, raised = thresholds(), 0
    for name, code, day in touched:
        found = warnings(_day(grants[name], code, day), at)
        raised += sum(_raise(grants[name], code, day, one) for one in found)
    return raised


def _day(grant: Grant, organisation: str, day: date) -> Day:
    """Under a grant for everybody, each who asks is looked at alone."""
    asked_by = QueryRecord.objects.filter(grant=grant, organisation=organisation)
    settled = asked_by.exclude(entry_id="")
    rows = settled.filter(at__range=_bounds(day, day)).order_by("at", "id")
    earlier = settled.filter(
        at__range=_bounds(day - timedelta(days=USUAL_DAYS), day - timedelta(days=1))
    )
    counts = earlier.annotate(day=TruncDate("at")).values("day").annotate(n=Count("id"))
    limits = {name: grant.limits.get(name) or 0 for name in ("queries_per_day", "rows_per_day")}
    size = grant.limits.get("size_per_day")
    return Day(
        asked=[
            Asked(entry, timezone.localtime(at), code, rows or 0, size or 0, near)
            for entry, at, code, rows, size, near in rows.values_list(
                "entry_id", "at", "code", "rows", "bytes", "near"
            )
        ],
        usual=[row["n"] for row in counts.order_by("day")],
        works=clock.calendar().is_workday(day),
        limits=limits | {"bytes_per_day": size_in_bytes(size) if size else 0},
    )


def _bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first moment of one day to the last of another, in the instance's time zone."""
    return (
        timezone.make_aware(datetime.combine(first, time.min)),
        timezone.make_aware(datetime.combine(last, time.max)),
    )


def _raise(grant: Grant, organisation: str, day: date, found: Warned) -> bool:
    """A case, unless the rule has warned of this grant, asker and day already."""
    asker = [organisation] if grant.grantee == PUBLIC and organisation else []
    title = " ".join([found.rule, grant.id, *asker, day.isoformat()])
    if Case.objects.filter(kind=KIND, subject_id=title).exists():
        return False
    payload = {
        "title": title,
        "kind": found.rule,
        "grant": grant.id,
        "organisation": organisation or grant.grantee,
        "day": day.isoformat(),
        "seen": found.seen,
        "threshold": found.threshold,
        "usual": found.usual,
        "entries": list(found.entries[:NAMED]),
        "how_many": len(found.entries),
    }
    services.open_case(kind=KIND, payload=payload, by=SYSTEM)
    return True
