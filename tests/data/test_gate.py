"""The Gate as a caller meets it: answers, withheld cells, refusals, terms and purposes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gongshu.data import Gate, Refused, Table, Terms
from gongshu.wording import language

NOW = datetime(2027, 1, 1, tzinfo=UTC)
TERMS: dict[str, Any] = {
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


def test_many_threads_may_ask_one_gate(gate: Gate) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: gate.answer(BY_DISTRICT, purpose="planning", now=NOW), range(24))
        )
    assert {answer.table.num_rows for answer in answers} == {2}


def test_more_rows_than_the_terms_allow_are_cut_and_the_answer_says_so() -> None:
    terms = Terms.model_validate({**TERMS, "limits": {"output_rows": 1}})
    with Gate(terms, {"health.persons": persons()}) as gate:
        answer = gate.answer(BY_DISTRICT, purpose="planning", now=NOW)
        exactly = gate.answer(f"{BY_DISTRICT} LIMIT 1", purpose="planning", now=NOW)
    assert answer.table.to_pylist() == [{"district": "East", "n": 30}]
    assert (answer.truncated, exactly.truncated) == (True, False)


def test_a_table_may_be_several_parquet_files_and_ungranted_tables_do_not_exist(
    tmp_path: Path,
) -> None:
    files = []
    for number, part in enumerate((persons().slice(0, 20), persons().slice(20))):
        files.append(tmp_path / f"{number}.parquet")
        pq.write_table(part, files[-1])
    tables = {"health.persons": files, "secret.salaries": persons()}
    with Gate(Terms.model_validate(TERMS), tables) as gate:
        assert gate.answer(BY_DISTRICT, purpose="planning", now=NOW).table.num_rows == 2
        decision = gate.check("SELECT * FROM secret.salaries", purpose="planning", now=NOW)
    assert decision.code == "unknown_name"


def test_a_read_table_may_be_given_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "persons.csv"
    lines = [f"{i},East,{i}" for i in range(12)]
    file.write_text("\n".join(["person_id,district,income", *lines]), encoding="utf-8")
    with (
        Table.read(file) as table,
        Gate(Terms.model_validate(TERMS), {"health.persons": table}) as gate,
    ):
        answer = gate.answer(BY_DISTRICT, purpose="planning", now=NOW)
    assert answer.table.to_pylist() == [{"district": "East", "n": 12}]


def test_an_engine_error_is_one_constant_sentence_without_a_cause(gate: Gate) -> None:
    """Above the boundary a cast may fail; its message would quote the value."""
    told = set()
    for name in ("district", "district || 'x'"):
        sql = f"SELECT CAST({name} AS INTEGER) AS d, count(*) FROM health.persons GROUP BY district"
        with pytest.raises(Refused) as refusal:
            gate.answer(sql, purpose="planning", now=NOW)
        assert refusal.value.code == "engine"
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__
        told.add(str(refusal.value))
    assert len(told) == 1
    assert "East" not in told.pop()


def test_a_refusal_says_what_a_grant_would_need(gate: Gate) -> None:
    decision = gate.check(
        "SELECT stddev_samp(income) FROM health.persons", purpose="planning", now=NOW
    )
    assert not decision.allowed
    assert decision.missing == {
        "datasets": {
            "health.persons": {
                "columns": {"income": {"rights": ["measure"], "functions": ["stddev_samp"]}}
            }
        }
    }


def test_a_check_runs_nothing_and_tells_how_the_query_is_protected(gate: Gate) -> None:
    decision = gate.check(BY_DISTRICT, purpose="planning", now=NOW)
    assert decision.allowed
    assert any("k=10" in line.en and "k=10" in line.zh for line in decision.trace)
    assert gate.check(
        "SELECT count(*) FROM health.persons WHERE district = ?", purpose="planning", now=NOW
    ).allowed


def test_the_decision_record_names_the_question_but_no_row_filter() -> None:
    data = deepcopy(TERMS)
    data["datasets"]["health.persons"]["where"] = "income < 123456"
    with Gate(Terms.model_validate(data), {"health.persons": persons()}) as gate:
        receipt = gate.answer(f"{BY_DISTRICT} -- note", purpose="planning", now=NOW).receipt
    assert receipt["decision"] == "answered"
    assert receipt["datasets"] == ["health.persons"]
    assert "123456" not in str(receipt)
    assert "note" not in receipt["sql"]


def test_both_languages_say_the_same_refusal(gate: Gate) -> None:
    decision = gate.check("SELECT nothing FROM health.persons", purpose="planning", now=NOW)
    assert "nothing" in decision.reason
    with language("zh"):
        assert "本授权" in decision.reason


def test_a_text_that_is_too_large_never_reaches_the_parser(gate: Gate) -> None:
    for sql in (
        "SELECT " + "1+" * 3000 + "1",
        "SELECT " + "(" * 100 + "1" + ")" * 100,
        "SELECT '" + "x" * 70_000 + "'",
        "SELECT " + "NOT " * 50 + "true",
        "SELECT 1 IN (" + ",".join("1" for _ in range(600)) + ")",
        "SELECT " + "CASE WHEN true THEN " * 80 + "1" + " END" * 80,
        "SELECT count(*) FROM health.persons WHERE " + " OR ".join(["true"] * 900),
    ):
        assert gate.check(sql, purpose="planning", now=NOW).code == "too_large"
