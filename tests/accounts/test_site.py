"""What every answer of the site carries, and that every setting is written down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from gongshu.accounts.middleware import ContentPolicy, ReaderLanguage
from gongshu.accounts.models import Person
from gongshu.rules.agents import Agent
from gongshu.wording import Sentence, current_language

ROOT = Path(__file__).parent.parent.parent
HELLO = Sentence(en="hello", zh="你好")


def said(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{HELLO}")


def asked(language: str = "", cookie: str = "") -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = Person(username="li", language=language)
    if cookie:
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = cookie
    return request


@pytest.mark.parametrize(("language", "word"), [("en", "hello"), ("zh-hans", "你好")])
def test_sentences_are_said_in_the_persons_own_language(language: str, word: str) -> None:
    assert ReaderLanguage(said)(asked(language)).content.decode() == word


def test_the_language_chosen_in_this_browser_goes_before_the_persons_own() -> None:
    from django.utils import translation

    with translation.override("en"):  # as LocaleMiddleware has read it from the cookie
        assert ReaderLanguage(said)(asked("zh-hans", cookie="en")).content.decode() == "hello"


def test_one_readers_language_does_not_stay_for_the_next() -> None:
    before = current_language()
    ReaderLanguage(said)(asked("zh-hans"))
    assert current_language() == before


def test_a_page_may_run_no_script_that_stands_in_it() -> None:
    policy = ContentPolicy(said)(asked()).headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == "'self'"
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts(agency: Agent) -> None:
    from tests.agents import PASSWORD

    client = Client()
    answer = client.post("/login", {"username": agency.person, "password": PASSWORD})
    assert answer.status_code == 302
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


READS = r"""(?:environ(?:\.get\(|\[)|_size\()["'](GONGSHU_\w+)"""


def test_every_setting_has_its_heading() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text()
    described = set(re.findall(r"^## `(GONGSHU_\w+)`", page, re.MULTILINE))
    read = set()
    for path in (ROOT / "src").rglob("*.py"):
        read |= set(re.findall(READS, path.read_text()))
    assert read == described
