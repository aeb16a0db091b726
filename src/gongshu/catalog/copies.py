"""How often copies of a datum differ from its source, looked at anew with each version.

Two tables are matched by a key that both have: their unit columns where these are of one space,
otherwise two columns whose values name rows and overlap most.
"""

from __future__ import annotations

from typing import Any

from gongshu.catalog import selectors
from gongshu.catalog.models import ColumnSketch, Dataset, ElementField, Role, Version
from gongshu.catalog.sketching import FLOOR, KEYS, form, sketch_of
from gongshu.catalog.studies import study
from gongshu.data.sketches.estimates import contained
from gongshu.jobs.registry import JobContext
from gongshu.ledger import moment

WORTH = 0.2  # of the copy's keys must be the source's, or the two are about other things


@study("copies")
def compare(ctx: JobContext, version: Version) -> dict[str, Any] | None:
    """What this dataset copies with its sources, and what others copy of it."""
    if selectors.latest(version.dataset) != version:
        return None
    held = ElementField.objects.filter(dataset=version.dataset).select_related("dataset")
    done = 0
    for mine in held:
        if mine.role == Role.REFERENCE:
            done += _compare(mine)
        elif mine.role == Role.SOURCE:
            copies = ElementField.objects.filter(element=mine.element_id, role=Role.REFERENCE)
            done += sum(_compare(copy) for copy in copies.select_related("dataset"))
        ctx.progress(50)
    return {"compared": done}


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
    told = {
        **found.to_dict(),
        "key": list(key),
        "versions": [v.number for v in versions if v is not None],
        "at": moment.now().isoformat(timespec="seconds"),
    }
    # The source may have been changed meanwhile: then the next study says.
    still = ElementField.objects.filter(pk=copy.pk, role=Role.REFERENCE)
    return bool(sources.filter(pk=source.pk).exists() and still.update(compared=told))


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
