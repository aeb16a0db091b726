"""A query whose SQL is worked out once finds what the same queryset finds."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Count, F, Q

from gongshu.jobs.models import Job, Tick
from gongshu.ledger.models import Entry, Opening
from gongshu.prepared import Prepared, insert, update

pytestmark = pytest.mark.django_db
BEGUN = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)


def _jobs() -> list[Job]:
    rows = [
        Job(id=str(uuid.uuid4()), kind=kind, args={"n": n}, organisation=who, created=at)
        for n, (kind, who, at) in enumerate(
            [
                ("ingest", "A", BEGUN),
                ("ingest", "B", BEGUN + timedelta(days=1)),
                ("sweep", "A", BEGUN + timedelta(days=2)),
            ]
        )
    ]
    insert(rows)
    return rows


def test_rows_are_written_as_the_orm_writes_them() -> None:
    rows = _jobs()
    found = {job.id: job for job in Job.objects.all()}
    for row in rows:
        for field in Job._meta.concrete_fields:
            assert getattr(found[row.id], field.attname) == getattr(row, field.attname)
    assert not rows[0]._state.adding


def test_a_row_whose_number_the_database_gives_is_written_without_it() -> None:
    entry = Entry(
        id=str(uuid.uuid4()),
        event="a.b",
        at=BEGUN,
        subject_kind="x",
        body="{}",
        leaf_hash=b"h" * 32,
    )
    with transaction.atomic():
        insert([entry])
        insert([Opening(entry=entry, name=name, salt=b"s", value="v") for name in "ab"])
    assert list(Opening.objects.values_list("name", flat=True).order_by("pk")) == ["a", "b"]
    assert bytes(Entry.objects.get().leaf_hash) == b"h" * 32


def test_it_finds_what_the_queryset_finds_with_other_values_each_time() -> None:
    rows = _jobs()
    of = Prepared(lambda kind, since: Job.objects.filter(kind=kind, created__gte=since))
    for kind in ("ingest", "sweep", "none"):
        for since in (BEGUN - timedelta(1), BEGUN, BEGUN + timedelta(days=1), BEGUN + timedelta(9)):
            assert of(kind, since) == list(Job.objects.filter(kind=kind, created__gte=since))
    (one,) = of("sweep", BEGUN)
    assert one.args == {"n": 2}
    assert one.created == rows[2].created


def test_annotations_and_columns_left_out_are_as_the_queryset_has_them() -> None:
    _jobs()
    of = Prepared(
        lambda kind: Job.objects.filter(kind=kind).annotate(whose=F("organisation")).only("kind")
    )
    assert {one.whose for one in of("ingest")} == {"A", "B"}  # type: ignore[attr-defined]
    assert of("ingest")[0].get_deferred_fields() >= {"args", "created"}
    assert of("ingest")[0].args["n"] in (0, 1)


def test_counts_come_as_rows() -> None:
    _jobs()
    of = Prepared(
        lambda kind, late: (
            Job.objects.filter(kind=kind)
            .order_by()
            .values("kind")
            .annotate(all=Count("id"), late=Count("id", filter=Q(created__gt=late)))
            .values_list("all", "late")
        )
    )
    assert of("ingest", BEGUN) == [(2, 1)]
    assert of("none", BEGUN) == []


def test_lists_of_any_length_and_days_are_values_too() -> None:
    rows = _jobs()
    of = Prepared(lambda *ids: Job.objects.filter(pk__in=ids).order_by("created"))
    assert of(rows[0].id) == [rows[0]]
    assert of(rows[0].id, rows[2].id) == [rows[0], rows[2]]
    columns = Prepared(
        lambda *ids: Job.objects.filter(pk__in=ids).order_by("created").values_list("kind", "id")
    )
    assert columns(rows[2].id) == [(rows[2].kind, rows[2].id)]
    on = Prepared(lambda day: Tick.objects.filter(due__date=day))
    Tick.objects.create(name="t", due=datetime(2026, 11, 23, 4, tzinfo=UTC))
    assert [tick.name for tick in on(date(2026, 11, 23))] == ["t"]
    assert on(date(2026, 11, 24)) == []


def test_a_value_that_the_query_changes_before_it_is_asked_cannot_be_prepared() -> None:
    of = Prepared(lambda text: Job.objects.filter(kind__contains=text))
    with pytest.raises(ValueError, match="as it was given"):
        of("ing")
    with pytest.raises(TypeError, match="bool"):
        Prepared(lambda yes: Job.objects.filter(cancel_requested=yes))(True)


def test_a_row_is_changed_only_while_it_is_as_it_was_said_to_be() -> None:
    job = _jobs()[0]
    job.percent, job.args = 40, {"更": 1}
    assert update(job, ("percent", "args"), state="queued") == 1
    assert update(job, ("percent",), state="running") == 0
    found = Job.objects.get(pk=job.pk)
    assert (found.percent, found.args, found.kind) == (40, {"更": 1}, "ingest")
    assert not Job.objects.exclude(pk=job.pk).filter(percent=40).exists()
