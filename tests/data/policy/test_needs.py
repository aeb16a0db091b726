"""What a grant would need, as a fragment of terms; and the trace of a decision."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from gongshu.data import Gate, Terms
from gongshu.data.engines import EnginePool
from tests.spec.gateway import world
from tests.spec.gateway.cases import corpus

NOW = datetime(2027, 1, 1, tzinfo=UTC)
PERSONS = "health.persons"


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(size=1) as pool:
        yield pool


def made(pool: EnginePool, data: dict[str, Any] | None = None) -> Gate:
    return Gate(Terms.model_validate(data or world.terms("main")), world.tables(), engine=pool)


@pytest.fixture(scope="module")
def gate(pool: EnginePool) -> Iterator[Gate]:
    with made(pool) as gate:
        yield gate


def missing(gate: Gate, sql: str) -> Any:
    return gate.check(sql, purpose="planning", now=NOW).missing


def with_fragment(fragment: dict[str, Any]) -> dict[str, Any]:
    """The terms once the owner has agreed to all that was asked."""
    data = deepcopy(world.terms("main"))
    data["output"] = fragment.get("output", data["output"])
    for name, dataset in fragment.get("datasets", {}).items():
        for column, needed in dataset["columns"].items():
            given = data["datasets"][name]["columns"].get(column, [])
            old = dict(given) if isinstance(given, dict) else {"rights": given}
            new = needed if isinstance(needed, dict) else {"rights": needed}
            for key in ("rights", "functions"):
                both = [*old.get(key, []), *new.get(key, [])]
                if both:
                    old[key] = sorted(set(both))
            data["datasets"][name]["columns"][column] = old
    return data


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM health.persons WHERE income > 2000",
        "SELECT vip, sum(weight) FROM health.persons WHERE education = 'college' GROUP BY vip",
        "SELECT district, count(DISTINCT sex) FROM health.persons GROUP BY 1",
        "SELECT count(*) FROM health.persons WHERE person_id = 'p007'",
        "SELECT district, phone FROM health.persons",
        "SELECT p.vip, avg(v.cost) FROM health.persons p JOIN health.visits v "
        "ON p.person_id = v.person_id WHERE v.cost > 50 AND p.income < 9 GROUP BY 1",
        "SELECT count(*) FROM health.visits a JOIN health.visits b "
        "ON a.person_id = b.person_id AND a.kind = b.kind",
    ],
)
def test_with_the_fragment_granted_the_query_is_allowed(
    gate: Gate, pool: EnginePool, sql: str
) -> None:
    fragment = missing(gate, sql)
    assert fragment
    assert yaml.safe_load(yaml.safe_dump(fragment)) == fragment
    with made(pool, with_fragment(fragment)) as granted:
        assert granted.check(sql, purpose="planning", now=NOW).allowed


def test_all_that_is_lacking_is_named_at_once(gate: Gate) -> None:
    sql = "SELECT vip, sum(weight) FROM health.persons WHERE education = 'college' GROUP BY vip"
    assert missing(gate, sql) == {
        "datasets": {
            PERSONS: {
                "columns": {
                    "education": ["filter"],
                    "vip": ["group"],
                    "weight": {"rights": ["measure"], "functions": ["sum"]},
                }
            }
        }
    }


def test_where_no_terms_would_help_none_are_named(gate: Gate) -> None:
    assert missing(gate, "SELECT max(income) FROM health.persons") is None
    assert missing(gate, "SELECT sum(income * 2) FROM health.persons") is None
    assert missing(gate, "SELECT now()") is None
    assert missing(gate, "SELECT count(*) FROM health.persons, health.visits") is None


def test_an_absent_table_and_an_ungranted_one_need_the_same(gate: Gate) -> None:
    sql = (
        "SELECT s.grade, avg(s.salary) FROM {0} s JOIN health.persons p "
        "ON s.person_id = p.person_id WHERE s.year = 2026 AND p.vip GROUP BY s.grade"
    )
    absent = missing(gate, sql.format("secret.nothing"))
    there = missing(gate, sql.format("secret.salaries"))
    assert there == {
        "datasets": {
            "secret.salaries": {
                "columns": {
                    "grade": ["group"],
                    "salary": {"rights": ["measure"], "functions": ["avg"]},
                    "person_id": ["join"],
                    "year": ["filter"],
                }
            }
        }
    }
    assert absent == {"datasets": {"secret.nothing": there["datasets"]["secret.salaries"]}}


def test_an_absent_column_and_an_ungranted_one_need_the_same(gate: Gate) -> None:
    sql = "SELECT {0}, count(*) FROM health.persons GROUP BY 1"
    for column in ("note", "nothing"):
        expected = {"datasets": {PERSONS: {"columns": {column: ["group"]}}}}
        assert missing(gate, sql.format(column)) == expected


def test_every_line_of_a_trace_is_in_both_languages(gate: Gate) -> None:
    lines = 0
    for case in corpus():
        if case.terms != "main":
            continue
        decision = gate.check(case.sql, purpose="planning", now=NOW)
        assert decision.trace or decision.allowed, case
        for line in decision.trace:
            lines += 1
            assert any("一" <= character <= "鿿" for character in line.zh), line
            assert line.en.isascii() or "“" in line.en or "health." in line.en, line
    assert lines > 500


def test_the_trace_says_what_is_read_and_what_is_held_back(gate: Gate) -> None:
    sql = (
        "SELECT h.city, count(*) FROM health.visits v JOIN health.hospitals h USING (hospital_id) "
        "GROUP BY 1"
    )
    told = " ".join(line.en for line in gate.check(sql, purpose="planning", now=NOW).trace)
    assert "health.visits, about units of “person”: at least 10" in told
    assert "health.hospitals, about nobody" in told
    assert "h must have one row per hospital_id" in told
    assert "grouped by city" in told


def test_the_trace_of_a_refusal_says_where(gate: Gate) -> None:
    sql = "SELECT district, count(*)\nFROM health.persons\nWHERE income > 3\nGROUP BY 1"
    told = [line.en for line in gate.check(sql, purpose="planning", now=NOW).trace]
    assert told[-1] == "Refused (no_right) at line 3, column 7."
    told = [line.en for line in gate.check(sql, purpose="sport", now=NOW).trace]
    assert "the query was not read" in told[0]
