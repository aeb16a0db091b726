"""Catalogue files in and out: the ministry's form and JSON, errors by row, all rows or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.catalog.conftest import SCHOOLS, Ingest, Publish

from gongshu.catalog import bulk, exchange, services
from gongshu.catalog.models import Dataset, Field, IndexChange
from gongshu.catalog.template import write_workbook
from gongshu.catalog.template_reader import read_rows
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.rules.problems import BadInput, Forbidden

pytestmark = pytest.mark.django_db


def lines(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))
    return path


def sheet(path: Path, *rows: dict[str, str], items: tuple[dict[str, str], ...] = ()) -> Path:
    """The form, filled in by hand under its Chinese headers."""
    write_workbook(path)
    book = openpyxl.load_workbook(path)
    for name, filled in (("信息资源", rows), ("信息项", items)):
        heads = [cell.value.rstrip("*") for cell in book[name][1]]
        for row in filled:
            assert set(row) <= set(heads)
            book[name].append([row.get(head) for head in heads])
    book.save(path)
    return path


GOOD = {"数据集代码": "health.clinics", "信息资源名称": "诊所名录", "共享类型": "有条件共享"}


def test_the_form_is_read_by_its_chinese_headers_and_labels(agency: Agent, tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "a.xlsx",
        GOOD
        | {"更新周期": "每月", "信息资源代码": "301001/12", "关联资源代码": "301001/1，301002/3"},
        items=({"数据集代码": "health.clinics", "信息项名称": "名称", "数据分级": "一般数据"},),
    )
    done = bulk.write(path, by=agency)
    assert (done.new, done.bad) == (1, 0)
    made = Dataset.objects.get(code="health.clinics")
    assert (made.sharing, made.update_cycle, made.state) == ("conditional", "monthly", "draft")
    assert made.provider.code == agency.organisation
    assert [(f.name, f.grade, f.declared) for f in made.fields.all()] == [("名称", "general", True)]


def test_every_error_of_a_file_is_told_with_its_sheet_row_and_column(
    agency: Agent, tmp_path: Path
) -> None:
    path = sheet(
        tmp_path / "a.xlsx",
        GOOD,
        {"数据集代码": "Bad Code", "信息资源名称": "甲"},
        {"数据集代码": "health.b", "信息资源名称": "乙", "共享类型": "也许", "来源网址": "nowhere"},
        {"数据集代码": "health.clinics", "信息资源名称": "又一个"},
        {"数据集代码": "health.c", "信息资源名称": "丙", "共享类型": "不予共享"},
        {"数据集代码": "health.d"},
        items=({"数据集代码": "health.nobody", "信息项名称": "x"},),
    )
    found = bulk.check(path, by=agency)
    assert {(e.sheet, e.row, e.column) for e in found.errors} == {
        ("信息资源", 3, "数据集代码"),
        ("信息资源", 4, "共享类型"),
        ("信息资源", 4, "来源网址"),
        ("信息资源", 5, "数据集代码"),
        ("信息资源", 6, "不予共享依据"),
        ("信息资源", 7, "信息资源名称"),
        ("信息项", 2, "数据集代码"),
    }
    assert all(e.sentence.en and e.sentence.zh for e in found.errors)
    assert not Dataset.objects.exists()


def test_one_bad_row_keeps_all_out_unless_it_is_to_be_skipped(
    agency: Agent, tmp_path: Path
) -> None:
    path = lines(tmp_path / "a.json", {"code": "health.a"}, {"code": "health.b", "grade": "top"})
    with pytest.raises(BadInput) as refused:
        bulk.write(path, by=agency)
    assert "health" not in refused.value.sentence.en
    assert not Dataset.objects.exists()
    done = bulk.write(path, by=agency, skip_bad=True)
    assert (done.new, done.bad, done.errors[0].row) == (1, 1, 2)
    assert list(Dataset.objects.values_list("code", flat=True)) == ["health.a"]


def test_each_entry_has_its_own_entry_of_the_ledger_and_is_marked_for_the_index(
    agency: Agent, tmp_path: Path
) -> None:
    path = lines(tmp_path / "a.json", {"code": "health.a", "title_zh": "甲"}, {"code": "health.b"})
    bulk.write(path, by=agency)
    rows = list(ledger.entries(events=["dataset.drafted"]))
    assert {row.subject_id for row in rows} == {"health.a", "health.b"}
    assert all(row.facts == {} for row in rows)  # a draft is nobody else's business
    opened = ledger.openings(next(r for r in rows if r.subject_id == "health.a"), agency)
    assert json.loads(opened["metadata"]["value"])["title_zh"] == "甲"
    assert set(IndexChange.objects.values_list("code", flat=True)) >= {"health.a", "health.b"}
    before = ledger.entries().count()
    assert bulk.write(path, by=agency).unchanged == 2
    assert ledger.entries().count() == before  # what stands there already is no act


def test_an_import_does_what_its_sender_may_do_and_no_more(
    agency: Agent, second_agency: Agent, enterprise: Agent, tmp_path: Path
) -> None:
    services.create_draft(code="health.a", provider=agency.organisation, by=agency)
    taken = lines(tmp_path / "a.json", {"code": "health.a", "title_zh": "我的"})
    [error] = bulk.check(taken, by=second_agency).errors
    assert (error.code, error.row) == ("dataset_exists", 1)  # a draft of others is not known
    theirs = lines(tmp_path / "b.json", {"code": "health.b", "provider": agency.organisation})
    assert [e.code for e in bulk.check(theirs, by=second_agency).errors] == ["not_provider"]
    assert [e.code for e in bulk.check(taken, by=enterprise).errors] == ["dataset_exists"]
    mine = lines(tmp_path / "c.json", {"code": "firm.a"})
    assert [e.code for e in bulk.check(mine, by=enterprise).errors] == ["not_a_provider"]
    with pytest.raises(Forbidden):
        bulk.check(taken, by=ANONYMOUS)


def test_state_and_publication_cannot_be_imported(
    agency: Agent, ingest: Ingest, publish: Publish, tmp_path: Path
) -> None:
    state = lines(tmp_path / "a.json", {"code": "health.a", "state": "published"})
    assert [e.column for e in bulk.check(state, by=agency).errors] == ["state"]
    publish(ingest("edu.schools"))
    changed = lines(tmp_path / "b.json", {"code": "edu.schools", "title_zh": "新名"})
    assert [e.code for e in bulk.check(changed, by=agency).errors] == ["entry_is_fixed"]
    unchanged = tmp_path / "c.xlsx"
    exchange.write_entries(unchanged, "xlsx", agency)
    assert bulk.check(unchanged, by=agency).unchanged == 1


def test_an_export_has_no_guess_that_may_come_from_protected_values(
    agency: Agent, second_agency: Agent, ingest: Ingest, publish: Publish
) -> None:
    phones = "姓名,电话\n张三,13800000001\n李四,13800000002\n"
    publish(ingest("edu.people", phones), grade="general", level=3)
    Field.objects.filter(name="电话").update(meaning_zh="从取值猜测", semantic_type="secret_guess")
    [own] = exchange.export_entries(agency)
    [others] = exchange.export_entries(second_agency)
    assert "secret_guess" in json.dumps(own)
    assert "secret_guess" not in json.dumps(others)
    assert list(exchange.export_entries(ANONYMOUS)) != []


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04broken", b"{", b"[1, 2", b"\xff\xfe\x00", b'{"entries": 3}']
)
def test_a_file_that_is_no_form_is_one_sentence(
    content: bytes, agency: Agent, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        bulk.check(path, by=agency)
    assert refused.value.code == "no_catalogue_form"


def test_a_form_with_a_cell_far_away_is_one_sentence(agency: Agent, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(path := sheet(tmp_path / "a.xlsx", GOOD))
    book["信息资源"]["XFD1048576"] = "x"
    book.save(path)
    with pytest.raises(BadInput) as refused:
        bulk.check(path, by=agency)
    assert refused.value.code == "too_large"


def test_what_no_database_keeps_is_a_bad_row(agency: Agent, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '{"code": "h.a", "title_zh": "x\\u0000"}\n{"code": "h.b", "title_zh": "\\ud800"}\n'
        '{"code": "h.c", "fields": [{"name": "a\\u0000"}, 3]}\n{"code": ["h"]}\n7\n'
    )
    found = bulk.check(path, by=agency)
    assert (found.bad, found.rows) == (5, 5)


def test_an_unknown_column_and_a_missing_sheet_are_said(agency: Agent, tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", GOOD)
    book = openpyxl.load_workbook(path)
    book["信息资源"].cell(1, 40).value = "备注"
    book.save(path)
    with pytest.raises(BadInput, match="备注"):
        list(read_rows(path))
    del book["信息资源"]
    book.save(path)
    with pytest.raises(BadInput, match="信息资源"):
        list(read_rows(path))


def test_data_that_are_there_fix_the_items(agency: Agent, ingest: Ingest, tmp_path: Path) -> None:
    ingest("edu.schools", SCHOOLS)
    record = {"code": "edu.schools", "fields": [{"name": "区县", "meaning_zh": "所在区"}]}
    assert bulk.write(lines(tmp_path / "a.json", record), by=agency).changed == 1
    assert Field.objects.get(name="区县").meaning_zh == "所在区"
    record["fields"].append({"name": "没有的列"})  # type: ignore[attr-defined]
    [error] = bulk.check(lines(tmp_path / "a.json", record), by=agency).errors
    assert (error.code, error.column) == ("unknown_column", "fields[1].name")


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n=#_x"),
    max_size=12,
).map(str.strip)
TITLE = TEXT.filter(bool)
ITEM = st.fixed_dictionaries(
    {"name": TITLE, "type": st.sampled_from(["text", "integer", "date"])},
    optional={"title_zh": TEXT, "meaning_zh": TEXT, "meaning_en": TEXT, "level": st.just(3)},
)
ENTRY = st.fixed_dictionaries(
    {
        "title_zh": TITLE,
        "fields": st.lists(ITEM, max_size=4, unique_by=lambda item: item["name"]),
    },
    optional={
        "title_en": TEXT,
        "summary_zh": TEXT,
        "format": st.sampled_from(["csv", "=1+1", "_x0041_", "1e5", "007"]),
        "resource_code": st.sampled_from(["101001/1", "306002A"]),
        "related_codes": st.just("101001/1,101001/2"),
        "update_cycle": st.sampled_from(["daily", "once"]),
        "sharing": st.sampled_from(["unconditional", "conditional"]),
        "classification": st.sampled_from(["public", "personal"]),
        "grade": st.just("general"),
        "attribution": TEXT,
    },
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    entries=st.lists(ENTRY, min_size=1, max_size=4), form=st.sampled_from(sorted(exchange.FORMATS))
)
def test_what_goes_out_comes_in_the_same(
    entries: list[dict[str, Any]], form: str, agency: Agent, tmp_path: Path
) -> None:
    Field.objects.all().delete()
    Dataset.objects.all().delete()
    records = [{"code": f"any.e{n}", **entry} for n, entry in enumerate(entries)]
    first = lines(tmp_path / "first.json", *records)
    assert bulk.write(first, by=agency).new == len(entries)
    before = list(exchange.export_entries(agency))
    path = tmp_path / f"out.{form}"
    exchange.write_entries(path, form, agency)
    assert bulk.check(path, by=agency).unchanged == len(entries)
    Field.objects.all().delete()
    Dataset.objects.all().delete()
    assert bulk.write(path, by=agency).new == len(entries)
    assert list(exchange.export_entries(agency)) == before
