"""The whole way through HTTP: from a plan to a grant, an answer, a refusal, something withheld,
and a receipt that a stranger verifies with the public key alone."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from tests.sequencing import another_sequencer
from tests.world import BY_DISTRICT, PERSONS, PURPOSE, World, plan_form

from gongshu.ledger import selectors as ledger
from gongshu.ledger import services as ledger_services
from gongshu.log.receipt import NotVerified, verify_receipt
from gongshu.oversight.selectors import disclosure
from gongshu.rules.agents import Agent

pytestmark = pytest.mark.django_db


class Program:
    """Somebody's program: a bearer token and nothing else."""

    def __init__(self, world: World, agent: Agent, language: str = "en") -> None:
        scopes = ("read", "query", "case")
        self.client = Client(raise_request_exception=False)
        self.headers = {
            "authorization": f"Bearer {world.token(agent, *scopes)}",
            "accept-language": language,
        }

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, data: Any, **headers: str) -> Any:
        sent = {**self.headers, **headers}
        return self.client.post(path, data, "application/json", headers=sent)

    def ask(self, grant: str, sql: str, accept: str = "application/json", **more: Any) -> Any:
        question = {"grant": grant, "purpose": PURPOSE, "sql": sql, **more}
        return self.post("/api/query", question, accept=accept)


def body(response: Any) -> bytes:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts)


@pytest.fixture
def grant(world: World) -> str:
    """The operation, step by step, each by the office's own program."""
    opened = Program(world, world.agency).post("/api/cases/authorised_operation", plan_form())
    assert opened.status_code == 201, opened.content
    case = opened.json()["id"]
    for name, by, form in world.operation_steps():
        done = Program(world, by).post(f"/api/cases/{case}/{name}", {"form": form})
        assert done.status_code == 200, (name, done.content)
    found = Program(world, world.operator).get("/api/grants").json()["grants"]
    assert [one["case"] for one in found] == [case]
    return str(found[0]["id"])


def test_from_a_plan_to_a_verified_answer(world: World, grant: str) -> None:
    operator = Program(world, world.operator)

    answered = operator.ask(grant, "SELECT sex, count(*) AS n FROM health.persons GROUP BY sex")
    assert answered.status_code == 200
    found = json.loads(body(answered))
    assert found["withheld"] is False
    assert sorted(found["rows"]) == [["f", 22], ["m", 21]]
    assert found["versions"][PERSONS] == 1

    withheld = operator.ask(grant, BY_DISTRICT)
    assert withheld["Gongshu-Withheld"] == "true"
    assert json.loads(body(withheld))["rows"] == [["East", 20], ["West", 20]]

    sql = "SELECT person_id, income FROM health.persons"
    refused = operator.ask(grant, sql)
    problem = refused.json()
    assert refused.status_code == 422
    assert refused["Content-Type"] == "application/problem+json"
    assert problem["code"] == "no_right"
    assert sql[slice(*problem["span"])] in ("person_id", "income")
    assert problem["suggestion"]

    for number in (withheld["Gongshu-Receipt"], problem["receipt"]):
        ledger_services.sequence()
        receipt = operator.get(f"/api/receipts/{number}")
        assert receipt.status_code == 200
        verified = verify_receipt(receipt.content, key=ledger.verifier_key())
        assert verified.body["id"] == number
        with pytest.raises(NotVerified):
            verify_receipt(
                receipt.content.replace(b"health", b"wealth", 1), key=ledger.verifier_key()
            )

    disclosed = disclosure()
    assert [(u.grant, u.answered, u.withheld, u.refused) for u in disclosed.use] == [
        (grant, 2, 1, 1)
    ]


@pytest.mark.parametrize("form", ["arrow.stream", "parquet"])
def test_the_same_answer_in_binary_forms(world: World, grant: str, form: str) -> None:
    accept = f"application/vnd.apache.{form}"
    answered = Program(world, world.operator).ask(grant, BY_DISTRICT, accept)
    assert answered["Content-Type"] == accept
    data = body(answered)
    read = (
        pa.ipc.open_stream(data).read_all()
        if form.startswith("arrow")
        else pq.read_table(io.BytesIO(data))
    )
    assert read.to_pydict() == {"district": ["East", "West"], "n": [20, 20]}


def test_the_answer_as_csv_and_a_form_we_cannot_write(world: World, grant: str) -> None:
    operator = Program(world, world.operator)
    assert body(operator.ask(grant, BY_DISTRICT, "text/csv")) == (
        b'"district","n"\n"East",20\n"West",20\n'
    )
    unknown = operator.ask(grant, BY_DISTRICT, "image/png")
    assert (unknown.status_code, unknown.json()["code"]) == (406, "not_acceptable")


def test_parameters_are_values_and_never_sql(world: World, grant: str) -> None:
    operator = Program(world, world.operator)
    sql = "SELECT count(*) AS n FROM health.persons WHERE district = ?"
    assert json.loads(body(operator.ask(grant, sql, params=["East"])))["rows"] == [[20]]
    tricked = operator.ask(grant, sql, params=["East' OR '1'='1"])
    assert json.loads(body(tricked))["rows"] == [[None]]


def test_a_receipt_is_there_when_it_is_asked_for(world: World, grant: str) -> None:
    operator = Program(world, world.operator)
    number = operator.ask(grant, BY_DISTRICT)["Gongshu-Receipt"]
    assert operator.get(f"/api/receipts/{number}").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_it_is_pending_while_another_process_sequences(world: World, grant: str) -> None:
    operator = Program(world, world.operator)
    number = operator.ask(grant, BY_DISTRICT)["Gongshu-Receipt"]
    with another_sequencer():
        pending = operator.get(f"/api/receipts/{number}")
    assert pending.status_code == 202
    assert int(pending["Retry-After"]) >= 1
    assert operator.get(f"/api/receipts/{number}").status_code == 200


def test_another_organisations_token_gets_404_for_all_of_it(world: World, grant: str) -> None:
    number = Program(world, world.operator).ask(grant, BY_DISTRICT)["Gongshu-Receipt"]
    ledger_services.sequence()
    other = Program(world, world.enterprise)
    assert other.get("/api/grants").json() == {"total": 0, "grants": []}
    for real, absent in (
        (other.get(f"/api/grants/{grant}"), other.get("/api/grants/G-2000-0000")),
        (other.get(f"/api/receipts/{number}"), other.get("/api/receipts/none")),
        (other.ask(grant, BY_DISTRICT), other.ask("G-2000-0000", BY_DISTRICT)),
    ):
        assert real.status_code == absent.status_code == 404
        assert real.json()["code"] == absent.json()["code"]
        assert real.json().keys() == absent.json().keys()


def test_refusals_are_read_in_chinese_too(world: World, grant: str) -> None:
    refused = Program(world, world.operator, "zh-CN").ask(grant, "SELECT * FROM health.secrets")
    assert refused.json()["code"] == "unknown_name"
    assert "没有" in refused.json()["detail"]


def test_nobody_asks_without_saying_who_they_are(world: World, grant: str) -> None:
    question = {"grant": grant, "purpose": PURPOSE, "sql": BY_DISTRICT}
    anonymous = Client().post("/api/query", question, "application/json")
    assert anonymous.status_code == 401
    assert Client().get("/api/grants").status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"sql": None},
        {"params": "x"},
        {"versions": {PERSONS: 0}},
        {"colour": "red"},
        {"params": [{"a": 1}]},
    ],
)
def test_a_malformed_question_is_one_422(world: World, grant: str, change: Any) -> None:
    operator = Program(world, world.operator)
    question = {"grant": grant, "purpose": PURPOSE, "sql": BY_DISTRICT, **change}
    response = operator.post("/api/query", question)
    assert response.status_code == 422
    assert response.json()["code"] == "invalid"


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "SELECT",
        "\x00",
        "SELECT '\ud83d'",
        "DROP TABLE x",
        "SELECT 1; SELECT 2",
        "(" * 9999,
    ],
)
def test_no_text_of_a_user_is_our_mistake(world: World, grant: str, sql: str) -> None:
    response = Program(world, world.operator).ask(grant, sql)
    assert 400 <= response.status_code < 500, response.content
