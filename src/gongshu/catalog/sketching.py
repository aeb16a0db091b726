"""Sketches of the newest version's columns, and the index of their smallest hashes.

    @study("sketches")   one job a version; rows of older versions go in its transaction

Hashes are keyed by a secret that follows from the instance's own. `form` says by which secret and
rules a sketch was made: only those of the present form are compared, others are made anew.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from gongshu.catalog import selectors
from gongshu.catalog.models import ColumnSketch, Dataset, Field, SketchHash, Version
from gongshu.catalog.studies import queue_study, study
from gongshu.data.sketches.sketch import Sketch
from gongshu.jobs.models import Job
from gongshu.jobs.registry import JobContext, tick
from gongshu.rules.agents import SYSTEM

RULES = 2  # of canonical texts, hashes and sizes; another number makes all sketches anew
SMALLEST = 64  # hashes of a column in the index
# Fewer distinct values (yes and no, districts, codes of a short list) join nothing usefully.
FLOOR = 20
KEYS = frozenset({"text", "integer"})  # measures and days overlap, and mean nothing by it
AT_ONCE = 100


def secret() -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), b"column sketches", hashlib.sha256).digest()


def form() -> str:
    return _form(secret())


@lru_cache(maxsize=4)
def _form(key: bytes) -> str:
    return f"{RULES}-{hashlib.sha256(b'form' + key).hexdigest()[:12]}"


def as_signed(number: int) -> int:
    """Databases count from -2**63."""
    return number - (1 << 63)


def sketch_of(row: ColumnSketch) -> Sketch:
    return Sketch.from_bytes(bytes(row.sketch))


@study("sketches")
def make(ctx: JobContext, version: Version) -> dict[str, Any] | None:
    """Read outside the transaction; written whole, and only if no newer version has come."""
    from gongshu.data.sketches import sketches  # here: it loads DuckDB

    if selectors.latest(version.dataset) != version:
        return None
    profile = {one["name"]: one for one in version.profile["columns"]}
    found = sketches(
        selectors.files(version),
        key=secret(),
        distinct={name: one["distinct"] for name, one in profile.items()},
    )
    ctx.progress(80)
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update(of=("self",)).get(pk=version.dataset_id)
        if selectors.latest(dataset) == version:
            _write(version, found, profile)
    return {"dataset": version.dataset.code, "columns": len(found)}


def _write(
    version: Version, found: Mapping[str, Sketch], profile: Mapping[str, Mapping[str, Any]]
) -> None:
    ColumnSketch.objects.filter(dataset=version.dataset_id).delete()
    told = dict(
        Field.objects.filter(dataset=version.dataset_id).values_list("name", "semantic_type")
    )
    rows = [
        ColumnSketch(
            dataset_id=version.dataset_id,
            version=version,
            column=name,
            family=profile[name]["type"],
            semantic_type=told.get(name, "") or _guessed(profile[name]),
            form=form(),
            sketch=sketch.to_bytes(),
            distinct=sketch.distinct,
            same=_same(profile[name], sketch.distinct),
        )
        for name, sketch in found.items()
    ]
    ColumnSketch.objects.bulk_create(rows)
    SketchHash.objects.bulk_create(
        (
            SketchHash(hash=as_signed(h), sketch=row)
            for row in rows
            if row.family in KEYS and row.distinct >= FLOOR
            for h in found[row.column].hashes[:SMALLEST]
        ),
        batch_size=1000,
    )


def _guessed(column: Mapping[str, Any]) -> str:
    return str((column.get("semantic_type") or {}).get("kind", ""))


def _same(column: Mapping[str, Any], distinct: int) -> float:
    """Σ p²: how likely two rows are to have the same value. What the profile does not name of
    the values is taken to be spread evenly."""
    shares = [float(top["share"]) for top in column.get("top_values", ())]
    rest, others = max(0.0, 1 - sum(shares)), max(1, distinct - len(shares))
    return min(1.0, sum(share * share for share in shares) + rest * rest / others)


@tick("sketches", every_seconds=600)
def keep_up() -> None:
    """Versions from before there were sketches, and sketches of another secret or other rules."""
    outdated = ColumnSketch.objects.filter(dataset=OuterRef("pk")).exclude(form=form())
    none_yet = ~Exists(ColumnSketch.objects.filter(dataset=OuterRef("pk")))
    datasets = Dataset.objects.filter(Exists(outdated) | none_yet, versions__isnull=False)
    for dataset in datasets.select_related("provider").distinct()[: AT_ONCE * 10]:
        version = selectors.latest(dataset)
        if version is not None and not _asked_for(version):
            with transaction.atomic():
                queue_study("sketches", version, SYSTEM)


def _asked_for(version: Version) -> bool:
    """By a job that waits or is done: a table may have nothing to sketch."""
    jobs = Job.objects.filter(kind="study_sketches", args__version=version.pk)
    if ColumnSketch.objects.filter(version=version).exclude(form=form()).exists():
        jobs = jobs.filter(state__in=["queued", "running"])
    return jobs.exists()
