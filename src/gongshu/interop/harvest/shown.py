"""What is shown of harvest sources, their runs, and of where an entry comes from."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from gongshu.cases import selectors as cases
from gongshu.catalog.models import Dataset
from gongshu.interop.harvest.services import require_bureau, source, under_way
from gongshu.interop.models import HarvestedEntry, HarvestRun, HarvestSource
from gongshu.rules.agents import Agent

NUMBERS = ("seen", "new", "changed", "unchanged", "gone", "broken", "repeated")
NEWEST = 20


def sources(agent: Agent) -> list[dict[str, Any]]:
    """Those that are approved or were, then those that are only proposed."""
    require_bureau(agent, scope="read")
    alive = Count("entries", filter=Q(entries__gone_since=None), distinct=True)
    gone = Count("entries", filter=Q(entries__gone_since__isnull=False), distinct=True)
    rows = HarvestSource.objects.select_related("organisation").annotate(alive=alive, lost=gone)
    found = [line(row) | {"entries": row.alive, "gone": row.lost} for row in rows]
    proposed = cases.visible(agent).filter(kind="harvest_source", state="proposed")
    for case in proposed.order_by("created"):
        said = case.payload
        names = ("code", "title", "protocol", "url", "organisation", "domain", "every", "most_gone")
        shown = {name: said[name] for name in names}
        found.append(shown | {"case": case.pk, "state": "proposed", "entries": 0, "gone": 0})
    return found


def line(row: HarvestSource) -> dict[str, Any]:
    newest = row.runs.first() if row.pk else None
    names = ("code", "title", "protocol", "url", "domain", "every", "most_gone")
    return {
        **{name: getattr(row, name) for name in names},
        "organisation": row.organisation.code,
        "case": row.case_id,
        "state": "proposed" if row.pk is None else "approved" if row.active else "ended",
        "next_due": row.next_due,
        "last_run": run_line(newest) if newest else None,
    }


def run_line(run: HarvestRun) -> dict[str, Any]:
    return {
        "run": run.pk,
        "state": run.state,
        "started": run.started,
        "finished": run.finished,
        "job": run.job_id,
        **{name: run.counts.get(name, 0) for name in NUMBERS},
    }


def detail(name: str, agent: Agent) -> dict[str, Any]:
    """A source with its runs; of the newest, what was wrong and what could not be mapped."""
    row = source(name, by=agent)
    runs = list(row.runs.all()[:NEWEST]) if row.pk else []
    job = under_way(row) if row.pk else None
    return line(row) | {
        "domains": row.domains,
        "under_way": job.pk if job else None,
        "runs": [run_line(run) for run in runs],
        "notes": runs[0].notes if runs else [],
        "unmapped": runs[0].counts.get("unmapped", {}) if runs else {},
    }


def provenance(dataset: Dataset) -> HarvestedEntry | None:
    """Where an entry was harvested from, for whoever may see the entry."""
    return HarvestedEntry.objects.select_related("source").filter(dataset=dataset).first()


def provenance_of(entry: HarvestedEntry) -> dict[str, Any]:
    return {
        "source": entry.source.code,
        "source_title": entry.source.title,
        "identifier": entry.identifier,
        "uri": entry.uri,
        "publisher": entry.publisher,
        "licence": entry.licence,
        "original_modified": entry.original_modified,
        "harvested": entry.harvested,
        "gone_since": entry.gone_since,
        "links": entry.links,
    }
