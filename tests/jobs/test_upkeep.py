"""SQLite is told what its tables hold, so that it takes the right index."""

from __future__ import annotations

import pytest
from django.db import connection

from gongshu.jobs import jobs, registry

pytestmark = pytest.mark.django_db


def test_the_worker_lets_the_database_learn_what_its_tables_hold() -> None:
    assert "statistics" in {one.name for one in registry.ticks()}
    jobs.learn_what_tables_hold()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_stat1")
            assert cursor.fetchone()[0] > 0
