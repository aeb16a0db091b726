"""Notices, mails, webhooks and deliveries over HTTP: the same acts, with a token."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.agents import NewAgent

from gongshu.accounts import selectors, services
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Delivery
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence

pytestmark = pytest.mark.django_db

ADDRESS = "https://example.gov.cn/notices"


def client_of(agent: Agent, *scopes: str) -> Client:
    _, text = services.issue_token(
        person=selectors.person(agent.person), scopes=scopes or ("read", "admin"), days=1, by=agent
    )
    return Client(headers={"Authorization": f"Bearer {text}", "Accept-Language": "en"})


def put(client: Client, path: str, **body: str) -> Any:
    return client.put(f"/api{path}", body, content_type="application/json")


def test_a_person_chooses_their_mails(agency: Agent) -> None:
    client = client_of(agency)
    assert client.get("/api/account/mail").json() == {
        "mail": "none",
        "address": "",
        "server": False,
    }
    chosen = put(client, "/account/mail", mail="daily", address="li@example.gov.cn")
    assert chosen.json()["mail"] == "daily"
    wrong = put(client, "/account/mail", mail="each", address="li")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "address")
    assert client.get("/api/account/mail").json()["address"] == "li@example.gov.cn"
    assert Client().get("/api/account/mail").status_code == 401


def test_a_token_that_only_reads_says_nothing_about_where_notices_go(agency_head: Agent) -> None:
    client, code = client_of(agency_head, "read", "case"), agency_head.organisation
    assert put(client, "/account/mail", mail="each", address="a@b.cn").status_code == 403
    assert put(client, f"/organisations/{code}/webhook", address=ADDRESS).status_code == 403
    assert client.delete(f"/api/organisations/{code}/webhook").status_code == 403


def test_the_secret_is_in_one_answer_and_in_no_other(agency_head: Agent, agency: Agent) -> None:
    client, path = client_of(agency_head), f"/organisations/{agency_head.organisation}/webhook"
    made = put(client, path, address=ADDRESS).json()
    assert made["secret"].startswith("whsec_")
    shown = client.get(f"/api{path}")
    assert shown.json()["address"] == ADDRESS
    assert "whsec_" not in shown.content.decode()
    assert client_of(agency).get(f"/api{path}").status_code == 403
    assert client.delete(f"/api{path}").json()["address"] == ""
    assert client.delete(f"/api{path}").status_code == 409
    refused = put(client, path, address="http://10.0.0.1/")
    assert (refused.status_code, refused.json()["code"]) == (422, "webhook_address")


def test_deliveries_are_listed_and_what_was_given_up_is_sent_again(
    agency_head: Agent, new_agent: NewAgent
) -> None:
    client, code = client_of(agency_head), agency_head.organisation
    put(client, f"/organisations/{code}/webhook", address=ADDRESS)
    jobs.notify(to=code, text=Sentence(en="Done.", zh="已办。"), link="/case/C-2026-000001")
    jobs.deliver()
    [notice] = client.get("/api/notices").json()
    assert (notice["text"], notice["link"]) == ("Done.", "/case/C-2026-000001")
    [row] = client.get("/api/deliveries?state=waiting").json()
    assert (row["text"], row["to"], row["attempts"]) == ("Done.", ADDRESS, 0)
    assert client.post(f"/api/deliveries/{row['id']}/again").status_code == 409
    Delivery.objects.update(state="given_up", ended=row["created"], attempts=9)
    stranger = client_of(new_agent("operator", "head"))
    assert stranger.get("/api/deliveries").json() == []
    assert stranger.post(f"/api/deliveries/{row['id']}/again").status_code == 404
    again = client.post(f"/api/deliveries/{row['id']}/again").json()
    assert (again["state"], again["attempts"], again["ended"]) == ("waiting", 0, None)


def test_what_was_given_up_is_not_sent_where_there_is_no_address_any_more(
    agency_head: Agent,
) -> None:
    client, code = client_of(agency_head), agency_head.organisation
    put(client, f"/organisations/{code}/webhook", address=ADDRESS)
    jobs.notify(to=code, text=Sentence(en="Done.", zh="已办。"))
    jobs.deliver()
    client.delete(f"/api/organisations/{code}/webhook")
    [row] = client.get("/api/deliveries").json()
    assert (row["state"], row["last_error"]) == ("given_up", "The webhook was taken away.")
    refused = client.post(f"/api/deliveries/{row['id']}/again")
    assert (refused.status_code, refused.json()["code"]) == (409, "nowhere_to_send")
