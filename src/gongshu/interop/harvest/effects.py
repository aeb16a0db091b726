"""What the case of a harvest source does: the source begins, its entries are published, it ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from gongshu.accounts.models import Organisation
from gongshu.cases.models import Case
from gongshu.cases.registry import EffectContext, candidates, effect, facts
from gongshu.catalog.metadata import DOMAIN_CODE
from gongshu.catalog.models import Dataset, IndexChange, State
from gongshu.catalog.services import PROVIDERS
from gongshu.interop.models import HarvestRun, HarvestSource, RunState
from gongshu.ledger import moment
from gongshu.prepared import insert_values, moment_value
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

EVERY = {"daily": timedelta(days=1), "weekly": timedelta(days=7), "monthly": timedelta(days=30)}
PIECE = 1000


@effect("approve_harvest")
def approve_harvest(ctx: EffectContext) -> Mapping[str, Any]:
    """The source is read from now on, under this case; one that was ended begins again."""
    said = ctx.case.payload
    organisation = Organisation.objects.filter(
        code=said["organisation"], roles__kind__in=PROVIDERS
    ).first()
    if organisation is None:
        raise BadInput(
            "not_a_provider",
            Sentence(
                en=f"“{said['organisation']}” is no agency that can provide data.",
                zh=f"“{said['organisation']}”不是可提供数据的政务部门。",
            ),
            field="organisation",
        )
    for code in (said["domain"], *said["domains"].values()):
        if not DOMAIN_CODE.fullmatch(str(code)):
            raise BadInput(
                "domain_code",
                Sentence(en=f"“{code}” is no code of a domain.", zh=f"“{code}”不是领域代码。"),
                field="domains",
            )
    names = ("title", "protocol", "url", "domain", "domains", "every", "most_gone")
    due = moment.now() if said["every"] else None
    HarvestSource.objects.update_or_create(
        code=said["code"],
        defaults={name: said[name] for name in names}
        | {"organisation": organisation, "case_id": ctx.case.pk, "active": True, "next_due": due},
    )
    back = Dataset.objects.filter(harvested__source__code=said["code"], state=State.RETIRED)
    back = Dataset.objects.filter(pk__in=list(back.values_list("pk", flat=True)))
    back.update(state=State.DRAFT.value, modified=ctx.at)  # the next run publishes them again
    return {"source": said["code"], "url": said["url"]}


@facts("harvest_waits")
def harvest_waits(case: Case) -> bool:
    """Entries came in and the run is over: none is published while more may be coming."""
    running = HarvestRun.objects.filter(source__case_id=case.pk, state=RunState.RUNNING)
    return _drafts(case).exists() and not running.exists()


@candidates("harvest_waits")
def with_drafts(cases: QuerySet[Case]) -> QuerySet[Case]:
    waiting = Dataset.objects.filter(state=State.DRAFT, harvested__isnull=False)
    return cases.filter(pk__in=waiting.values("harvested__source__case_id"))


@effect("publish_harvest")
def publish_harvest(ctx: EffectContext) -> Mapping[str, Any]:
    """Metadata alone: no rows are here, so nothing of it is open data of ours."""
    rows = _drafts(ctx.case)
    codes = list(rows.values_list("code", flat=True))
    rows.update(
        state=State.PUBLISHED.value, published_for="public", published=ctx.at, modified=ctx.at
    )
    _mark(codes, ctx.at)
    return {"source": ctx.case.payload["code"], "entries": len(codes)}


@effect("end_harvest")
def end_harvest(ctx: EffectContext) -> Mapping[str, Any]:
    HarvestSource.objects.filter(case_id=ctx.case.pk).update(active=False, next_due=None)
    rows = Dataset.objects.filter(
        harvested__source__case_id=ctx.case.pk, state__in=[State.PUBLISHED, State.DRAFT]
    )
    rows = Dataset.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))
    codes = list(rows.values_list("code", flat=True))
    rows.update(state=State.RETIRED.value, published_for="", is_open_data=False, modified=ctx.at)
    _mark(codes, ctx.at)
    return {"source": ctx.case.payload["code"], "entries": len(codes)}


def next_due(source: HarvestSource, now: datetime) -> datetime | None:
    return now + EVERY[source.every] if source.every else None


def _drafts(case: Case) -> QuerySet[Dataset]:
    """Without a join, which an update could not have."""
    mine = Dataset.objects.filter(harvested__source__case_id=case.pk, state=State.DRAFT)
    return Dataset.objects.filter(state=State.DRAFT, pk__in=mine.values("pk"))


def _mark(codes: list[str], at: datetime) -> None:
    insert_values(IndexChange, ("code", "at"), [(code, moment_value(at)) for code in codes])
