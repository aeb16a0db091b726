"""A fact that stands in the log without being read there: SHA-256(salt ‖ value).

The salt is 32 random bytes, so that not even a count or a yes can be guessed; whoever holds the
opening (salt and value) can show what was committed to.

>>> opening = Opening(salt=bytes(32), value="SELECT 1")
>>> opening.commitment() == commit(bytes(32), "SELECT 1")
True
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

SALT = 32


def commit(salt: bytes, value: str) -> str:
    return hashlib.sha256(salt + value.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Opening:
    salt: bytes
    value: str

    @classmethod
    def of(cls, value: str) -> Opening:
        return cls(secrets.token_bytes(SALT), value)

    def commitment(self) -> str:
        return commit(self.salt, self.value)

    def as_json(self) -> dict[str, str]:
        return {"salt": self.salt.hex(), "value": self.value}

    @classmethod
    def from_json(cls, data: object) -> Opening:
        """ValueError unless exactly a salt, in its one spelling, and a value."""
        if not isinstance(data, dict) or set(data) != {"salt", "value"}:
            raise ValueError("an opening is a salt and a value")
        salt, value = data["salt"], data["value"]
        if not isinstance(salt, str) or not isinstance(value, str):
            raise ValueError("salt and value are text")
        opening = cls(bytes.fromhex(salt), value)
        if len(opening.salt) != SALT or opening.salt.hex() != salt:
            raise ValueError("a salt is 64 lower-case hexadecimal digits")
        return opening
