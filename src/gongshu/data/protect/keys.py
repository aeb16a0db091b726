"""The secret of a state folder: masks and cell keys are keyed by it, per grantee.

Two grantees see different hashes of one value, so they cannot join what they hold; one grantee
sees the same hash again and again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from os import PathLike
from pathlib import Path

_NAME = "mask.key"
_BYTES = 32


def grantee_key(state: str | PathLike[str] | None, grantee: str) -> bytes:
    """The grantee's key; without a state folder it lasts as long as the Gate."""
    secret = secrets.token_bytes(_BYTES) if state is None else _stored(Path(state))
    return hmac.new(secret, b"mask:" + grantee.encode(), hashlib.sha256).digest()


def cell_secret(state: str | PathLike[str] | None) -> bytes:
    """The key of the noise. It is the same for all grantees: two who put their answers together
    have one draw of the noise, and nothing to average."""
    secret = secrets.token_bytes(_BYTES) if state is None else _stored(Path(state))
    return hmac.new(secret, b"cell", hashlib.sha256).digest()


def _stored(folder: Path) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _NAME
    if not path.exists():
        # Written aside and linked: of two processes that start at once, both read the first's.
        draft = folder / f".{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    secret = path.read_bytes()
    if len(secret) != _BYTES:
        raise ValueError(f"{path} is damaged")
    return secret
