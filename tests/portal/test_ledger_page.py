"""The ledger's page lists what a link asks for, and says it in words."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from gongshu.gateway import services as gateway
from gongshu.grants.models import Grant
from gongshu.oversight import selectors
from gongshu.portal.ledger_search import LedgerSearch
from tests.world import BY_DISTRICT, PERSONS, PURPOSE, World

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
ENTRY = re.compile(r'<a href="/entry/[^"]+">(?:\d+|…)</a>')
YEAR = timezone.localdate().year


@pytest.fixture
def grant(world: World) -> Grant:
    made = world.operate()
    for _ in range(2):
        gateway.answer(grant_id=made.id, purpose=PURPOSE, sql=BY_DISTRICT, by=world.operator)
    return made


def listed(address: str, language: str = "en") -> tuple[int, str]:
    """How many entries the page lists (no more than fit on one), and the page."""
    response = Client(headers={"accept-language": language}).get(address)
    assert response.status_code == 200
    page = response.content.decode()
    return len(ENTRY.findall(page)), page


def test_every_figure_of_the_disclosure_links_to_as_many_entries_as_it_counts(grant: Grant) -> None:
    figures = selectors.disclosure(YEAR).figures
    assert any(figure.kind and figure.value for figure in figures)
    for figure in figures:
        assert listed(figure.link)[0] == figure.value, figure.name


def test_the_disclosure_shows_each_figure_with_its_link(grant: Grant) -> None:
    page = Client(headers={"accept-language": "en"}).get("/disclosure").content.decode()
    found = selectors.disclosure(YEAR)
    wanted = [figure.link for figure in found.figures if figure.value]
    wanted += [use.link for use in found.use]
    for link in wanted:
        assert f'href="{link.replace("&", "&amp;")}"' in page


def test_a_grants_link_lists_what_happened_under_it(grant: Grant) -> None:
    [use] = selectors.disclosure(YEAR).use
    number, page = listed(use.link)
    assert number == 3  # issued, and asked twice
    assert "Question answered" in page
    assert grant.id in page


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"event": "grant.issued", "kind": "operation", "year": str(YEAR)}, 1),
        ({"event": "grant.issued", "kind": "sharing"}, 0),
        ({"event": "grant.issued", "year": str(YEAR - 1)}, 0),
        ({"event": "grant.issued", "year": "of the dragon"}, 1),  # no year: not asked for
        ({"event": "query.answered", "subject_kind": "case"}, 0),
        ({"event": "grant.issued", "kind": '"'}, 0),
        ({"event": "grant.issued", "kind": "op%"}, 0),  # no pattern
        ({"event": "grant.issued", "subject": "\0G"}, 0),
    ],
)
def test_conditions_narrow_together(grant: Grant, asked: dict[str, str], number: int) -> None:
    assert listed(f"/ledger?{urlencode(asked)}")[0] == number


def test_who_acted_and_whose_thing_it_was_are_both_an_organisations_entries(
    grant: Grant, world: World
) -> None:
    search = LedgerSearch.of({"organisation": world.operator.organisation, "event": "grant.issued"})
    assert [entry.subject_id for entry in search.entries()] == [grant.id]


def test_a_condition_is_named_and_can_be_taken_away(grant: Grant) -> None:
    address = f"/ledger?event=query.answered&subject={grant.id}"
    _, page = listed(address, "zh-hans")
    assert "查询已答复 ×" in page
    assert f'href="/ledger?subject={grant.id}"' in page
    assert 'href="/ledger?event=query.answered"' in page


def test_an_entry_says_names_and_words_and_keeps_its_exact_text(grant: Grant) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    page = client.get(f"/entry/{grant.entry_id}").content.decode()
    assert "授权签发" in page
    assert "示例数据运营有限公司" in page
    assert f'<a href="/dataset/{PERSONS}">' in page
    assert "规划" in page
    assert "grant.issued" in page
    assert "&quot;format&quot;:&quot;gongshu-entry/1&quot;" in page
