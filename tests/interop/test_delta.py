"""The Delta table of an open dataset is read by deltalake, version by version, and by DuckDB."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable
from django.test import Client
from tests.catalog.conftest import PEOPLE, SCHOOLS, Ingest, Publish, ingest, publish

from gongshu.catalog import retention, selectors
from gongshu.catalog.models import Dataset
from gongshu.catalog.versions import sweep_orphans
from gongshu.interop import delta
from gongshu.rules.agents import Agent

__all__ = ["ingest", "publish"]
MORE = "学校名称,区县,学生数\n第四小学,西城,99\n"


@pytest.fixture
def schools(ingest: Ingest, publish: Publish) -> Dataset:
    """Three versions: a file, an append, a replacement."""
    dataset = publish(ingest("education.schools"), opening="open")
    ingest("education.schools", MORE, mode="append")
    ingest("education.schools", SCHOOLS.replace("801", "802"))
    return dataset


def log_of(dataset: Dataset) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (delta.folder(dataset) / "_delta_log").iterdir()}


@pytest.mark.django_db
def test_every_version_is_read_back_as_it_was(schools: Dataset) -> None:
    assert delta.export(schools) == 3
    where = str(delta.folder(schools))
    assert DeltaTable(where).version() == 3
    for version in schools.versions.all():
        rows = DeltaTable(where, version=version.number).to_pyarrow_table()
        assert rows.num_rows == version.rows
        ours = duckdb.read_parquet([str(p) for p in selectors.files(version)]).to_arrow_table()
        assert sorted(map(str, rows.to_pylist())) == sorted(map(str, ours.to_pylist()))
    assert DeltaTable(where, version=0).to_pyarrow_table().num_rows == 0
    modes = [one["operationParameters"] for one in DeltaTable(where).history()]
    assert [one.get("mode") for one in modes] == ["Overwrite", "Append", "Overwrite", None]


@pytest.mark.django_db
def test_duckdb_reads_the_files_that_the_log_names(schools: Dataset) -> None:
    """DuckDB's own delta extension is a download; what it would read are these files."""
    delta.export(schools)
    table = DeltaTable(str(delta.folder(schools)), version=2)
    found = duckdb.read_parquet(table.file_uris()).aggregate("count(*), sum(学生数)").fetchall()
    assert found == [(4, 801 + 640 + 1207 + 99)]


@pytest.mark.django_db
def test_made_anew_it_is_the_same_also_after_a_version_was_removed(
    schools: Dataset, agency: Agent
) -> None:
    import shutil

    delta.export(schools)
    before = log_of(schools)
    gone = selectors.files(schools.versions.get(number=2))[1]
    retention.remove(dataset=schools, number=2, by=agency)
    shutil.rmtree(delta.folder(schools))
    delta.export(schools)
    assert log_of(schools) == before
    assert sweep_orphans() == 0  # young files may be on their way to a row
    assert not (delta.folder(schools) / gone.name).exists()
    assert DeltaTable(str(delta.folder(schools)), version=3).to_pyarrow_table().num_rows == 3


@pytest.mark.django_db
def test_another_schema_is_another_schema_from_that_version_on(
    ingest: Ingest, publish: Publish
) -> None:
    dataset = publish(ingest("education.schools"), opening="open")
    ingest("education.schools", SCHOOLS.replace("801", "801.5"))
    delta.export(dataset)
    where = str(delta.folder(dataset))
    kinds = [str(DeltaTable(where, version=n).schema().fields[2].type) for n in (1, 2)]
    assert "long" in kinds[0]
    assert "decimal" in kinds[1]


@pytest.mark.django_db
def test_what_is_not_open_has_no_table_at_any_address(
    ingest: Ingest, publish: Publish, schools: Dataset, instance: Path
) -> None:
    persons = publish(
        ingest("health.persons", PEOPLE), unit_column="patient_id", classification="personal"
    )
    assert delta.export(persons) == 0
    assert not delta.folder(persons).exists()
    log = "_delta_log/00000000000000000001.json"
    client = Client()
    for address in (
        f"/delta/health/persons/{log}",
        f"/delta/health/persons/{selectors.latest(persons).files[0]['name']}",
        f"/delta/education/schools/{selectors.latest(persons).files[0]['name']}",
        "/delta/education/schools/../../../secret_key",
        "/delta/education/schools/_delta_log/../../../../secret_key",
    ):
        assert client.get(address).status_code == 404, address
    assert client.get(f"/delta/education/schools/{log}").status_code == 200
    assert client.post(f"/delta/education/schools/{log}").status_code == 405
    Dataset.objects.filter(pk=schools.pk).update(is_open_data=False)
    assert client.get(f"/delta/education/schools/{log}").status_code == 404


@pytest.mark.django_db
def test_over_http_a_mirror_of_the_table_is_the_table(schools: Dataset, tmp_path: Path) -> None:
    """As any reader does it: the log files one after the other, then the files they name."""
    client, where = Client(), "/delta/education/schools"
    (tmp_path / "_delta_log").mkdir()
    names: set[str] = set()
    for number in range(4):
        path = f"_delta_log/{number:020d}.json"
        answer = client.get(f"{where}/{path}")
        text = b"".join(answer.streaming_content)
        (tmp_path / path).write_bytes(text)
        names |= set(re.findall(r"[0-9a-f]{64}\.parquet", text.decode()))
    assert client.get(f"{where}/_delta_log/{4:020d}.json").status_code == 404
    for name in names:
        halves = [
            client.get(f"{where}/{name}", headers={"Range": r})
            for r in ("bytes=0-99", "bytes=100-")
        ]
        assert [one.status_code for one in halves] == [206, 206]
        (tmp_path / name).write_bytes(b"".join(one.getvalue() for one in halves))
    assert DeltaTable(str(tmp_path)).to_pyarrow_table().num_rows == 3
    assert DeltaTable(str(tmp_path), version=2).to_pyarrow_table().num_rows == 4
    tail = client.get(f"{where}/{name}", headers={"Range": "bytes=-4"})
    assert tail.getvalue() == b"PAR1"
    beyond = client.get(f"{where}/{name}", headers={"Range": "bytes=999999999-"})
    assert beyond.status_code == 416
