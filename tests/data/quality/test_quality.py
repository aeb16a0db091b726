"""Each indicator of GB/T 36344 on a table small enough to work it out by hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongshu.data.profiling import profile
from gongshu.data.quality import KINDS, Around, Quality, Rules, assess, proposals
from gongshu.wording import Problem

SCHOOLS = pa.table(
    {
        "code": ["S1", "S2", "S2", "S4", None],
        "phone": ["0571-88880000", "88880000", None, "0571-88880001", "0571-88880002"],
        "district": ["330102", "330105", "999999", "330102", None],
        "pupils": [800, -3, 640, 1200, 10],
        "opened": [date(1990, 9, 1), date(2001, 9, 1), date(2030, 1, 1), None, date(1985, 3, 1)],
        "closed": [None, date(1999, 1, 1), None, date(2020, 7, 1), date(1984, 1, 1)],
    }
)


def _found(
    said: dict[str, Any], around: Around | None = None, table: pa.Table = SCHOOLS
) -> Quality:
    return assess(table, Rules.read(said), around)


def _counts(found: Quality, number: str) -> tuple[int, int]:
    (one,) = (one for one in found.indicators if one.kind.number == number)
    return one.checked, sum(finding.failed for finding in one.findings)


@pytest.mark.parametrize(
    ("number", "said", "counts"),
    [
        # five values of code, one missing; "has a form" is asked of what is there
        ("0101", {"fields": {"phone": {"pattern": "0571-.*", "standard": "D1"}}}, (4, 1)),
        ("0102", {"fields": {"pupils": {"type": "integer"}, "code": {"type": "date"}}}, (2, 1)),
        ("0104", {"checks": [{"expression": "closed IS NULL OR closed >= opened"}]}, (4, 2)),
        ("0201", {"fields": {"code": {"required": True}, "phone": {"required": True}}}, (10, 2)),
        ("0201", {}, (30, 6)),
        ("0202", {"fields": {"code": {"required": True}, "phone": {"required": True}}}, (5, 2)),
        ("0202", {}, (5, 4)),
        ("0302", {"fields": {"phone": {"pattern": "0571-[0-9]{8}"}}}, (4, 1)),
        ("0302", {"fields": {"pupils": {"minimum": 0, "maximum": 1000}}}, (10, 2)),
        ("0302", {"fields": {"district": {"values": ["330102", "330105"]}}}, (4, 1)),
        ("0303", {}, (5, 0)),
        ("0303", {"fields": {"pupils": {"unique": True}}}, (5, 0)),
        ("0304", {"fields": {"code": {"unique": True}}}, (4, 1)),
        ("0304", {"key": ["code", "district"]}, (4, 0)),
        ("0305", {"fields": {"pupils": {"minimum": 0, "maximum": 1000}}}, (5, 2)),
        ("0501", {"fields": {"opened": {"maximum": date(2026, 12, 31)}}}, (4, 1)),
        ("0503", {"sequences": [["opened", "closed"]]}, (2, 2)),
    ],
)
def test_an_indicator_counts_what_is_checked_and_what_fails(
    number: str, said: dict[str, Any], counts: tuple[int, int]
) -> None:
    assert _counts(_found(said), number) == counts


def test_rows_without_the_key_may_repeat_although_no_key_stands_twice() -> None:
    table = pa.table({"id": [1, 2, None, None], "town": ["a", "b", "c", "c"]})
    found = _found({"fields": {"id": {"unique": True}}}, table=table)
    assert (_counts(found, "0304"), _counts(found, "0303")) == ((2, 0), (4, 1))


def test_a_unique_column_that_is_the_key_is_counted_once() -> None:
    found = _found({"fields": {"code": {"unique": True}}, "key": ["code"]})
    assert _counts(found, "0304") == (4, 1)


def test_a_reference_is_the_truth_or_a_table_it_belongs_to(tmp_path: Path) -> None:
    pq.write_table(pa.table({"v": [330102, 330105]}), tmp_path / "districts.parquet")
    known = Around(references={"base.districts": [tmp_path / "districts.parquet"]})
    for authoritative, number in ((True, "0105"), (False, "0402")):
        reference = {"dataset": "base.districts", "column": "v", "authoritative": authoritative}
        said = {"fields": {"district": {"reference": reference}}}
        assert _counts(_found(said, known), number) == (4, 1)
        assert _counts(_found(said), number) == (0, 0)  # the other table is not at hand: no basis


def test_what_a_column_must_be_and_must_not_hold_is_told_by_check_digits() -> None:
    table = pa.table(
        {
            "number": ["11010519491231002X", "110105194912310021", None],
            "remark": ["ring 13800138000", "13800138000", "nothing"],
        }
    )
    said = {"fields": {"number": {"kind": "resident_id"}, "remark": {"forbids": ["mobile"]}}}
    found = _found(said, table=table)
    assert _counts(found, "0302") == (2, 1)
    assert _counts(found, "0106") == (3, 1)


def test_what_the_rows_cannot_tell_has_a_basis_only_where_somebody_knows_it() -> None:
    without = _found({})
    for number in ("0103", "0301", "0401", "0502", "0601", "0602"):
        (one,) = (one for one in without.indicators if one.kind.number == number)
        assert one.value is None
        assert one.kind.needs.en
        assert one.kind.needs.zh
    around = Around(described=(6, 3), on_time=(4, 1), same={"b.other": (10, 4)}, rejected=2)
    found = _found({}, around)
    assert _counts(found, "0103") == (6, 3)
    assert _counts(found, "0502") == (4, 1)
    assert _counts(found, "0401") == (10, 4)
    assert _counts(found, "0305") == (2, 2)


def test_the_score_is_the_mean_of_what_has_a_basis_and_a_fix_gains_its_points() -> None:
    said = {"fields": {"code": {"required": True, "unique": True}}}
    found = _found(said)
    # 0201: 4/5, 0202: 4/5, 0303: 0 of 5 repeated, 0304: 3/4
    assert found.score == pytest.approx(100 * (0.8 + 0.8 + 1 + 0.75) / 4)
    assert found.dimensions()["02"] == pytest.approx(80)
    assert found.dimensions()["04"] is None
    first = found.fixes()[0]
    assert first.points == pytest.approx(100 * 0.25 / 4)
    assert found.score + sum(fix.points for fix in found.fixes()) == pytest.approx(100)


def test_examples_are_for_the_holder_and_the_public_sees_shares_alone() -> None:
    found = _found({"fields": {"phone": {"pattern": "0571-[0-9]{8}"}}})
    whole = found.to_dict()
    assert "88880000" in json.dumps(whole)
    public = json.dumps(found.public())
    assert "88880000" not in public
    assert '"rows"' not in public
    assert '"checked"' not in public


def test_columns_whose_names_hold_anything_are_only_names() -> None:
    table = pa.table({'a"; DROP': ["x", "y"], "A B": [1, 2], "a b": [3, 1]})
    said = {
        "fields": {'a"; DROP': {"pattern": "x'?"}},
        "checks": [{"expression": '"A B" < "a b"'}],
        "key": ['a"; DROP'],
    }
    found = _found(said, table=table)
    assert _counts(found, "0302") == (2, 1)
    assert _counts(found, "0304") == (2, 0)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"fields": {"pupils": {"minimum": "many"}}}, "fields.pupils.minimum"),
        ({"fields": {"phone": {"pattern": "("}}}, "fields.phone.pattern"),
        ({"fields": {"phone": {"form": "x"}}}, "fields.phone.form"),
        ({"fields": {"nobody": {"required": True}}}, "fields.nobody"),
        ({"fields": {"phone": {"minimum": 3}}}, "fields.phone"),
        ({"fields": {"opened": {"minimum": 3}}}, "fields.opened"),
        ({"checks": [{"expression": "nobody > 1"}]}, "checks"),
        ({"checks": [{"expression": "pupils > opened"}]}, "checks"),
        ({"checks": [{"expression": "(SELECT 1) = 1"}]}, "checks"),
        ({"checks": [{"expression": "read_text('/etc/passwd') = 'x'"}]}, "checks"),
        ({"checks": [{"expression": "pupils"}]}, "checks"),
        ({"checks": [{"expression": "pupils = 1; DROP TABLE x"}]}, "checks"),
        ({"sequences": [["opened", "nobody"]]}, "fields.nobody"),
        ("x", "rules"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_in_a_sentence(said: Any, field: str) -> None:
    with pytest.raises(Problem) as refused:
        assess(SCHOOLS, Rules.read(said))
    assert refused.value.field.startswith(field)
    assert refused.value.sentence.en
    assert refused.value.sentence.zh


ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-3, 9)), st.one_of(st.none(), st.sampled_from("ab"))
    ),
    max_size=12,
)
RULES = {
    "fields": {
        "n": {"minimum": 0, "required": True, "unique": True},
        "t": {"values": ["a"], "required": True},
    },
    "checks": [{"expression": "n > 2 OR t = 'a'"}],
}


def _table(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [[], []]
    return pa.table({"n": pa.array(columns[0], pa.int64()), "t": pa.array(columns[1], pa.string())})


@settings(deadline=None, max_examples=60)
@given(rows=ROWS)
def test_the_counts_are_those_of_plain_python(rows: list[tuple[Any, ...]]) -> None:
    found = _found(RULES, table=_table(rows))
    numbers, texts = [n for n, _ in rows if n is not None], [t for _, t in rows if t is not None]
    assert _counts(found, "0302") == (
        len(numbers) + len(texts),
        sum(n < 0 for n in numbers) + sum(t != "a" for t in texts),
    )
    assert _counts(found, "0202") == (len(rows), sum(None in row for row in rows))
    assert _counts(found, "0303") == (len(rows), len(rows) - len(set(rows)))
    assert _counts(found, "0304") == (len(numbers), len(numbers) - len(set(numbers)))
    false = [r for r in rows if not (r[1] == "a" or (r[0] or 0) > 2) and None not in r]
    assert _counts(found, "0104")[1] >= len(false)
    for one in found.indicators:
        assert one.value is None or 0 <= one.value <= 1
        assert (one.value is None) == (one.checked == 0)


SMALL = st.lists(
    st.tuples(st.none() | st.integers(0, 9), st.none() | st.sampled_from("ab"), st.integers(0, 99)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(SMALL)
def test_what_profile_and_footers_tell_is_what_would_be_counted(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    """A nested column among them: then a footer's columns are not those of the table."""
    names = ["id", "sort", "size"]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    said = {"fields": {n: {"required": True, "unique": n != "sort"} for n in names}, "key": ["id"]}
    types = zip(names, ("int64", "string", "int64"), strict=True)
    plain = pa.table(columns, schema=pa.schema(list(types)))
    nested = plain.add_column(0, "parts", pa.array([{"a": None, "b": 1} for _ in rows]))
    counted = _found(said, table=plain)
    file = tmp_path_factory.mktemp("rows") / "rows.parquet"
    for table in (plain, nested):
        pq.write_table(table, file, row_group_size=3)
        told = profile(file).to_dict()
        found = assess(file, Rules.read(said), profile=told)
        for number in ("0201", "0202", "0304"):
            assert _counts(found, number) == _counts(counted, number)


@settings(deadline=None, max_examples=30)
@given(rows=ROWS.filter(len))
def test_an_empty_row_more_raises_no_indicator_but_that_of_repetition(
    rows: list[tuple[Any, ...]],
) -> None:
    before, after = (_found(RULES, table=_table(some)) for some in (rows, [*rows, (None, None)]))
    for one, other in zip(before.indicators, after.indicators, strict=True):
        if one.kind.number != "0303" and one.goodness is not None:
            assert other.goodness is not None
            assert other.goodness <= one.goodness + 1e-9


def test_a_profile_proposes_rules_that_its_own_rows_keep() -> None:
    table = pa.table(
        {
            "id": range(300),
            "手机": [f"138{n:08d}" for n in range(300)],
            "n": [None, *range(299)],
        }
    )
    said = proposals(profile(table).to_dict())
    assert said["key"] == ["id"]
    assert said["fields"]["手机"]["kind"] == "mobile"
    found = assess(table, Rules.read(said))
    assert found.fixes() == [] or all(fix.finding.number == "0201" for fix in found.fixes())


def test_all_twenty_indicators_have_a_name_and_say_what_they_need() -> None:
    assert len(KINDS) == 20
    assert len({kind.title.zh for kind in KINDS.values()}) == 20
    assert [one.kind.number for one in assess(SCHOOLS).indicators] == sorted(KINDS)
