"""Every test works on an instance of its own, in a temporary folder.

`pytest` runs all tests on SQLite. `pytest --postgres` starts a PostgreSQL and runs on it, once
more, every test that uses the database, and those marked `postgres`, which run only there.
`make test` does both.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import postgres

# The settings are read once, when Django starts: the folder must be known before.
HOME = Path(tempfile.mkdtemp(prefix="gongshu-test-"))
(HOME / "static").mkdir()  # where `gongshu init` makes one
os.environ["GONGSHU_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "gongshu.settings"
os.environ.pop("GONGSHU_DATABASE", None)

# A change is judged by its own tests: the machine that judges draws the same examples each time.
# Everywhere else they are new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")

pytest_plugins = ["tests.agents", "tests.erasable"]

_server: postgres.Server | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres", action="store_true", help="run the database tests on a PostgreSQL"
    )


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: many tests wait for processes that they start, and a core would be idle."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Before Django reads its settings (pytest-django's own pytest_configure comes last)."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        # With `-n` this process only hands out the tests. What it set is no worker's business:
        # each makes a folder, and a server, of its own.
        for name in ("GONGSHU_HOME", "DJANGO_SETTINGS_MODULE"):
            os.environ.pop(name)
        return
    if config.getoption("--postgres"):
        start_postgres()
    from django.conf import settings as ours  # here: it must come after GONGSHU_DATABASE

    # Read now: pytest-django sets up only what it finds configured. A slow hash of passwords
    # would be most of what many tests do.
    ours.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def start_postgres() -> None:
    global _server
    if postgres.programs() is None:
        missing = "PostgreSQL is not installed: its tests DID NOT RUN (apt install postgresql)"
        print(f"\n{'!' * 79}\n{missing}\n{'!' * 79}", file=sys.stderr)
        pytest.exit(missing, returncode=1 if os.environ.get("CI") == "true" else 0)
    _server = postgres.Server()
    os.environ["GONGSHU_DATABASE"] = _server.start()


def pytest_unconfigure() -> None:
    if "tests.kept" in sys.modules:
        sys.modules["tests.kept"].forget()
    if "tests.warm" in sys.modules:
        sys.modules["tests.warm"].stop()
    if _server is not None:
        _server.stop()
    shutil.rmtree(HOME, ignore_errors=True)


def uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("postgres")
    return bool(marked or fixtures & {"db", "transactional_db"})


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    on_postgres = config.getoption("--postgres")
    keep, drop = [], []
    for item in items:
        if on_postgres:
            # End-to-end tests make whole instances of their own, on SQLite.
            wanted = uses_database(item) and not item.get_closest_marker("e2e")
        else:
            wanted = not item.get_closest_marker("postgres")
        (keep if wanted else drop).append(item)
    if drop:
        config.hook.pytest_deselected(items=drop)
        items[:] = keep


@pytest.fixture
def instance(tmp_path: Path, settings: object) -> Iterator[Path]:
    """An instance's folders and keys, for tests that write files: GONGSHU_HOME of this test."""
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    for name in ("data", "index", "log", "uploads", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path
