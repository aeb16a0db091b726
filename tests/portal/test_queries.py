"""A page looks up its names together: more lines do not make more queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongshu.accounts import services as accounts
from gongshu.accounts.codes import uscc_check_character
from gongshu.accounts.models import Organisation
from gongshu.cases import services as cases
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import SYSTEM, Agent, Kind, Rank
from tests.agents import PASSWORD
from tests.world import PERSONS, World

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
MaxQueries = Callable[..., CaptureQueriesContext]
# What a page of a logged-in bureau may cost at most: session, person, offices, the frame's name
# and inbox with what is lent, and then what the page itself is about.
BOUNDS = {"/ledger": 14, "/grants": 13, "/inbox": 18, "/disclosure": 21, "/search": 16}


@pytest.fixture
def many(world: World) -> list[Agent]:
    """Twelve more agencies, each with an entry of its own, and a case that the bureau sees."""
    world.operate()
    staff = []
    for number in range(12):
        code = f"113301010000{number:05d}"
        code += uscc_check_character(code)
        accounts.create_organisation(
            code=code,
            name_zh=f"第{number}局",
            name_en=f"Bureau {number}",
            kinds=["agency"],
            by=SYSTEM,
        )
        staff.append(_person(code))
    with transaction.atomic():
        for agent in staff:
            subject = Subject("dataset", PERSONS, agent.organisation)
            ledger.append(event="dataset.described", subject=subject, by=agent)
    return staff


def _person(code: str) -> Agent:
    return Agent(
        person=f"p{code}",
        organisation=code,
        kinds=frozenset({Kind.AGENCY}),
        rank=Rank.STAFF,
    )


@pytest.fixture
def bureau_page(world: World) -> Client:
    client = Client(headers={"accept-language": "en"})
    form = {"username": world.bureau.person, "password": PASSWORD}
    assert client.post("/login", form).status_code == 302
    return client


@pytest.mark.parametrize(("path", "bound"), BOUNDS.items())
def test_a_page_costs_few_queries_however_many_organisations_it_names(
    many: list[Agent],
    bureau_page: Client,
    django_assert_max_num_queries: MaxQueries,
    path: str,
    bound: int,
) -> None:
    bureau_page.get(path)  # whatever is kept for the process is made now
    with django_assert_max_num_queries(bound) as made:
        response = bureau_page.get(path)
    assert response.status_code == 200
    assert _lookups_of_organisations(made) <= 2  # the reader's own, and the page's


def test_the_ledger_names_each_organisation_of_its_page(
    many: list[Agent], bureau_page: Client
) -> None:
    page = bureau_page.get("/ledger").content.decode()
    for agent in many:
        assert Organisation.objects.get(code=agent.organisation).name_en in page


def test_twelve_cases_of_twelve_agencies_are_named_with_one_query(
    many: list[Agent],
    world: World,
    bureau_page: Client,
    django_assert_max_num_queries: MaxQueries,
) -> None:
    request = {
        "dataset": PERSONS,
        "legal_basis": "the regulations",
        "scenario": "planning",
        "purpose": "planning",
        "scope": "all",
        "until": "2099-01-01",
    }
    for agent in many:
        cases.open_case(kind="sharing_request", payload=request, by=agent)
    with django_assert_max_num_queries(BOUNDS["/inbox"]) as made:
        page = bureau_page.get("/inbox").content.decode()
    assert page.count("Bureau 11") >= 1
    assert _lookups_of_organisations(made) <= 2


def _lookups_of_organisations(made: Any) -> int:
    table = connection.ops.quote_name(Organisation._meta.db_table)
    return sum(f"FROM {table}" in query["sql"] for query in made.captured_queries)
