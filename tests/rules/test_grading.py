"""From harms to grades, from columns to datasets, from datasets to what is made of them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongshu.rules.grades import TABLE, Grade, Harm, Harmed
from gongshu.rules.grading import (
    Graded,
    of_aggregate,
    of_impacts,
    of_join,
    strictest,
    table_rows,
)

GRADED = st.integers(1, 6).map(Graded.of_strictness)
IMPACTS = st.lists(st.tuples(st.sampled_from(Harmed), st.sampled_from(Harm)), max_size=5)


@pytest.mark.parametrize(("harmed", "harm"), list(product(Harmed, Harm)))
def test_one_impact_gives_the_grade_of_the_table(harmed: Harmed, harm: Harm) -> None:
    found = of_impacts([(harmed, harm)])
    assert found.grade == TABLE[harmed][harm]
    assert (found.level is None) == (found.grade != Grade.GENERAL)


@given(IMPACTS, IMPACTS, st.booleans(), st.booleans())
def test_more_impacts_are_never_less_strict(
    some: list, more: list, personal: bool, sensitive: bool
) -> None:
    def graded(impacts: list) -> int:
        return of_impacts(impacts, personal=personal, sensitive=sensitive).strictness

    assert graded(some + more) == max(graded(some), graded(more))


def test_personal_information_has_a_floor() -> None:
    assert of_impacts([]) == Graded.general(1)
    assert of_impacts([], personal=True) == Graded.general(2)
    assert of_impacts([], sensitive=True) == Graded.general(4)
    assert of_impacts([(Harmed.PERSON, Harm.SERIOUS)], personal=True) == Graded.general(3)
    assert of_impacts([(Harmed.NATIONAL_SECURITY, Harm.GENERAL)], personal=True).level is None


@given(st.lists(GRADED, max_size=6))
def test_the_strictest_column_decides(columns: list[Graded]) -> None:
    found = strictest(columns)
    assert all(found.strictness >= one.strictness for one in columns)
    assert not columns or found in columns


@given(st.lists(GRADED, min_size=1, max_size=4), st.integers(0, 4))
def test_a_join_is_never_less_strict_than_its_parts(parts: list[Graded], people: int) -> None:
    joined = of_join(parts, about_same_people=people).graded
    assert joined.strictness >= strictest(parts).strictness
    # Only people make data important or core; bringing together does not.
    assert joined.grade == strictest(parts).grade


def test_bringing_together_what_is_said_of_the_same_people_is_a_level_stricter() -> None:
    two = [Graded.general(2), Graded.general(3)]
    assert of_join(two, about_same_people=2).graded == Graded.general(4)
    assert of_join(two, about_same_people=1).graded == Graded.general(3)
    assert "platform rule" in of_join(two, about_same_people=2).why.en


@given(GRADED, st.booleans())
def test_an_aggregate_lowers_general_data_only_and_only_when_protected(
    rows: Graded, protected: bool
) -> None:
    found = of_aggregate(of_join([rows]), protected=protected).graded
    if rows.grade != Grade.GENERAL or not protected:
        assert found == rows
    else:
        assert found.strictness == min(rows.strictness, 2)


@given(st.integers(1, 6))
def test_strictness_and_grade_are_two_words_for_one_thing(number: int) -> None:
    assert Graded.of_strictness(number).strictness == number


def test_there_is_no_seventh_strictness() -> None:
    for number in (0, 7):
        with pytest.raises(ValueError, match="no strictness"):
            Graded.of_strictness(number)


def test_the_shown_table_is_the_standards() -> None:
    assert [harmed for harmed, _ in table_rows()] == list(TABLE)
    for harmed, cells in table_rows():
        assert dict(cells) == dict(TABLE[harmed])
