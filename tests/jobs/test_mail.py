"""Notices by mail, through a real mail server: to whom, in which language, and with what in it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.receivers import Post, certificate, mail_server

from gongshu.accounts import mail, selectors, services
from gongshu.jobs import deliveries, sending
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Channel, Delivery
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden
from gongshu.wording import Sentence

pytestmark = pytest.mark.django_db

TEXT = Sentence(
    en="Sharing request C-2026-000001: Accepted.", zh="共享申请 C-2026-000001：已受理。"
)
PASSWORD = "p@ss:word/1"
SERVER: dict[str, Any] = {
    "host": "127.0.0.1",
    "username": "",
    "password": "",
    "use_ssl": False,
    "use_tls": False,
}


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with mail_server() as server:
        settings.MAIL_SERVER = SERVER | {"port": server.port}
        settings.MAIL_FROM = "公数 <gongshu@data.example.gov.cn>"
        settings.PUBLIC_URL = "https://data.example.gov.cn"
        yield server


def chooses(agent: Agent, wanted: str = "each", address: str = "", language: str = "zh") -> None:
    person = selectors.person(agent.person)
    person.language = language
    person.save()
    address = address or f"{agent.person}@example.gov.cn"
    mail.choose(person=person, mail=wanted, address=address, by=agent)


def tell(to: Agent, *, rank: str = "", text: Sentence = TEXT) -> int:
    jobs.notify(to=to.organisation, rank=rank, text=text, link="/case/C-2026-000001")
    jobs.deliver()
    return sending.send_all("worker")


def test_a_notice_arrives_in_the_language_of_each_person_with_its_link(
    post: Post, agency: Agent, agency_head: Agent
) -> None:
    chooses(agency, language="zh")
    chooses(agency_head, language="en")
    assert tell(agency) == 2
    zh, en = sorted(post.arrived, key=lambda m: "Gongshu" in m["Subject"])
    assert (zh["To"], zh["Subject"].strip()) == ("agency@example.gov.cn", f"[公数] {TEXT.zh}")
    assert (en["To"], en["Subject"]) == ("agency-head@example.gov.cn", f"[Gongshu] {TEXT.en}")
    body = en.get_content().replace("\r\n", "\n")
    assert body.startswith(f"{TEXT.en}\n\nhttps://data.example.gov.cn/case/C-2026-000001\n")
    assert "https://data.example.gov.cn/account/notices" in body
    assert zh["From"] == "公数 <gongshu@data.example.gov.cn>"
    assert zh["Auto-Submitted"] == "auto-generated"
    assert zh["Message-ID"] != en["Message-ID"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_nobody_gets_a_mail_who_did_not_ask_for_it(
    post: Post, agency: Agent, agency_head: Agent, second_agency: Agent
) -> None:
    chooses(second_agency)
    chooses(agency_head, "daily")
    assert tell(agency) == 0
    chooses(agency)
    assert tell(agency, rank="head") == 0
    chooses(agency, "none")
    assert tell(agency) == 0
    assert post.arrived == []


def test_a_notice_to_an_office_goes_to_the_people_of_whoever_holds_it(
    post: Post, bureau: Agent, agency: Agent
) -> None:
    chooses(bureau)
    chooses(agency)
    jobs.notify(to="kind:bureau", text=TEXT)
    jobs.deliver()
    assert sending.send_all("worker") == 1
    assert post.to == [["bureau@example.gov.cn"]]


def test_a_line_break_in_a_text_makes_no_header(post: Post, agency: Agent) -> None:
    chooses(agency, language="en")
    tell(agency, text=Sentence(en="A file\r\nBcc: spy@example.com", zh="附件"))
    [arrived] = post.arrived
    assert arrived["Subject"] == "[Gongshu] A file Bcc: spy@example.com"
    assert arrived["Bcc"] is None
    assert post.to == [["agency@example.gov.cn"]]


@pytest.mark.parametrize(
    "address", ["li", "li@", "li@example.cn\r\nBcc: spy@example.com", "a@b.cn, c@d.cn", "@x.cn"]
)
def test_an_address_that_is_none_is_refused_in_both_languages(agency: Agent, address: str) -> None:
    with pytest.raises(BadInput) as refused:
        chooses(agency, address=address)
    assert refused.value.field == "address"
    assert "no mail address" in refused.value.sentence.en
    assert "不是有效的邮箱地址" in refused.value.sentence.zh
    assert selectors.person(agency.person).mail == "none"


def test_without_an_address_there_are_no_mails_to_choose(agency: Agent) -> None:
    person = selectors.person(agency.person)
    with pytest.raises(BadInput):
        mail.choose(person=person, mail="daily", address="", by=agency)
    mail.choose(person=person, mail="none", address="", by=agency)
    with pytest.raises(BadInput) as refused:
        mail.choose(person=person, mail="hourly", address="li@example.cn", by=agency)
    assert refused.value.field == "mail"


def test_everybody_chooses_for_themself(
    agency: Agent, agency_head: Agent, administrator: Agent
) -> None:
    person = selectors.person(agency.person)
    for other in (agency_head, administrator):
        with pytest.raises(Forbidden):
            mail.choose(person=person, mail="each", address="spy@example.com", by=other)
    narrowed = Agent(**{**_values(agency), "scopes": frozenset({"read", "case"})})
    with pytest.raises(Forbidden):
        mail.choose(person=person, mail="each", address="spy@example.com", by=narrowed)


def _values(agent: Agent) -> dict[str, Any]:
    return {name: getattr(agent, name) for name in Agent.__slots__}


def test_without_a_mail_server_nothing_is_written_for_it(agency: Agent) -> None:
    chooses(agency)
    assert tell(agency) == 0
    assert not Delivery.objects.exists()


def test_a_person_who_chooses_otherwise_gets_no_more_of_what_waits(
    post: Post, agency: Agent
) -> None:
    chooses(agency)
    jobs.notify(to=agency.organisation, text=TEXT)
    jobs.deliver()
    chooses(agency, "none")
    row = Delivery.objects.get()
    assert (row.state, row.last_error_en) == ("given_up", "The person chose otherwise.")
    assert sending.send_all("worker") == 0


def test_who_has_left_gets_no_more_mails(post: Post, agency: Agent, administrator: Agent) -> None:
    chooses(agency)
    jobs.notify(to=agency.organisation, text=TEXT)
    jobs.deliver()
    services.deactivate_person(person=selectors.person(agency.person), by=administrator)
    assert sending.send_all("worker") == 0
    assert tell(agency) == 0
    assert post.arrived == []


def test_an_address_that_the_server_does_not_know_is_given_up_at_once(
    post: Post, agency: Agent
) -> None:
    chooses(agency)
    post.answers = ["550 no such user"]
    tell(agency)
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("given_up", 1)
    assert row.last_error == Sentence(
        en="The mail server does not take mail for this address (550).",
        zh="邮件服务器拒收该地址的邮件（550）。",
    )


def test_a_server_that_is_busy_is_asked_again_a_minute_later(post: Post, agency: Agent) -> None:
    chooses(agency)
    post.answers = ["451 try later"]
    tell(agency)
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert sending.send_all("worker") == 0
    row = Delivery.objects.get()
    Delivery.objects.update(next_at=row.next_at - deliveries.WAITS[0])
    assert sending.send_all("worker") == 1
    assert len(post.arrived) == 1


def test_a_server_that_is_away_holds_up_all_mails_by_one_try(
    settings: Any, agency: Agent, agency_head: Agent
) -> None:
    settings.MAIL_SERVER = SERVER | {"port": 9}
    chooses(agency)
    chooses(agency_head)
    for _ in range(3):
        jobs.notify(to=agency.organisation, text=TEXT)
    jobs.deliver()
    assert sending.send_all("worker") == 1
    assert Delivery.objects.filter(next_at__gt=timezone.now()).count() == 6
    assert Delivery.objects.get(attempts=1).last_error_zh == "邮件服务器没有应答。"


def test_the_password_goes_by_tls_alone_and_into_no_log(
    settings: Any,
    tmp_path: Path,
    agency: Agent,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    chooses(agency)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
    with mail_server(tmp_path, password=lambda *given: given == ("us", PASSWORD)) as post:
        named = SERVER | {"port": post.port, "username": "us", "use_tls": True}
        settings.MAIL_SERVER = named | {"password": "wrong-" + PASSWORD}
        tell(agency)
        row = Delivery.objects.get()
        assert row.last_error_en == "The mail server refuses the platform's user name or password."
        settings.MAIL_SERVER = named | {"password": PASSWORD}
        Delivery.objects.update(next_at=row.created)
        assert sending.send_next(Channel.MAIL, "worker")
        assert (len(post.arrived), post.logins[-1]) == (1, ("us", PASSWORD))
    kept = str(list(Delivery.objects.values())) + "".join(e.body for e in ledger.entries())
    assert PASSWORD not in caplog.text + kept


def test_the_ledger_says_what_was_chosen_and_not_the_address(agency: Agent) -> None:
    chooses(agency, "daily")
    entry = ledger.entries(events=["person.mail_set"]).last()
    assert entry.facts == {"mail": "daily"}
    assert "example.gov.cn" not in entry.body
