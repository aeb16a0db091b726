"""What the public and the auditor see of a ledger of 1 million entries (SQLite): 900,000 questions under
2,000 grants, 20,000 cases of five steps, 2,000 datasets. Rebuild: all pages of the books written anew
by the worker. First page: a process that has just started, with the pages written. Then 1,000 more
entries, and the page again; median and p95 of 20 pages of one year. The peer is what it was before:
each process folds every entry by itself. Slice: every entry with its proof as a zip archive of JSON lines, flat
memory, then verified by the archive's own script."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ENTRIES = int(os.environ.get("GONGSHU_BENCH_ENTRIES", "1000000"))
GRANTS, DATASETS, CASES = 2000, 2000, 20_000
AGENCIES = [f"11330{n:03d}MA0000{n:03d}0" for n in range(100)]
BATCH = 20_000


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GONGSHU_HOME"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "gongshu.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, skip_checks=True)
        _fill(ENTRIES)
        return {"entries": ENTRIES, "disclosure": _pages(), "slice": _slice(Path(folder))}


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _pages() -> dict[str, Any]:
    from gongshu.oversight import bookkeeping, evaluation, selectors
    from gongshu.oversight.bookkeeping import Keeper, Writer

    alone = Keeper()
    by_itself = _timed(lambda: _all_of_it(alone))
    rebuild = _timed(lambda: Writer().write())
    keeper = bookkeeping.BOOKS
    first = _timed(lambda: selectors.disclosure(2026))
    pages = [_timed(lambda: selectors.disclosure(2026)) * 1000 for _ in range(20)]
    _fill(1000)
    writer = bookkeeping.WRITER
    writer.write()
    _fill(1000)
    added = _timed(lambda: writer.write())
    after = _timed(lambda: selectors.disclosure(2026))
    assert keeper.current()[0] == _anew().current()[0]
    return {
        "each_process_by_itself_s": by_itself,
        "rebuild_s": rebuild,
        "entries_folded_per_s": ENTRIES / rebuild,
        "pages_of_the_books": _count_pages(),
        "first_page_of_a_process_s": first,
        "page_ms": median(pages),
        "page_p95_ms": quantiles(pages, n=20)[-1],
        "worker_adds_1000_entries_ms": added * 1000,
        "page_after_2000_more_entries_ms": after * 1000,
        "evaluation_of_a_year_ms": _timed(lambda: evaluation.evaluate(2026)) * 1000,
    }


def _all_of_it(keeper: Any) -> None:
    while keeper.current()[2]:
        pass


def _anew() -> Any:
    from gongshu.oversight.bookkeeping import Keeper

    return Keeper()


def _count_pages() -> int:
    from gongshu.oversight.models import BookPage

    return BookPage.objects.count()


def _slice(folder: Path) -> dict[str, Any]:
    from gongshu.ledger import selectors
    from gongshu.oversight import slice_files, verify_slice
    from gongshu.oversight.slices import Asked
    from gongshu.rules.agents import Agent

    by = Agent("auditor", "11330100MA0000009G", frozenset({"auditor"}), "staff")
    path = folder / "slice.zip"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    made = slice_files.export(Asked(), form="json", by=by)
    recorded = time.perf_counter() - begun
    with path.open("wb") as file:
        file.writelines(made.archive())
    written = time.perf_counter() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    script = Path(verify_slice.__file__)
    words = [sys.executable, "-I", str(script), str(path), selectors.verifier_key()]
    verified = _timed(lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL))
    return {
        "until_the_first_byte_s": recorded,
        "written_s": written,
        "size_MB": path.stat().st_size / 1e6,
        "peak_memory_grows_by_MB": grown / 1000,
        "verified_s": verified,
    }


# A ledger as a platform of some years has it, written past the services: they take minutes.


def _fill(number: int) -> None:
    from django.db import connection, transaction

    from gongshu.ledger import models, services

    chance = random.Random(number + models.Entry.objects.count())
    before = models.Entry.objects.count()
    source = _acts(number, chance, first=before == 0)
    done = 0
    while done < number:
        rows = [_row(act) for act in islice(source, min(BATCH, number - done))]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO ledger_entry (id, event, at, organisation, subject_kind, subject_id,"
                " subject_organisation, body, leaf_hash) VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                rows,
            )
        done += len(rows)
        services.sequence()


def _row(act: tuple[str, datetime, str, str, str, str, dict[str, Any]]) -> tuple[Any, ...]:
    from gongshu.ledger import services
    from gongshu.log import merkle
    from gongshu.log.canonical_json import canonical

    event, at, by, kind, subject, owner, facts = act
    body = {
        "format": "gongshu-entry/1",
        "id": services.new_id(),
        "event": event,
        "time": at.isoformat(timespec="milliseconds"),
        "by": {"organisation": by, "rank": "staff", "person": uuid.UUID(int=0).hex * 2},
        "subject": {"kind": kind, "id": subject, "organisation": owner},
        "facts": facts,
        "commitments": {"sql": "ab" * 32, "output": "cd" * 32},
    }
    text = canonical(body)
    leaf = merkle.leaf_hash(text.encode())
    return (body["id"], event, at, by, kind, subject, owner, text, leaf)


def _acts(number: int, chance: random.Random, *, first: bool) -> Iterator[Any]:
    from gongshu.oversight.disclosure import SHANGHAI

    begin = datetime(2024, 1, 1, 9, tzinfo=SHANGHAI)
    step = timedelta(days=3 * 365) / number
    rest = number
    if first:
        for act in [*_datasets(begin), *_grants(begin), *_cases(begin, chance)]:
            yield act
            rest -= 1
    for n in range(rest):
        grant = chance.randrange(GRANTS)
        facts = {
            "grant": f"G-2024-{grant:04d}",
            "purpose": "planning",
            "versions": {f"d{grant % 40}.t{grant % DATASETS}": 3},
            "withheld": chance.random() < 0.3,
            "rows": 40,
        }
        refused = chance.random() < 0.1
        event = "query.refused" if refused else "query.answered"
        by = f"91330100MA{grant:07d}X"
        yield event, begin + n * step, by, "grant", facts["grant"], by, facts


def _datasets(begin: datetime) -> Iterator[Any]:
    for n in range(DATASETS):
        owner, code = AGENCIES[n % 100], f"d{n % 40}.t{n}"
        facts = {"case": f"C-{n}", "procedure": "catalogue_entry", "dataset": code, "version": 1}
        facts |= {"from": "submitted", "to": "published", "due": "", "title_zh": f"数据集 {n}"}
        facts |= {"open_data": n % 3 == 0, "sharing": "conditional", "opening": "open"}
        yield "entry.published", begin, AGENCIES[0], "case", f"C-{n}", owner, facts
        yield "dataset.terms_set", begin, owner, "dataset", code, owner, {"number": 1}


def _grants(begin: datetime) -> Iterator[Any]:
    for n in range(GRANTS):
        grant, grantee = f"G-2024-{n:04d}", f"91330100MA{n:07d}X"
        facts = {
            "kind": "operation" if n % 5 == 0 else "sharing",
            "grantor": AGENCIES[n % 100],
            "grantee": grantee,
            "datasets": [f"d{n % 40}.t{n}"],
            "purposes": ["planning"],
            "scope": {"datasets": [f"d{n % 40}.t{n}"]},
            "valid_from": "2024-01-01",
            "valid_until": "2028-12-31",
        }
        yield "grant.issued", begin, AGENCIES[n % 100], "grant", grant, grantee, facts


def _cases(begin: datetime, chance: random.Random) -> Iterator[Any]:
    way = ["draft", "received", "received", "agreed", "active"]
    events = ["case.opened", "sharing.requested", "sharing.extended", "sharing.consented"]
    for n in range(min(CASES, ENTRIES // 50)):
        at = begin + timedelta(hours=chance.randrange(3 * 365 * 24))
        asker = AGENCIES[chance.randrange(100)]
        for number, event in enumerate([*events, "sharing.delivered"]):
            due = (at + timedelta(days=10)).date().isoformat() if number in (1, 2, 3) else ""
            facts = {"case": f"C-S-{n}", "procedure": "sharing_request", "due": due}
            facts |= {"from": way[max(number - 1, 0)], "to": way[number], "article": ""}
            by = asker if number < 2 else AGENCIES[n % 100]
            yield event, at, by, "case", f"C-S-{n}", asker, facts
            at += timedelta(days=chance.randrange(1, 14))


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
