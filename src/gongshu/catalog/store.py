"""Where this instance keeps the files of its versions: its own folder, or an object store."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from gongshu.data.object_store import ObjectStore
    from gongshu.data.storage import VersionStore

    Store = VersionStore | ObjectStore


def version_store() -> Store:
    """Both put tables, and give a local path for a name; only what lies between differs."""
    if settings.STORE:
        return _objects(
            settings.STORE, settings.STORE_ENDPOINT, settings.STORE_REGION, _copies(), os.getpid()
        )
    from gongshu.data.storage import VersionStore  # here: it loads Arrow

    return VersionStore(Path(settings.HOME) / "data")


def _copies() -> tuple[Path, int]:
    return Path(settings.HOME) / "cache" / "data", settings.CACHE_BYTES


@lru_cache(maxsize=4)
def _objects(
    address: str, endpoint: str, region: str, copies: tuple[Path, int], process: int
) -> ObjectStore:
    """One a process: it holds connections, which a fork must not share."""
    from gongshu.data.local_copies import LocalCopies
    from gongshu.data.object_store import ObjectStore
    from gongshu.data.storage import SUFFIX

    folder, limit = copies
    return ObjectStore(
        address,
        copies=LocalCopies(folder, SUFFIX, limit=limit),
        endpoint=endpoint,
        region=region,
    )
