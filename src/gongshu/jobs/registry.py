"""Which function does a kind of job, and what is done every so many seconds.

An app writes them in its `jobs.py`, which is found when it is first needed:

    @job("ingest")
    def ingest(ctx: JobContext, *, dataset: str, file: str) -> dict | None:
        ctx.progress(50, Sentence(en="Half of it is read.", zh="已读一半。"))

    @tick("overdue", every_seconds=3600)
    def remind() -> None: ...

    @addresser
    def who_wants_them_elsewhere(notices: Sequence[Notice]) -> Iterable[Delivery]: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeVar

from django.utils.module_loading import autodiscover_modules

from gongshu.jobs.models import Delivery, Job, Notice
from gongshu.wording import Sentence


class JobContext(Protocol):
    """What a job's function is given: its row, and ways to say how far it is."""

    job: Job

    def progress(self, percent: int, message: Sentence | None = None) -> None:
        """Say how far it is. Raises when the job is to stop, so call it often."""

    def log(self, text: Sentence) -> None:
        """Add a line to the job's log."""

    def save(self, state: Mapping[str, Any]) -> None:
        """Keep how far it got in `job.saved`, where the next attempt finds it."""


Run = Callable[..., Mapping[str, Any] | None]
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Periodic:
    name: str
    every_seconds: float
    run: Callable[[], object]


Addresser = Callable[[Sequence[Notice]], Iterable[Delivery]]

_jobs: dict[str, Run] = {}
_ticks: dict[str, Periodic] = {}
_addressers: list[Addresser] = []


def job(kind: str) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        if kind in _jobs and _jobs[kind] is not function:
            raise ValueError(f"two functions for jobs of the kind {kind}")
        _jobs[kind] = function
        return function

    return register


def tick(name: str, every_seconds: float) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        if name in _ticks and _ticks[name].run is not function:
            raise ValueError(f"two ticks of the name {name}")
        _ticks[name] = Periodic(name, every_seconds, function)
        return function

    return register


def addresser(function: Addresser) -> Addresser:
    """Who wants notices by mail or webhook is known to an app above this one. It is asked in the
    transaction in which the notices are written."""
    if function not in _addressers:
        _addressers.append(function)
    return function


@cache
def _load() -> None:
    autodiscover_modules("jobs")


def function(kind: str) -> Run:
    """KeyError for a kind nobody registered, which is a bug and no user's mistake."""
    _load()
    return _jobs[kind]


def ticks() -> list[Periodic]:
    _load()
    return list(_ticks.values())


def addressers() -> list[Addresser]:
    _load()
    return list(_addressers)
