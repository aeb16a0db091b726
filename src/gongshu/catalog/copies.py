"""How often copies of a datum differ from its source, looked at anew with each version.

Two tables are matched by a key that both have: their unit columns where these are of one space,
otherwise two columns whose values name rows and overlap most.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from django.db import transaction

from gongshu.catalog import selectors
from gongshu.catalog.joins import may_compare
from gongshu.catalog.models import ColumnSketch, Dataset, ElementField, Role, Version
from gongshu.catalog.sketching import FLOOR, KEYS, form, sketch_of
from gongshu.catalog.studies import queue_study, study
from gongshu.data.sketches.estimates import contained
from gongshu.jobs.registry import JobContext
from gongshu.ledger import moment
from gongshu.rules.agents import SYSTEM, Agent

WORTH = 0.2  # of the copy's keys must be the source's, or the two are about other things


@study("copies")
def compare(ctx: JobContext, version: Version) -> dict[str, Any] | None:
    """What this dataset copies with its sources, and what others copy of it."""
    if selectors.latest(version.dataset) != version:
        return None
    held = ElementField.objects.filter(dataset=version.dataset).select_related("dataset")
    done: list[ElementField] = []
    for mine in held:
        copies = [mine] if mine.role == Role.REFERENCE else []
        if mine.role == Role.SOURCE:
            others = ElementField.objects.filter(element=mine.element_id, role=Role.REFERENCE)
            copies = list(others.select_related("dataset"))
        done += [copy for copy in copies if _compare(copy)]
        ctx.progress(50)
    _judge_anew({version.dataset, *(copy.dataset for copy in done)} if done else set())
    return {"compared": len(done)}


def _judge_anew(datasets: set[Dataset]) -> None:
    """Whether values agree with their source is part of both sides' quality."""
    for dataset in datasets:
        if newest := selectors.latest(dataset):
            with transaction.atomic():
                queue_study("quality", newest, SYSTEM)


def _compare(copy: ElementField) -> bool:
    from gongshu.data.disagreement import compared  # here: it loads DuckDB

    sources = ElementField.objects.filter(element=copy.element_id, role=Role.SOURCE)
    source = sources.select_related("dataset").first()
    if source is None:
        return False
    versions = [selectors.latest(one.dataset) for one in (source, copy)]
    key = shared_key(source.dataset, copy.dataset)
    if key is None or None in versions:
        return False
    left, right = (selectors.files(v) for v in versions if v is not None)
    found = compared(left, right, key=key, value=(source.column, copy.column))
    if key == (source.column, copy.column):  # it names the rows: then it agrees where it is known
        found = replace(
            found, matched=found.matched + found.unmatched, differing=found.unmatched, unmatched=0
        )
    told = {
        **found.to_dict(),
        "key": list(key),
        "versions": [v.number for v in versions if v is not None],
        "at": moment.now().isoformat(timespec="seconds"),
    }
    # The source may have been changed meanwhile: then the next study says.
    still = ElementField.objects.filter(pk=copy.pk, role=Role.REFERENCE)
    return bool(sources.filter(pk=source.pk).exists() and still.update(compared=told))


def held_elsewhere(version: Version) -> dict[tuple[str, bool], tuple[int, int]]:
    """Who else holds data of this version, and whether as its source → values compared and
    differing; only what the provider may be told of both."""
    dataset = version.dataset
    provider = Agent(person="", organisation=dataset.provider.code)
    found: Counter[tuple[str, bool]] = Counter()
    differing: Counter[tuple[str, bool]] = Counter()
    for mine in dataset.elements.exclude(role=Role.CANDIDATE):
        for source, copy in _pairs(mine):
            other = source.dataset if mine == copy else copy.dataset
            told = copy.compared or {}
            number = dict(zip(("source", "copy"), told.get("versions", ()), strict=False))
            if number.get("copy" if mine == copy else "source") != version.number:
                continue  # of rows that are gone
            if may_compare(dataset, other, provider):
                who = (other.code, mine == copy)
                found[who] += told["matched"] - told["blank"]
                differing[who] += told["differing"]
    return {who: (count, differing[who]) for who, count in found.items() if count > 0}


def _pairs(mine: ElementField) -> list[tuple[ElementField, ElementField]]:
    """The datum's source and each of its copies, of which `mine` is one."""
    held = ElementField.objects.filter(element=mine.element_id).select_related("dataset__provider")
    source = next((one for one in held if one.role == Role.SOURCE), None)
    copies = [one for one in held if one.role == Role.REFERENCE and one.compared]
    return [(source, copy) for copy in copies if source and mine in (source, copy)]


def shared_key(source: Dataset, copy: Dataset) -> tuple[str, str] | None:
    if source.unit_space and source.unit_space == copy.unit_space:
        return source.unit_column, copy.unit_column
    best: tuple[float, tuple[str, str]] = (WORTH, ("", ""))
    theirs = _naming(source)
    for mine in _naming(copy):
        sketch = sketch_of(mine)
        for other in theirs:
            if "text" not in (mine.family, other.family) and mine.column != other.column:
                continue  # numbers overlap by chance
            share = contained(sketch, sketch_of(other)).share
            best = max(best, (share, (other.column, mine.column)))
    return best[1] if best[1][0] else None


def _naming(dataset: Dataset) -> list[ColumnSketch]:
    """Columns with a different value in each row."""
    version = selectors.latest(dataset)
    if version is None:
        return []
    unique = {c["name"] for c in version.profile["columns"] if c["is_unique"]}
    rows = ColumnSketch.objects.filter(
        dataset=dataset, column__in=unique, form=form(), family__in=KEYS
    )
    return list(rows.filter(distinct__gte=FLOOR))
