"""Search finds entries by Chinese and English words, and tells nothing of what may not be seen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from tests.catalog.conftest import PEOPLE, Ingest, Publish

from gongshu.catalog import index, services
from gongshu.catalog.models import Dataset, IndexChange
from gongshu.catalog.search import Results, search
from gongshu.catalog.synthetic import generate
from gongshu.jobs import worker
from gongshu.rules.agents import ANONYMOUS, Agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue(ingest: Ingest, publish: Publish, agency: Agent) -> None:
    """An open list of schools, protected patients, and a draft about clinics."""
    publish(
        ingest("education.schools"),
        title_zh="义务教育学校名录",
        title_en="Register of schools",
        summary_zh="全市中小学的名称与在校学生数。",
        opening="open",
    )
    publish(
        ingest("health.persons", PEOPLE),
        title_zh="门诊患者",
        title_en="Outpatients",
        unit_column="patient_id",
        classification="personal",
    )
    services.create_draft(
        code="health.clinics",
        provider=agency.organisation,
        by=agency,
        title_zh="学校医务室",
        title_en="School clinics",
    )
    index.update()


def codes(results: Results) -> list[str]:
    return [dataset.code for dataset in results.hits]


def facet(results: Results, name: str) -> dict[str, int]:
    return {v.value: v.count for f in results.facets if f.name == name for v in f.values}


@pytest.mark.parametrize(
    "q",
    [
        "学校",  # a word of the title
        "中小学",  # of the description
        "学生数",  # of a column
        "卫生健康委员会",  # of the agency
        "务教",  # across two words: only the pairs know it
        "校",  # a single character
        "register",
        "regis",  # the beginning of a word
        "education.schools",
        "ＲＥＧＩＳＴＥＲ",  # full-width
        "学校 register",
    ],
)
def test_an_entry_is_found_by(catalogue: None, q: str) -> None:
    assert "education.schools" in codes(search(q, agent=ANONYMOUS))


@pytest.mark.parametrize(
    "q", ["飞机", "学校 飞机", "zebra", "\0", "title:*", ")(", "AND OR NOT", "。"]
)
def test_nothing_is_found_by_words_that_do_not_occur(catalogue: None, q: str) -> None:
    assert search(q, agent=ANONYMOUS).total == 0


def test_a_title_weighs_more_than_a_description(catalogue: None, agency: Agent) -> None:
    services.create_draft(
        code="health.other",
        provider=agency.organisation,
        by=agency,
        title_zh="其他",
        summary_zh="与义务教育学校名录有关。",
    )
    index.update()
    assert codes(search("名录", agent=agency))[0] == "education.schools"


def test_drafts_count_neither_as_hits_nor_in_facets_for_others(
    catalogue: None, agency: Agent, second_agency: Agent
) -> None:
    assert codes(search("学校", agent=agency)) == ["education.schools", "health.clinics"]
    for other in (ANONYMOUS, second_agency):
        found = search("学校", agent=other)
        assert (found.total, codes(found)) == (1, ["education.schools"])
        assert facet(found, "domain") == {"education": 1}
    assert search("clinics", agent=ANONYMOUS).total == 0


def test_what_was_hidden_a_moment_ago_is_not_shown_from_an_older_index(catalogue: None) -> None:
    Dataset.objects.filter(code="education.schools").update(state="retired")
    assert codes(search("学校", agent=ANONYMOUS)) == []


def test_filters_narrow_and_their_own_facet_still_offers_the_rest(catalogue: None) -> None:
    found = search("", agent=ANONYMOUS, filters={"domain": "health"})
    assert codes(found) == ["health.persons"]
    assert facet(found, "domain") == {"education": 1, "health": 1}
    assert facet(found, "opening") == {"closed": 1}
    both = search("", agent=ANONYMOUS, filters={"domain": ["health", "education"]})
    assert set(codes(both)) == {"education.schools", "health.persons"}
    assert search("", agent=ANONYMOUS, filters={"visibility": "provider"}).total == 2


def test_the_columns_that_were_asked_for_are_named(catalogue: None) -> None:
    found = search("区县", agent=ANONYMOUS)
    assert [f.name for f in found.matched["education.schools"]] == ["区县"]


def test_without_an_index_nothing_is_found_and_nothing_breaks(instance: Path) -> None:
    assert search("学校", agent=ANONYMOUS).total == 0


def test_a_change_is_indexed_once(catalogue: None, agency: Agent) -> None:
    assert index.waiting() == 0
    dataset = Dataset.objects.get(code="health.clinics")
    services.describe(dataset=dataset, title_zh="社区卫生站", by=agency)
    assert (index.waiting(), index.update(), index.update()) == (1, 1, 0)
    assert codes(search("社区", agent=agency)) == ["health.clinics"]
    assert codes(search("医务室", agent=agency)) == []


def test_a_change_whose_transaction_commits_late_is_not_missed(
    catalogue: None, agency: Agent
) -> None:
    """Its number and its time are older than those of changes that were indexed before."""
    Dataset.objects.filter(code="health.clinics").update(title_zh="迟到的诊所")
    late = IndexChange.objects.create(code="health.clinics")
    IndexChange.objects.filter(pk=late.pk).update(at=timezone.now() - timedelta(minutes=5))
    assert index.update() == 1
    assert codes(search("迟到", agent=agency)) == ["health.clinics"]


def test_an_index_too_old_to_catch_up_is_made_anew(catalogue: None, agency: Agent) -> None:
    state = index.folder() / "gongshu.json"
    state.write_text('{"until": "2026-01-01T00:00:00+00:00", "seen": []}')
    assert index.needs_rebuild()
    assert index.update() == Dataset.objects.count()
    assert not index.needs_rebuild()


def test_readers_see_the_old_index_until_the_new_one_is_complete(catalogue: None) -> None:
    writer = index._writer(0)
    writer.delete_all_documents()
    assert search("学校", agent=ANONYMOUS).total == 1
    writer.commit()
    assert search("学校", agent=ANONYMOUS).total == 0


def test_two_writers_never_write_at_once(catalogue: None) -> None:
    held = index._writer(0)
    with pytest.raises(index.Busy):
        index._writer(0.1)
    held.rollback()


def test_a_damaged_index_is_made_anew(catalogue: None) -> None:
    (index.folder() / "meta.json").write_text("{")
    assert search("学校", agent=ANONYMOUS).total == 0
    assert index.rebuild() == Dataset.objects.count()
    assert codes(search("学校", agent=ANONYMOUS)) == ["education.schools"]


def test_a_made_up_catalogue_is_searchable_and_pages_do_not_overlap(
    instance: Path, administrator: Agent, agency: Agent
) -> None:
    generate(number=300, by=administrator)
    index.update()
    first = search("", agent=administrator)
    second = search("", agent=administrator, page=2)
    assert (first.total, first.pages, first.next, second.previous) == (300, 15, 2, 1)
    assert len(set(codes(first) + codes(second))) == 40
    assert search("学校", agent=administrator).total > 0
    assert search("", agent=ANONYMOUS).total == 0  # made-up entries are nobody's published data


@pytest.mark.django_db(transaction=True)
def test_the_worker_writes_the_index(ingest: Ingest, agency: Agent) -> None:
    ingest("education.schools")
    assert search("学校", agent=agency).total == 0
    worker.work(once=True)  # the tick asks for a new index,
    worker.work(once=True)  # the job writes it
    assert search("学校", agent=agency).total == 1


def test_the_same_is_found_over_http(catalogue: None) -> None:
    answer = Client().get("/api/search", {"q": "学校", "domain": "education"}).json()
    assert [row["code"] for row in answer["datasets"]] == ["education.schools"]
    assert answer["facets"]["domain"] == [{"value": "education", "label": "education", "count": 1}]
    assert Client().get("/api/search", {"q": "学校", "page": "0"}).status_code == 422
    listed = Client().get("/api/datasets").json()
    assert [row["code"] for row in listed["datasets"]] == ["education.schools", "health.persons"]
    assert Client().get("/api/datasets/health.clinics").status_code == 404
    assert Client().get("/api/datasets/no.such").status_code == 404


def test_a_token_without_the_right_scope_reads_nothing(catalogue: None, agency: Agent) -> None:
    from gongshu.accounts import selectors as people
    from gongshu.accounts.services import issue_token

    for scope, status in (("query", 403), ("read", 200)):
        _, text = issue_token(
            person=people.person(agency.person), scopes=[scope], days=1, by=agency
        )
        headers = {"Authorization": f"Bearer {text}"}
        assert Client().get("/api/datasets/health.clinics", headers=headers).status_code == status
