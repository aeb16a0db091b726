"""Rows of the ledger are added and never changed: the database itself refuses anything else.

An entry may be given its index once. A tile may grow at its end. An opening may be erased, where
the law demands it (the commitment in the entry stays), but not changed.
"""

from django.db import migrations

ENTRY_COLUMNS = [
    "id", "event", "at", "organisation", "subject_kind", "subject_id", "subject_organisation",
    "body", "leaf_hash",
]
TABLES = ["ledger_entry", "ledger_tile", "ledger_checkpoint"]


def changed(operator):
    return " OR ".join(f'NEW."{name}" {operator} OLD."{name}"' for name in ENTRY_COLUMNS)


def sqlite():
    refuse = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    for table in TABLES:
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"
    # INSERT OR REPLACE would delete without asking the trigger above.
    yield (
        "CREATE TRIGGER ledger_entry_insert BEFORE INSERT ON ledger_entry WHEN "
        'NEW."index" IS NOT NULL OR EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id) '
        + refuse
    )
    yield (
        "CREATE TRIGGER ledger_entry_update BEFORE UPDATE ON ledger_entry WHEN "
        f'OLD."index" IS NOT NULL OR NEW."index" IS NULL OR {changed("IS NOT")} {refuse}'
    )
    yield (
        "CREATE TRIGGER ledger_tile_update BEFORE UPDATE ON ledger_tile WHEN "
        'NEW."level" IS NOT OLD."level" OR NEW."index" IS NOT OLD."index" OR '
        f"substr(NEW.hashes, 1, length(OLD.hashes)) IS NOT OLD.hashes {refuse}"
    )
    for table in ["ledger_checkpoint", "ledger_opening"]:
        yield f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} {refuse}"


def postgresql():
    yield (
        "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    run = "EXECUTE FUNCTION ledger_refuse()"
    for table in TABLES:
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {run}"
        yield f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} {run}"
    yield (
        "CREATE TRIGGER ledger_entry_insert BEFORE INSERT ON ledger_entry FOR EACH ROW "
        f'WHEN (NEW."index" IS NOT NULL) {run}'
    )
    yield (
        "CREATE TRIGGER ledger_entry_update BEFORE UPDATE ON ledger_entry FOR EACH ROW WHEN "
        f'(OLD."index" IS NOT NULL OR NEW."index" IS NULL OR {changed("IS DISTINCT FROM")}) {run}'
    )
    yield (
        "CREATE TRIGGER ledger_tile_update BEFORE UPDATE ON ledger_tile FOR EACH ROW WHEN "
        '(NEW."level" <> OLD."level" OR NEW."index" <> OLD."index" OR '
        f"substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) IS DISTINCT FROM OLD.hashes) {run}"
    )
    for table in ["ledger_checkpoint", "ledger_opening"]:
        yield f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} FOR EACH ROW {run}"


def guard(apps, schema_editor):
    statements = {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]
    for statement in statements():
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(guard)]
