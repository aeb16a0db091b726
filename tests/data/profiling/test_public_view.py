"""What everybody may see of a protected table does not depend on any one person."""

from __future__ import annotations

import json
from datetime import date

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.profiling import profile

RECORD = st.fixed_dictionaries(
    {
        "身份证号": st.one_of(st.none(), st.text("0123456789X", max_size=18)),
        "contact": st.one_of(st.none(), st.emails(), st.just("n/a"), st.just("王芳")),
        "area": st.one_of(st.none(), st.sampled_from([330106, 110101, 7])),
        "age": st.one_of(st.none(), st.integers(0, 120)),
        "income": st.one_of(st.none(), st.floats(allow_nan=True)),
        "seen": st.one_of(st.none(), st.dates(date(2000, 1, 1))),
        "note": st.one_of(st.none(), st.text(max_size=8)),
    }
)
SCHEMA = pa.schema(
    [
        ("person", pa.int64()),
        ("身份证号", pa.string()),
        ("contact", pa.string()),
        ("area", pa.int64()),
        ("age", pa.int64()),
        ("income", pa.float64()),
        ("seen", pa.date32()),
        ("note", pa.string()),
    ]
)


def public(people: list[list[dict]]) -> dict:
    rows = [{"person": i, **record} for i, records in enumerate(people) for record in records]
    return profile(pa.Table.from_pylist(rows, SCHEMA)).public()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(RECORD, max_size=3), max_size=12),
    st.lists(RECORD, max_size=30),
    st.lists(RECORD, max_size=30),
)
def test_one_persons_rows_change_nothing_that_is_public(
    others: list[list[dict]], before: list[dict], after: list[dict]
) -> None:
    assert public([*others, before]) == public([*others, after]) == public(others)


def test_it_tips_over_no_threshold_of_the_full_profile() -> None:
    """Chosen to sit on the edges: nine rows or ten, all valid or one not, unique or not."""
    good = [[{"contact": f"a{i}@b.cn", "age": i}] for i in range(9)]
    for one in ([], [{"contact": "x"}], [{"contact": "a1@b.cn", "age": 1}], [{}] * 1000):
        assert public([*good, one]) == public(good)


def test_it_holds_structure_and_what_names_suggest_and_no_figure() -> None:
    view = public([[{"age": 93, "contact": "only@example.cn", "note": "secret"}]])
    assert [c["name"] for c in view["columns"]] == SCHEMA.names
    by_name = {c["name"]: c for c in view["columns"]}
    assert by_name["身份证号"]["semantic_type"] == "resident_id"
    assert (by_name["age"]["type"], by_name["age"]["level"]) == ("number", 2)
    assert (view["category"], view["level"]) == ("personal", 4)
    text = json.dumps(view, ensure_ascii=False)
    assert not any(leak in text for leak in ("93", "only@", "secret", "rows", "nulls"))


def test_integers_decimals_and_floats_are_one_type_in_public() -> None:
    integers = profile(pa.table({"x": [1, 2]})).public()
    assert integers == profile(pa.table({"x": [1.5, 2.0]})).public()


def test_what_the_owner_declares_is_shown_as_declared() -> None:
    found = profile(pa.table({"c1": ["13800138000"], "c2": [1]}))
    view = found.public(rows=48_842, columns={"c1": {"semantic_type": "mobile", "level": 3}})
    first, second = view["columns"]
    assert (first["semantic_type"], first["level"], first["level_basis"]) == (
        "mobile",
        3,
        "declared",
    )
    # The declared kind makes the table one about people, and so its other column.
    assert (second["level"], second["level_basis"]) == (2, "name")
    assert view["rows"] == 10_000


def test_the_owners_word_that_the_table_is_about_people_is_public_too() -> None:
    view = profile(pa.table({"test": [1], "value": [2]}), about_people=True).public()
    assert (view["category"], view["level"]) == ("personal", 2)
