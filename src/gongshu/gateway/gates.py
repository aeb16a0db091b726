"""Gates kept ready, one for each grant and set of versions, within one process.

A Gate is a function of its terms and files alone, so it is kept under exactly these: a second
process is never stale, for other terms or versions are another key. The grant's standing is
not in here; it is read at every question.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from gongshu.catalog import selectors as catalog
from gongshu.data import Gate
from gongshu.data.engines import EnginePool
from gongshu.data.policy.terms import Terms
from gongshu.grants.models import Grant
from gongshu.grants.reach import Reached
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

KEPT = 64  # gates at most; each holds warm workers


@dataclass(frozen=True)
class Source:
    """One dataset's version, as its files lie on disk."""

    dataset: str
    version: int
    digest: str
    files: tuple[Path, ...]


def sources(reached: Reached, versions: Mapping[str, int]) -> tuple[Source, ...]:
    """The version of each dataset that is reached: the one asked for, else the latest.

    A dataset that has no version yet, or was withdrawn from the catalogue, is left out and
    reads like one that does not exist.
    """
    datasets = {dataset.code: dataset for dataset in reached.datasets}
    unknown = sorted(set(versions) - set(datasets))
    if unknown:
        raise _not_reached(unknown[0])
    found = catalog.latest_files(datasets.values())
    for code, number in versions.items():
        version = datasets[code].versions.filter(number=number).first()
        if version is None:
            raise _no_version(code)
        catalog.require_standing(version)
        found[code] = version
    return tuple(
        Source(code, version.number, version.digest, tuple(catalog.files(version)))
        for code, version in sorted(found.items())
    )


def _not_reached(code: str) -> BadInput:
    """Whether there is such a dataset at all is not said."""
    return BadInput(
        "unknown_version",
        Sentence(
            en=f"This grant does not reach “{code}”, so no version of it can be asked.",
            zh=f"本授权不包括“{code}”，不能查询其任何版本。",
        ),
        field=f"versions.{code}",
    )


def _no_version(code: str) -> BadInput:
    return BadInput(
        "unknown_version",
        Sentence(
            en=f"There is no such version of “{code}” under this grant.",
            zh=f"本授权下没有“{code}”的这一版本。",
        ),
        field=f"versions.{code}",
    )


Key = tuple[str, str, tuple[tuple[str, int, str], ...]]
_lock = threading.Lock()
_gates: OrderedDict[Key, Gate] = OrderedDict()
_pool: EnginePool | None = None


def gate_for(grant: Grant, found: tuple[Source, ...]) -> Gate:
    """The gate of this grant over these versions, made on first use."""
    key = (grant.id, grant.terms_digest, tuple((s.dataset, s.version, s.digest) for s in found))
    with _lock:
        gate = _gates.get(key)
        if gate is not None:
            _gates.move_to_end(key)
            return gate
    made = Gate(
        Terms.model_validate(grant.terms),
        {source.dataset: list(source.files) for source in found},
        engine=pool(),
        state=Path(settings.HOME) / "gate",
        lease=f"{grant.id}/{_short(key)}",
        per_row=_per_row(grant, found),
    )
    with _lock:
        gate = _gates.setdefault(key, made)
        # The oldest are forgotten, not closed: a question may still be running through one.
        while len(_gates) > KEPT:
            _gates.popitem(last=False)
    return gate


def _per_row(grant: Grant, found: tuple[Source, ...]) -> set[str]:
    """The datasets in which every row is a unit of its own, as their versions' profiles found."""
    units = {code: dataset.get("unit") for code, dataset in grant.terms["datasets"].items()}
    return {
        source.dataset
        for source in found
        if (unit := units.get(source.dataset))
        and catalog.is_key(source.dataset, source.version, unit["column"])
    }


def _short(key: Key) -> str:
    """One name for terms and versions: a worker is never used again for others."""
    return hashlib.sha256(repr(key).encode()).hexdigest()[:16]


def pool() -> EnginePool:
    """The workers of this process, started when the first question comes."""
    global _pool
    with _lock:
        if _pool is None:
            _pool = EnginePool(unsafe=os.environ.get("GONGSHU_UNSAFE_ENGINE") == "1")
            atexit.register(close_all)
        return _pool


def close_all() -> None:
    """Let every worker go: at the end of a process, and between tests."""
    global _pool
    with _lock:
        gates, workers = list(_gates.values()), _pool
        _gates.clear()
        _pool = None
    for gate in gates:
        gate.close()
    if workers is not None:
        workers.close()
