"""What must be so when the killed processes are gone and the platform has started again.

python -m tests.kills.after   lets time pass, runs the worker once, and prints as JSON what is
                              wrong (nothing, in a sound platform) and what was done
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongshu.settings")
LONG_AGO = timedelta(days=2)


def let_time_pass() -> None:
    """Leases end, reservations run out, files grow old, whatever is done now and then is due."""
    from django.conf import settings
    from django.utils import timezone

    from gongshu.gateway.models import QueryRecord
    from gongshu.jobs.models import Job, Tick

    before = timezone.now() - LONG_AGO
    Job.objects.filter(state="running").update(lease_until=before)
    QueryRecord.objects.filter(decision="running").update(until=before)
    Tick.objects.update(due=before)
    old = time.time() - LONG_AGO.total_seconds()
    for folder in (settings.HOME, tempfile.gettempdir()):
        for path in [*Path(folder).rglob("*")]:
            os.utime(path, (old, old))


def wrong() -> Iterator[tuple[str, Any]]:
    """Each thing that must be so, with what speaks against it."""
    yield from _acts_and_entries()
    yield from _cases_and_grants()
    yield from _versions()
    yield from _jobs_and_queries()
    yield from _files()


def _acts_and_entries() -> Iterator[tuple[str, Any]]:
    from gongshu.cases.models import CaseStep
    from gongshu.catalog.models import Version
    from gongshu.gateway.models import QueryRecord
    from gongshu.grants.models import Grant
    from gongshu.jobs.models import Notice, Outbox
    from gongshu.ledger.audit import audit
    from gongshu.ledger.models import Entry

    report = audit()
    yield "the log is not sound", [finding.en for finding in report.findings]
    yield "entries wait for their place", report.pending
    entries = Entry.objects.all()
    settled = QueryRecord.objects.exclude(decision="running")
    for what, acts, told in (
        ("steps", CaseStep.objects.all(), entries.filter(subject_kind="case")),
        ("versions", Version.objects.all(), entries.filter(event="dataset.version_added")),
        ("answers", settled.filter(decision="answered"), entries.filter(event="query.answered")),
        ("refusals", settled.filter(decision="refused"), entries.filter(event="query.refused")),
        ("grants", Grant.objects.all(), entries.filter(event="grant.issued")),
    ):
        done = Counter(acts.values_list("entry_id", flat=True))
        logged = Counter(told.values_list("id", flat=True))
        yield f"{what} without their entry", sorted((done - logged).elements())
        yield f"entries without their {what}", sorted((logged - done).elements())
    yield "notices not delivered", Outbox.objects.filter(delivered=None).count()
    yield "notices lost or doubled", Outbox.objects.count() - Notice.objects.count()


def _cases_and_grants() -> Iterator[tuple[str, Any]]:
    from gongshu.cases.models import Case, CaseNumber
    from gongshu.grants.models import Grant, GrantNumber
    from gongshu.ledger.models import Entry

    astray = [
        case.id
        for case in Case.objects.prefetch_related("steps")
        if [case.state, case.revision]
        != [list(case.steps.all())[-1].target, case.steps.count() - 1]
    ]
    yield "cases that do not stand where their steps lead", astray
    stands = {"grant.issued": "active", "grant.resumed": "active"}
    moved = [
        grant.id
        for grant in Grant.objects.all()
        if (last := Entry.objects.filter(subject_id=grant.id, event__startswith="grant.").last())
        and stands.get(last.event, last.event.removeprefix("grant.")) != grant.state
    ]
    yield "grants that do not stand where their entries say", moved
    for what, model, counter in (("cases", Case, CaseNumber), ("grants", Grant, GrantNumber)):
        given = sorted(int(i.rsplit("-", 1)[1]) for i in model.objects.values_list("id", flat=True))
        last = counter.objects.get().last
        yield f"numbers of {what} with gaps", sorted(set(range(1, last + 1)) ^ set(given))


def _versions() -> Iterator[tuple[str, Any]]:
    from gongshu.catalog import index
    from gongshu.catalog.models import Dataset, Version
    from gongshu.catalog.store import version_store

    store = version_store()
    named = {file["name"] for version in Version.objects.all() for file in version.files}
    yield "files that are not whole", sorted(name for name in named if not store.verify(name))
    stored = {path.name for path in store.folder.iterdir()}
    yield "files that no version names, or that are missing", sorted(stored ^ named)
    for dataset in Dataset.objects.all():
        numbers = [version.number for version in dataset.versions.order_by("number")]
        yield f"versions of {dataset.code} with gaps", _gaps(numbers)
    yield "entries the search index has not seen", index.waiting()


def _gaps(numbers: list[int]) -> list[int]:
    return sorted(set(numbers) ^ set(range(1, len(numbers) + 1)))


def _jobs_and_queries() -> Iterator[tuple[str, Any]]:
    from gongshu.catalog.models import Version
    from gongshu.gateway.models import QueryRecord
    from gongshu.jobs.models import FINAL, Job

    yield "jobs not ended", list(Job.objects.exclude(state__in=FINAL).values_list("state"))
    done = Job.objects.filter(kind="ingest", state="done")
    missing = [
        job.id
        for job in done
        if not Version.objects.filter(
            dataset__code=job.result["dataset"], number=job.result["version"]
        ).exists()
    ]
    yield "ingests that are done and made no version", missing
    failed = Job.objects.filter(state="failed").exclude(error_code="worker_lost")
    yield "jobs that failed for another reason", list(failed.values_list("kind", "error_en"))
    yield "questions still running", QueryRecord.objects.filter(decision="running").count()
    records = QueryRecord.objects.all()
    codes = Counter(records.filter(decision="refused").values_list("code", flat=True))
    yield "questions refused for another reason", sorted(set(codes) - {"no_right", "lost"})
    yield "answers without their meter", records.filter(decision="answered", ms=None).count()
    yield from _memory()


def _memory() -> Iterator[tuple[str, Any]]:
    """What the gate remembers of a grantee: every answer was counted before it was given."""
    from django.conf import settings

    from gongshu.gateway.models import QueryRecord

    asked = QueryRecord.objects.count()
    answered = QueryRecord.objects.filter(decision="answered").count()
    with closing(sqlite3.connect(Path(settings.HOME) / "gate" / "history.sqlite")) as database:
        (sound,) = database.execute("PRAGMA integrity_check").fetchone()
        counted = database.execute("SELECT sum(queries) FROM asked").fetchone()[0] or 0
    yield "the gate's memory is not whole", "" if sound == "ok" else sound
    yield "answers the gate did not count", max(0, answered - counted)
    yield "questions the gate counted and nobody asked", max(0, counted - asked)


def _files() -> Iterator[tuple[str, Any]]:
    """Whatever was being written when its process died has been cleared away."""
    from django.conf import settings

    from gongshu.jobs.models import Job

    names = (path.name for path in Path(tempfile.gettempdir()).iterdir())
    yield "temporary files left", sorted(name for name in names if name.startswith("gongshu-"))
    parts = [path for path in Path(settings.HOME).rglob("*") if path.suffix == ".tmp"]
    yield "half-written files left", [str(path) for path in parts]
    index = Path(settings.HOME) / "index"
    yield "half-written states of the index", [str(p) for p in index.rglob("gongshu.json.*")]
    uploads = {path.name for path in (Path(settings.HOME) / "uploads").iterdir()}
    yield "uploads that no job waits for", sorted(uploads - _unfinished(Job.objects.all()))


def _unfinished(jobs: Iterable[Any]) -> set[str]:
    return {job.args.get("upload", "") for job in jobs if job.state in ("queued", "running")}


def promised(folder: Path) -> tuple[dict[str, Counter[str]], list[str]]:
    """What the journals say: of each kind what was begun and done; and what was said to be done
    and cannot be found."""
    from gongshu.jobs.models import Job
    from gongshu.ledger.models import Entry

    said: dict[str, Counter[str]] = {}
    found = {
        "upload": set(Job.objects.values_list("id", flat=True)),
        "step": set(Entry.objects.filter(subject_kind="case").values_list("id", flat=True)),
        "ask": set(Entry.objects.filter(event__startswith="query.").values_list("id", flat=True)),
    }
    missing = []
    for path in folder.iterdir():
        kind = path.name.partition(".")[0]
        count = said.setdefault(kind, Counter())
        for line in path.read_text().splitlines():
            word, _, made = line.partition(" ")
            count[word] += 1
            if word == "done" and kind in found and "-" in made and made not in found[kind]:
                missing.append(f"{kind} {made}")
    return said, missing


def main() -> None:
    from django.conf import settings

    from gongshu.jobs.models import Job
    from gongshu.jobs.worker import work

    let_time_pass()
    work(once=True)
    said, missing = promised(Path(settings.HOME).parent / "journals")
    found = {what: against for what, against in wrong() if against}
    if missing:
        found["acts that were reported done and are not there"] = missing
    jobs = Job.objects.filter(kind="ingest")
    again = jobs.filter(attempts__gt=1).count() + jobs.filter(error_code="worker_lost").count()
    said["work"] = Counter(done=jobs.filter(state="done").count(), begin=jobs.count() + again)
    print(json.dumps({"wrong": found, "done": {k: dict(v) for k, v in said.items()}}))


if __name__ == "__main__":
    django.setup()
    main()
