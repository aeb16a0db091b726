"""A small log in memory, with which the tests of this folder make real receipts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from gongshu.log import merkle, tiles
from gongshu.log.canonical_json import canonical
from gongshu.log.checkpoint import Checkpoint, sign_checkpoint
from gongshu.log.commitment import Opening
from gongshu.log.note import SigningKey
from gongshu.log.proof import Proof
from gongshu.log.receipt import build_receipt, receipt_bytes

KEY = SigningKey.from_seed("gongshu.test/log", bytes(range(32)))
VKEY = KEY.verifier_key()
OPENINGS = {
    "sql": Opening(bytes(range(32)), "SELECT district, count(*) FROM health.persons GROUP BY 1"),
    "answer": Opening(bytes(range(100, 132)), "区县 3 行"),
}


@dataclass
class Log:
    entries: list[str] = field(default_factory=list)
    stored: dict[tuple[int, int], bytes] = field(default_factory=dict)
    size: int = 0

    def append(self, *entries: str) -> None:
        growth = tiles.Growth(self.size, self.read)
        growth.append([merkle.leaf_hash(entry.encode()) for entry in entries])
        self.stored.update(growth.changed)
        self.entries += entries
        self.size = growth.size

    def read(self, level: int, index: int) -> bytes:
        return self.stored[level, index]

    def node(self, level: int, index: int) -> bytes:
        return tiles.node_reader(self.read)(level, index)

    def root(self, size: int | None = None) -> bytes:
        return merkle.root(self.size if size is None else size, self.node)

    def checkpoint(self, size: int | None = None, key: SigningKey = KEY) -> str:
        size = self.size if size is None else size
        return sign_checkpoint(Checkpoint(key.name, size, self.root(size)), key)

    def receipt(
        self, index: int, openings: dict[str, Opening] | None = None, size: int | None = None
    ) -> dict[str, Any]:
        size = self.size if size is None else size
        path = tuple(merkle.inclusion_path(index, size, self.node))
        proof = Proof(index, path, self.checkpoint(size))
        return build_receipt(entry=self.entries[index], openings=openings or {}, proof=proof)

    def file(self, index: int, openings: dict[str, Opening] | None = None) -> bytes:
        return receipt_bytes(self.receipt(index, openings))


def entry(number: int = 0, openings: dict[str, Opening] | None = None) -> str:
    """As the ledger writes it."""
    return canonical(
        {
            "format": "gongshu-entry/1",
            "id": f"0198c0de-0000-7000-8000-{number:012x}",
            "event": "query.answered",
            "time": "2026-12-01T09:30:00.000+08:00",
            "by": {"organisation": "91330100MA27XXXXXX", "rank": "staff", "person": "0" * 64},
            "subject": {"kind": "grant", "id": "G-2026-0001", "organisation": ""},
            "facts": {"purpose": "planning", "rows": number},
            "commitments": {name: o.commitment() for name, o in (openings or {}).items()},
        }
    )


def log_with(count: int, at: int = 0) -> Log:
    """A log of `count` entries, of which number `at` commits to OPENINGS."""
    log = Log()
    log.append(*(entry(n, OPENINGS if n == at else None) for n in range(count)))
    return log


def edited(file: bytes, **changes: Any) -> bytes:
    """The receipt with other contents, written in the proper form."""
    return receipt_bytes({**json.loads(file), **changes})
