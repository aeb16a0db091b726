"""Where this instance keeps the files of its versions."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from gongshu.data.storage import VersionStore


def version_store() -> VersionStore:
    return VersionStore(Path(settings.HOME) / "data")
