"""Lets a test's database be emptied although the ledger's rows cannot be deleted.

Django empties the tables after each `transactional_db` test. For that one moment, and in tests
alone, the triggers that hold the ledger append-only are put aside.
"""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session", autouse=True)
def _emptying_passes_the_triggers() -> Any:
    # Here: a plugin is loaded before Django has its settings.
    # By way of `base`, which is what each `operations` is imported from.
    from django.db.backends.postgresql.base import DatabaseOperations as PostgreSQL
    from django.db.backends.sqlite3.base import DatabaseOperations as SQLite

    patch = pytest.MonkeyPatch()
    patch.setattr(SQLite, "sql_flush", _around(SQLite.sql_flush, _sqlite_triggers))
    patch.setattr(PostgreSQL, "sql_flush", _around(PostgreSQL.sql_flush, _postgresql_triggers))
    yield
    patch.undo()


def _around(flush: Any, triggers: Any) -> Any:
    def sql_flush(self: Any, *args: Any, **options: Any) -> list[str]:
        before, after = triggers(self.connection)
        return [*before, *flush(self, *args, **options), *after]

    return sql_flush


def _sqlite_triggers(connection: Any) -> tuple[list[str], list[str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        found = cursor.fetchall()
    return [f'DROP TRIGGER "{name}"' for name, _ in found], [sql for _, sql in found]


def _postgresql_triggers(connection: Any) -> tuple[list[str], list[str]]:
    return ["SET session_replication_role = replica"], ["SET session_replication_role = DEFAULT"]
