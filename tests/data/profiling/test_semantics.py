"""What a column means: by name, by values, by both, and when not."""

from __future__ import annotations

import doctest
from types import ModuleType

import pyarrow as pa
import pytest
from stdnum.cn import ric

from gongshu.data import disclosure_risk, profiling
from gongshu.data.profiling import checks, profile, semantics, source
from gongshu.data.profiling.checks import is_resident_number
from gongshu.data.profiling.grades import propose_grade
from gongshu.data.profiling.kinds import BY_CODE, KINDS
from gongshu.data.profiling.semantics import contained, normalised, recognise


def resident_numbers(count: int) -> list[str]:
    stems = [f"3301061990{1 + i % 12:02}{1 + i % 28:02}{i:03}" for i in range(count)]
    return [stem + ric.calc_check_digit(stem + "0") for stem in stems]


def kind(name: str, values: list[str], family: str = "text") -> str | None:
    found = recognise(name, family, values)
    return found.kind if found else None


def test_resident_numbers_are_recognised_in_a_column_with_a_silent_name() -> None:
    found = recognise("c7", "text", resident_numbers(50))
    assert found is not None
    assert (found.kind, found.by_name, found.passed, found.tested) == ("resident_id", False, 50, 50)
    assert "50" in found.why.en
    assert "50" in found.why.zh


def test_places_that_no_list_knows_are_counted_and_not_refused() -> None:
    stem = "33999919900307551"
    found = recognise("c", "text", [*resident_numbers(9), stem + ric.calc_check_digit(stem + "0")])
    assert found is not None
    assert (found.passed, found.tested) == (10, 10)
    assert "1 of them name a place" in found.why.en


def test_eighteen_digits_without_check_digits_are_not_resident_numbers() -> None:
    assert kind("c7", [str(330106199001010000 + i) for i in range(200)], "integer") is None


def test_a_column_named_so_stays_sensitive_even_where_its_values_are_masked() -> None:
    found = recognise("身份证号", "text", ["330106********1234", "330106********5678"])
    assert found is not None
    assert (found.kind, found.passed) == ("resident_id", 0)
    assert found.confidence < 0.5


def test_the_address_on_an_identity_card_is_an_address() -> None:
    assert kind("身份证地址", ["浙江省杭州市西湖区文三路90号"]) == "address"


@pytest.mark.parametrize(
    ("name", "family", "expected"),
    [
        ("patientID", "integer", "person_code"),
        ("联络電話", "text", "phone"),
        ("maritalStatus", "text", "marital_status"),
        ("性别", "text", "sex"),
        ("birth_date", "date", "birth_date"),
        ("出生日期", "timestamp", "birth_date"),
        ("region_code", "integer", "area_code"),
        ("收入", "decimal", "income"),
        ("filename", "text", None),
        ("package", "text", None),
        ("number_plates_sold", "integer", None),
    ],
)
def test_names_in_both_languages_and_any_case_are_read_by_words(
    name: str, family: str, expected: str | None
) -> None:
    found = recognise(name, family, [])
    assert (found.kind if found else None) == expected


def test_a_name_that_the_values_contradict_is_not_believed() -> None:
    assert kind("email", ["yes", "no"]) is None


def test_names_of_people_are_recognised_by_their_surnames() -> None:
    people = ["王芳", "李娜", "张伟", "刘洋", "陈静", "杨磊", "赵丽", "黄敏", "周杰", "吴强"]
    assert kind("c2", people) == "person_name"
    assert kind("c2", ["杭州市", "宁波市", "温州市", "嘉兴市", "湖州市", "绍兴市"]) is None


def test_every_kind_has_both_titles_and_a_code_of_its_own() -> None:
    assert len(BY_CODE) == len(KINDS)
    assert all(k.title.en and k.title.zh for k in KINDS)


@pytest.mark.parametrize("room", [checks, semantics, source, profiling, disclosure_risk])
def test_the_examples_in_the_docstrings_hold(room: ModuleType) -> None:
    tried = doctest.testmod(room)
    assert tried.attempted > 0
    assert tried.failed == 0


def test_words_in_a_name_are_taken_apart() -> None:
    assert normalised("patientID_2") == "patient id 2"
    assert normalised("用户ID") == "用户 id"
    assert normalised("HTTPServer") == "http server"


def test_sensitive_personal_information_is_proposed_at_level_four_and_the_table_follows() -> None:
    grade = propose_grade([BY_CODE["person_name"], BY_CODE["health"], None])
    assert [c.level for c in grade.columns] == [2, 4, 2]
    assert (grade.category, grade.grade, grade.level) == ("personal", "general", 4)
    assert "not below level 4" in grade.columns[1].reason.en


def test_an_income_column_of_countries_is_not_personal() -> None:
    grade = propose_grade([BY_CODE["country_code"], BY_CODE["income"]])
    assert (grade.category, grade.level) == ("public", 1)


def test_three_traits_side_by_side_are_people() -> None:
    grade = propose_grade([BY_CODE["sex"], BY_CODE["age"], BY_CODE["education"]])
    assert (grade.category, grade.level) == ("personal", 2)


def test_the_owners_word_on_whether_a_table_is_about_people_holds() -> None:
    assert propose_grade([None], personal=True).level == 2
    assert propose_grade([BY_CODE["mobile"]], personal=False).category == "public"


def test_numbers_of_persons_inside_a_remark_raise_its_level_whatever_the_table_is_about() -> None:
    remarks = [f"第 {n} 号井盖已修复" for n in range(300)]
    remarks[7] = "联系人 11010519491231002X，电话 13800138000"
    table = pa.table({"编号": list(range(300)), "备注": remarks})
    found = profile(table, about_people=False)
    column = found.column("备注")
    assert (column.level, column.harm) == (4, "especially_serious")
    assert "1 values" in column.level_reason.en
    assert "1 个值含居民身份证号" in column.level_reason.zh
    assert (found.column("编号").level, found.column("编号").harm) == (1, "")
    assert found.grade.level == 4


def test_a_number_with_a_wrong_check_digit_is_none() -> None:
    remarks = [f"单号 11010519491231{n:04d}" for n in range(20)]
    ids = [one for one in remarks if is_resident_number(one.removeprefix("单号 "))]
    assert contained(remarks) == ({"resident_id": len(ids)} if ids else {})
