"""One shape for every error, in the reader's language; nothing of the inside gets out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import Http404, HttpRequest
from django.test import Client
from django.urls import path
from ninja import Router, Schema

from gongshu import api
from gongshu.data.policy.refusals import Refused
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound, RuleRefused
from gongshu.wording import Problem, Sentence

router = Router()
SENTENCE = Sentence(en="It cannot be done.", zh="无法办理。")
INSTEAD = Sentence(en="Do this.", zh="请改为这样。")
CASES: list[tuple[str, Problem | Exception, int, str]] = [
    ("forbidden", Forbidden("scope", SENTENCE), 403, "scope"),
    ("absent", NotFound("unknown_grant", SENTENCE), 404, "unknown_grant"),
    ("conflict", Conflict("grant_moved", SENTENCE), 409, "grant_moved"),
    ("input", BadInput("scope_form", SENTENCE, field="scope"), 422, "scope_form"),
    ("rule", RuleRefused("not_now", SENTENCE), 409, "not_now"),
    ("rank", RuleRefused("same_person", SENTENCE), 403, "same_person"),
    ("refused", Refused("no_right", SENTENCE, span=(7, 12), suggestion=INSTEAD), 422, "no_right"),
    ("limit", Refused("limit", SENTENCE), 429, "limit"),
    ("purpose", Refused("purpose", SENTENCE), 403, "purpose"),
    ("suspended", Refused("grant_suspended", SENTENCE), 403, "grant_suspended"),
    ("deadline", Refused("deadline", SENTENCE), 422, "deadline"),
    ("unknown", Problem("something_new", SENTENCE), 422, "something_new"),
    ("gone", Http404("a secret path"), 404, "not_found"),
    ("bug", KeyError("a secret value"), 500, "internal"),
]
RAISED = {name: error for name, error, _, _ in CASES}


class Form(Schema):
    count: int
    name: str


@router.get("/raise/{name}")
def raise_it(request: HttpRequest, name: str) -> None:
    raise RAISED[name]


@router.post("/form")
def form(request: HttpRequest, form: Form) -> dict[str, str]:
    return {"who": request.auth.person}  # type: ignore[attr-defined]


def _urls() -> list[Any]:
    api.ROUTERS, kept = (router,), api.ROUTERS
    try:
        return [path("api/", api.build().urls)]
    finally:
        api.ROUTERS = kept


urlpatterns = _urls()
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def document(response: Any) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(response.content)
    assert found["status"] == response.status_code
    assert found["title"]
    return found


@pytest.mark.parametrize(("name", "error", "status", "code"), CASES, ids=[c[0] for c in CASES])
def test_every_refusal_has_its_status_and_code(
    client: Client, name: str, error: Exception, status: int, code: str
) -> None:
    response = client.get(f"/api/raise/{name}", headers={"accept-language": "en"})
    found = document(response)
    assert (response.status_code, found["code"]) == (status, code)
    if isinstance(error, Problem):
        assert found["detail"] == "It cannot be done."
        assert found.get("field") == error.field
    assert "secret" not in response.content.decode()


def test_span_and_suggestion_are_given_for_sql(client: Client) -> None:
    found = document(client.get("/api/raise/refused", headers={"accept-language": "en"}))
    assert found["span"] == [7, 12]
    assert found["suggestion"] == "Do this."


@pytest.mark.parametrize(
    ("asked", "detail", "language"),
    [("zh-CN,zh;q=0.9", "无法办理。", "zh"), ("en-GB", "It cannot be done.", "en")],
)
def test_the_reader_chooses_the_language(
    client: Client, asked: str, detail: str, language: str
) -> None:
    response = client.get("/api/raise/conflict", headers={"accept-language": asked})
    assert document(response)["detail"] == detail
    assert response["Content-Language"] == language


def test_our_own_mistake_is_a_constant_sentence_with_a_number(client: Client) -> None:
    found = document(client.get("/api/raise/bug", headers={"accept-language": "en"}))
    other = document(client.get("/api/raise/bug", headers={"accept-language": "en"}))
    assert found["detail"] == other["detail"] == api.OURS.en
    assert found["id"] != other["id"]


def test_an_input_of_the_wrong_kind_is_named(client: Client) -> None:
    response = client.post(
        "/api/form", {"count": "many"}, "application/json", headers={"accept-language": "en"}
    )
    found = document(response)
    assert response.status_code == 422
    assert {e["field"] for e in found["errors"]} == {"count", "name"}
    assert "count" in found["detail"]


def test_a_body_that_is_no_json_is_a_problem_document(client: Client) -> None:
    response = client.post("/api/form", "{", "application/json")
    assert document(response)["code"] == "unreadable"
    assert response.status_code == 400


def test_unknown_addresses_and_methods_are_problem_documents(client: Client) -> None:
    assert document(client.get("/api/nothing"))["code"] == "not_found"
    response = client.delete("/api/form")
    assert document(response)["code"] == "method"
    assert "POST" in response["Allow"]


def test_a_wrong_token_is_401_and_never_anonymous(client: Client) -> None:
    response = client.post(
        "/api/form",
        {"count": 1, "name": "x"},
        "application/json",
        headers={"authorization": "Bearer nonsense"},
    )
    assert document(response)["status"] == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_another_sites_form_cannot_act_for_a_logged_in_user(operator: Any) -> None:
    from gongshu.accounts.models import Person

    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.force_login(Person.objects.get(username=operator.person))
    sent = {"count": 1, "name": "x"}
    refused = strict.post("/api/form", sent, "application/json")
    assert document(refused)["code"] == "csrf"
    assert refused.status_code == 403


def test_a_token_needs_no_csrf(operator: Any) -> None:
    from gongshu.accounts import services
    from gongshu.accounts.models import Person

    person = Person.objects.get(username=operator.person)
    _, text = services.issue_token(person=person, scopes=["read"], days=1, by=operator)
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(
        "/api/form",
        {"count": 1, "name": "x"},
        "application/json",
        headers={"authorization": f"Bearer {text}"},
    )
    assert answer.json() == {"who": "operator"}


def test_openapi_lists_the_routes_and_nothing_is_loaded_from_elsewhere(client: Client) -> None:
    assert "/api/form" in client.get("/api/openapi.json").json()["paths"]
    assert client.get("/api/docs").status_code == 404
