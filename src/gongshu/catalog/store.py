"""Where this instance keeps the files of its versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from gongshu.data.storage import VersionStore


def version_store() -> VersionStore:
    from gongshu.data.storage import VersionStore  # here: it loads Arrow

    return VersionStore(Path(settings.HOME) / "data")
