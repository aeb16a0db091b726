"""Every case of the corpus, asked of a real Gate on real workers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from gongshu.data import Gate, Refused, Terms
from gongshu.data.engines import EnginePool
from gongshu.data.policy.story import place
from gongshu.wording import language
from tests.spec.gateway import world
from tests.spec.gateway.cases import Case, corpus

NOW = datetime(2027, 1, 1, tzinfo=UTC)
CASES = corpus()
ANSWERED = [case for case in CASES if not case.refused]
COMPARED = [case for case in ANSWERED if case.file.startswith("legitimate")]


class Gates:
    """One Gate per variant of the terms, on one pool."""

    def __init__(self) -> None:
        self.pool = EnginePool(size=2)
        self.made: dict[str, Gate] = {}

    def __getitem__(self, name: str) -> Gate:
        if name not in self.made:
            terms = Terms.model_validate(world.terms(name))
            self.made[name] = Gate(terms, world.tables(), engine=self.pool)
        return self.made[name]

    def close(self) -> None:
        for gate in self.made.values():
            gate.close()
        self.pool.close()


@pytest.fixture(scope="module")
def gates() -> Iterator[Gates]:
    gates = Gates()
    yield gates
    gates.close()


@pytest.fixture(scope="module")
def plain() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    for name, table in world.tables().items():
        schema = name.partition(".")[0]
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        connection.register("incoming", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    yield connection
    connection.close()


def test_the_corpus_is_large_enough_and_no_title_stands_twice() -> None:
    refused = [case for case in CASES if case.refused]
    assert len(refused) >= 250
    assert len(ANSWERED) >= 80
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_gate_decides_as_the_corpus_says(case: Case, gates: Gates) -> None:
    gate = gates[case.terms]
    if case.refused:
        with pytest.raises(Refused) as refusal:
            gate.answer(case.sql, purpose="planning", params=case.params, now=NOW)
        assert refusal.value.code in case.refused
        _well_worded(refusal.value, case)
        return
    answer = gate.answer(case.sql, purpose="planning", params=case.params, now=NOW)
    if case.rows is not None:
        assert _rows(answer.table.to_pydict(), case.sql) == case.rows
    if case.withheld is not None:
        assert answer.withheld is case.withheld


def _well_worded(refused: Refused, case: Case) -> None:
    """Both languages, a span inside the text, and nothing of what is not granted."""
    with language("zh"):
        assert any("一" <= character <= "鿿" for character in refused.reason)
    assert refused.sentence.en
    if refused.span is not None:
        start, end = refused.span
        assert 0 <= start < end <= len(case.sql)
    assert refused.__cause__ is None
    if case.at:
        assert refused.span is not None
        assert "{}:{}".format(*place(case.sql, refused.span)) == case.at
    if case.suggests:
        assert refused.suggestion is not None
        assert case.suggests in refused.suggestion.en
        assert any("一" <= character <= "鿿" for character in refused.suggestion.zh)
    for word in ("salary", "secret", "Rock"):
        if word not in case.sql:
            assert word not in str(refused)


@pytest.mark.parametrize("case", COMPARED, ids=lambda case: case.id)
def test_without_protection_an_answer_is_what_plain_duckdb_says(
    case: Case, gates: Gates, plain: duckdb.DuckDBPyConnection
) -> None:
    ours = gates["loose"].answer(case.sql, purpose="planning", params=case.params, now=NOW)
    theirs = plain.sql(case.sql, params=list(case.params)).to_arrow_table()
    assert ours.table.column_names == theirs.column_names
    ordered = "order by" in case.sql.lower()
    assert _close(_listed(ours.table.to_pydict(), ordered), _listed(theirs.to_pydict(), ordered))


def _listed(columns: dict[str, list[Any]], ordered: bool) -> list[tuple[Any, ...]]:
    rows = list(zip(*columns.values(), strict=True))
    return rows if ordered else sorted(rows, key=repr)


def _rows(columns: dict[str, list[Any]], sql: str) -> list[list[Any]]:
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return rows if "order by" in sql.lower() else sorted(rows, key=repr)


def _close(ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> bool:
    assert len(ours) == len(theirs)
    for one, two in zip(ours, theirs, strict=True):
        for a, b in zip(one, two, strict=True):
            if isinstance(a, float) or isinstance(b, float):
                assert a == pytest.approx(float(b), rel=1e-9, abs=1e-9), (one, two)
            else:
                assert a == b, (one, two)
    return True
