"""An append shares the files of the version before it; of two at once both end up in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests import warm
from tests.catalog.conftest import SCHOOLS, Ingest, Publish

from gongshu.catalog import selectors, services
from gongshu.catalog.models import Dataset, Version
from gongshu.data import Table
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Problem

HEAD = "学校名称,区县,学生数\n"
MORE = HEAD + "第四小学,西城,99\n第五小学,东城,12\n"


def rows_of(version: Version) -> list[dict[str, object]]:
    return [row for path in selectors.files(version) for row in pq.read_table(path).to_pylist()]


@pytest.mark.django_db
def test_an_append_has_all_rows_and_shares_the_files_of_its_parent(ingest: Ingest) -> None:
    dataset = ingest("education.schools")
    ingest("education.schools", MORE, mode="append")
    first, second = dataset.versions.order_by("number")
    assert (second.mode, second.parent, second.rows) == ("append", 1, 5)
    assert second.files[0] == first.files[0]
    assert len(second.files) == 2
    assert [row["学生数"] for row in rows_of(second)] == [801, 640, 1207, 99, 12]
    assert second.profile["rows"] == 5
    entry = ledger.entries(events=["dataset.version_added"]).last()
    assert entry.facts["mode"] == "append"
    ingest("education.schools", SCHOOLS)  # and a replacement takes them all away again
    third = selectors.latest(dataset)
    assert (third.mode, third.parent, third.rows) == ("full", 2, 3)


@pytest.mark.django_db
def test_the_same_file_appended_twice_is_in_once_and_is_told(
    ingest: Ingest, agency: Agent, tmp_path: Path
) -> None:
    from gongshu.catalog.ingest import ingest_file

    dataset = ingest("education.schools")
    file = tmp_path / "more.csv"
    file.write_text(MORE)
    append = {"code": dataset.code, "by": agency, "hints": {"mode": "append"}}
    assert ingest_file(file, **append).fresh
    again = ingest_file(file, **append)
    assert (again.fresh, again.version.number, again.version.rows) == (False, 2, 5)
    file.write_text(HEAD)  # no rows at all
    assert not ingest_file(file, **append).fresh


@pytest.mark.django_db
def test_the_first_append_is_the_first_version(ingest: Ingest) -> None:
    dataset = ingest("education.schools", mode="append")
    version = selectors.latest(dataset)
    assert (version.number, version.mode, version.parent) == (1, "full", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("学校名称,区县\n第四小学,西城\n", "学生数"),
        ("学校名称,区县,学生数,教师数\n第四小学,西城,9,1\n", "教师数"),
        (HEAD + "第四小学,西城,约九十\n", "学生数"),
        (HEAD + "第四小学,西城,99.5\n", "学生数"),
    ],
)
def test_other_columns_or_types_are_refused_by_name(
    ingest: Ingest, publish: Publish, text: str, named: str
) -> None:
    dataset = publish(ingest("education.schools"), opening="open")
    with pytest.raises(Problem) as refused:
        ingest("education.schools", text, mode="append")
    assert named in refused.value.sentence.zh
    assert named in refused.value.sentence.en
    assert dataset.versions.count() == 1


@pytest.mark.django_db
def test_columns_in_another_order_and_narrower_types_fit(ingest: Ingest) -> None:
    dataset = ingest("education.schools", SCHOOLS.replace("801", "801.5"))
    ingest("education.schools", "学生数,学校名称,区县\n99,第四小学,\n", mode="append")
    newest = selectors.latest(dataset)
    schemas = {pq.read_schema(path).remove_metadata() for path in selectors.files(newest)}
    assert len(schemas) == 1
    assert rows_of(newest)[-1] == {"学校名称": "第四小学", "区县": None, "学生数": 99.0}


@pytest.mark.django_db
def test_no_number_is_changed_to_make_it_fit(ingest: Ingest, agency: Agent) -> None:
    dataset = ingest("education.schools", SCHOOLS.replace("801", "801.5"))
    large = pa.table({"学校名称": ["a"], "区县": ["b"], "学生数": [10**18]})
    with Table.of(large) as table, pytest.raises(Problem) as refused:
        services.add_version(
            dataset=dataset, table=table, source_name="x", by=agency, mode="append"
        )
    assert "学生数" in refused.value.sentence.zh


@pytest.mark.django_db
def test_an_unknown_mode_is_refused(ingest: Ingest) -> None:
    with pytest.raises(BadInput):
        ingest("education.schools", mode="merge")


Shell = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GONGSHU")}
    environment |= {"GONGSHU_HOME": str(tmp_path / "home"), "GONGSHU_LANG": "en"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)

    def start(*words: str, crash: str = "") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "gongshu.cli", *words],
            env=environment | ({"GONGSHU_CRASH_AT": crash} if crash else {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def said(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


@pytest.mark.e2e
def test_two_processes_that_append_at_once_both_end_up_in(shell: Shell, tmp_path: Path) -> None:
    warm.instance(tmp_path / "home")
    said(shell("org", "create", "120001", "某局", "--kind", "agency"))
    files = [tmp_path / f"{number}.csv" for number in range(5)]
    for number, file in enumerate(files):
        file.write_text(HEAD + f"第{number}校,东城,{number}\n")
    into = ("--dataset", "education.schools", "--provider", "120001", "--json")
    said(shell("ingest", str(files[0]), *into))
    running = [shell("ingest", str(file), "--append", *into) for file in files[1:]]
    answers = [json.loads(said(process)) for process in running]
    assert sorted(one["version"] for one in answers) == [2, 3, 4, 5]
    assert {one["version"]: one["rows"] for one in answers} == {2: 2, 3: 3, 4: 4, 5: 5}


@pytest.mark.e2e
@pytest.mark.kill
def test_an_append_killed_before_its_row_leaves_the_version_before_it(
    shell: Shell, tmp_path: Path
) -> None:
    warm.instance(tmp_path / "home")
    said(shell("org", "create", "120001", "某局", "--kind", "agency"))
    file = tmp_path / "x.csv"
    file.write_text(SCHOOLS)
    into = ("--dataset", "education.schools", "--provider", "120001")
    said(shell("ingest", str(file), *into))
    file.write_text(MORE)
    append = ("ingest", str(file), "--append", *into)
    for point in ("version.append_ready", "version.after_row"):
        killed = shell(*append, crash=point)
        killed.communicate(timeout=120)
        assert killed.returncode == -9, point
        shown = json.loads(said(shell("catalog", "show", "education.schools", "--json")))
        assert [one["number"] for one in shown["versions"]] == [1]
    assert json.loads(said(shell(*append, "--json")))["rows"] == 5


@pytest.mark.django_db(transaction=True)
def test_who_was_overtaken_appends_to_what_came_meanwhile(
    ingest: Ingest, agency: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other append commits after this one has read its parent and before its own commit."""
    from gongshu.catalog import versions

    dataset = ingest("education.schools")
    overtaken = []

    def meanwhile(point: str) -> None:
        if point == "version.append_ready" and not overtaken:
            overtaken.append(point)
            ingest("education.schools", HEAD + "别处,东城,1\n", mode="append")

    monkeypatch.setattr(versions, "crash_point", meanwhile)
    ingest("education.schools", MORE, mode="append")
    newest = selectors.latest(Dataset.objects.get(pk=dataset.pk))
    assert (newest.number, newest.parent, newest.rows, len(newest.files)) == (3, 2, 6, 3)
