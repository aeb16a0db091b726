"""The Gate as a caller meets it: answers, withheld cells, refusals, terms and purposes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from gongshu.data import Gate, Refused, Terms

NOW = datetime(2027, 1, 1, tzinfo=UTC)
TERMS = {
    "grantee": "91330100MA27XXXXXX",
    "purposes": ["planning"],
    "term": {"from": "2026-12-01", "until": "2029-11-30"},
    "output": "aggregate",
    "basis": {"statute": "Regulation"},
    "protection": {"method": "threshold", "k": 10},
    "datasets": {
        "health.persons": {
            "unit": {"column": "person_id", "space": "person"},
            "columns": {
                "person_id": ["join"],
                "district": ["group", "filter"],
                "income": {
                    "rights": ["measure"],
                    "functions": ["sum", "avg"],
                    "min": 0,
                    "max": 900,
                },
            },
        }
    },
}


def persons(repeat: int = 1) -> pa.Table:
    rows = [
        {"person_id": f"{district}{number}", "district": district, "income": 100 + number}
        for district, size in (("East", 30), ("West", 12), ("North", 4))
        for number in range(size)
    ]
    return pa.Table.from_pylist(rows * repeat)


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    with Gate(Terms.model_validate(TERMS), {"health.persons": persons()}) as gate:
        yield gate


BY_DISTRICT = "SELECT district, count(*) AS n FROM health.persons GROUP BY 1 ORDER BY 1"


def test_a_group_of_fewer_units_than_k_is_absent_and_the_answer_says_so(gate: Gate) -> None:
    answer = gate.answer(BY_DISTRICT, purpose="planning", now=NOW)
    assert answer.table.to_pylist() == [
        {"district": "East", "n": 30},
        {"district": "West", "n": 12},
    ]
    assert answer.withheld
    assert not answer.truncated


def test_duplicating_every_row_twenty_times_answers_no_group_more() -> None:
    with Gate(Terms.model_validate(TERMS), {"health.persons": persons(repeat=20)}) as twenty:
        answer = twenty.answer(BY_DISTRICT, purpose="planning", now=NOW)
    assert answer.table.column("district").to_pylist() == ["East", "West"]


def test_a_column_without_a_right_is_refused_with_its_place_in_the_text(gate: Gate) -> None:
    sql = "SELECT count(*) FROM health.persons WHERE income > 5"
    with pytest.raises(Refused) as refusal:
        gate.answer(sql, purpose="planning", now=NOW)
    assert refusal.value.code == "no_right"
    assert refusal.value.span is not None
    assert sql[slice(*refusal.value.span)] == "income > 5"
    assert refusal.value.__cause__ is None


def test_an_ungranted_table_and_one_that_does_not_exist_read_the_same(gate: Gate) -> None:
    told = []
    for name in ("health.salaries", "health.nothingxx"):
        decision = gate.check(f"SELECT count(*) FROM {name}", purpose="planning", now=NOW)
        told.append((decision.code, decision.reason.replace(name, ""), decision.span))
    assert told[0][:2] == told[1][:2]


def test_outside_its_term_and_purposes_a_grant_answers_nothing(gate: Gate) -> None:
    with pytest.raises(Refused, match="purpose"):
        gate.answer(BY_DISTRICT, purpose="marketing", now=NOW)
    last = datetime(2029, 11, 30, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    assert gate.answer(BY_DISTRICT, purpose="planning", now=last).table.num_rows == 2
    with pytest.raises(Refused, match="term"):
        gate.answer(BY_DISTRICT, purpose="planning", now=last.replace(hour=16))
