"""Pinyin, mistypings, parts of words, sorting and suggestions find what is public, nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from gongshu.catalog import index, services
from gongshu.catalog.facets import counted
from gongshu.catalog.models import Dataset, Field
from gongshu.catalog.regions import region_name
from gongshu.catalog.search import MENDED, Results, search
from gongshu.catalog.suggest import suggest
from gongshu.ledger import services as ledger
from gongshu.rules.agents import ANONYMOUS, SYSTEM, Agent
from gongshu.rules.problems import BadInput

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("instance")]

PUBLIC = {"state": "published", "published_for": "public", "grade": "general"}
ENTRIES = (
    ("people.census", "人口普查数据", "Population census", PUBLIC),
    ("people.births", "出生人口统计", "Births", PUBLIC),
    ("health.hospitals", "医院名录", "Hospitals and clinics", PUBLIC),
    ("health.plans", "秘密医院规划草案", "Confidential zeppelin drafts", {}),
)


@pytest.fixture
def entries(agency: Agent) -> None:
    """Three public entries and a draft; published as the effect of their case would leave them."""
    ledger.create_key()
    for code, zh, en in (("people", "人口", "People"), ("health", "卫生健康", "Health")):
        services.create_domain(code=code, title_zh=zh, title_en=en, by=SYSTEM)
    for day, (code, zh, en, published) in enumerate(ENTRIES, 1):
        made = services.create_draft(
            code=code, provider=agency.organisation, by=agency, title_zh=zh, title_en=en
        )
        known = {"published": datetime(2026, 5, day, tzinfo=UTC)} if published else {}
        Dataset.objects.filter(pk=made.pk).update(**published, **known, format="csv")
        Field.objects.create(
            dataset=made, position=0, name="area_code", type="text", title_zh="区划代码"
        )
    index.rebuild()


def codes(results: Results) -> list[str]:
    return [dataset.code for dataset in results.hits]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("renkou", {"people.census", "people.births"}),  # pinyin
        ("rk", {"people.census", "people.births"}),  # its initials
        ("rkpc", {"people.census"}),
        ("医远", {"health.hospitals"}),  # another character of the same sound
    ],
)
def test_what_sounds_so_is_found_where_no_entry_has_the_word(
    entries: None, q: str, found: set[str]
) -> None:
    results = search(q, agent=ANONYMOUS)
    assert (set(codes(results)), results.found_by) == (found, "sounds")


def test_a_mistyped_word_is_mended_and_the_answer_says_so(entries: None) -> None:
    results = search("hopsitals", agent=ANONYMOUS)
    assert (codes(results), results.found_by) == (["health.hospitals"], MENDED)
    assert results.instead == "hospitals"


def test_another_form_of_an_english_word_is_the_same_word(entries: None) -> None:
    assert codes(search("hospital clinic", agent=ANONYMOUS)) == ["health.hospitals"]


@pytest.mark.parametrize("q", ["zeppelin", "zepelin", "mimiyiyuan", "秘密", "密医", "confiden"])
def test_no_way_of_searching_tells_of_what_is_hidden(
    entries: None, second_agency: Agent, agency: Agent, q: str
) -> None:
    for stranger in (ANONYMOUS, second_agency):
        results = search(q, agent=stranger)
        assert "health.plans" not in codes(results)
        assert results.meant == results.instead == ""
    assert not [one for one in suggest(q[:4]) if "zeppelin" in one.text or "秘密" in one.text]
    if q != "zepelin":  # mistypings are mended by public words alone
        assert codes(search(q, agent=agency)) == ["health.plans"]


def test_the_order_is_as_asked_for(entries: None, agency: Agent) -> None:
    newest = ["health.hospitals", "people.births", "people.census"]
    assert codes(search("", agent=ANONYMOUS)) == newest
    assert codes(search("", agent=ANONYMOUS, sort="title")) == [
        "people.births",  # chu
        "people.census",  # ren
        "health.hospitals",  # yi
    ]
    assert codes(search("人口", agent=ANONYMOUS, sort="newest")) == newest[1:]
    with pytest.raises(BadInput):
        search("人口", agent=ANONYMOUS, sort="size")


def test_a_title_that_is_all_that_was_asked_for_comes_first(entries: None, agency: Agent) -> None:
    for number in range(12):
        made = services.create_draft(
            code=f"people.more{number}",
            provider=agency.organisation,
            by=agency,
            title_zh=f"出生人口统计与人口统计{number}",
            summary_zh="出生人口统计",
        )
        Dataset.objects.filter(pk=made.pk).update(**PUBLIC)
    index.rebuild()
    assert codes(search("出生人口统计", agent=ANONYMOUS))[0] == "people.births"


def test_every_facet_counts_and_narrows_by_several_values(entries: None, agency: Agent) -> None:
    found = search("", agent=ANONYMOUS)
    counts = {f.name: {v.value: v.count for v in f.values} for f in found.facets}
    assert counts["domain"] == {"people": 2, "health": 1}
    assert counts["provider"] == {agency.organisation: 3}
    assert counts["format"] == {"csv": 3}
    assert counts["grade"] == {"general": 3}
    assert counts["region"] == {"330100": 3}
    labels = {v.value: v.label for f in found.facets if f.name == "region" for v in f.values}
    assert labels == {"330100": region_name("330100")} == {"330100": "浙江省杭州市"}
    narrowed = search("", agent=ANONYMOUS, filters={"domain": "people", "region": ["330100"]})
    assert narrowed.total == 2


def test_what_a_broad_search_counted_is_remembered_until_the_index_changes(
    entries: None, agency: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongshu.catalog.facets.BROAD", 1)
    assert search("人口", agent=ANONYMOUS).total == 2
    assert search("人口", agent=agency).total == 2  # what others counted is not told
    with monkeypatch.context() as patched:
        patched.setattr("gongshu.catalog.facets._pass", None)
        assert search("人口", agent=ANONYMOUS).total == 2
    Dataset.objects.filter(code="people.births").update(state="retired")
    index.mark_changed("people.births")
    index.update()
    assert search("人口", agent=ANONYMOUS).total == 1
    assert counted.__module__ == "gongshu.catalog.facets"


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("人", ("word", "人口")),
        ("rk", ("word", "人口")),
        ("renk", ("word", "人口")),
        ("hosp", ("word", "hospitals")),
        ("area", ("field", "area_code")),
        ("区划", ("field", "区划代码")),
        ("qhdm", ("field", "区划代码")),
        ("示例市", ("provider", "示例市卫生健康委员会")),
        ("人口普查", ("dataset", "人口普查数据")),
    ],
)
def test_words_columns_agencies_and_titles_are_suggested(
    entries: None, typed: str, suggested: tuple[str, str]
) -> None:
    assert suggested in {(one.kind, one.text) for one in suggest(typed)}


@pytest.mark.parametrize("typed", ["", " ", "\0", "飞", "x" * 500, "\x1f"])
def test_nothing_is_suggested_for_what_nothing_begins_with(entries: None, typed: str) -> None:
    assert suggest(typed) == []


def test_suggestions_and_orders_over_http(entries: None) -> None:
    client = Client()
    said = client.get("/api/suggest", {"q": "rk"}).json()
    assert {"kind": "word", "text": "人口", "link": "/search?q=%E4%BA%BA%E5%8F%A3"} in said
    assert client.get("/api/search", {"sort": "size"}).status_code == 422
    answer = client.get("/api/search", {"q": "rk", "region": "330100", "sort": "title"}).json()
    assert (answer["found_by"], answer["total"]) == ("sounds", 2)
    named = client.get("/api/search", {"q": "area_code"}).json()["matched"]
    assert named["people.census"][0]["title_zh"] == "区划代码"


def test_a_large_rebuild_is_helped_by_processes_and_tells_how_far_it_is(
    entries: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MANY", 1)
    monkeypatch.setattr(index, "CHUNK", 1)
    told: list[tuple[int, int]] = []
    assert index.rebuild(lambda count, total: told.append((count, total))) == 4
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert search("人口", agent=ANONYMOUS).total == 2
