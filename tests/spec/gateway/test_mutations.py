"""The corpus, cut and spliced at random: whatever comes out is planned or refused, never an error,
and no plan reads a protected table above the boundary."""

from __future__ import annotations

import random

import pytest
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError

from gongshu.data import Refused, Terms
from gongshu.data.policy.checker import Checker
from tests.spec.gateway import world
from tests.spec.gateway.cases import corpus

CODES = {
    "too_large", "syntax", "not_allowed", "unknown_name", "no_right", "not_protectable",
    "parameters",
}  # fmt: skip


def words() -> list[list[str]]:
    found = []
    for case in corpus():
        try:
            tokens = DuckDB().tokenize(case.sql)
        except SqlglotError:
            continue
        found.append([case.sql[token.start : token.end + 1] for token in tokens])
    return [text for text in found if text]


def spliced(texts: list[list[str]], chance: random.Random) -> str:
    text, other = list(chance.choice(texts)), chance.choice(texts)
    for _ in range(chance.randint(1, 3)):
        at, start = chance.randrange(len(text) + 1), chance.randrange(len(other))
        text[at : at + chance.randint(0, 3)] = other[start : start + chance.randint(0, 6)]
    return " ".join(text)


@pytest.mark.parametrize("seed", range(4))
def test_a_spliced_query_is_planned_or_refused(seed: int) -> None:
    chance, texts = random.Random(seed), words()
    schemas = {name: table.schema for name, table in world.tables().items()}
    checker = Checker(Terms.model_validate(world.terms("main")), schemas, b"key")
    protected = [table.view for table in checker.tables.values() if table.unit]
    planned, codes = 0, set()
    for _ in range(700):
        sql = spliced(texts, chance)
        try:
            # The inner step: the outer one would turn a fault of ours into a refusal.
            plan = checker._checked(sql, None)
        except Refused as refused:
            codes.add(refused.code)
            continue
        planned += 1
        assert not any(f" {view} " in plan.post for view in protected), sql
    assert planned > 0
    assert codes <= CODES
