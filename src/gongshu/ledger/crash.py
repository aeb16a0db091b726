"""Places where a test may kill the process, to see what a power cut there would leave."""

from __future__ import annotations

import os
import signal


def crash_point(name: str) -> None:
    """Die here, at once and without cleaning up, if GONGSHU_CRASH_AT names this place."""
    if os.environ.get("GONGSHU_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
