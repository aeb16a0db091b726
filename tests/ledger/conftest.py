"""An instance that processes of their own work on: a copy of a fresh one, or this PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from tests.processes import Instance


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite instance, made once."""
    home = tmp_path_factory.mktemp("fresh")
    Instance({"GONGSHU_HOME": str(home)}).run("migrate")
    return home


@pytest.fixture
def processes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Instance]:
    environment = {"GONGSHU_HOME": str(tmp_path / "home"), "GONGSHU_LOG_LEVEL": "ERROR"}
    if connection.vendor == "postgresql":
        request.getfixturevalue("transactional_db")
        (tmp_path / "home").mkdir()
        environment["GONGSHU_DATABASE"] = _address()
    else:
        shutil.copytree(request.getfixturevalue("fresh"), tmp_path / "home")
    instance = Instance(environment)
    yield instance
    instance.stop()


def _address() -> str:
    """The database of this test run, as another process finds it."""
    assert "GONGSHU_DATABASE" in os.environ
    database = settings.DATABASES["default"]
    login = f"{database['USER']}:{quote(database['PASSWORD'])}"
    name = connection.settings_dict["NAME"]
    return f"postgresql://{login}@{database['HOST']}:{database['PORT']}/{name}"
