"""The generated catalogue that `benchmarks.search` searches: into PostgreSQL by COPY, into the index
by the worker's own rebuild, and once more into the peer's table."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

ENTRIES = int(os.environ.get("GONGSHU_BENCH_ENTRIES", 3_000_000))
AGENCIES, DATABASE_MEMORY = 800, "1GB"
FACETS = ("domain", "provider", "sharing", "opening", "format", "update_cycle", "grade", "region")


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill() -> dict[str, Any]:
    """By COPY: through the services it would take a week."""
    from django.db import connection

    begun = time.perf_counter()
    with connection.cursor() as cursor:  # what an earlier run left unfinished is of no use
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    migrate()
    connection.ensure_connection()
    database = connection.connection
    with database.cursor() as cursor:
        domains, providers = _frame(cursor)
        indexes = _without_indexes(cursor)
        fields = 0
        for start in range(0, ENTRIES, 50_000):
            records = [record_of(n) for n in range(start, min(start + 50_000, ENTRIES))]
            _copy_entries(cursor, records, start, domains, providers)
            fields += _copy_fields(cursor, records, start)
            say(f"filled {start + len(records):,}")
        for statement in indexes:
            cursor.execute(statement)
        for table in ("catalog_dataset", "catalog_field", "catalog_domain"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"(SELECT max(id) FROM {table}))"
            )
        cursor.execute("ANALYZE")
    return {"fields": fields, "seconds": time.perf_counter() - begun}


def record_of(number: int) -> dict[str, Any]:
    from gongshu.catalog.synthetic_entries import entry

    return entry(number)


@lru_cache(1)
def all_agencies() -> list[tuple[str, str]]:
    from gongshu.catalog.regions import region_name, regions

    chance = random.Random(1)
    places = chance.sample(sorted(regions()), AGENCIES)
    offices = ("教育局", "卫生健康局", "交通运输局", "市场监督管理局", "数据局", "公安局")
    return [
        (f"11{code}{n:08d}0Y"[:18], f"{region_name(code)}{offices[n % 6]}")
        for n, code in enumerate(places)
    ]


def _frame(cursor: Any) -> tuple[dict[str, int], int]:
    from gongshu.catalog.synthetic_entries import DOMAINS

    for number, (code, (title, _)) in enumerate(DOMAINS.items(), 1):
        cursor.execute(
            "INSERT INTO catalog_domain (id, code, title_zh, title_en) VALUES (%s, %s, %s, '')",
            (number, code, title),
        )
    for number, (code, name) in enumerate(all_agencies(), 1):
        cursor.execute(
            "INSERT INTO accounts_organisation (id, code, name_zh, name_en, created) "
            "VALUES (%s, %s, %s, '', now())",
            (number, code, name),
        )
    return {code: number for number, code in enumerate(DOMAINS, 1)}, AGENCIES


def _without_indexes(cursor: Any) -> list[str]:
    """The indexes of the large table are made once it is full: their statements."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = 'catalog_field'::regclass AND contype = 'u'"
    )
    again = [f'ALTER TABLE catalog_field ADD CONSTRAINT "{name}" {made}' for name, made in cursor]
    for statement in again:
        cursor.execute(f"ALTER TABLE catalog_field DROP CONSTRAINT {statement.split()[5]}")
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'catalog_field' "
        "AND indexname NOT LIKE '%pkey'"
    )
    for name, made in cursor.fetchall():
        cursor.execute(f'DROP INDEX "{name}"')
        again.append(made)
    return again


def _columns(model: Any, given: Sequence[str]) -> tuple[list[str], list[Any]]:
    """The columns of a model: first those given, then all others, and what is in those."""
    from django.db import connection

    others = [
        field
        for field in model._meta.concrete_fields
        if field.column not in given and not (field.primary_key or field.generated)
    ]
    values = [field.get_db_prep_save(field.get_default(), connection) for field in others]
    return [*given, *(field.column for field in others)], values


ENTRY = (
    *("code", "title_zh", "title_en", "summary_zh", "summary_en", "format", "update_cycle"),
    *("sharing", "sharing_conditions", "opening", "grade"),
)


def _copy_entries(
    cursor: Any, records: list[dict[str, Any]], start: int, domains: dict[str, int], providers: int
) -> None:
    from gongshu.catalog.models import Dataset

    given = ("id", "domain_id", "provider_id", *ENTRY, "state", "published_for", "is_open_data")
    names, others = _columns(Dataset, (*given, "published", "created", "modified"))
    with cursor.copy(f"COPY catalog_dataset ({', '.join(names)}) FROM STDIN") as copy:
        for number, record in enumerate(records, start):
            public = number % 10 != 0
            day = f"2026-{number % 9 + 1:02d}-{number % 27 + 1:02d} 08:{number % 60:02d}:00+08"
            copy.write_row(
                (
                    *(number + 1, domains[record["domain"]], _provider(number, providers)),
                    *(record[name] for name in ENTRY),
                    *("published" if public else "draft", "public" if public else ""),
                    *(public and record["opening"] == "open", day if public else None, day, day),
                    *others,
                )
            )


def _provider(number: int, providers: int) -> int:
    return int(providers * random.Random(number).random() ** 1.5) + 1


def _copy_fields(cursor: Any, records: list[dict[str, Any]], start: int) -> int:
    from gongshu.catalog.models import Field

    count = 0
    given = ("dataset_id", "position", "name", "type", "title_zh", "title_en")
    names, others = _columns(Field, given)
    with cursor.copy(f"COPY catalog_field ({', '.join(names)}) FROM STDIN") as copy:
        for number, record in enumerate(records, start + 1):
            for position, (name, zh, en) in enumerate(record["fields"]):
                copy.write_row((number, position, name, "text", zh, en, *others))
                count += 1
    return count


def index() -> dict[str, float]:
    from gongshu.catalog import index

    begun = time.perf_counter()
    last = [0]

    def progress(count: int, total: int) -> None:
        if count - last[0] >= 100_000:
            last[0] = count
            say(f"indexed {count:,} of {total:,}")

    index.rebuild(progress)
    size = sum(path.stat().st_size for path in index.folder().iterdir())
    return {"build_seconds": time.perf_counter() - begun, "MB": size / 1e6}


def peer() -> dict[str, float]:
    """The same words, cut in the same way, as PostgreSQL's full text wants them."""
    from django.db import connection

    begun = time.perf_counter()
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute(
            f"CREATE UNLOGGED TABLE IF NOT EXISTS peer (id bigint, visible bool, "
            f"{', '.join(f'{name} text' for name in FACETS)}, words tsvector)"
        )
        cursor.execute("SELECT coalesce(max(id), 0) FROM peer")
        (there,) = cursor.fetchone()  # by a run that was broken off
        agencies = all_agencies()
        for start in range(there, ENTRIES, 50_000):
            with cursor.copy("COPY peer FROM STDIN") as copy:
                for number in range(start, min(start + 50_000, ENTRIES)):
                    copy.write_row(_peers_row(number, agencies))
            say(f"peer has {start:,}")
        cursor.execute(f"SET maintenance_work_mem = '{DATABASE_MEMORY}'")
        cursor.execute("CREATE INDEX peer_words ON peer USING gin (words)")
        cursor.execute("ANALYZE peer")
        cursor.execute("SELECT pg_total_relation_size('peer') / 1e6")
        (size,) = cursor.fetchone()
    return {"build_seconds": time.perf_counter() - begun, "MB": float(size)}


def _peers_row(number: int, agencies: list[tuple[str, str]]) -> tuple[Any, ...]:
    from gongshu.catalog.regions import region_of

    record = record_of(number)
    code, name = agencies[_provider(number, len(agencies)) - 1]
    return (
        *(number + 1, number % 10 != 0, record["domain"], code, record["sharing"]),
        *(record["opening"], record["format"], record["update_cycle"], record["grade"]),
        *(region_of(code), _vector(record, name)),
    )


def _vector(record: dict[str, Any], provider: str) -> str:
    """A tsvector written out: title A, columns B, the rest D."""
    from gongshu.catalog.documents import column_words, kept

    weights: dict[str, str] = {}
    body = f"{record['code']} {record['summary_zh']} {record['summary_en']} {provider}"
    for word in kept(body):
        weights[word] = "D"
    for texts in record["fields"]:
        for word in column_words(*texts):
            weights[word] = "B"
    for word in kept(f"{record['title_zh']} {record['title_en']}"):
        weights[word] = "A"
    return " ".join(f"'{word}':1{weight}" for word, weight in weights.items())
