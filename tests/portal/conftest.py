"""The small city (`tests.world`)."""

from tests.grants.conftest import collected_static_files, world

__all__ = ["collected_static_files", "world"]
