"""What is written as YAML in a page's field: a mistake has its line, its column and its field."""

from __future__ import annotations

import pytest
from django.test import Client

from gongshu.catalog.models import Dataset
from gongshu.rules.yaml_text import LONGEST, NotYaml, read, read_bytes, read_mapping
from tests.agents import PASSWORD
from tests.world import PERSONS, World

TERMS = "unit: {column: person_id, space: person}\ncolumns:\n  sex: [group]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: [1,", "第 2 行第 7 列：不是有效的 YAML。"),
        ("a: 1\n\tb: 2", "第 2 行第 1 列：不是有效的 YAML。"),
        ("k: 5\ncolumns: {}\nk: 10", "第 3 行第 1 列：“k”重复出现。"),
        ("a: &all [x]\nb: *all", "第 1 行第 4 列：此处不支持锚点和引用。"),
        ("{[a]: 1}", "第 1 行第 2 列：此处应为名称。"),
        ("a:\n  b: .inf", "第 2 行第 6 列：应为有限的数值。"),
        ("a: !!python/object:os.system x", "第 1 行第 4 列：不是有效的 YAML。"),
        ("a: \0", "第 1 行第 4 列：不是有效的 YAML。"),
        ("[" * 50_000, "嵌套过深。"),
        ("a: " + "9" * 5_000, "不是有效的 YAML。"),
        ("x" * (LONGEST + 1), "文本过长。"),
        ("- a\n- b", "应为名称及其取值。"),
        ("", "应为名称及其取值。"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_its_place(text: str, said: str) -> None:
    with pytest.raises(NotYaml) as caught:
        read_mapping(text, field="terms")
    assert caught.value.sentence.zh == said
    assert caught.value.field == "terms"


def test_a_file_is_named_and_must_be_utf8() -> None:
    assert read_bytes("\ufefftitle_zh: 床位".encode(), source="e.yaml") == {"title_zh": "床位"}
    with pytest.raises(NotYaml) as caught:
        read_bytes("a: 1\ntitle_zh: 床位".encode("gbk"), source="entry.yaml")
    assert caught.value.sentence.en == "entry.yaml, line 2, column 11: this is not valid YAML."


def test_what_is_read_is_json_and_keys_are_their_text() -> None:
    assert read("{until: 2026-12-01, no: [group], 2024: ~, k: 5, share: 0.5, on: true}") == {
        "until": "2026-12-01",
        "no": ["group"],
        "2024": None,
        "k": 5,
        "share": 0.5,
        "on": True,
    }


@pytest.mark.integration
@pytest.mark.django_db
def test_owners_terms_are_refused_with_line_and_column_and_what_was_typed_stays(
    world: World,
) -> None:
    client = Client(headers={"accept-language": "en"})
    client.post("/login", {"username": world.agency.person, "password": PASSWORD})
    address = f"/dataset/{PERSONS}/edit"
    wrong = TERMS + "k: [\n"
    response = client.post(address, {"do": "terms", "terms": wrong})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Line 5, column 1: this is not valid YAML." in page
    assert "sex: [group]" in page
    before = Dataset.objects.get(code=PERSONS).owner_terms.count()
    assert client.post(address, {"do": "terms", "terms": TERMS}).status_code == 302
    assert Dataset.objects.get(code=PERSONS).owner_terms.count() == before + 1
