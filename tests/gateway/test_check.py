"""Asking whether a question would be answered: over HTTP and from the shell, and nothing runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.world import BY_DISTRICT, PURPOSE, World

from gongshu.gateway.models import QueryRecord
from gongshu.grants.models import Grant

pytestmark = pytest.mark.django_db
TOO_MUCH = "SELECT district, count(*)\nFROM health.persons\nWHERE person_id = 'p1'\nGROUP BY 1"


@pytest.fixture
def grant(world: World) -> Grant:
    return world.operate()


def check(world: World, grant: Grant, sql: str, language: str = "en") -> Any:
    token = world.token(world.operator, "query")
    response = Client().post(
        "/api/query/check",
        json.dumps({"grant": grant.id, "purpose": PURPOSE, "sql": sql}),
        "application/json",
        headers={"authorization": f"Bearer {token}", "accept-language": language},
    )
    assert response.status_code == 200, response.content
    return response.json()


def test_an_allowed_question_tells_how_it_is_protected(world: World, grant: Grant) -> None:
    told = check(world, grant, BY_DISTRICT)
    assert told["allowed"] is True
    assert any("every cell is held to its threshold" in line for line in told["trace"])
    assert any("阈值" in line for line in check(world, grant, BY_DISTRICT, "zh")["trace"])
    assert not QueryRecord.objects.exists()


def test_a_refused_one_tells_where_and_what_would_be_needed(world: World, grant: Grant) -> None:
    told = check(world, grant, TOO_MUCH)
    assert (told["allowed"], told["code"]) == (False, "no_right")
    assert (told["line"], told["column"]) == (3, 7)
    assert told["missing"] == {
        "datasets": {"health.persons": {"columns": {"person_id": ["filter"]}}}
    }
    assert "line 3, column 7" in told["trace"][-1]


def test_nobody_unknown_may_check(world: World, grant: Grant) -> None:
    question = {"grant": grant.id, "purpose": PURPOSE, "sql": BY_DISTRICT}
    assert Client().post("/api/query/check", question, "application/json").status_code == 401
