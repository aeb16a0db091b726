"""What anybody does on the pages without an account: ask, object, follow, give feedback."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client

from gongshu.accounts.models import Person
from gongshu.cases import visitors
from gongshu.cases.models import Case
from gongshu.rules.procedures import PROCEDURES
from tests.cases.steps import asked
from tests.cases.test_demand import ASSESSED, assigned, do, met
from tests.cases.test_registration import registered
from tests.world import CLINICS, LONG, PERSONS, World

pytestmark = pytest.mark.django_db
EN = {"Accept-Language": "en"}
DEMAND = {"title": "Beds per clinic", "wanted": LONG, "use": LONG}
OBJECTION = {
    "name": "Zhang San",
    "contact": "0571-0000",
    "dataset": PERSONS,
    "wants": "correct",
    "objection": "My district is wrong",
    "grounds": LONG,
}


def page(client: Client, path: str) -> str:
    response = client.get(path, headers=EN)
    assert response.status_code == 200
    return response.content.decode()


def test_a_visitor_asks_for_data_and_is_given_a_number_and_a_code(world: World) -> None:
    visitor = Client()
    assert "made public" in page(visitor, "/case/new/open_data_demand")
    sent = visitor.post("/case/new/open_data_demand", DEMAND)
    case = Case.objects.get(kind="open_data_demand")
    assert sent["Location"] == f"/follow/{case.id}?new"
    assert visitors.code_of(case.id) in page(visitor, sent["Location"])
    assert Client().get(f"/follow/{case.id}").status_code == 302
    assert Client().get(f"/case/{case.id}").status_code == 302


def test_whoever_works_on_it_reads_that_nobody_with_an_account_sent_it(
    world: World, client: Client
) -> None:
    Client().post("/case/new/open_data_demand", DEMAND)
    case = Case.objects.get(kind="open_data_demand")
    client.force_login(Person.objects.get(username=world.bureau.person))
    for path in ("/inbox", f"/case/{case.id}"):
        shown = page(client, path)
        assert "somebody without an account" in shown
        assert "the administrator" not in shown


def test_a_visitor_goes_on_with_an_objection_by_its_code_from_another_browser(
    world: World,
) -> None:
    Client().post("/case/new/personal_data_objection", OBJECTION)
    case = Case.objects.get(kind="personal_data_objection")
    other = Client()
    wrong = {"case": case.id, "code": "AAAA-AAAA-AAAA-AAAA"}
    assert other.post("/follow", wrong).status_code == 422
    right = {"case": case.id, "code": visitors.code_of(case.id)}
    assert other.post("/follow", right).status_code == 302
    do(case, "ask_proof", world.agency, {"wanted": "an identity card"})
    assert "Supply the proof" in page(other, f"/follow/{case.id}")
    other.post(f"/follow/{case.id}/supply_proof", {"proof": LONG})
    assert Case.objects.get(pk=case.id).state == "filed"


def test_a_demand_is_read_by_all_and_its_data_commented_on(world: World) -> None:
    waiting = assigned(world)
    shown = page(Client(), "/demands")
    assert "Beds per clinic" in shown
    assert "Zhang San" not in shown
    assert Client().post(f"/demand/{waiting.id}", {"text": "hello"}).status_code == 422
    done = do(waiting, "accept", world.agency_head, {"dataset": CLINICS, **ASSESSED})
    do(done, "publish", world.agency, {"dataset": CLINICS})
    assert "Say something" in page(Client(), f"/demand/{done.id}")
    sent = Client().post(f"/demand/{done.id}", {"text": "C3 has 31 beds", "wrong": "true"})
    assert sent.status_code == 302
    assert Case.objects.filter(kind="check_request").count() == 1


def test_the_same_by_the_api(world: World) -> None:
    case = met(world)
    assert Client().get(f"/api/demands/{case.id}").json()["dataset"] == CLINICS
    assert [d["case"] for d in Client().get("/api/demands?state=open").json()] == [case.id]
    sent = Client().post(
        "/api/cases/personal_data_objection", OBJECTION, content_type="application/json"
    )
    assert sent.status_code == 202
    kept = sent.json()
    path = f"/api/follow/{kept['case']}"
    json: Any = {"content_type": "application/json"}
    followed = Client().post(path, {"code": kept["follow_up"]}, **json).json()
    assert [offer["name"] for offer in followed["offers"]] == ["withdraw"]
    gone = Client().post(f"{path}/withdraw", {"code": kept["follow_up"]}, **json).json()
    assert gone["state"] == "withdrawn"
    assert Client().post(path, {"code": "wrong"}, **json).status_code == 404


def test_every_procedure_that_somebody_may_open_has_its_form_and_no_other(
    world: World, client: Client
) -> None:
    client.force_login(Person.objects.get(username=world.agency.person))
    for kind, procedure in PROCEDURES.items():
        for language, title in (("en", procedure.title.en), ("zh-hans", procedure.title.zh)):
            response = client.get(f"/case/new/{kind}", headers={"Accept-Language": language})
            assert title in unescape(response.content.decode())
        status = Client().get(f"/case/new/{kind}").status_code
        assert status == (200 if procedure.opener.public else 302)


def test_the_pages_lead_to_what_can_be_begun(world: World, client: Client) -> None:
    found = registered(world)
    dataset = page(Client(), f"/dataset/{CLINICS}")
    assert f"/case/new/check_request?dataset={CLINICS}" in dataset
    assert f"/registration/{found.code}" in dataset
    request = asked(world)
    client.force_login(Person.objects.get(username=world.agency.person))
    assert f"/case/new/registration_case?dataset={CLINICS}" in page(client, f"/dataset/{CLINICS}")
    assert f"/case/new/sharing_dispute?case={request.id}" in page(client, f"/case/{request.id}")
