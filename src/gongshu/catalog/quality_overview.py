"""The quality of many datasets: worst first, what is late, per agency; for bureau or provider.

A bureau sees every dataset it oversees, with the scores that everybody sees; an agency its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from gongshu.catalog import selectors
from gongshu.catalog.freshness import Freshness, freshness
from gongshu.catalog.joins import oversees
from gongshu.catalog.models import Dataset, QualityReport, State, Version
from gongshu.catalog.quality import points
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence

MOST = 5000  # datasets with data that are looked at, by their codes
SHOWN = 200


@dataclass(frozen=True)
class Judged:
    dataset: Dataset
    score: float | None  # 0 to 100; none: not judged, or nothing had a basis
    fresh: Freshness

    def as_dict(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset.code,
            "provider": self.dataset.provider.code,
            "score": self.score,
            "freshness": self.fresh.as_dict(),
        }


@dataclass(frozen=True)
class OfAgency:
    provider: str
    datasets: int
    score: float | None  # mean of its judged datasets
    judged: int
    late: int
    promised: int

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Overview:
    datasets: Sequence[Judged]  # worst first, those without a score last
    late: Sequence[Judged]  # longest late first
    agencies: Sequence[OfAgency]
    cut: bool  # there are more than were looked at


def overview(by: Agent, today: date | None = None) -> Overview:
    rows = list(_scope(by)[: MOST + 1])
    judged = _judged(rows[:MOST], by, today or timezone.localdate())
    ordered = sorted(judged, key=lambda j: (j.score is None, j.score or 0, j.dataset.code))
    late = sorted(
        (j for j in judged if j.fresh.late_since), key=lambda j: j.fresh.late_since or date.max
    )
    return Overview(ordered[:SHOWN], late[:SHOWN], _agencies(judged), len(rows) > MOST)


def _scope(by: Agent) -> QuerySet[Dataset]:
    seen = selectors.visible_to(by).exclude(state=State.RETIRED).select_related("provider")
    seen = seen.filter(Exists(Version.objects.filter(dataset=OuterRef("pk")))).order_by("code")
    if oversees(by) or by.administrator:
        return seen
    if not by.organisation:
        raise Forbidden(
            "not_overseer",
            Sentence(
                en="The overview is for the data bureau, and for agencies of their own data.",
                zh="质量总览供数据管理部门查看；各部门可查看本部门数据。",
            ),
        )
    return seen.filter(provider__code=by.organisation)


def _judged(rows: Sequence[Dataset], by: Agent, today: date) -> list[Judged]:
    scores, came = _scores(rows), _came(rows)
    return [
        Judged(
            row,
            points(scores.get(row.pk), whole=selectors.may_see_full_profile(row, by)),
            freshness(row.update_cycle, came[row.pk], today),
        )
        for row in rows
    ]


def _scores(rows: Iterable[Dataset]) -> dict[int, float | None]:
    """Of the newest version of each."""
    newest = Version.objects.filter(dataset=OuterRef("version__dataset")).order_by("-number")
    found = QualityReport.objects.filter(
        version__dataset__in=[row.pk for row in rows],
        version__number=Subquery(newest.values("number")[:1]),
    )
    return dict(found.order_by().values_list("version__dataset_id", "score"))


def _came(rows: Iterable[Dataset]) -> dict[int, list[date]]:
    made = Version.objects.filter(dataset__in=[row.pk for row in rows]).order_by("number")
    came: dict[int, list[date]] = defaultdict(list)
    for dataset, at in made.values_list("dataset_id", "created"):
        came[dataset].append(timezone.localdate(at))
    return came


def _agencies(judged: Iterable[Judged]) -> list[OfAgency]:
    by_agency: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_agency[one.dataset.provider.code].append(one)
    found = [_of_agency(code, rows) for code, rows in by_agency.items()]
    return sorted(found, key=lambda a: (a.score is None, a.score or 0, a.provider))


def _of_agency(code: str, rows: Sequence[Judged]) -> OfAgency:
    scores = [row.score for row in rows if row.score is not None]
    return OfAgency(
        provider=code,
        datasets=len(rows),
        score=round(sum(scores) / len(scores), 1) if scores else None,
        judged=len(scores),
        late=sum(row.fresh.late_since is not None for row in rows),
        promised=sum(row.fresh.promised for row in rows),
    )
