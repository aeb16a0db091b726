"""What a day's questions give cause to warn of, and what they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongshu.oversight import monitoring
from gongshu.rules.problems import BadInput
from gongshu.rules.warnings import MEANINGS, RULES, Asked, Day, Thresholds, warnings

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
AT = Thresholds()
NO_LIMITS: dict[str, int] = {}


def day(*asked: Asked, **more: Any) -> Day:
    known: dict[str, Any] = {"usual": [], "works": True, "limits": NO_LIMITS}
    return Day(asked=list(asked), **(known | more))


def several(count: int, **more: Any) -> list[Asked]:
    """One a second."""
    return [Asked(f"e{n}", TEN + timedelta(seconds=n), **more) for n in range(count)]


def told(found: Day, at: Thresholds = AT) -> set[str]:
    return {one.rule for one in warnings(found, at)}


@pytest.mark.parametrize(
    ("rule", "above", "below"),
    [
        ("unusual_volume", day(*several(50), usual=[3] * 5), day(*several(49), usual=[3] * 5)),
        ("unusual_volume", day(*several(90), usual=[18] * 9), day(*several(89), usual=[18] * 9)),
        ("unusual_volume", day(*several(90), usual=[1] * 5), day(*several(90), usual=[1] * 4)),
        ("off_hours", day(*several(10), works=False), day(*several(10))),
        ("repeated_refusals", day(*several(10, refusal="x")), day(*several(9, refusal="x"))),
        (
            "budget_drain",
            day(*several(9), limits={"queries_per_day": 10}),
            day(*several(8), limits={"queries_per_day": 10}),
        ),
        (
            "budget_drain",
            day(*several(2, rows=46), limits={"rows_per_day": 100}),
            day(*several(2, rows=44), limits={"rows_per_day": 100}),
        ),
        ("near_miss", day(*several(5, near=1)), day(*several(4, near=1))),
        (
            "not_in_force",
            day(*several(3, refusal="grant_ended")),
            day(*several(2, refusal="grant_ended")),
        ),
    ],
)
def test_a_rule_speaks_at_its_threshold_and_not_below(rule: str, above: Day, below: Day) -> None:
    assert rule in told(above)
    assert rule not in told(below)


def test_what_went_wrong_with_us_is_not_held_against_anybody() -> None:
    assert "repeated_refusals" not in told(day(*several(40, refusal="engine")))
    assert "repeated_refusals" not in told(day(*several(40, refusal="grant_suspended")))


def test_what_a_limit_has_stopped_uses_up_no_limit() -> None:
    """Four at a time, and the fifth is told to wait: the gateway does not count it either."""
    told_to_wait = several(50, refusal="limit")
    assert "budget_drain" not in told(day(*told_to_wait, limits={"queries_per_day": 50}))


def test_who_asks_far_more_than_usual_is_told_with_what_is_usual() -> None:
    (found,) = warnings(day(*several(90), usual=[10, 18, 18, 19, 40]), AT)
    assert (found.seen, found.usual, found.threshold) == (90, 18, 90)


def test_refusals_count_within_their_window_only() -> None:
    hours = [Asked(f"e{n}", TEN + timedelta(minutes=20 * n), refusal="x") for n in range(10)]
    assert "repeated_refusals" not in told(day(*hours))


def test_a_warning_names_the_entries_behind_it() -> None:
    mixed = [*several(4), *several(6, near=1)]
    (found,) = warnings(day(*mixed), AT)
    assert (found.rule, found.seen, found.threshold) == ("near_miss", 6, 5)
    assert found.usual is None  # this rule compares with nothing
    assert len(found.entries) == 6


def test_a_rule_that_is_off_says_nothing() -> None:
    assert told(day(*several(9, near=1)), Thresholds(off=("near_miss",))) == set()


@given(st.integers(5, 300), st.integers(5, 30))
def test_who_behaves_as_on_every_day_is_left_alone(a_day: int, days: int) -> None:
    limits = {"queries_per_day": 1000, "rows_per_day": 1_000_000}
    assert told(day(*several(a_day, rows=3), usual=[a_day] * days, limits=limits)) == set()


@given(st.integers(0, 49), st.lists(st.integers(0, 400), max_size=30))
def test_who_asks_little_in_office_hours_and_is_answered_is_left_alone(
    count: int, usual: list[int]
) -> None:
    assert told(day(*several(count), usual=usual)) == set()


@given(st.lists(st.sampled_from(["", "x", "grant_ended", "engine"]), max_size=60))
def test_more_questions_never_take_a_warning_back(refusals: list[str]) -> None:
    asked = [Asked(f"e{n}", TEN + timedelta(seconds=n), r) for n, r in enumerate(refusals)]
    found = [told(day(*asked[:end])) for end in range(len(asked) + 1)]
    assert all(before <= after for before, after in pairwise(found))


def test_the_file_that_comes_along_says_what_the_code_says() -> None:
    assert Thresholds.load(monitoring.COMING_WITH_US) == AT
    assert set(MEANINGS) == set(RULES)


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("refusals = 0", "“refusals”应为"),
        ("refusals = 'ten'", "“refusals”应为"),
        ("refusals = true", "“refusals”应为"),
        ("office_until = 25", "“office_until”应为 1 至 24 的整数"),
        ("budget_percent = 101", "“budget_percent”应为 1 至 100 的整数"),
        ("refuse = 3", "没有名为“refuse”的阈值"),
        ("off = ['x']", "没有名为“x”的规则"),
        ("off = 5", "“off”应为规则名称的列表"),
        ("off = [[1]]", "没有名为“[1]”的规则"),
        ("off = [", "无法读取"),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_words(tmp_path: Path, text: str, zh: str) -> None:
    file = tmp_path / "monitoring.toml"
    file.write_text(text)
    with pytest.raises(BadInput) as problem:
        Thresholds.load(file)
    assert "monitoring.toml" in problem.value.sentence.en
    assert zh in problem.value.sentence.zh


def test_an_office_may_be_open_round_the_clock(tmp_path: Path) -> None:
    file = tmp_path / "monitoring.toml"
    file.write_text("office_from = 0\noffice_until = 24\n")
    at_night = [Asked(f"e{n}", TEN.replace(hour=3)) for n in range(10)]
    assert "off_hours" in told(day(*at_night))
    assert "off_hours" not in told(day(*at_night), Thresholds.load(file))
