"""The terms of a grant: nothing is assumed, and every mistake is named in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest
from pydantic import BaseModel

from gongshu.data import Gate, Terms
from gongshu.data.policy.terms import Right
from gongshu.data.policy.terms_guide import KEYS
from gongshu.data.policy.terms_problems import TermsProblem
from gongshu.wording import Problem

FULL: dict[str, Any] = {
    "grantee": "91330100MA27XXXXXX",
    "purposes": ["planning"],
    "term": {"from": "2026-12-01", "until": "2029-11-30"},
    "output": "aggregate",
    "basis": {"statute": "Regulation"},
    "protection": {"method": "threshold", "k": 10},
    "datasets": {
        "health.persons": {
            "unit": {"column": "person_id", "space": "person"},
            "k": 20,
            "columns": {
                "person_id": ["join"],
                "birth_year": {"rights": ["group", "filter"], "bucket": 5},
                "income": {"rights": ["measure"], "functions": ["sum"], "min": 0, "max": 9},
                "phone": {"rights": ["group"], "mask": "last4"},
            },
        },
        "health.hospitals": {"columns": {"*": ["show", "group"], "beds": ["show"]}},
    },
}
PERSONS = "datasets.health.persons"


def changed(path: str, value: Any) -> dict[str, Any]:
    data = deepcopy(FULL)
    *parents, last = path.split("/")
    target = data
    for parent in parents:
        target = target[parent]
    if value is KeyError:
        del target[last]
    else:
        target[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("surprise", 1, "surprise"),
        ("grantee", None, "grantee"),
        ("grantee", KeyError, "grantee"),
        ("purposes", [], "purposes"),
        ("output", "everything", "output"),
        ("basis", KeyError, ""),
        ("protection", KeyError, ""),
        ("protection/method", "magic", "protection"),
        ("protection/k", "10", "protection.k"),
        ("protection/k", True, "protection.k"),
        ("protection/k", 0, "protection.k"),
        ("protection/dominance", {"p": None}, "protection.dominance.p"),
        ("term/until", "2020-01-01", "term"),
        ("datasets/health.persons/where", None, f"{PERSONS}.where"),
        ("datasets/health.persons/unit", {"colum": "x"}, f"{PERSONS}.unit"),
        ("datasets/health.persons/columns/person_id", [], f"{PERSONS}.columns.person_id"),
        ("datasets/health.persons/columns/person_id", ["all"], f"{PERSONS}.columns.person_id"),
        ("datasets/health.persons/columns/income/functions", [], f"{PERSONS}.columns.income"),
        ("datasets/health.persons/columns/income/functions", ["max"], PERSONS),
        ("datasets/health.persons/columns/income/min", 10, f"{PERSONS}.columns.income"),
        ("datasets/health.persons/columns/income/rights", ["show"], f"{PERSONS}.columns.income"),
        ("datasets/health.persons/columns/phone/mask", "rot13", f"{PERSONS}.columns.phone.mask"),
        ("datasets/health.persons/columns/phone/bucket", 5, f"{PERSONS}.columns.phone"),
        ("limits", {"memory": "much"}, "limits.memory"),
        ("limits", {"seconds": float("nan")}, "limits.seconds"),
    ],
)
def test_a_mistake_in_the_terms_is_named_with_its_place(path: str, value: Any, field: str) -> None:
    with pytest.raises(TermsProblem) as problem:
        Terms.model_validate(changed(path, value))
    assert problem.value.code == "terms"
    assert (problem.value.field or "").startswith(field)
    assert problem.value.sentence.zh


def test_the_wildcard_speaks_for_columns_that_are_not_named() -> None:
    hospitals = Terms.model_validate(FULL).datasets["health.hospitals"]
    named, other = hospitals.column("beds"), hospitals.column("city")
    assert named is not None
    assert other is not None
    assert named.rights == {Right.SHOW}
    assert other.rights == {Right.SHOW, Right.GROUP}


def test_the_last_day_of_the_term_is_part_of_it_in_chinese_time() -> None:
    term = Terms.model_validate(FULL).term
    assert term.holds(datetime(2029, 11, 30, 15, 59, tzinfo=UTC))
    assert not term.holds(datetime(2029, 11, 30, 16, 0, tzinfo=UTC))
    assert not term.holds(datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
    assert term.holds(datetime(2026, 11, 30, 16, 0, tzinfo=UTC))


def test_two_equal_terms_have_one_digest_and_a_changed_one_another() -> None:
    one, two = (
        Terms.model_validate(FULL),
        Terms.model_validate(Terms.model_validate(FULL).as_dict()),
    )
    assert one.digest == two.digest
    assert one.digest != Terms.model_validate(changed("protection/k", 11)).digest


def test_a_file_with_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text("grantee: a\ngrantee: b\n", encoding="utf-8")
    with pytest.raises(TermsProblem):
        Terms.load(file)


@pytest.mark.parametrize(
    "protection",
    [
        {"method": "dp", "epsilon": 0.1, "delta": 1e-9, "budget": 1.0, "max_groups": 5,
         "max_rows": 5},
    ],
)  # fmt: skip
def test_a_protection_that_is_not_built_is_not_replaced_by_a_weaker_one(
    protection: dict[str, Any],
) -> None:
    terms = Terms.model_validate(changed("protection", protection))
    with pytest.raises(Problem, match="not_available"):
        Gate(terms, {})


def test_a_column_that_the_table_lacks_is_a_mistake_in_the_terms() -> None:
    terms = Terms.model_validate(FULL)
    with pytest.raises(TermsProblem) as problem:
        Gate(terms, {"health.persons": pa.table({"person_id": ["a"]})})
    assert problem.value.field == f"{PERSONS}.columns.birth_year"


@pytest.mark.parametrize("where", ["1; DROP TABLE x", "nothing = 1", "read_csv('x') = 1", "(("])
def test_a_row_filter_that_is_no_condition_is_a_mistake_in_the_terms(where: str) -> None:
    data = changed("datasets/health.persons/where", where)
    table = pa.table({name: ["a"] for name in ("person_id", "birth_year", "income", "phone")})
    with pytest.raises(TermsProblem) as problem:
        Gate(Terms.model_validate(data), {"health.persons": table})
    assert problem.value.field == f"{PERSONS}.where"


# The guide


def paths(model: type[BaseModel], at: str = "") -> Iterator[str]:
    """Every key of a model; `<d>` and `<c>` for names that are the writer's own."""
    names = {"datasets": "<d>", "columns": "<c>"}
    for name, field in model.model_fields.items():
        path = f"{at}{field.alias or name}"
        inner = [part for part in parts(field.annotation) if issubclass(part, BaseModel)]
        if name in names and inner:
            yield from [path] if name == "columns" else []
            path += f".{names[name]}"
        if not inner or name == "unit":
            yield path
        for part in inner:
            yield from paths(part, f"{path}.")


def parts(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for argument in get_args(annotation):
        yield from parts(argument)


def test_the_guide_tells_of_every_key_and_of_no_other() -> None:
    told = [key.path for key in KEYS]
    assert len(set(told)) == len(told)
    assert set(told) == set(paths(Terms))
