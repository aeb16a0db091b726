"""The signed size and root of the tree (c2sp.org/tlog-checkpoint).

gongshu.local/log
4
n6qTJn0kc0gOsFr6ZI0EEd4Ux5RJ1IqjjMh3YmUCzSQ=

— gongshu.local/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q…
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from gongshu.log import note
from gongshu.log.note import BadNote, SigningKey, VerifierKey


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> str:
    return note.sign(checkpoint.text(), key)


def open_checkpoint(
    text: str, keys: Sequence[VerifierKey], *, only_these_keys: bool = False
) -> Checkpoint:
    """The checkpoint, if one of `keys` signed it under its own name; BadNote otherwise.

    Signatures by unknown keys are ignored, as the specification demands, unless
    `only_these_keys`: a receipt must not carry anything that its verifier has not checked.
    """
    opened = note.open_note(text, keys)
    if only_these_keys and (opened.unknown or len(set(opened.by)) != len(opened.by)):
        raise BadNote("there are signatures by unknown keys")
    checkpoint = parse_checkpoint(opened.text)
    if checkpoint.origin not in {key.name for key in opened.by}:
        raise BadNote("the log of this name has not signed it")
    return checkpoint


def parse_checkpoint(text: str) -> Checkpoint:
    """The text before the signatures; extension lines, which nobody can audit, are refused."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise BadNote("a checkpoint has three lines")
    origin, size, encoded = lines[:3]
    if not decimal(size):
        raise BadNote("the size is not a number")
    try:
        root = note.decode_base64(encoded)
    except ValueError as error:
        raise BadNote("the root is not base64") from error
    if len(root) != 32:
        raise BadNote("the root is not a SHA-256 hash")
    return Checkpoint(origin, int(size), root)


def decimal(text: str) -> bool:
    """ASCII digits without leading zeros, and few enough for a tree."""
    plain = text.isascii() and text.isdigit() and len(text) <= 19
    return plain and (text == "0" or text[0] != "0")
