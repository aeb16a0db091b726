"""The small city (`tests.world`)."""

from tests.api.conftest import collected_static_files
from tests.grants.conftest import world

__all__ = ["collected_static_files", "world"]
