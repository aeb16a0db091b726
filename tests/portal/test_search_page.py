"""The search page finds, counts and narrows; what is not public is not on it."""

from __future__ import annotations

import pytest
from django.test import Client

from gongshu.catalog import index, services
from gongshu.catalog.models import Dataset
from gongshu.ledger import services as ledger
from gongshu.rules.agents import SYSTEM, Agent

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("instance")]


@pytest.fixture
def entries(agency: Agent) -> list[Dataset]:
    ledger.create_key()
    services.create_domain(code="health", title_zh="卫生健康", title_en="Health", by=SYSTEM)
    made = [
        services.create_draft(
            code=code, provider=agency.organisation, by=agency, title_zh=title, title_en=title_en
        )
        for code, title, title_en in (
            ("health.hospitals", "医院名录", "Hospitals"),
            ("health.secret_plans", "医院规划草案", "Draft plans"),
        )
    ]
    # Published as the effect of its case would leave it; the page is what is tested here.
    Dataset.objects.filter(pk=made[0].pk).update(
        state="published", published_for="public", opening="open", grade="general", level=1
    )
    index.rebuild()
    return made


def test_a_word_finds_what_is_public_and_nothing_else(entries: list[Dataset]) -> None:
    page = Client(headers={"accept-language": "zh-hans"}).get("/search?q=医院").content.decode()
    assert "医院名录" in page
    assert "医院规划草案" not in page


def test_facets_name_things_and_narrow(entries: list[Dataset]) -> None:
    client = Client(headers={"accept-language": "en"})
    page = client.get("/search").content.decode()
    assert "Health" in page
    assert "domain=health" in page
    assert "Hospitals" in client.get("/search?domain=health").content.decode()
    assert "Hospitals" not in client.get("/search?domain=none").content.decode()


def test_a_page_number_that_is_none_is_the_first_page(entries: list[Dataset]) -> None:
    assert Client().get("/search?page=minus").status_code == 200
