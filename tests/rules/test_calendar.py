"""Chinese working days: holidays, moved working days, and the known end of what is known."""

from __future__ import annotations

import doctest
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongshu.rules import calendar as module
from gongshu.rules.calendar import Calendar, Due, read_years
from gongshu.rules.lengths import days, workdays
from gongshu.rules.problems import BadInput

NATIONAL = Calendar.load()
known_days = st.dates(date(2024, 1, 1), date(2026, 6, 30))


def test_the_example_in_the_text_holds() -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-02-14", True),  # a Saturday before the Spring Festival
        ("2026-10-10", True),  # a Saturday after National Day
        ("2025-09-28", True),  # a Sunday
        ("2026-02-17", False),  # New Year's Day of the lunar year, a Tuesday
        ("2026-10-07", False),  # a Wednesday of the National Day week
        ("2026-11-21", False),  # an ordinary Saturday
        ("2026-11-23", True),  # an ordinary Monday
        ("2024-10-12", True),
        ("2024-09-16", False),
    ],
)
def test_working_days_follow_the_state_councils_notices(day: str, worked: bool) -> None:
    assert NATIONAL.is_workday(date.fromisoformat(day)) is worked


def test_each_year_has_as_many_days_off_as_were_announced() -> None:
    """13 statutory days since 2025 and 11 before, with the weekends they were joined to."""
    off = {year: sum(d.year == year for d in NATIONAL.off) for year in (2024, 2025, 2026)}
    worked = {year: sum(d.year == year for d in NATIONAL.worked) for year in (2024, 2025, 2026)}
    assert off == {2024: 28, 2025: 28, 2026: 33}
    assert worked == {2024: 8, 2025: 5, 2026: 6}
    assert all(d.weekday() >= 5 for d in NATIONAL.worked)
    # Days off on weekdays, less the weekends worked for them, are the statutory days, but for
    # those that fall on a weekend.
    for year, statutory in ((2025, 13), (2026, 13)):
        weekdays = sum(d.year == year and d.weekday() < 5 for d in NATIONAL.off)
        assert 0 <= statutory - (weekdays - worked[year]) <= 3


def test_the_day_of_the_event_is_not_counted() -> None:
    monday = date(2026, 11, 23)
    assert NATIONAL.add_workdays(monday, 1) == Due(date(2026, 11, 24), provisional=False)
    assert NATIONAL.add_workdays(monday, 5) == Due(date(2026, 11, 30), provisional=False)


def test_a_moved_working_day_counts() -> None:
    friday = date(2026, 10, 9)
    assert NATIONAL.add_workdays(friday, 1).day == date(2026, 10, 10)
    assert NATIONAL.add_workdays(date(2026, 2, 13), 2).day == date(2026, 2, 24)


def test_a_date_past_the_end_of_the_calendar_is_provisional() -> None:
    assert NATIONAL.last == date(2026, 12, 31)
    inside = NATIONAL.add_workdays(date(2026, 12, 30), 1)
    outside = NATIONAL.add_workdays(date(2026, 12, 30), 2)
    assert inside == Due(date(2026, 12, 31), provisional=False)
    assert outside.provisional
    assert NATIONAL.add_workdays(date(2023, 12, 29), 1).provisional


def test_calendar_days_are_counted_as_they_are() -> None:
    assert NATIONAL.due(date(2026, 10, 1), days(60)) == Due(date(2026, 11, 30), False)


@given(known_days, st.integers(1, 60))
def test_exactly_so_many_working_days_lie_in_between(start: date, number: int) -> None:
    due = NATIONAL.add_workdays(start, number)
    span = (due.day - start).days
    between = [start + timedelta(days=n) for n in range(1, span + 1)]
    assert sum(NATIONAL.is_workday(day) for day in between) == number
    assert NATIONAL.is_workday(due.day)
    assert NATIONAL.workdays_between(start, due.day) == number


@given(known_days, st.integers(1, 30), st.integers(1, 30))
def test_counting_on_is_the_same_as_counting_at_once(start: date, first: int, more: int) -> None:
    halfway = NATIONAL.add_workdays(start, first).day
    together = NATIONAL.add_workdays(start, first + more)
    assert NATIONAL.add_workdays(halfway, more).day == together.day


def test_a_length_is_at_least_a_day() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        workdays(0)


def write(path: Path, data: object) -> Path:
    path.write_text(json.dumps(data))
    return path


def test_a_later_file_makes_a_year_known(tmp_path: Path) -> None:
    newer = write(
        tmp_path / "2027.json",
        {"years": {"2027": {"off": ["2027-01-01"], "worked": ["2027-02-13"]}}},
    )
    calendar = Calendar.load(newer)
    assert calendar.last == date(2027, 12, 31)
    assert not calendar.add_workdays(date(2026, 12, 31), 1).provisional
    assert calendar.add_workdays(date(2026, 12, 31), 1).day == date(2027, 1, 4)
    assert calendar.is_workday(date(2027, 2, 13))


def test_the_yearly_shape_of_the_public_holiday_lists_is_read_too(tmp_path: Path) -> None:
    yearly = {
        "year": 2027,
        "papers": ["https://www.gov.cn/"],
        "days": [
            {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
            {"name": "春节", "date": "2027-02-13", "isOffDay": False},
        ],
    }
    found = read_years(write(tmp_path / "2027.json", yearly))
    assert found[2027].off == {date(2027, 1, 1)}
    assert found[2027].worked == {date(2027, 2, 13)}


def test_a_year_that_was_not_announced_stays_unknown(tmp_path: Path) -> None:
    empty = write(tmp_path / "2027.json", {"year": 2027, "papers": [], "days": []})
    assert Calendar.load(empty).last == date(2026, 12, 31)


def test_a_year_missing_in_between_ends_what_is_known(tmp_path: Path) -> None:
    later = write(
        tmp_path / "2028.json", {"years": {"2028": {"off": ["2028-01-01"], "worked": []}}}
    )
    assert Calendar.load(later).last == date(2026, 12, 31)


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        {"years": {"2027": {"off": ["tomorrow"], "worked": []}}},
        {"years": {"2027": {"off": ["2031-01-01"], "worked": []}}},
        {"years": {"2027": {"off": ["2027-01-01"], "worked": ["2027-01-01"]}}},
        {"days": [{"date": "2027-01-01"}], "year": 2027},
        {"days": [{"date": 5, "isOffDay": True}], "year": 2027},
    ],
)
def test_a_file_that_is_no_calendar_is_refused_in_one_sentence(
    tmp_path: Path, data: object
) -> None:
    with pytest.raises(BadInput) as caught:
        read_years(write(tmp_path / "broken.json", data))
    assert "broken.json" in caught.value.sentence.en
    assert "broken.json" in caught.value.sentence.zh
