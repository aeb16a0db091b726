"""How much of the machine one query may take.

>>> Limits(seconds=5).milliseconds
5000
>>> Limits(seconds=0)
Traceback (most recent call last):
ValueError: seconds must be more than 0
"""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of each query of a lease; a warm worker is reused only under equal ones.

    `memory_bytes` is what the engine may hold while it works, `output_bytes` the size of the
    answer as Arrow. There is no spilling to disk: a worker may write nowhere.
    """

    seconds: float = 30.0
    memory_bytes: int = 1024 * MEBIBYTE
    threads: int = 2
    output_bytes: int = 64 * MEBIBYTE

    def __post_init__(self) -> None:
        for name, least in (("seconds", 0), ("threads", 0), ("output_bytes", 0)):
            if not getattr(self, name) > least:
                raise ValueError(f"{name} must be more than {least}")
        if self.memory_bytes < 16 * MEBIBYTE:
            raise ValueError("memory_bytes must be at least 16 MiB: the engine needs that to start")

    @property
    def milliseconds(self) -> int:
        return max(1, int(self.seconds * 1000))
