"""Whoever runs the platform reads data under a grant, and is logged like anybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from tests.world import BY_DISTRICT, CLINICS, PERSONS, PURPOSE, World, administrator_terms

from gongshu.accounts.models import Person
from gongshu.catalog import selectors as catalog
from gongshu.catalog.models import Dataset
from gongshu.gateway import services as gateway
from gongshu.grants.services import create_by_administrator
from gongshu.ledger.models import Entry
from gongshu.rules.agents import Agent
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db


def ask(grant: str, by: Agent) -> int:
    answer = gateway.answer(grant_id=grant, purpose=PURPOSE, sql=BY_DISTRICT, by=by)
    return answer.rows


def test_the_administrator_asks_under_no_grant_of_others(world: World) -> None:
    grant = world.operate()
    with pytest.raises(Problem) as problem:
        ask(grant.id, world.administrator)
    assert problem.value.code == "unknown_grant"


def test_the_administrator_asks_under_a_grant_of_its_own_and_the_ledger_names_it(
    world: World,
) -> None:
    terms = administrator_terms(world.operator.organisation)
    grant = create_by_administrator(terms=terms, by=world.administrator)
    assert ask(grant.id, world.administrator) == 2
    assert Entry.objects.filter(event="query.answered", subject_id=grant.id).count() == 1
    assert Entry.objects.filter(event="grant.issued", subject_id=grant.id).count() == 1


@pytest.mark.parametrize("office", ["administrator", "bureau", "auditor", "second_agency"])
def test_extremes_samples_and_counts_are_the_providers_alone(world: World, office: str) -> None:
    version = catalog.latest(Dataset.objects.get(code=PERSONS))
    assert version is not None
    assert catalog.profile_for(version, getattr(world, office)) != version.profile
    assert catalog.profile_for(version, world.agency) == version.profile


@pytest.mark.parametrize("office", ["administrator", "bureau", "auditor", "agency"])
def test_nobody_previews_or_downloads_protected_data(world: World, office: str) -> None:
    agent = getattr(world, office)
    with pytest.raises(Problem) as problem:
        catalog.preview(Dataset.objects.get(code=PERSONS), agent)
    assert problem.value.code == "not_open_data"
    assert catalog.preview(Dataset.objects.get(code=CLINICS), agent).num_rows == 12


def test_the_page_of_a_protected_dataset_shows_the_administrator_no_values(
    world: World, client: Client, collected_static_files: Path
) -> None:
    client.force_login(Person.objects.get(username=world.administrator.person))
    page = client.get(f"/dataset/{PERSONS}")
    assert page.status_code == 200
    assert "P0001" not in page.content.decode()
    assert client.get(f"/dataset/{PERSONS}/download.csv").status_code == 404
