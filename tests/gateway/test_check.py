"""Asking whether a question would be answered: over HTTP and from the shell, and nothing runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.world import BY_DISTRICT, PURPOSE, World

from gongshu.catalog.models import Dataset
from gongshu.gateway.grading import of_answer
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


def test_the_answers_grade_is_told_and_is_lower_where_figures_are_protected(
    world: World, grant: Grant
) -> None:
    Dataset.objects.filter(code="health.persons").update(grade="general", level=4)
    told = check(world, grant, BY_DISTRICT)["trace"][-1]
    assert told.startswith("Grade of the answer: general, level 2.")
    assert "platform rule" in told
    assert "结果级别：一般数据 2 级" in check(world, grant, BY_DISTRICT, "zh")["trace"][-1]
    Dataset.objects.filter(code="health.persons").update(grade="important", level=None)
    assert "Grade of the answer: important." in check(world, grant, BY_DISTRICT)["trace"][-1]


def test_what_is_joined_is_graded_anew() -> None:
    people = Dataset(code="a.p", grade="general", level=2, unit_column="id", unit_space="person")
    again = Dataset(code="b.p", grade="general", level=3, unit_column="id", unit_space="person")
    place = Dataset(code="c.q", grade="general", level=1)
    assert of_answer([people, place], ()).graded.level == 2
    assert of_answer([people, again], ()).graded.level == 4
    assert of_answer([people, again], ("a.p", "b.p")).graded.level == 2
    secret = Dataset(code="d.r", grade="important")
    assert str(of_answer([people, secret], ("a.p",)).graded.grade) == "important"
    shown = Dataset(code="e.s", grade="general", level=3)
    assert of_answer([people, shown], ("a.p",)).graded.level == 3
