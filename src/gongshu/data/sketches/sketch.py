"""The k smallest hashes of a column's distinct values, and what follows from them alone.

Every kept hash lies below `bound`, and every value whose hash lies below it is kept: the sketch is
a random sample of the distinct values, the same one in every column that holds them.

>>> Sketch(hashes=(5, 9), bound=SPACE, rows=4, nulls=1).distinct
2
>>> Sketch(hashes=(5, 9), bound=SPACE // 100, rows=900, nulls=0).distinct
200
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from gongshu.wording import Problem, Sentence

SPACE = 1 << 64
_MAGIC = b"GSK1"


@dataclass(frozen=True, slots=True)
class Sketch:
    hashes: tuple[int, ...]  # ascending
    bound: int  # SPACE: all distinct values are kept
    rows: int
    nulls: int

    def __post_init__(self) -> None:
        if any(a >= b for a, b in zip(self.hashes, self.hashes[1:], strict=False)):
            raise ValueError("hashes of a sketch ascend")
        if self.hashes and self.hashes[-1] >= self.bound:
            raise ValueError("a sketch keeps hashes below its bound")

    @property
    def whole(self) -> bool:
        return self.bound == SPACE

    @property
    def distinct(self) -> int:
        """Exact for a whole sketch; otherwise an estimate without bias, off by about 1/√k."""
        return len(self.hashes) if self.whole else round(len(self.hashes) * SPACE / self.bound)

    def below(self, bound: int) -> frozenset[int]:
        return frozenset(h for h in self.hashes if h < bound)

    def to_bytes(self) -> bytes:
        head = _MAGIC + struct.pack("<QQQ", self.bound % SPACE, self.rows, self.nulls)
        return head + struct.pack(f"<{len(self.hashes)}Q", *self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Sketch:
        size, rest = divmod(len(data) - 28, 8)
        if data[:4] != _MAGIC or size < 0 or rest:
            raise Problem(
                "unreadable",
                Sentence(en="These bytes are no sketch.", zh="这不是有效的列值概要。"),
            )
        bound, rows, nulls = struct.unpack_from("<QQQ", data, 4)
        hashes = struct.unpack_from(f"<{size}Q", data, 28)
        return cls(tuple(hashes), bound or SPACE, rows, nulls)
