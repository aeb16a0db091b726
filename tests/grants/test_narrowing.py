"""A grant can only narrow: every step down is accepted, every step up is named by its key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongshu.data.policy.terms import Dataset, Terms
from gongshu.data.policy.terms_problems import TermsProblem
from gongshu.grants.narrowing import (
    BadFilter,
    Ceiling,
    both_filters,
    compose,
    dataset_narrows,
    narrows,
)

NAME = "health.persons"
OWNER: dict[str, Any] = {
    "unit": {"column": "person_id", "space": "person"},
    "k": 10,
    "where": "district IN ('East','West') OR district IS NULL",
    "purposes": ["planning", "research"],
    "output": "aggregate",
    "history": True,
    "protection": {"method": "threshold", "k": 12, "dominance": {"largest": 0.5}},
    "columns": {
        "person_id": ["join"],
        "sex": ["group", "filter"],
        "birth_year": {"rights": ["group", "filter"], "bucket": 5},
        "income": {"rights": ["measure"], "functions": ["sum", "avg"], "min": 0, "max": 1000},
        "phone": {"rights": ["group", "filter"], "mask": "last4"},
        "seen": {"rights": ["group"], "mask": "month"},
    },
}
ASKED: dict[str, Any] = {
    "grantee": "public",
    "purposes": ["planning"],
    "term": {"from": "2026-12-01", "until": "2027-11-30"},
    "output": "aggregate",
    "basis": {"statute": "Order 809"},
    "history": True,
    "protection": {"method": "threshold", "k": 12, "dominance": {"largest": 0.5}},
    "datasets": {NAME: {k: OWNER[k] for k in ("unit", "k", "where", "columns")}},
}


def changed(path: str, value: Any) -> Terms:
    """ASKED with one key changed; None removes it. `D` stands for the dataset."""
    copy = _deep(ASKED)
    parts = path.split(".")
    node = copy
    if parts[0] == "D":
        node, parts = copy["datasets"][NAME], parts[1:]
    for part in parts[:-1]:
        node = node[part]
    if value is None:
        del node[parts[-1]]
    else:
        node[parts[-1]] = value
    return Terms.model_validate(copy)


def _deep(value: Any) -> Any:
    return {k: _deep(v) for k, v in value.items()} if isinstance(value, dict) else value


def fields(asked: Terms, owner: dict[str, Any] = OWNER) -> list[str]:
    return [v.field for v in narrows(Ceiling.model_validate(owner), asked, NAME)]


COLUMN = f"datasets.{NAME}.columns"
WIDER = [
    ("purposes", ["planning", "marketing"], "purposes"),
    ("output", "rows", "output"),
    ("history", False, "history"),
    ("protection.k", 11, "protection.k"),
    ("protection.dominance.largest", 0.6, "protection.dominance.largest"),
    ("protection.dominance.two", 0.95, "protection.dominance.two"),
    ("protection.dominance.p", 0.05, "protection.dominance.p"),
    ("D.unit.space", "household", f"datasets.{NAME}.unit"),
    ("D.unit", None, f"datasets.{NAME}.unit"),
    ("D.k", 9, f"datasets.{NAME}.k"),
    ("D.where", None, f"datasets.{NAME}.where"),
    ("D.where", "district IN ('East','West','North')", f"datasets.{NAME}.where"),
    ("D.where", f"({OWNER['where']}) OR sex = 'f'", f"datasets.{NAME}.where"),
    ("D.columns.person_id", ["join", "show"], f"{COLUMN}.person_id.rights"),
    ("D.columns.salary", ["group"], f"{COLUMN}.salary"),
    ("D.columns.*", ["group"], f"{COLUMN}.*"),
    ("D.columns.birth_year.bucket", 1, f"{COLUMN}.birth_year.bucket"),
    ("D.columns.birth_year.bucket", 7, f"{COLUMN}.birth_year.bucket"),
    ("D.columns.birth_year.bucket", None, f"{COLUMN}.birth_year.bucket"),
    ("D.columns.income.functions", ["sum", "stddev_samp"], f"{COLUMN}.income.functions"),
    ("D.columns.income.min", -1, f"{COLUMN}.income.min"),
    ("D.columns.income.max", 1001, f"{COLUMN}.income.max"),
    ("D.columns.income.max", None, f"{COLUMN}.income.max"),
    ("D.columns.phone.mask", "first1", f"{COLUMN}.phone.mask"),
    ("D.columns.phone.mask", None, f"{COLUMN}.phone.mask"),
    ("D.columns.seen.mask", None, f"{COLUMN}.seen.mask"),
]
NARROWER = [
    ("purposes", ["research"]),
    ("output", "check"),
    ("protection.k", 50),
    ("protection", {"method": "cell_key", "k": 12, "spread": 2, "dominance": {"largest": 0.4}}),
    ("protection.dominance.largest", 0.1),
    ("protection.dominance.p", 0.3),
    ("D.k", 11),
    ("D.where", f"({OWNER['where']}) AND birth_year > 1950"),
    ("D.columns.person_id", None),
    ("D.columns.sex", ["group"]),
    ("D.columns.birth_year.bucket", 10),
    ("D.columns.income.functions", ["sum"]),
    ("D.columns.income.min", 10),
    ("D.columns.income.max", 900),
    ("D.columns.phone.mask", "redact"),
    ("D.columns.seen.mask", "year"),
]


def test_what_the_owner_allowed_is_allowed() -> None:
    assert fields(Terms.model_validate(ASKED)) == []


@pytest.mark.parametrize(("path", "value", "field"), WIDER)
def test_one_step_beyond_the_owner_is_named_by_its_key(path: str, value: Any, field: str) -> None:
    assert field in fields(changed(path, value))


@pytest.mark.parametrize(("path", "value"), NARROWER)
def test_one_step_down_is_accepted(path: str, value: Any) -> None:
    assert fields(changed(path, value)) == []


def test_every_violation_speaks_both_languages() -> None:
    for path, value, _ in WIDER:
        for violation in narrows(Ceiling.model_validate(OWNER), changed(path, value), NAME):
            assert violation.field in violation.sentence.en
            assert "提供方" in violation.sentence.zh or "条件" in violation.sentence.zh


def test_a_budget_of_differential_privacy_only_shrinks() -> None:
    dp = {"method": "dp", "epsilon": 0.1, "delta": 0, "budget": 1, "max_groups": 5, "max_rows": 5}
    owner = {**OWNER, "protection": dp, "k": 1}
    assert fields(changed("protection", {**dp, "epsilon": 0.2}), owner) == ["protection.epsilon"]
    assert fields(changed("protection", {**dp, "budget": 0.5}), owner) == []
    assert "protection" in fields(Terms.model_validate(ASKED), owner)


def test_a_star_may_not_reach_what_the_owner_named_more_strictly() -> None:
    owner = Ceiling.model_validate({"columns": {"*": ["show", "group"], "phone": ["group"]}})
    star = Dataset.model_validate({"columns": {"*": ["show"]}})
    assert [v.field for v in dataset_narrows(owner, star, at="d")] == ["d.columns.*.rights"]
    with_phone = Dataset.model_validate({"columns": {"*": ["show"], "phone": ["group"]}})
    assert dataset_narrows(owner, with_phone, at="d") == []


def test_a_row_filter_cannot_close_the_owners_brackets() -> None:
    for trick in ("1=1) OR (1=1", "1=1; SELECT 1", "1=1) --", "SELECT 1"):
        with pytest.raises(BadFilter):
            both_filters("district = 'East'", trick)
    combined = both_filters("district = 'East'", "1=1 OR 2=2 --")
    assert combined == "(district = 'East') AND (1 = 1 OR 2 = 2)"


def test_what_is_left_unsaid_is_taken_from_the_owner() -> None:
    owner = Ceiling.model_validate(OWNER)
    columns: dict[str, Any] = {name: sorted(c.rights) for name, c in owner.columns.items()}
    columns["income"] = {"rights": ["measure"], "functions": ["sum"]}
    plain = {"columns": columns, "where": "sex = 'f'"}
    asked = compose(owner, Dataset.model_validate(plain))
    assert dataset_narrows(owner, asked, at="") == []
    assert asked.unit == owner.unit
    assert asked.k == 10
    assert asked.columns["birth_year"].bucket == 5
    assert asked.columns["income"].max == 1000
    assert asked.columns["phone"].mask == "last4"
    assert compose(owner, None).columns == owner.columns


rights = st.sets(st.sampled_from(["show", "group", "filter", "join"]), min_size=1).map(sorted)
names = st.sampled_from(["a", "b", "c", "*"])
masks = st.sampled_from(["last4", "hash", "redact", "year", "month"])
columns = st.one_of(
    st.fixed_dictionaries({"rights": rights}, optional={"mask": masks}),
    st.fixed_dictionaries({"rights": rights}, optional={"bucket": st.sampled_from([2, 3, 4, 6])}),
)
filters = st.lists(st.sampled_from(["a = 1", "b > 2 OR c = 3", "c IS NULL"]), unique=True).map(
    lambda parts: " AND ".join(f"({p})" for p in parts)
)
fragments = st.fixed_dictionaries(
    {"columns": st.dictionaries(names, columns, min_size=1)},
    optional={"k": st.integers(1, 9), "where": filters.filter(bool)},
)


@given(fragments)
def test_narrower_or_equal_holds_of_itself(one: dict[str, Any]) -> None:
    assert dataset_narrows(Ceiling.model_validate(one), Dataset.model_validate(one), at="") == []


@given(fragments, fragments, fragments)
def test_what_narrows_what_narrows_also_narrows(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    first, second = Ceiling.model_validate(one), Ceiling.model_validate(two)
    last = Dataset.model_validate(three)
    if not dataset_narrows(first, second, at="") and not dataset_narrows(second, last, at=""):
        assert dataset_narrows(first, last, at="") == []


def _resolved(dataset: Dataset, name: str) -> tuple[frozenset[str], Any, Any]:
    column = dataset.column(name)
    assert column is not None
    return column.rights, column.mask, column.bucket


@given(fragments, fragments)
def test_no_accepted_fragment_gives_any_column_a_right_the_owner_did_not(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    owner = Ceiling.model_validate(one)
    asked = compose(owner, Dataset.model_validate(two))
    if dataset_narrows(owner, asked, at=""):
        return
    for name in ("a", "b", "c", "unnamed"):
        if asked.column(name) is None:
            continue
        theirs, mask, bucket = _resolved(owner, name)
        ours, our_mask, our_bucket = _resolved(asked, name)
        assert ours <= theirs
        assert mask is None or our_mask in (mask, "redact") or (mask, our_mask) == ("month", "year")
        assert bucket is None or our_mask == "redact" or our_bucket % bucket == 0
    assert (asked.k or 1) >= (owner.k or 1)


QUASI = {**OWNER, "quasi": ["sex", "birth_year"]}


@pytest.mark.parametrize("asked", [None, ["sex"], ["sex", "seen"]])
def test_a_grant_leaves_out_no_quasi_identifier_of_the_owner(asked: list[str] | None) -> None:
    terms = changed("D.quasi", asked) if asked else changed("D.k", 10)
    assert fields(terms, QUASI) == [f"datasets.{NAME}.quasi"]


def test_a_grant_may_name_more_quasi_identifiers() -> None:
    assert fields(changed("D.quasi", ["seen", "birth_year", "sex"]), QUASI) == []


def test_quasi_identifiers_left_unsaid_are_the_owners() -> None:
    asked = Dataset.model_validate({"quasi": ["seen"], **ASKED["datasets"][NAME]})
    assert compose(Ceiling.model_validate(QUASI), asked).quasi == ["sex", "birth_year", "seen"]


@pytest.mark.parametrize("missing", ["unit", "k"])
def test_quasi_identifiers_need_a_unit_and_a_k(missing: str) -> None:
    columns = {"sex": ["show"]}
    whole = {"unit": "person_id", "k": 5, "quasi": ["sex"], "columns": columns}
    del whole[missing]
    with pytest.raises(TermsProblem):
        Dataset.model_validate(whole)
