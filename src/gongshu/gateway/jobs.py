"""What the worker does for the gateway by itself."""

from __future__ import annotations

from gongshu.gateway import lost
from gongshu.jobs.registry import tick


@tick("questions", every_seconds=30)
def write_off_questions() -> None:
    """Questions whose process died in the middle."""
    lost.write_off()
