"""What an entry costs, against bare inserts into the same SQLite database. Bare: one row of the
same bytes in an indexed table, by Python's sqlite3, synchronous=FULL. Append: the entry and its two
openings; sequenced (signed checkpoint, tiles) once for all, as the worker does each second, or one by
one, as by those who ask for each receipt at once. A proof is made from the stored tiles of a tree of 1 million leaves, for random leaves, median of 500; the peer
is pymerkle's SqliteTree with the same leaves, median of 3."""

from __future__ import annotations

import os
import random
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

SINGLE, BATCH = 400, 4000
LEAVES = 1_000_000


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GONGSHU_HOME"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "gongshu.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, skip_checks=True)
        appends, entry = _appends()
        bare = _bare(Path(folder) / "gongshu.db", entry)
        return {
            "one_per_transaction": {
                "bare_inserts_per_s": bare["single"],
                "appends_per_s": appends["single"],
                "appends_each_sequenced_per_s": appends["sequenced"],
                "bare_to_append": bare["single"] / appends["single"],
            },
            f"{BATCH}_per_transaction": {
                "bare_inserts_per_s": bare["batch"],
                "appends_per_s": appends["batch"],
                "sequencing_alone_per_s": appends["sequencing"],
            },
            "proof_among_1_million": _proofs(Path(folder)),
        }


def _rate(count: int, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return count / (time.perf_counter() - begun)


def _appends() -> tuple[dict[str, float], str]:
    from django.db import transaction

    from gongshu.ledger import models, services
    from gongshu.ledger.subjects import Subject
    from gongshu.rules.agents import Agent

    by = Agent(person="li", organisation="91330100MA27XXXXXX", rank="staff")

    def append(number: int) -> None:
        services.append(
            event="query.answered",
            subject=Subject("grant", "G-2026-0001", "91330100MA27XXXXXX"),
            by=by,
            public={"purpose": "planning", "rows": number, "versions": {"health.persons": 3}},
            private={"sql": "SELECT district, count(*) AS n FROM health.persons GROUP BY 1"},
        )

    def acts(count: int, *, sequenced: bool = False) -> None:
        for number in range(count):
            with transaction.atomic():
                append(number)
            if sequenced:
                services.sequence(wait=False)

    def batch() -> None:
        with transaction.atomic():
            for number in range(BATCH):
                append(number)

    acts(20)
    figures = {"single": _rate(SINGLE, lambda: acts(SINGLE))}
    figures["batch"] = _rate(BATCH, batch)
    pending = models.Entry.objects.filter(index=None).count()
    figures["sequencing"] = _rate(pending, services.sequence)
    figures["sequenced"] = _rate(SINGLE, lambda: acts(SINGLE, sequenced=True))
    return figures, models.Entry.objects.order_by("id")[0].body


def _bare(database: Path, entry: str) -> dict[str, float]:
    raw = sqlite3.connect(database, isolation_level=None)
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE bare (id TEXT PRIMARY KEY, event TEXT, body TEXT, leaf BLOB)")
    raw.execute("CREATE INDEX bare_by_event ON bare (event)")

    def insert() -> None:
        row = (secrets.token_hex(18), "query.answered", entry, secrets.token_bytes(32))
        raw.execute("INSERT INTO bare VALUES (?, ?, ?, ?)", row)

    def batch() -> None:
        raw.execute("BEGIN IMMEDIATE")
        for _ in range(BATCH):
            insert()
        raw.execute("COMMIT")

    figures = {
        "single": _rate(SINGLE, lambda: [insert() for _ in range(SINGLE)]),
        "batch": _rate(BATCH, batch),
    }
    raw.close()
    return figures


def _proofs(folder: Path) -> dict[str, Any]:
    from django.db import connection
    from pymerkle import SqliteTree

    from gongshu.ledger import models, selectors
    from gongshu.log import merkle, tiles

    entries = [f"entry {number}".encode() for number in range(LEAVES)]
    with connection.cursor() as cursor:  # a tree of its own, in place of the one measured above
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
    models.Tile.objects.all().delete()
    models.Checkpoint.objects.all().delete()
    growth = tiles.Growth(0, lambda level, index: b"")
    begun = time.perf_counter()
    growth.append([merkle.leaf_hash(entry) for entry in entries])
    hashing = LEAVES / (time.perf_counter() - begun)
    models.Tile.objects.bulk_create(
        (models.Tile(level=at[0], index=at[1], hashes=h) for at, h in growth.changed.items()),
        batch_size=500,
    )
    root = growth.root()
    from django.utils import timezone

    models.Checkpoint.objects.create(size=LEAVES, root=root, note="", at=timezone.now())
    peer = SqliteTree(str(folder / "peer.db"), algorithm="sha256")
    peer.append_entries(entries)
    assert peer.get_root() == root
    chance = random.Random(1)
    ours, ours_cpu, theirs = [], [], []
    for number in range(500):
        index = chance.randrange(LEAVES)
        begun, cpu = time.perf_counter(), time.process_time()
        path = selectors.prove(index, LEAVES)
        ours.append((time.perf_counter() - begun) * 1000)
        ours_cpu.append((time.process_time() - cpu) * 1000)
        assert merkle.verify_inclusion(index, LEAVES, merkle.leaf_hash(entries[index]), path, root)
        if number < 3:
            begun = time.perf_counter()
            peer.prove_inclusion(index + 1)
            theirs.append((time.perf_counter() - begun) * 1000)
    return {
        "leaves_into_tiles_per_s": hashing,
        "ours_ms": median(ours),
        "ours_p95_ms": quantiles(ours, n=20)[-1],
        "ours_cpu_ms": median(ours_cpu),
        "pymerkle_ms": median(theirs),
        "times_faster": median(theirs) / median(ours),
    }
