"""An instance whose versions lie in a bucket: ingest, open rows, governed answers, the doctor."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.buckets import Bucket, s3
from tests.world import BY_DISTRICT, CLINICS, PERSONS, PURPOSE, World, persons_csv

from gongshu.catalog import selectors
from gongshu.catalog.store import version_store
from gongshu.catalog.versions import sweep_orphans
from gongshu.cli.diagnosis import Finding, examine
from gongshu.data.local_copies import IN_USE_SECONDS
from gongshu.gateway import services
from gongshu.rules.agents import ANONYMOUS

__all__ = ["s3"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def in_a_bucket(s3: Bucket, settings: Any) -> Bucket:
    settings.STORE, settings.STORE_ENDPOINT = s3.address, s3.endpoint
    return s3


@pytest.fixture
def city(in_a_bucket: Bucket, world: World) -> World:  # the bucket is there before the world
    return world


def copies(instance: Path) -> list[Path]:
    return sorted((instance / "cache" / "data").glob("*.parquet"))


def doctor(name: str) -> Finding:
    (found,) = [finding for finding in examine() if finding.name == name]
    return found


def answered(city: World, grant: Any) -> list[dict[str, Any]]:
    by = city.operator
    found = services.answer(grant_id=grant.id, purpose=PURPOSE, sql=BY_DISTRICT, by=by)
    rows: list[dict[str, Any]] = found.table.to_pylist()
    return rows


def test_questions_are_answered_from_a_bucket(city: World, instance: Path) -> None:
    assert list((instance / "data").iterdir()) == []
    grant = city.operate()
    first = answered(city, grant)
    assert {"district": "East", "n": 20} in first
    for path in copies(instance):  # as if other versions had pushed them out overnight
        os.utime(path, (1, 1))
    store = version_store()
    store.copies.limit, limit = 1, store.copies.limit  # type: ignore[union-attr]
    sweep_orphans()
    store.copies.limit = limit  # type: ignore[union-attr]
    assert copies(instance) == []
    assert selectors.preview(selectors.get(CLINICS, ANONYMOUS), ANONYMOUS).num_rows > 0
    assert len(copies(instance)) == 1


def test_a_question_finds_its_copy_again_after_it_was_removed(
    city: World, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = city.operate()
    first = answered(city, grant)
    for path in copies(instance):
        path.unlink()
    later = time.monotonic() + IN_USE_SECONDS  # copies go after an hour; warm workers before that
    monkeypatch.setattr("gongshu.data.engines.pool.time.monotonic", lambda: later)
    assert answered(city, grant) == first


def test_a_new_version_lies_in_the_bucket_and_the_old_one_stays(
    city: World, instance: Path
) -> None:
    city.add_version(PERSONS, persons_csv(extra=5))
    dataset = selectors.get(PERSONS, city.agency)
    files = [file["name"] for version in dataset.versions.all() for file in version.files]
    assert len(set(files)) == 2
    assert version_store().missing(files) == []


def test_the_doctor_says_whether_the_bucket_answers_and_what_is_missing(
    city: World, in_a_bucket: Bucket, settings: Any
) -> None:
    assert (doctor("store").level, doctor("files").level) == ("ok", "ok")
    name = selectors.latest(selectors.get(PERSONS, city.agency)).files[0]["name"]  # type: ignore[union-attr]
    in_a_bucket.request("DELETE", f"/city/{name}")
    assert doctor("files").level == "error"
    settings.STORE_ENDPOINT = "http://127.0.0.1:9"
    assert doctor("store").level == "error"


def test_a_page_says_in_one_sentence_that_the_store_is_away(
    city: World, instance: Path, settings: Any, client: Client
) -> None:
    for path in copies(instance):
        path.unlink()
    settings.STORE_ENDPOINT = "http://127.0.0.1:9"
    answer = client.get(f"/dataset/{CLINICS}/download.csv", HTTP_ACCEPT_LANGUAGE="en")
    assert answer.status_code == 503
    assert "object store" in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
