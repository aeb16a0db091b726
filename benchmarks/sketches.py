"""Sketches of columns, and the lookup of what can be joined. **Making**: a Parquet file of a million
rows and eight columns (unique codes, repeated codes, names, numbers, days), sketched as at ingest
(the counts of the profile are given), beside DuckDB reading the same columns once (`bit_xor(hash(…))`
of each, so that nothing is answered from statistics), both with the machine's cores, the best of two runs. **Looking up**: an index
of made-up column sketches in SQLite as an instance has it, 64 hashes a column, sizes from fifty to a
million distinct values; a hundred pairs of columns with a known share of common values are planted
among them, and each is asked "what can I join this with" through `catalog.joins.matches`. "Found"
is how many of the planted are proposed; the sizes of the two differ by up to ten times.

GONGSHU_BENCH_SKETCHES sets another number of columns; a million takes some 5 GB of disk."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

SKETCHES = int(os.environ.get("GONGSHU_BENCH_SKETCHES", 100_000))
ROWS, PLANTED, SPACE = 1_000_000, 100, 1 << 64
COLUMNS = """SELECT 'C' || lpad(CAST(hash(range) % 100000000000 AS VARCHAR), 12, '0') AS code,
    'S' || (hash(range, 1) % 40000) AS station, 'Road ' || (hash(range, 2) % 300000) AS street,
    hash(range, 3) % 90 AS age, hash(range, 4) % 1000000000 AS number,
    DATE '2015-01-01' + CAST(hash(range, 5) % 4000 AS INTEGER) AS day,
    (hash(range, 6) % 1000000) / 100 AS amount, hash(range, 7) % 20 AS kind"""


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="gongshu-sketches-") as folder:
        return {"making": _making(Path(folder)), "looking_up": _looking_up(Path(folder) / "home")}


def _making(folder: Path) -> dict[str, Any]:
    import duckdb

    from gongshu.data.sketches import sketches

    path = folder / "table.parquet"
    with duckdb.connect() as made:
        made.execute(f"COPY ({COLUMNS} FROM range({ROWS})) TO '{path}'")
        names = [row[0] for row in made.execute(f"DESCRIBE FROM '{path}'").fetchall()]
        all_of = ", ".join(f"approx_count_distinct({n})" for n in names)
        counted = made.execute(f"SELECT {all_of} FROM '{path}'").fetchall()[0]
    counts = dict(zip(names, counted, strict=True))

    def read() -> None:
        with duckdb.connect() as reader:
            both = ", ".join(f"bit_xor(hash({n}))" for n in names)
            reader.execute(f"SELECT {both} FROM '{path}'").fetchall()

    def sketched() -> None:
        sketches(path, key=b"benchmark", distinct=counts)

    reading, sketching = _best(read), _best(sketched)
    size = path.stat().st_size
    return {
        "file_mb": round(size / 1e6, 1),
        "duckdb_reads_s": reading,
        "sketched_s": sketching,
        "times_reading": sketching / reading,
        "seconds_per_gb_of_parquet": sketching / (size / 1e9),
        "million_values_a_second": ROWS * len(names) / sketching / 1e6,
    }


def _best(work: Any) -> float:
    times = []
    for _ in range(2):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def _looking_up(home: Path) -> dict[str, Any]:
    home.mkdir()
    os.environ |= {"GONGSHU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gongshu.settings"}
    (home / "secret_key").write_text("a secret of the benchmark")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    asked = _fill(random.Random(5))
    filling = time.perf_counter() - began
    from gongshu.catalog.joins import matches
    from gongshu.catalog.models import ColumnSketch, Dataset

    everything = Dataset.objects.all()
    took, found = [], 0
    for number, partner in asked:
        row = ColumnSketch.objects.get(pk=number)
        began = time.perf_counter()
        proposed = matches(row, everything.exclude(pk=row.dataset_id), None)
        took.append(1000 * (time.perf_counter() - began))
        found += any(one.column == f"c{partner}" for one in proposed)
    cuts = quantiles(took, n=20)
    return {
        "columns": SKETCHES,
        "rows_of_the_index": SKETCHES * 64,
        "filled_s": filling,
        "p50_ms": cuts[9],
        "p95_ms": cuts[18],
        "found_of_a_hundred_planted": found,
    }


def _fill(pick: random.Random) -> list[tuple[int, int]]:
    """Columns with random hashes; of the planted, the second holds a share of the first."""
    from django.db import connection, transaction

    from gongshu.accounts.models import Organisation
    from gongshu.catalog.models import Dataset, Domain, Version

    domain = Domain.objects.create(code="b", title_zh="b")
    provider = Organisation.objects.create(code="1" * 18, name_zh="b")
    datasets = [
        Dataset(code=f"b.d{n}", domain=domain, provider=provider, title_zh="b") for n in range(200)
    ]
    Dataset.objects.bulk_create(datasets)
    Version.objects.bulk_create(
        Version(dataset=d, number=1, digest="", files=[], rows=1, bytes=1, profile={"columns": []},
                public_profile={}, report={}, created_by="b")
        for d in datasets
    )  # fmt: skip
    places = list(Version.objects.values_list("dataset_id", "id"))
    planted: list[tuple[int, int]] = []
    with transaction.atomic(), connection.cursor() as cursor:
        for number, sketch in enumerate(_columns(pick, planted), 1):
            _write(cursor, number, sketch, *places[number % len(places)])
    return planted


def _columns(pick: random.Random, planted: list[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """Bound, then the hashes kept."""
    number = 0
    while number < SKETCHES:
        distinct = int(10 ** pick.uniform(1.7, 6))
        if number % (SKETCHES // PLANTED) == 0:
            first = sorted(pick.randrange(SPACE) for _ in range(min(distinct, 20_000)))
            if distinct > 20_000:  # the smallest of so many
                first = [h * 20_000 // distinct for h in first]
            share, extra = pick.uniform(0.3, 1), pick.uniform(0, 9)
            common = [h for h in first if pick.random() < share]
            top = first[-1]
            more = [pick.randrange(top) for _ in range(int(len(common) * extra))]
            planted.append((number + 1, number + 2))
            yield _kept(first, distinct)
            yield _kept(sorted({*common, *more}), int(distinct * share * (1 + extra)))
            number += 2
        else:
            # Nobody asks about these: only what the index holds of them matters.
            space = SPACE * 64 // max(distinct, 64)
            yield _kept(sorted({pick.randrange(space) for _ in range(64)}), distinct)
            number += 1


def _kept(hashes: list[int], distinct: int) -> tuple[int, ...]:
    size = max(1024, min(distinct // 64, 16 * 1024))
    bound = hashes[size] if len(hashes) > size else SPACE if distinct <= size else hashes[-1] + 1
    return (bound, *(h for h in hashes[:size] if h < bound))


def _write(cursor: Any, number: int, kept: tuple[int, ...], dataset: int, version: int) -> None:
    from gongshu.catalog.sketching import SMALLEST, as_signed, form
    from gongshu.data.sketches import Sketch

    bound, *hashes = kept
    made = Sketch(tuple(hashes), bound, 1, 0)
    cursor.execute(
        """INSERT INTO catalog_columnsketch (id, "column", family, semantic_type, form, sketch,
        distinct, same, dataset_id, version_id) VALUES (%s,%s,'text','',%s,%s,%s,0.001,%s,%s)"""
        .replace("distinct,", '"distinct",'),
        [number, f"c{number}", form(), made.to_bytes(), made.distinct, dataset, version],
    )  # fmt: skip
    cursor.executemany(
        "INSERT INTO catalog_sketchhash (hash, sketch_id) VALUES (%s, %s)",
        [(as_signed(h), number) for h in hashes[:SMALLEST]],
    )
