"""The yearly disclosure: drafted from the ledger, published by a person, by the end of March."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from tests.cases.steps import moment
from tests.cases.test_prices import charging
from tests.oversight.test_disclosure import THIS_YEAR, use
from tests.world import CLINICS, LONG, PERSONS, World

from gongshu.cases import selectors, services
from gongshu.cases.models import Case
from gongshu.ledger.models import Entry
from gongshu.oversight import published
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db

NEW_YEAR = moment(f"{THIS_YEAR + 1}-01-01")
CHECKED = {"about": LONG, "operation": LONG, "remarks": "", "compared": True}


def drafted(world: World, side: str, at: datetime = NEW_YEAR) -> Case:
    """The case of one side, as the platform opens it at the turn of the year."""
    published.open_those_due(at=at)
    return Case.objects.get(kind=published.KIND, payload__side=side)


def release(world: World, case: Case, **changes: Any) -> None:
    world.step(case.id, "check", world.operator, CHECKED | changes)
    world.step(case.id, "publish", world.operator_head)


def test_each_side_of_an_operation_owes_one_disclosure_a_year(world: World) -> None:
    world.operate()
    assert published.open_those_due(at=moment(f"{THIS_YEAR}-12-31")) == 0
    assert published.open_those_due(at=NEW_YEAR) == 2
    assert published.open_those_due(at=NEW_YEAR) == 0
    cases = Case.objects.filter(kind=published.KIND)
    assert {(c.parties["discloser"], c.payload["side"]) for c in cases} == {
        (world.agency.organisation, "implementing_body"),
        (world.operator.organisation, "operator"),
    }


def test_the_implementing_body_discloses_party_content_scope_term_and_caps(world: World) -> None:
    charging(world)
    draft = drafted(world, "implementing_body").payload["draft"]
    [authorised] = draft["authorisations"]
    assert authorised["grantee"] == world.operator.organisation
    assert authorised["datasets"] == [CLINICS, PERSONS]
    assert authorised["scope"] == {"datasets": [CLINICS, PERSONS]}
    assert authorised["valid_until"]
    [cap] = draft["caps"]
    assert (cap["product"], cap["amount"]) == ("score", "11.30")
    assert Entry.objects.get(pk=cap["entry_id"]).event == "price.caps_set"


def test_the_operator_discloses_resources_charges_and_use(world: World) -> None:
    charging(world)
    draft = drafted(world, "operator").payload["draft"]
    assert draft["authorised_resources"][0]["datasets"] == [CLINICS, PERSONS]
    assert {c["product"]: c["amount"] for c in draft["charges"]} == {"score": "11.30", "map": "0"}


def test_it_is_due_by_the_end_of_march_and_then_overdue_for_the_bureau(world: World) -> None:
    world.operate()
    case = drafted(world, "operator")
    assert case.due_at == date(THIS_YEAR + 1, 3, 31)
    late = drafted(world, "operator", at=moment(f"{THIS_YEAR + 1}-06-01"))
    assert late.due_at == date(THIS_YEAR + 1, 3, 31)
    Case.objects.filter(pk=case.pk).update(due_at=date(THIS_YEAR, 3, 31))
    assert case in selectors.overdue(world.bureau)


def test_what_happened_after_the_draft_is_in_the_next_one(world: World) -> None:
    grant = world.operate()
    case = drafted(world, "operator")
    assert case.payload["draft"]["use"] == []
    use(world, grant)
    world.step(case.id, "redraft", world.operator)
    case.refresh_from_db()
    assert [(u["answered"], u["refused"]) for u in case.payload["draft"]["use"]] == [(2, 1)]


def test_one_person_checks_and_another_publishes(world: World) -> None:
    world.operate()
    case = drafted(world, "operator")
    services.do(case_id=case.id, step="check", by=world.operator_head, form=CHECKED)
    with pytest.raises(Problem) as refused:
        world.step(case.id, "publish", world.operator_head)
    assert refused.value.code == "same_person"
    assert published.published() == []


def test_what_is_shown_is_what_was_published(world: World) -> None:
    grant = world.operate()
    use(world, grant)
    case = drafted(world, "operator")
    release(world, case)
    [line] = published.published(THIS_YEAR)
    assert (line.organisation, line.side) == (world.operator.organisation, "operator")
    shown = Client().get(f"/disclosure/{case.id}.json").content
    said = Entry.objects.get(pk=line.entry_id).facts["content_digest"]
    assert hashlib.sha256(shown).hexdigest() == said
    assert json.loads(shown)["use"][0]["answered"] == 2
    assert Client().get(f"/api/disclosures/{case.id}").content == shown
    assert [one["case"] for one in Client().get("/api/disclosures").json()] == [case.id]


def test_what_is_not_published_is_not_shown(world: World) -> None:
    world.operate()
    case = drafted(world, "operator")
    assert Client().get(f"/disclosure/{case.id}.json").status_code == 404
    assert Client().get(f"/api/disclosures/{case.id}").status_code == 404


def test_the_page_shows_products_with_cap_and_charge_and_what_was_published(world: World) -> None:
    charging(world)
    case = drafted(world, "operator")
    release(world, case)
    page = Client().get(f"/disclosure?year={THIS_YEAR}", headers={"accept-language": "en"})
    text = page.content.decode()
    assert "11.30" in text
    assert f"/disclosure/{case.id}.json" in text
