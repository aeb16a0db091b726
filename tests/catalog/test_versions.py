"""Versions exist whole or not at all; what is public of them never tells of a row."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from django.test import Client
from tests import warm
from tests.catalog.conftest import PEOPLE, SCHOOLS, Ingest, Publish

from gongshu.catalog import selectors, services
from gongshu.catalog.columns import public_profile
from gongshu.catalog.ingest import ingest_file, receive_upload, uploaded
from gongshu.catalog.models import Dataset, Version
from gongshu.catalog.store import version_store
from gongshu.catalog.versions import sweep_orphans
from gongshu.data import Table
from gongshu.jobs import worker
from gongshu.jobs.models import Job
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden


@pytest.mark.django_db
def test_a_messy_file_becomes_a_draft_with_its_columns(ingest: Ingest, agency: Agent) -> None:
    dataset = ingest("education.schools")
    version = selectors.latest(dataset)
    assert (dataset.state, version.number, version.rows) == ("draft", 1, 3)
    assert [f.name for f in dataset.fields.all()] == ["学校名称", "区县", "学生数"]
    assert version.report["encoding"].lower().startswith("gb")
    assert dataset.format == "csv"
    assert [path.exists() for path in selectors.files(version)] == [True]


@pytest.mark.django_db
def test_the_same_content_again_makes_no_version_and_no_entry(ingest: Ingest) -> None:
    dataset = ingest("education.schools")
    entries = ledger.entries(events=["dataset.version_added"]).count()
    ingest("education.schools")
    assert dataset.versions.count() == 1
    assert ledger.entries(events=["dataset.version_added"]).count() == entries
    ingest("education.schools", SCHOOLS + "第四小学,西城,99\n")
    ingest("education.schools")  # back to the first content: that is a third version
    assert [v.number for v in dataset.versions.order_by("number")] == [1, 2, 3]


@pytest.mark.django_db
def test_nobody_else_adds_a_version(ingest: Ingest, second_agency: Agent, agency: Agent) -> None:
    dataset = ingest("education.schools")
    with pytest.raises(Forbidden), Table.of(pa.table({"a": [1]})) as table:
        services.add_version(dataset=dataset, table=table, source_name="x", by=second_agency)


@pytest.mark.django_db
def test_a_published_dataset_keeps_its_columns(
    ingest: Ingest, publish: Publish, agency: Agent
) -> None:
    publish(ingest("education.schools"), opening="open")
    with pytest.raises(Conflict) as refused:
        ingest("education.schools", SCHOOLS.replace("学生数", "教师数"))
    assert "教师数" in refused.value.sentence.zh
    ingest("education.schools", SCHOOLS.replace("801", "801.5"))  # still numbers
    with pytest.raises(Conflict):
        ingest("education.schools", SCHOOLS.replace("801", "约八百").replace("640", "六百多"))


@pytest.mark.django_db
def test_what_people_wrote_about_a_column_outlives_new_versions(
    ingest: Ingest, agency: Agent
) -> None:
    dataset = ingest("education.schools")
    services.describe_field(
        dataset=dataset, name="学生数", meaning_zh="在册学生", level=1, by=agency
    )
    ingest("education.schools", SCHOOLS + "第四小学,西城,99\n")
    assert dataset.fields.get(name="学生数").meaning_zh == "在册学生"


@pytest.mark.django_db
def test_digest_and_size_of_protected_data_are_commitments(
    ingest: Ingest, publish: Publish
) -> None:
    publish(ingest("health.persons", PEOPLE), unit_column="patient_id", classification="personal")
    ingest("health.persons", PEOPLE.replace("P0001,M", "P0001,F"))
    newest = Version.objects.get(number=2)
    entry = ledger.entries(events=["dataset.version_added"]).last()
    assert entry.facts == {"version": 2}
    assert newest.digest not in entry.body
    assert {"digest", "rows"} <= set(entry.content["commitments"])


@pytest.mark.django_db
def test_digest_and_size_of_open_data_stand_in_clear(ingest: Ingest, publish: Publish) -> None:
    publish(ingest("education.schools"), opening="open")
    ingest("education.schools", SCHOOLS + "第四小学,西城,99\n")
    newest = Version.objects.get(number=2)
    entry = ledger.entries(events=["dataset.version_added"]).last()
    assert entry.facts == {"version": 2, "digest": newest.digest, "rows": 4}


def public_page(code: str) -> dict[str, object]:
    answer = Client().get(f"/api/datasets/{code}")
    assert answer.status_code == 200, answer.content
    page = json.loads(answer.content)
    times = {"modified", "published", "created", "entry", "code"}
    page["versions"] = [
        {k: v for k, v in row.items() if k not in times} for row in page["versions"]
    ]
    return {k: v for k, v in page.items() if k not in times}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        PEOPLE.replace("P0007,M", "P0007,F"),  # a value
        PEOPLE.replace("P0007,M,1947,b\n", ""),  # one person fewer
        PEOPLE + "P9999,M,1800,zzz\n",  # one person more, at both extremes
        PEOPLE.replace("P0007,M,1947", "P0007,M,1947.5"),  # a column of another width
        PEOPLE.replace("P0007,M,1947", "P0007,,"),  # somebody of whom less is known
        PEOPLE.replace("P0007,", "13800138000,"),  # a telephone number among the ids
    ],
)
def test_the_public_page_of_protected_data_does_not_change_when_one_unit_does(
    ingest: Ingest, publish: Publish, changed: str
) -> None:
    about = {"unit_column": "patient_id", "classification": "personal", "grade": "general"}
    publish(ingest("health.one", PEOPLE), level=3, **about)
    publish(ingest("health.two", changed), level=3, **about)
    assert public_page("health.one") == public_page("health.two")
    before = public_page("health.one")
    ingest("health.one", changed)
    after = public_page("health.one")
    assert after.pop("versions")[1:] == before.pop("versions")  # there is one more, and no more
    assert before == after


@pytest.mark.django_db
def test_the_holder_sees_figures_that_others_do_not(
    ingest: Ingest, publish: Publish, agency: Agent, second_agency: Agent
) -> None:
    dataset = publish(
        ingest("health.persons", PEOPLE), unit_column="patient_id", classification="personal"
    )
    version = selectors.latest(dataset)
    assert selectors.profile_for(version, agency)["rows"] == 200
    for other in (second_agency, ANONYMOUS):
        shown = json.dumps(selectors.profile_for(version, other))
        assert "P0001" not in shown
        assert "1940" not in shown
        assert selectors.profile_for(version, other) == public_profile(dataset)
    fields = selectors.described_fields(dataset, full=False)
    assert all(f.distinct is None and not f.range for f in fields)
    full = {f.name: f for f in selectors.described_fields(dataset, full=True)}
    assert full["birth_year"].range == "1940 – 1999"


@pytest.mark.django_db
def test_only_open_data_can_be_previewed(ingest: Ingest, publish: Publish, agency: Agent) -> None:
    schools = publish(ingest("education.schools"), opening="open")
    persons = publish(
        ingest("health.persons", PEOPLE), unit_column="patient_id", classification="personal"
    )
    draft = ingest("education.draft", SCHOOLS + "第五小学,东城,1\n")
    rows = selectors.preview(schools, ANONYMOUS, limit=2, offset=1).to_pylist()
    assert [row["学校名称"] for row in rows] == ["第二小学", "第三中学"]
    assert selectors.preview(schools, ANONYMOUS, offset=99).num_rows == 0
    for closed in (persons, draft):
        with pytest.raises(Forbidden):
            selectors.preview(closed, agency)


@pytest.mark.django_db
def test_files_that_no_version_names_are_swept_and_the_others_stay(
    ingest: Ingest, instance: Path
) -> None:
    dataset = ingest("education.schools")
    with Table.of(pa.table({"a": [1, 2, 3]})) as table:
        orphan = version_store().path(version_store().put(table)[0].name)
    kept = selectors.files(selectors.latest(dataset))[0]
    assert sweep_orphans() == 0  # it may belong to a version that is just being written
    for path in (orphan, kept):
        os.utime(path, (1, 1))
    assert sweep_orphans() == 1
    assert (orphan.exists(), kept.exists()) == (False, True)


@pytest.mark.django_db(transaction=True)
def test_an_upload_becomes_a_version_by_the_worker(ingest: Ingest, agency: Agent) -> None:
    dataset = ingest("education.schools")
    more = (SCHOOLS + "第四小学,西城,99\n").encode("utf-16")
    job = receive_upload([more[:50], more[50:]], code=dataset.code, source_name="新.csv", by=agency)
    worker.work(once=True)
    job.refresh_from_db()
    assert (job.state, job.result) == (
        "done",
        {"dataset": "education.schools", "version": 2, "fresh": True},
    )
    assert selectors.latest(dataset).source_name == "新.csv"


@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_read_fails_in_one_sentence(ingest: Ingest, agency: Agent) -> None:
    dataset = ingest("education.schools")
    job = receive_upload([b""], code=dataset.code, source_name="empty.csv", by=agency)
    worker.work(once=True)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error_zh
    assert dataset.versions.count() == 1


@pytest.mark.django_db
def test_an_upload_cannot_name_a_file_outside_its_folder(instance: Path) -> None:
    (instance / "secret_key").write_text("x")
    for name in ("../secret_key", "..", "", "/etc/passwd"):
        with pytest.raises(BadInput):
            uploaded(name)


@pytest.mark.django_db
def test_nobody_uploads_to_another_agencys_dataset(
    ingest: Ingest, publish: Publish, second_agency: Agent
) -> None:
    dataset = publish(ingest("education.schools"))
    with pytest.raises(Forbidden):
        receive_upload([b"a\n1\n"], code=dataset.code, source_name="x.csv", by=second_agency)
    assert not Job.objects.filter(kind="ingest").exists()


@pytest.mark.django_db
def test_values_with_nul_characters_can_be_kept(ingest: Ingest, agency: Agent) -> None:
    dataset = ingest("education.schools")
    with Table.of(pa.table({"学校名称": ["a\0b"], "区县": ["c"], "学生数": [1]})) as table:
        services.add_version(dataset=dataset, table=table, source_name="x", by=agency)
    assert dataset.versions.count() == 2


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[object]:
    """`shell("ingest", …, crash="version.before_row")`: the real command in a real instance."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GONGSHU")}
    environment |= {"GONGSHU_HOME": str(tmp_path / "home"), "GONGSHU_LANG": "en"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)

    def run(*words: str, crash: str = "") -> subprocess.CompletedProcess[str]:
        return warm.run(words, environment | ({"GONGSHU_CRASH_AT": crash} if crash else {}))

    return run


@pytest.mark.kill
@pytest.mark.e2e
def test_wherever_ingest_is_killed_versions_are_whole(shell, tmp_path: Path) -> None:
    file = tmp_path / "schools.csv"
    warm.instance(tmp_path / "home")
    assert shell("org", "create", "120001", "某局", "--kind", "agency").returncode == 0
    ingest = ("ingest", str(file), "--dataset", "education.schools", "--provider", "120001")
    points = ("files_stored", "before_row", "after_row", "committed")
    for number, point in enumerate(points, start=1):
        file.write_text(SCHOOLS + f"第{number}校,东城,{number}\n")
        assert shell(*ingest, crash=f"version.{point}").returncode == -9, point
        again = shell(*ingest, "--json")
        assert again.returncode == 0, again.stderr
        answer = json.loads(again.stdout)
        assert (answer["version"], answer["rows"]) == (number, 4)
        # Killed after the commit, the version is there; before it, nothing of it is.
        assert answer["new"] is (point != "committed")
    shown = json.loads(shell("catalog", "show", "education.schools", "--json").stdout)
    entries = [row["entry"] for row in shown["versions"]]
    assert len(set(entries)) == 4
    stored = {path.name for path in (tmp_path / "home" / "data").iterdir()}
    assert len(stored) == 4


@pytest.mark.django_db
def test_a_version_without_its_dataset_cannot_be_deleted_away(ingest: Ingest) -> None:
    from django.db.models import ProtectedError

    with pytest.raises(ProtectedError):
        Dataset.objects.get(code=ingest("education.schools").code).delete()


@pytest.mark.django_db
def test_ingesting_into_another_agencys_draft_tells_nothing_of_it(
    ingest: Ingest, second_agency: Agent, tmp_path: Path
) -> None:
    from gongshu.rules.problems import NotFound

    ingest("education.schools")
    file = tmp_path / "x.csv"
    file.write_text(SCHOOLS)
    with pytest.raises(NotFound):
        ingest_file(file, code="education.schools", by=second_agency)
