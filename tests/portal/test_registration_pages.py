"""The registry's public pages: what anybody reads and may object to, without an account."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from gongshu.cases.models import Case
from gongshu.ledger import selectors as ledger
from gongshu.ledger import services as log
from gongshu.log.certificate import verify_certificate
from tests.cases.steps import moment
from tests.cases.test_registration import OBJECTION, in_publicity, registered
from tests.grants.conftest import collected_static_files, world
from tests.world import World

__all__ = ["collected_static_files", "world"]
pytestmark = pytest.mark.django_db


def page(client: Client, path: str, **more: Any) -> str:
    response = client.get(path, headers={"Accept-Language": "en"}, **more)
    assert response.status_code == 200
    return response.content.decode()


def test_the_four_fields_are_public_and_an_objection_needs_no_account(world: World) -> None:
    case = in_publicity(world, moment("2026-11-20"))
    assert "Clinics of the city" in page(Client(), "/registrations")
    shown = page(Client(), f"/registrations/{case.id}")
    assert "as the annex says" in shown
    assert "risk" not in shown.lower()
    sent = Client().post(f"/registrations/{case.id}", OBJECTION)
    assert sent.status_code == 302
    assert Case.objects.get(pk=case.id).state == "rechecking"
    assert "being re-checked" in page(Client(), f"/registrations/{case.id}")
    again = Client().post(f"/registrations/{case.id}", OBJECTION)
    assert again.status_code == 422


def test_an_objection_without_evidence_says_what_is_missing(world: World) -> None:
    case = in_publicity(world, moment("2026-11-20"))
    response = Client().post(
        f"/registrations/{case.id}",
        {**OBJECTION, "evidence": ""},
        headers={"Accept-Language": "zh-hans"},
    )
    assert response.status_code == 422
    assert "缺少“证据材料”" in response.content.decode()
    assert "Zhang San" in response.content.decode()


def test_a_registration_is_looked_up_by_code_and_its_certificate_verified(world: World) -> None:
    found = registered(world)
    log.sequence()
    assert found.code in page(Client(), "/registrations?q=" + found.code.lower())
    assert "In force" in page(Client(), f"/registration/{found.code}")
    file = Client().get(f"/registration/{found.code}/certificate.json")
    verify_certificate(file.content, key=ledger.verifier_key())
    by_api = Client().get(f"/api/registrations/{found.code}").json()
    assert (by_api["state"], by_api["in_force"]) == ("in_force", True)
    again = Client().get(f"/api/registrations/{found.code}/certificate").json()
    verify_certificate(json.dumps(again).encode(), key=ledger.verifier_key())
    assert Client().get("/registration/GS0000000000000000").status_code == 404


def test_the_case_page_works_from_the_table_alone(world: World, client: Client) -> None:
    from gongshu.accounts.models import Person

    case = in_publicity(world, moment("2026-11-20"))
    Client().post(f"/registrations/{case.id}", OBJECTION)
    for agent, sees in ((world.registry, True), (world.agency, False)):
        client.force_login(Person.objects.get(username=agent.person))
        shown = page(client, f"/case/{case.id}")
        assert ("Zhang San" in shown) == sees
        assert ("The objection stands" in shown) == sees
    assert "first registration" in page(client, "/case/new/registration_case")


def test_a_certificate_is_printed_on_one_page_with_its_code(world: World) -> None:
    found = registered(world)
    log.sequence()
    file = Client().get(f"/registration/{found.code}/certificate.pdf")
    assert file["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    assert file.content.count(b"/Type /Page\n") == 1
    assert Client().get(f"/registration/{found.code}/certificate.docx").status_code == 404
