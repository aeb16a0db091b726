"""What the worker does for cases by itself: take the steps that the clock takes."""

from __future__ import annotations

from gongshu.cases import services
from gongshu.jobs.registry import tick

EVERY = 600  # seconds; terms end at midnight, and the gateway looks at a term itself


@tick("cases", every_seconds=EVERY)
def let_the_clock_act() -> None:
    services.tick()
