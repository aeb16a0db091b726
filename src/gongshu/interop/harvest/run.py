"""A run: page by page, each page with its ledger entries and the place reached in one transaction.

Killed, it goes on at the page it had not finished. What is as it was, by digest, is only marked as
seen. What the source does not list any more is marked, never deleted; if that is more than the
source's ceiling, the run waits for a person of the bureau.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction

from gongshu.cases import services as cases
from gongshu.cases.models import Case
from gongshu.catalog.bulk_rows import Ready
from gongshu.catalog.bulk_writing import write_chunk
from gongshu.catalog.metadata import DESCRIBABLE, checked
from gongshu.catalog.models import Dataset, Domain
from gongshu.interop.harvest.answer import Get
from gongshu.interop.harvest.codes import code_of
from gongshu.interop.harvest.diff import DRIFTED, changes, key_of, over_ceiling, pages, told
from gongshu.interop.harvest.effects import harvest_waits
from gongshu.interop.harvest.model import Broken, Page, Record
from gongshu.interop.models import HarvestedEntry, HarvestRun, RunState
from gongshu.jobs.services import notify
from gongshu.ledger import moment
from gongshu.rules.agents import SYSTEM, Agent, Kind
from gongshu.wording import Problem, Sentence

MOST_NOTES = 500
EVENTS = ("dataset.harvested", "dataset.harvested")
Save = Callable[[str], None]
Progress = Callable[[int, int | None], None]


def go_on(
    run: HarvestRun,
    *,
    by: Agent,
    position: str = "",
    save: Save | None = None,
    progress: Progress | None = None,
    get: Get | None = None,
) -> HarvestRun:
    """From that position to the end; what is there after it is done or waits for a person."""
    if not position and "known" not in run.counts:
        run.counts["known"] = run.source.entries.filter(gone_since=None).count()
    for page in pages(run.source, position, get):
        with transaction.atomic():
            _write_page(run, page, by)
            if save:
                save(page.next)
        if progress:
            progress(run.counts.get("seen", 0), page.total)
    return finish(run)


def _write_page(run: HarvestRun, page: Page, by: Agent) -> None:
    counts = dict(run.counts)
    notes = [{"detail": {"en": note.en, "zh": note.zh}} for note in page.notes]
    fresh, broken = _sorted_out(page.records, counts)
    known = {
        entry.key: entry
        for entry in run.source.entries.filter(
            key__in=[*fresh, *(key_of(one) for one in broken if one.identifier)]
        ).select_related("dataset__domain", "dataset__provider")
    }
    for entry in known.values():
        if entry.run_id == run.pk and entry.key in fresh:
            del fresh[entry.key]  # the page before ended with it
            _add(counts, "repeated")
    _keep_broken(run, broken, known)
    _add(counts, "broken", len(broken))
    notes += [told(one) for one in broken]
    same = [k for k, one in fresh.items() if k in known and known[k].digest == one.digest]
    seen = [known[key].pk for key in same]
    HarvestedEntry.objects.filter(pk__in=seen).update(run=run, gone_since=None)
    _add(counts, "unchanged", len(same))
    work = {key: one for key, one in fresh.items() if key not in set(same)}
    notes += _write(run, work, known, by, counts)
    _add(counts, "seen", len(fresh))
    counts["drifted"] = bool(counts.get("drifted")) or page.drifted
    for one in fresh.values():
        for name in one.unmapped:
            _add(counts.setdefault("unmapped", {}), name.split("=", 1)[0])
    run.counts, run.notes = counts, [*run.notes, *notes][:MOST_NOTES]
    run.save(update_fields=["counts", "notes"])


def _sorted_out(
    records: Iterable[Record | Broken], counts: dict[str, Any]
) -> tuple[dict[str, Record], list[Broken]]:
    fresh: dict[str, Record] = {}
    broken = []
    for one in records:
        if isinstance(one, Broken):
            broken.append(one)
        elif one.key in fresh:
            _add(counts, "repeated")
        else:
            fresh[one.key] = one
    return fresh, broken


def _keep_broken(
    run: HarvestRun, broken: Iterable[Broken], known: Mapping[str, HarvestedEntry]
) -> None:
    """What the source still lists, in a form that cannot be read, is not gone."""
    keys = {key_of(one) for one in broken if one.identifier}
    there = [entry.pk for key, entry in known.items() if key in keys]
    HarvestedEntry.objects.filter(pk__in=there).update(run=run)


def _write(
    run: HarvestRun,
    work: Mapping[str, Record],
    known: Mapping[str, HarvestedEntry],
    by: Agent,
    counts: dict[str, Any],
) -> list[dict[str, Any]]:
    """Those that are new or changed; what our own rules refuse is told with its identifier."""
    now, ready, entries, refused = moment.now(), [], [], []
    wanted = {run.source.domain, *run.source.domains.values()}
    domains = {one.code: one for one in Domain.objects.filter(code__in=wanted)}
    for key, one in work.items():
        entry = known.get(key)
        try:
            made = _changed(entry, one) if entry else _new(run, key, one, domains)
        except Problem as problem:
            refused.append(told(Broken(0, one.identifier, problem.sentence)))
            _add(counts, "broken")
            continue
        _add(counts, "changed" if entry else "new")
        ready.append(made)
        kept = entry or HarvestedEntry(source=run.source, key=key, dataset=made.dataset)
        _provenance(kept, run, one)
        kept.changed, kept.harvested = now, now
        entries.append(kept)
    write_chunk(ready, by=by, events=EVENTS)
    for kept in entries:
        kept.dataset_id = kept.dataset.pk
    HarvestedEntry.objects.bulk_create([kept for kept in entries if kept.pk is None])
    for kept in entries:
        if not kept._state.adding and kept.key in known:
            kept.save()
    return refused


def _new(run: HarvestRun, key: str, one: Record, domains: Mapping[str, Domain]) -> Ready:
    source = run.source
    code = next((source.domains[t] for t in one.themes if t in source.domains), source.domain)
    domain = domains.get(code) or Domain(code=code, title_zh=code)
    title = one.values.get("title_en") or one.values["title_zh"]
    dataset = Dataset(
        code=code_of(code, title, source.code, key), domain=domain, provider=source.organisation
    )
    return Ready(dataset, _checked(dataset, dict(one.values)), [], new=True)


def _changed(entry: HarvestedEntry, one: Record) -> Ready:
    """What changed at the source since it was last read; what people here wrote besides stays."""
    names = changes(entry.values, one.values)
    values = {name: one.values.get(name, "") for name in names if name in DESCRIBABLE}
    return Ready(entry.dataset, _checked(entry.dataset, values), [])


def _checked(dataset: Dataset, values: dict[str, str]) -> dict[str, Any]:
    """An address that is not quite one costs the link, not the entry: its origin is kept beside."""
    try:
        return checked(dataset, values)
    except Problem as problem:
        if problem.field != "source_url" or "source_url" not in values:
            raise
    return checked(dataset, {k: v for k, v in values.items() if k != "source_url"})


def _provenance(kept: HarvestedEntry, run: HarvestRun, one: Record) -> None:
    kept.identifier, kept.digest, kept.values = one.identifier, one.digest, dict(one.values)
    kept.uri, kept.publisher, kept.licence = one.uri, one.publisher, one.licence
    kept.links, kept.original_modified = [dict(link) for link in one.links], one.modified
    kept.run, kept.gone_since = run, None


@transaction.atomic
def finish(run: HarvestRun) -> HarvestRun:
    gone = run.source.entries.filter(gone_since=None).exclude(run=run)
    missing = gone.count()
    if run.counts.get("drifted"):
        run.notes = [*run.notes, {"detail": {"en": DRIFTED.en, "zh": DRIFTED.zh}}]
        missing = 0
    run.counts["gone"] = missing
    run.state, run.finished = RunState.DONE, moment.now()
    if over_ceiling(missing, run.counts.get("known", 0), run.source.most_gone):
        run.state = RunState.WAITING
        _ask_for_confirmation(run, missing)
    elif missing:
        gone.update(gone_since=run.finished)
    run.save()
    publish(run)
    return run


def publish(run: HarvestRun) -> None:
    """Under the source's case; if this is killed, the platform's clock does it."""
    case = Case.objects.get(pk=run.source.case_id)
    if harvest_waits(case):
        cases.do(case_id=case.pk, step="publish", by=SYSTEM)


def _ask_for_confirmation(run: HarvestRun, missing: int) -> None:
    code, known = run.source.code, run.counts.get("known", 0)
    notify(
        to=f"kind:{Kind.BUREAU}",
        text=Sentence(
            en=f"{missing} of {known} entries of the harvest source {code} are gone at once: "
            "nothing is marked until somebody confirms it.",
            zh=f"采集源 {code} 的 {known} 条目录中有 {missing} 条一次消失，须确认后才会标记。",
        ),
        link=f"/harvest/{code}",
    )


def _add(counts: dict[str, Any], name: str, number: int = 1) -> None:
    if number:
        counts[name] = counts.get(name, 0) + number
