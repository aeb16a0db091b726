"""Yearly disclosures: opened when a year is over, and what has been published of them.

What is published is one JSON text. Its SHA-256 stands in the entry of the publication, so that
anybody can see that what is shown is what was published.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from gongshu.cases import services as cases
from gongshu.cases.models import Case
from gongshu.ledger import moment
from gongshu.log.canonical_json import canonical
from gongshu.oversight import selectors, yearly
from gongshu.rules.agents import SYSTEM
from gongshu.rules.problems import not_found

KIND = "yearly_disclosure"


@dataclass(frozen=True)
class Published:
    case: str
    organisation: str
    side: str
    year: int
    published_on: date
    entry_id: str


def open_those_due(at: datetime | None = None) -> int:
    """On 1 January, and whenever one is missing: a case with its draft for each that owes one."""
    with moment.told(at):
        return _open_those_due()


def _open_those_due() -> int:
    found = selectors.disclosure(moment.today().year - 1)
    if found.behind:  # nobody is given half a draft: the next hour will do
        return 0
    begun = set(Case.objects.filter(kind=KIND).values_list("subject_id", flat=True))
    missing = [due for due in yearly.owed(found) if due.name not in begun]
    for due in missing:
        payload = {
            "name": due.name,
            "organisation": due.organisation,
            "side": due.side,
            "year": due.year,
            "draft": yearly.draft(found, due),
        }
        cases.open_case(kind=KIND, payload=payload, by=SYSTEM)
    return len(missing)


def published(year: int | None = None) -> list[Published]:
    """Newest year first; for anybody to read."""
    rows = _published()
    rows = rows.filter(payload__year=year) if year is not None else rows
    return sorted((_line(case) for case in rows), key=lambda one: (-one.year, one.case))


def get(case_id: str) -> Case:
    found = _published().filter(pk=case_id).first()
    if found is None:
        raise not_found("no_disclosure")
    return found


def text(case: Case) -> str:
    """What is published, as one canonical JSON text."""
    checked = case.steps.filter(name="check").order_by("-id")[0].form or {}
    payload = case.payload
    content: dict[str, Any] = {
        "organisation": payload["organisation"],
        "side": payload["side"],
        "year": payload["year"],
        **{name: checked[name] for name in ("about", "operation", "remarks")},
        **payload["draft"],
    }
    return canonical(content)


def digest(case: Case) -> str:
    return hashlib.sha256(text(case).encode()).hexdigest()


def _published() -> QuerySet[Case]:
    return Case.objects.prefetch_related("steps").filter(kind=KIND, state="published")


def _line(case: Case) -> Published:
    step = next(one for one in case.steps.all() if one.name == "publish")
    payload = case.payload
    return Published(
        case=case.id,
        organisation=payload["organisation"],
        side=payload["side"],
        year=payload["year"],
        published_on=timezone.localdate(step.at),
        entry_id=step.entry_id,
    )
