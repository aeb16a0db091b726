"""The pages of data elements, of what data join with, and the panel on linkage risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.agents import PASSWORD
from tests.grants.conftest import world
from tests.grants.test_linkage import rows_of, two

if TYPE_CHECKING:
    from gongshu.rules.agents import Agent
    from tests.world import World

__all__ = ["two", "world"]


def as_(agent: Agent) -> Client:
    from gongshu.accounts.models import Person

    client = Client(headers={"accept-language": "en"})
    client.force_login(Person.objects.get(username=agent.person))
    return client


assert PASSWORD


@pytest.mark.django_db
def test_an_element_from_its_name_to_its_source(two: World) -> None:
    bureau, head = as_(two.bureau), as_(two.bureau_head)
    made = bureau.post("/elements", {"name_zh": "年龄", "name_en": "Age"})
    assert made.status_code == 302
    page = made.headers["location"]
    for place in ("health.visits.age", "social.benefits.age"):
        assert bureau.post(page, {"place": place}).status_code == 302
    wanted = {"act": "source", "place": "health.visits.age"}
    assert bureau.post(page, wanted).status_code == 422  # its head names a source
    assert head.post(page, wanted).status_code == 302
    shown = head.get(page).content.decode()
    assert "health.visits.age" in shown
    assert "reference" in shown
    assert "Age" in bureau.get("/elements?q=ag").content.decode()
    assert page in as_(two.agency).get("/dataset/social.benefits/related").content.decode()


@pytest.mark.django_db
def test_what_cannot_be_done_is_one_sentence(two: World) -> None:
    bureau = as_(two.bureau)
    assert bureau.post("/elements", {"name_zh": " "}).status_code == 422
    assert Client().post("/elements", {"name_zh": "年龄"}).status_code == 422
    page = bureau.post("/elements", {"name_zh": "年龄"}).headers["location"]
    for place in ("", "x", "no.such.column", "health.visits.nothing", "health.visits"):
        assert bureau.post(page, {"place": place}).status_code == 422
    assert bureau.get("/element/12345678").status_code == 404
    assert bureau.get("/element/x").status_code == 404


@pytest.mark.django_db
def test_the_panel_is_for_who_decides(two: World) -> None:
    rows_of(two, "health.visits", "postcode")
    grant = rows_of(two, "social.benefits", "occupation")
    for agent in (two.bureau, two.agency):
        page = as_(agent).get(f"/grant/{grant.id}").content.decode()
        assert 'id="linkage"' in page
        assert "health.visits" in page
    for agent in (two.second_agency, two.auditor):
        page = as_(agent).get(f"/grant/{grant.id}").content.decode()
        assert 'id="linkage"' not in page
    answer = as_(two.bureau).get(f"/api/grants/{grant.id}/linkage").json()
    assert answer["highest"] > 0.5
    assert as_(two.second_agency).get(f"/api/grants/{grant.id}/linkage").status_code == 403
    assert as_(two.bureau).get(f"/api/cases/{grant.case_id}/linkage").status_code == 200


@pytest.mark.django_db
def test_a_case_without_terms_yet_has_no_panel_and_no_error(two: World) -> None:
    case = two.plan()
    page = as_(two.bureau).get(f"/case/{case}")
    assert page.status_code == 200
    assert 'id="linkage"' not in page.content.decode()
    assert as_(two.bureau).get(f"/api/cases/{case}/linkage").status_code == 422
