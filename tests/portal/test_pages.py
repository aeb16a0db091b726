"""Pages answer in both languages, to whom they should, and with a sentence when they cannot."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from gongshu import wording
from gongshu.rules.agents import Agent
from tests.agents import PASSWORD

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("instance")]

PUBLIC = ["/", "/search", "/login", "/disclosure", "/ledger", "/verify"]
PRIVATE = ["/inbox", "/grants", "/query", "/case/new/sharing_request"]


@pytest.fixture(autouse=True)
def log_key(instance: object) -> None:
    from gongshu.ledger import services

    services.create_key()


def logged_in(agent: Agent) -> Client:
    client = Client(headers={"accept-language": "en"})
    assert (
        client.post("/login", {"username": agent.person, "password": PASSWORD}).status_code == 302
    )
    return client


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize(("language", "word"), [("en", "Catalogue"), ("zh-hans", "目录")])
def test_a_public_page_reads_in_the_readers_language(path: str, language: str, word: str) -> None:
    response = Client(headers={"accept-language": language}).get(path)
    assert response.status_code == 200
    assert f'lang="{language}"' in response.content.decode()
    assert word in response.content.decode()


@pytest.mark.parametrize("path", PRIVATE)
def test_a_page_for_members_sends_the_public_to_the_login(path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/login")


@pytest.mark.parametrize("path", PRIVATE)
def test_a_page_for_members_opens_after_the_login(path: str, agency: Agent) -> None:
    assert logged_in(agency).get(path).status_code == 200


def test_a_wrong_password_is_one_sentence_and_no_session(agency: Agent) -> None:
    client = Client(headers={"accept-language": "en"})
    response = client.post("/login", {"username": agency.person, "password": "wrong"})
    assert response.status_code == 401
    assert 'role="alert"' in response.content.decode()
    assert client.get("/inbox").status_code == 302


def test_the_login_never_sends_anybody_to_another_site(agency: Agent) -> None:
    form = {"username": agency.person, "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert Client().post("/login", form)["Location"] == "/inbox"


@pytest.mark.parametrize("path", ["/dataset/none.such", "/entry/none", "/receipt/none"])
def test_what_is_not_there_is_a_page_with_a_sentence(path: str) -> None:
    response = Client(headers={"accept-language": "en"}).get(path)
    assert response.status_code == 404
    assert 'role="alert"' in response.content.decode()


def test_a_receipt_that_is_none_is_told_so_on_the_verify_page() -> None:
    response = Client(headers={"accept-language": "en"}).post("/verify", {"text": "{}"})
    assert response.status_code == 200
    assert "Not verified" in response.content.decode()


def test_a_form_that_is_wrong_keeps_what_was_typed_and_names_the_field(agency: Agent) -> None:
    client = logged_in(agency)
    answer = client.post("/case/new/authorised_operation", {"name": "一个方案"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "一个方案" in page
    assert "is missing" in page


def test_every_text_of_the_pages_has_its_chinese() -> None:
    from scripts.make_messages import gathered

    assert gathered()[1] == []


@pytest.mark.parametrize(
    ("page", "api", "token", "status"),
    [
        ("/dataset/none.such", "/api/datasets/none.such", "", 404),
        ("/dataset/none.such", "/api/datasets/none.such", "unknown", 401),
        ("/grant/G-1", "/api/grants/G-1", "", 404),
    ],
)
def test_a_refusal_has_one_status_on_a_page_and_in_the_api(
    page: str, api: str, token: str, status: int, agency: Agent
) -> None:
    client = logged_in(agency)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    assert client.get(page, headers=headers).status_code == status
    assert client.get(api, headers=headers).status_code == status


def test_no_page_shows_a_word_of_the_database_where_there_is_one_for_people() -> None:
    from gongshu.portal.grant_terms import limits_of, protection_of
    from gongshu.portal.words import word

    with translation.override("zh-hans"), wording.language("zh"):
        limits = limits_of({"functions": ["avg", "sum"], "bucket": 10, "min": 0, "max": 80.5})
        assert limits == ["平均值、求和", "按 10 分档", "限于 0–80.5"]
        assert limits_of({"mask": "last4", "max": 9}) == ["不高于 9", "仅留后四位"]
        assert protection_of({"protection": {"method": "threshold", "k": 10}}) == "阈值保护、k = 10"
        assert word("domain", "mode") == "分领域授权"
        assert word("domain") == "领域"
