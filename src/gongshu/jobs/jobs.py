"""What the worker does for the database itself."""

from __future__ import annotations

from django.db import connection

from gongshu.jobs.registry import tick

LOOKED_AT = 1000  # rows of each index, so that it takes some hundredths of a second


@tick("statistics", every_seconds=3600)
def learn_what_tables_hold() -> None:
    """SQLite chooses its indexes by what it was last told of the tables; it learns nothing by
    itself. PostgreSQL does (autovacuum)."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit = {LOOKED_AT}")
            cursor.execute("ANALYZE")
