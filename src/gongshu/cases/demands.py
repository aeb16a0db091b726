"""Demands for open data as anybody reads them: what is wanted, and what came of it.

Public from the triage on, without who made it; before it, only that something was received.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from gongshu.cases.models import Case
from gongshu.rules.problems import NotFound
from gongshu.wording import Sentence

KIND = "open_data_demand"
REFUSALS = ("decline", "refuse")


@dataclass(frozen=True)
class Demand:
    case: str
    title: str
    wanted: str
    use: str
    state: str
    holder: str
    dataset: str  # once it is open
    reason: str  # why it was refused
    received_on: date
    changed_on: date

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def search(q: str = "", state: str = "") -> QuerySet[Case]:
    """The newest first; `q` is a part of the title."""
    rows = _public().order_by("-created", "-id")
    rows = rows.filter(state=state) if state else rows
    return rows.filter(subject_id__icontains=q.strip()) if q.strip() else rows


def waiting() -> int:
    """How many have not been triaged yet."""
    return Case.objects.filter(kind=KIND, state="received").count()


def get(case_id: str) -> Demand:
    found = _public().filter(pk=case_id).first()
    if found is None:
        raise NotFound(
            "unknown_demand",
            Sentence(en=f"There is no demand {case_id}.", zh=f"没有编号为 {case_id} 的开放需求。"),
        )
    return of(found)


def of(case: Case) -> Demand:
    steps = {step.name: step for step in case.steps.all()}
    refused = next((steps[name] for name in REFUSALS if name in steps), None)
    published = steps.get("publish")
    return Demand(
        case=case.id,
        title=case.payload["title"],
        wanted=case.payload["wanted"],
        use=case.payload["use"],
        state=case.state,
        holder=case.parties.get("holder", ""),
        dataset=(published.form or {})["dataset"] if published else "",
        reason=refused.note if refused else "",
        received_on=timezone.localdate(case.created),
        changed_on=timezone.localdate(case.modified),
    )


def _public() -> QuerySet[Case]:
    rows = Case.objects.prefetch_related("steps", "party_rows").filter(kind=KIND)
    # What was declined at the triage is no demand for public data: it may say anything of anybody.
    return rows.exclude(state="received").exclude(steps__name="decline")
