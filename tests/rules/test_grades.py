"""The decision table of GB/T 43697, row by row, and that the strictest answer holds."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongshu.rules.grades import Grade, Harm, Harmed, grade, grade_of, level, strictest

impacts = st.lists(st.tuples(st.sampled_from(Harmed), st.sampled_from(Harm)))
ORDER = [Grade.GENERAL, Grade.IMPORTANT, Grade.CORE]


@pytest.mark.parametrize(
    ("harmed", "row"),
    [
        (Harmed.NATIONAL_SECURITY, "core core important"),
        (Harmed.ECONOMY, "core important general"),
        (Harmed.SOCIAL_ORDER, "core important general"),
        (Harmed.PUBLIC_INTEREST, "core important general"),
        (Harmed.ORGANISATION, "general general general"),
        (Harmed.PERSON, "general general general"),
    ],
)
def test_the_table_is_the_standards(harmed: Harmed, row: str) -> None:
    harms = (Harm.ESPECIALLY_SERIOUS, Harm.SERIOUS, Harm.GENERAL)
    assert " ".join(grade(harmed, harm) for harm in harms) == row


@given(impacts, impacts)
def test_one_more_answer_never_lowers_the_grade(
    some: list[tuple[Harmed, Harm]], more: list[tuple[Harmed, Harm]]
) -> None:
    assert ORDER.index(grade_of(some + more)) == max(
        ORDER.index(grade_of(some)), ORDER.index(grade_of(more))
    )


def test_worse_harm_is_never_graded_lower() -> None:
    harms = [Harm.GENERAL, Harm.SERIOUS, Harm.ESPECIALLY_SERIOUS]
    for harmed, (milder, worse) in product(Harmed, pairwise(harms)):
        assert ORDER.index(grade(harmed, worse)) >= ORDER.index(grade(harmed, milder))


def test_what_would_harm_nobody_is_general() -> None:
    assert grade_of([]) == Grade.GENERAL
    assert strictest([Grade.GENERAL, Grade.CORE, Grade.IMPORTANT]) == Grade.CORE


def test_no_level_is_made_up() -> None:
    assert level(Harm.SERIOUS) == 3
    assert level(Harm.ESPECIALLY_SERIOUS) == 4
    assert level(Harm.GENERAL) is None
