"""A proof that can be checked offline, as one text (c2sp.org/tlog-proof).

c2sp.org/tlog-proof@v1
index 2
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=

gongshu.local/log
4
…the signed checkpoint, verbatim
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from gongshu.log.checkpoint import decimal
from gongshu.log.note import decode_base64

HEADER = "c2sp.org/tlog-proof@v1"
LONGEST_PATH = 64


class BadProof(ValueError):
    """The text is no proof of this form."""


@dataclass(frozen=True, slots=True)
class Proof:
    """`checkpoint` is a signed note; `extra` is bound by nothing and never to be trusted."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def text(self) -> str:
        extra = [] if self.extra is None else [f"extra {_base64(self.extra)}"]
        head = [HEADER, *extra, f"index {self.index}", *map(_base64, self.path)]
        return "\n".join(head) + "\n\n" + self.checkpoint


def parse_proof(text: str) -> Proof:
    head, blank, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != HEADER or not blank or not lines:
        raise BadProof("not a tlog-proof")
    try:
        extra = decode_base64(lines.pop(0)[6:]) if lines[0].startswith("extra ") else None
        word, _, index = lines.pop(0).partition(" ") if lines else ("", "", "")
        path = tuple(decode_base64(line) for line in lines)
    except ValueError as error:
        raise BadProof("a line of the proof is not base64") from error
    if word != "index" or not decimal(index):
        raise BadProof("the proof names no index")
    if len(path) > LONGEST_PATH or any(len(part) != 32 for part in path):
        raise BadProof("a line of the proof is not a SHA-256 hash")
    return Proof(int(index), path, checkpoint, extra)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
