"""The page on which people say how they want to be told, and see what became of it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from gongshu.accounts.models import Person, Webhook
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Delivery
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("collected_static_files")]

PAGE = "/account/notices"
ADDRESS = "https://example.gov.cn/notices"


def logged_in(agent: Agent, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(Person.objects.get(username=agent.person))
    return client


def test_a_person_chooses_and_reads_that_no_mails_leave_yet(agency: Agent) -> None:
    client = logged_in(agency)
    assert "No mail server is set up" in client.get(PAGE).content.decode()
    sent = client.post(f"{PAGE}/mail", {"mail": "daily", "address": "li@example.gov.cn"})
    assert sent.status_code == 302
    page = client.get(PAGE).content.decode()
    assert 'value="daily" checked' in page
    assert 'value="li@example.gov.cn"' in page
    assert "尚未配置邮件服务器" in logged_in(agency, "zh-hans").get(PAGE).content.decode()


def test_a_wrong_address_stays_in_the_form_with_one_sentence(agency: Agent) -> None:
    answer = logged_in(agency).post(f"{PAGE}/mail", {"mail": "each", "address": "li@"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“li@” is no mail address" in page
    assert 'value="li@"' in page
    assert 'value="each" checked' in page


def test_the_head_sets_a_webhook_and_sees_the_secret_once(
    agency: Agent, agency_head: Agent
) -> None:
    client, code = logged_in(agency_head), agency_head.organisation
    page = client.post(f"{PAGE}/webhook", {"organisation": code, "address": ADDRESS, "do": "set"})
    assert re.search(r"whsec_[A-Za-z0-9+/]{43}=", page.content.decode())
    assert "no-store" in page["Cache-Control"]
    again = client.get(PAGE).content.decode()
    assert "whsec_" not in again
    assert ADDRESS in again
    assert ADDRESS not in logged_in(agency).get(PAGE).content.decode()
    refused = logged_in(agency).post(
        f"{PAGE}/webhook", {"organisation": code, "address": "https://evil.example/", "do": "set"}
    )
    assert refused.status_code == 422
    assert Webhook.objects.get().address == ADDRESS
    client.post(f"{PAGE}/webhook", {"organisation": code, "do": "remove"})
    assert Webhook.objects.get().address == ""


def test_an_administrator_chooses_the_organisation(
    administrator: Agent, agency_head: Agent
) -> None:
    client, code = logged_in(administrator), agency_head.organisation
    assert 'id="webhook"' not in client.get(PAGE).content.decode()
    assert 'id="webhook"' in client.get(f"{PAGE}?organisation={code}").content.decode()
    assert client.get(f"{PAGE}?organisation=nobody").status_code == 404
    stranger = logged_in(agency_head).get(f"{PAGE}?organisation=nobody")
    assert 'id="webhook"' not in stranger.content.decode()


def test_what_was_given_up_is_shown_with_its_reason_and_sent_again(agency_head: Agent) -> None:
    client, code = logged_in(agency_head), agency_head.organisation
    client.post(f"{PAGE}/webhook", {"organisation": code, "address": ADDRESS, "do": "set"})
    jobs.notify(to=code, text=Sentence(en="<b>Done</b>", zh="已办"), link="/case/C-2026-000001")
    jobs.deliver()
    Delivery.objects.update(
        state="given_up",
        attempts=9,
        ended=timezone.now(),
        last_error_en="It answered 500.",
        last_error_zh="对方返回 500。",
    )
    page = client.get(PAGE).content.decode()
    assert "&lt;b&gt;Done" in page
    assert "It answered 500." in page
    assert "9 tries" in page
    assert "对方返回 500。" in logged_in(agency_head, "zh-hans").get(PAGE).content.decode()
    row = Delivery.objects.get()
    assert client.post(f"{PAGE}/deliveries/{row.id}/again").status_code == 302
    assert Delivery.objects.get().state == "waiting"
    assert client.post(f"{PAGE}/deliveries/{row.id}/again").status_code == 422
    assert row.id not in client.get(f"{PAGE}?state=given_up").content.decode()


def test_nobody_reads_the_page_without_an_account() -> None:
    assert Client().get(PAGE).status_code == 302
    assert Client().post(f"{PAGE}/webhook").status_code == 302
