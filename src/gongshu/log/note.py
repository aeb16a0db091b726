"""Signed notes (c2sp.org/signed-note): a text, a blank line, and lines of signatures.

>>> key = SigningKey.from_seed("example.com/log", bytes(32))
>>> key.verifier_key().text()
'example.com/log+1dde4531+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop'
>>> signed = sign("one line\\n", key)
>>> open_note(signed, [key.verifier_key()]).text
'one line\\n'
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"  # the signature type's identifier byte
MOST_SIGNATURES = 100
_PRIVATE = "PRIVATE+KEY"


class BadNote(ValueError):
    """The text is no signed note, or none that the given keys have signed."""


class BadKey(ValueError):
    """The text is no key of this form."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A log's name and public key, written `name+id+base64(type ‖ public key)`."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def text(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(ED25519 + self.public)}"

    def signed(self, text: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            data = decode_base64(encoded)
        except ValueError as error:
            raise BadKey("the key is not base64") from error
        if data[:1] != ED25519 or len(data) != 33 or not is_name(name):
            raise BadKey("not an Ed25519 verifier key")
        key = cls(name, data[1:])
        if key.id.hex() != key_id:
            raise BadKey("the key's name or bytes do not fit its id")
        return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half; `text()` is what the key file holds and nothing else prints."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        if not is_name(name):
            raise BadKey("a key's name has neither spaces nor plus signs")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> SigningKey:
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """`PRIVATE+KEY+name+id+base64(type ‖ seed)`, as Go's note package writes it."""
        try:
            head, rest = text.strip().removeprefix(_PRIVATE + "+"), text.strip()
            name, key_id, encoded = head.split("+", 2)
            data = decode_base64(encoded)
        except ValueError as error:
            raise BadKey("not a signing key") from error
        if head == rest or data[:1] != ED25519 or len(data) != 33 or not is_name(name):
            raise BadKey("not a signing key")
        key = cls.from_seed(name, data[1:])
        if key.verifier_key().id.hex() != key_id:
            raise BadKey("the key's name or bytes do not fit its id")
        return key

    def text(self) -> str:
        seed = self.private.private_bytes_raw()
        key_id = self.verifier_key().id.hex()
        return f"{_PRIVATE}+{self.name}+{key_id}+{_base64(ED25519 + seed)}"

    def verifier_key(self) -> VerifierKey:
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Opened:
    """A note's text, whose signatures by known keys have been verified."""

    text: str
    by: tuple[VerifierKey, ...]
    unknown: int  # signatures by other keys, which say nothing (and must be ignored)


def sign(text: str, key: SigningKey) -> str:
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise ValueError("a note's text is lines, each ended")
    signature = key.verifier_key().id + key.private.sign(text.encode())
    return f"{text}\n— {key.name} {_base64(signature)}\n"


def open_note(note: str, keys: Sequence[VerifierKey]) -> Opened:
    """The text, if one of `keys` signed it and no signature by one of them is wrong."""
    if not note.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise BadNote("a note is lines of text, each ended")
    head, blank, tail = note.rpartition("\n\n")
    lines = tail.removesuffix("\n").split("\n") if blank and tail else []
    if not lines or len(lines) > MOST_SIGNATURES:
        raise BadNote("a note ends with a blank line and its signatures")
    text, known = head + "\n", {(key.name, key.id): key for key in keys}
    by: list[VerifierKey] = []
    for line in lines:
        name, signature = _signature(line)
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        if not key.signed(text.encode(), signature[4:]):
            raise BadNote("a signature is wrong")
        by.append(key)
    if not by:
        raise BadNote("no known key has signed this")
    return Opened(text, tuple(by), unknown=len(lines) - len(by))


def _signature(line: str) -> tuple[str, bytes]:
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        signature = decode_base64(encoded)
    except ValueError as error:
        raise BadNote("a signature is not base64") from error
    if mark != "—" or not is_name(name) or len(signature) < 5:
        raise BadNote("a line after the text is no signature")
    return name, signature


def is_name(name: str) -> bool:
    return bool(name) and name.isprintable() and "+" not in name and not any(map(str.isspace, name))


def decode_base64(text: str) -> bytes:
    """Standard base64 in its one spelling (RFC 4648 3.5: no stray bits in the padding)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64") from error
    if _base64(data) != text:
        raise ValueError("not the canonical base64")
    return data


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
