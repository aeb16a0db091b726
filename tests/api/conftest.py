"""The API is asked through the whole stack of middleware."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def collected_static_files() -> None:
    """WhiteNoise warns of a folder that `gongshu serve` makes; here there is nothing to serve."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
