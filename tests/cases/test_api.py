"""Cases over HTTP: the same rules, one shape for refusals, a key honoured."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.cases.steps import asked, request_form
from tests.world import World

from gongshu.rules.agents import Agent

pytestmark = pytest.mark.django_db


def call(
    world: World, agent: Agent, method: str, path: str, body: Any = None, **headers: str
) -> Any:
    token = world.token(agent, "case", "read")
    return Client().generic(
        method,
        path,
        data=json.dumps(body) if body is not None else "",
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "en", **headers},
    )


def test_a_case_is_opened_shown_and_moved(world: World) -> None:
    made = call(world, world.second_agency, "POST", "/api/cases/sharing_request", request_form())
    assert made.status_code == 201
    case = made.json()
    assert (case["state"], case["kind"]) == ("draft", "sharing_request")
    path = f"/api/cases/{case['id']}"
    shown = call(world, world.second_agency_head, "GET", path)
    assert [o["name"] for o in shown.json()["offers"]] == ["submit", "withdraw"]
    moved = call(world, world.second_agency_head, "POST", f"{path}/submit", {})
    assert moved.status_code == 200
    assert moved.json()["state"] == "received"
    assert [s["name"] for s in moved.json()["steps"]] == ["open", "submit"]
    assert moved.json()["due"] is not None


def test_the_approver_cannot_be_the_applicant_over_http_either(world: World) -> None:
    head = world.second_agency_head
    case = call(world, head, "POST", "/api/cases/sharing_request", request_form()).json()["id"]
    refused = call(world, head, "POST", f"/api/cases/{case}/submit", {})
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "same_person"


def test_a_stranger_learns_nothing(world: World) -> None:
    case = asked(world)
    hidden = call(world, world.enterprise, "GET", f"/api/cases/{case.id}")
    absent = call(world, world.enterprise, "GET", "/api/cases/C-2026-999999")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["code"] == absent.json()["code"]
    moved = call(world, world.enterprise, "POST", f"/api/cases/{case.id}/consent", {"form": {}})
    assert moved.status_code == 404
    assert call(world, world.enterprise, "GET", "/api/cases").json() == []


def test_the_list_can_be_the_inbox(world: World) -> None:
    case = asked(world)
    mine = call(world, world.agency_head, "GET", "/api/cases?inbox=true").json()
    assert [c["id"] for c in mine] == [case.id]
    assert call(world, world.second_agency, "GET", "/api/cases?inbox=true").json() == []
    some = call(world, world.agency, "GET", "/api/cases?kind=catalogue_entry").json()
    assert {c["kind"] for c in some} == {"catalogue_entry"}
    assert call(world, world.agency, "GET", "/api/cases?page=9").json() == []


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/cases/sharing_request", {}, 422, "form"),
        ("/api/cases/marriage", {}, 404, "unknown_procedure"),
        ("/api/cases/{case}/deliver", {}, 409, "not_now"),
        ("/api/cases/{case}/refuse", {}, 422, "reason_owed"),
        ("/api/cases/{case}/fly", {}, 404, "unknown_step"),
        ("/api/cases/{case}/ask_supplement", {"form": {"missing": 7}}, 422, "form"),
        ("/api/cases/{case}/consent", {"form": {}, "expected_state": "draft"}, 409, "moved_on"),
    ],
)
def test_a_mistake_is_a_problem_document(
    world: World, path: str, body: Any, status: int, code: str
) -> None:
    case = asked(world)
    agent = world.agency_head if "{case}" in path else world.second_agency
    answer = call(world, agent, "POST", path.format(case=case.id), body)
    assert answer.status_code == status, answer.content
    assert answer.json()["code"] == code
    assert answer.json()["detail"]


def test_the_idempotency_key_is_honoured(world: World) -> None:
    made = [
        call(
            world,
            world.second_agency,
            "POST",
            "/api/cases/sharing_request",
            request_form(),
            **{"Idempotency-Key": "abc"},
        ).json()["id"]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    path = f"/api/cases/{made[0]}/submit"
    key = {"Idempotency-Key": "def"}
    answers = [call(world, world.second_agency_head, "POST", path, {}, **key) for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 200]
    assert [s["name"] for s in answers[1].json()["steps"]] == ["open", "submit"]
