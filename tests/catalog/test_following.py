"""Who follows a dataset is told of each change of its data once; saved searches tell daily."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.catalog.conftest import SCHOOLS, Ingest, Publish
from tests.receivers import web_server

from gongshu.accounts import webhooks
from gongshu.accounts.models import Person
from gongshu.catalog import following, index, saved, services
from gongshu.catalog.feeds import csv_lines
from gongshu.catalog.models import Dataset, SavedSearch
from gongshu.jobs import selectors, sending, worker
from gongshu.jobs import services as jobs
from gongshu.rules.agents import ANONYMOUS, SYSTEM, Agent
from gongshu.rules.problems import BadInput, Forbidden, NotFound

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("instance")]
MORE = SCHOOLS + "第四中学,西城,900\n"


@pytest.fixture
def schools(ingest: Ingest, publish: Publish) -> Dataset:
    described = {"title_zh": "学校名录", "title_en": "Schools", "opening": "open"}
    found = publish(ingest("education.schools"), **described)
    _work()
    return found


def _work() -> None:
    """All that is queued, and what is in the outbox."""
    while jobs.Job.objects.filter(state="queued").exists():
        worker.work(once=True)
    jobs.deliver()


def told(agent: Agent) -> list[str]:
    _work()
    texts = [notice.text_en for notice in selectors.notices(agent)]
    return [text for text in texts if text.startswith("New data")]


@pytest.mark.django_db(transaction=True)
def test_a_follower_is_told_when_the_data_change_and_only_then(
    schools: Dataset, ingest: Ingest, second_agency: Agent, operator: Agent
) -> None:
    following.follow(dataset=schools, by=second_agency)
    following.follow(dataset=schools, by=second_agency)
    ingest("education.schools")  # the same content
    assert told(second_agency) == []
    ingest("education.schools", MORE)
    assert told(second_agency) == ["New data in “Schools”: version 2."]
    assert told(operator) == []
    assert following.unfollow(dataset=schools, by=second_agency)
    ingest("education.schools", SCHOOLS)
    assert len(told(second_agency)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_study_that_is_made_again_tells_nobody_twice(
    schools: Dataset, ingest: Ingest, second_agency: Agent
) -> None:
    from gongshu.catalog.studies import queue_study

    following.follow(dataset=schools, by=second_agency)
    ingest("education.schools", MORE)
    assert len(told(second_agency)) == 1
    queue_study("followers", schools.versions.get(number=2), SYSTEM)
    assert len(told(second_agency)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_notice_for_a_person_is_for_nobody_else_of_the_organisation(
    schools: Dataset, ingest: Ingest, agency: Agent, agency_head: Agent
) -> None:
    following.follow(dataset=schools, by=agency)
    ingest("education.schools", MORE)
    assert len(told(agency)) == 1
    assert told(agency_head) == []


@pytest.mark.django_db(transaction=True)
def test_an_organisation_that_follows_is_told_by_its_signed_webhook(
    schools: Dataset, ingest: Ingest, agency: Agent, agency_head: Agent, settings: Any
) -> None:
    import ipaddress

    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with web_server() as receiver:
        webhooks.set_address(
            organisation=agency.organisation, address=receiver.address, by=agency_head
        )
        following.follow(dataset=schools, by=agency_head)  # for oneself: no webhook
        following.follow(dataset=schools, by=agency, whole=True)
        ingest("education.schools", MORE)
        _work()
        sending.send_all("test")
    bodies = [json.loads(one.body) for one in receiver.arrived]
    changed = [body for body in bodies if "有新数据" in json.dumps(body, ensure_ascii=False)]
    assert len(changed) == 1
    assert any("signature" in name.lower() for name in receiver.arrived[0].headers)


@pytest.mark.django_db(transaction=True)
def test_who_may_no_longer_see_the_dataset_or_act_is_told_nothing(
    schools: Dataset, ingest: Ingest, second_agency: Agent, operator: Agent
) -> None:
    following.follow(dataset=schools, by=second_agency)
    following.follow(dataset=schools, by=operator)
    following.follow(dataset=schools, by=operator, whole=True)
    Person.objects.filter(username=second_agency.person).update(is_active=False)
    Dataset.objects.filter(pk=schools.pk).update(
        published_for="", is_open_data=False, state="submitted"
    )
    ingest("education.schools", MORE)
    assert told(second_agency) == told(operator) == []
    assert not following.mine(operator).exists()


def test_nobody_follows_what_they_may_not_see_or_without_an_inbox(
    ingest: Ingest, second_agency: Agent, administrator: Agent
) -> None:
    dataset = ingest("education.schools")
    client = Client()
    assert client.put("/api/following/education.schools").status_code == 401
    client.force_login(Person.objects.get(username=second_agency.person))
    assert client.post("/dataset/education.schools/follow").status_code == 404
    for nobody in (ANONYMOUS, administrator):
        with pytest.raises(Forbidden):
            following.follow(dataset=dataset, by=nobody)


def publish_now(code: str, title: str, agency: Agent) -> None:
    made = services.create_draft(
        code=code, provider=agency.organisation, by=agency, title_zh=title, title_en=title
    )
    Dataset.objects.filter(pk=made.pk).update(
        state="published", published_for="public", published=timezone.now(), grade="general"
    )
    index.update()


def test_a_saved_search_tells_once_of_what_it_finds_anew(
    agency: Agent, second_agency: Agent
) -> None:
    from gongshu.ledger import services as ledger

    ledger.create_key()
    services.create_domain(code="health", title_zh="卫生健康", title_en="Health", by=SYSTEM)
    publish_now("health.old", "医院名录", agency)
    row = saved.save(name="医院", query="医院", filters={"domain": "health"}, by=second_agency)
    publish_now("health.new", "医院床位", agency)
    publish_now("health.other", "疫苗", agency)
    services.create_draft(
        code="health.draft", provider=agency.organisation, by=agency, title_zh="医院草案"
    )
    index.update()
    now = timezone.now()
    assert saved.tell_new_hits(now) == 0  # not a day yet
    assert saved.tell_new_hits(now + timedelta(days=1)) == 1
    assert saved.tell_new_hits(now + timedelta(days=1)) == 0
    assert saved.tell_new_hits(now + timedelta(days=2, hours=1)) == 0
    jobs.deliver()
    notice = selectors.notices(second_agency).get(text_en__contains="finds")
    assert notice.text_en == "Your search “医院” finds 1 new: “医院床位”"
    assert (notice.person, notice.link) == (second_agency.person, saved.address(row))


def test_a_saved_search_is_its_persons_alone(agency: Agent, agency_head: Agent) -> None:
    row = saved.save(name="a", query="医院", filters={}, by=agency)
    assert saved.save(name="a", query="学校", filters={}, by=agency).pk == row.pk
    with pytest.raises(NotFound):
        saved.forget(number=row.pk, by=agency_head)
    for wrong in ({"name": " "}, {"query": " "}):
        with pytest.raises(BadInput):
            saved.save(**({"name": "b", "query": "x", "filters": {}} | wrong), by=agency)
    saved.forget(number=row.pk, by=agency)
    assert not SavedSearch.objects.exists()


def test_following_and_saved_searches_over_http(schools: Dataset, second_agency: Agent) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(Person.objects.get(username=second_agency.person))
    page = client.get("/dataset/education.schools").content.decode()
    assert "Tell me when the data change" in page
    client.post("/dataset/education.schools/follow", {"do": "follow"})
    client.post("/dataset/education.schools/follow", {"do": "follow", "whole": "yes"})
    listed = client.get("/api/following").json()
    assert {row["whole_organisation"] for row in listed} == {False, True}
    kept = {"name": "mine", "q": "学校", "domain": "education", "daily": "yes"}
    assert client.post("/account/following/searches", kept).status_code == 302
    page = client.get("/account/following").content.decode()
    assert "/search?q=%E5%AD%A6%E6%A0%A1&amp;domain=education" in page
    (row,) = client.get("/api/saved-searches").json()
    assert (row["name"], row["filters"]) == ("mine", {"domain": ["education"]})
    assert client.post(f"/account/following/searches/{row['number']}/forget").status_code == 302
    assert client.post(f"/account/following/searches/{row['number']}/forget").status_code == 404
    assert client.post("/account/following/searches", {"name": "x"}).status_code == 422
    client.post("/dataset/education.schools/follow", {"do": "end"})
    assert len(client.get("/api/following").json()) == 1
    assert Client().get("/account/following").status_code == 302


def test_a_search_as_a_feed_and_as_a_file(schools: Dataset, agency: Agent) -> None:
    services.create_draft(
        code="education.secret", provider=agency.organisation, by=agency, title_zh="秘密学校"
    )
    index.update()
    feed = Client().get("/search.atom", {"q": "学校", "sort": "no such"})
    assert feed["Content-Type"].startswith("application/atom+xml")
    text = feed.content.decode()
    assert "<id>http://testserver/dataset/education.schools</id>" in text
    assert "education.secret" not in text
    file = Client().get("/search.csv", {"q": "学校"})
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert [line.split(",")[0] for line in lines] == ["code", "education.schools"]


def test_a_file_for_spreadsheets_holds_no_formulas(schools: Dataset) -> None:
    schools.title_zh = "=HYPERLINK(1)"
    assert list(csv_lines([schools], site=""))[1].startswith("education.schools,'=HYPERLINK(1)")


def test_nothing_found_offers_a_demand_with_the_words_in_it(schools: Dataset) -> None:
    page = Client(headers={"accept-language": "en"}).get("/search", {"q": "飞碟"}).content.decode()
    address = "/case/new/open_data_demand?title=%E9%A3%9E%E7%A2%9F"
    assert address in page
    assert 'value="飞碟"' in Client().get(address).content.decode()
    assert Client().get("/search", {"sort": "size"}).status_code == 422
    assert "学校" in Client().get("/search/suggest", {"q": "xuex"}).content.decode()
