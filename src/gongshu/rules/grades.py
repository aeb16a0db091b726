"""Classification and grading of data: the decision table of GB/T 43697-2024.

Who would be harmed, and how badly, decides the grade; of several answers the highest and
strictest holds (就高从严), over all items of a dataset and all whom it could harm.

>>> grade(Harmed.PUBLIC_INTEREST, Harm.SERIOUS).value
'important'
>>> grade_of([(Harmed.ECONOMY, Harm.GENERAL), (Harmed.SOCIAL_ORDER, Harm.ESPECIALLY_SERIOUS)]).value
'core'

A product joined or aggregated from several datasets is graded anew from what it could do, and
never takes over a grade from what it was made of; so nothing here combines grades.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Grade(StrEnum):
    """三个级别; the words are stored in the catalogue."""

    CORE = "core"  # 核心数据
    IMPORTANT = "important"  # 重要数据
    GENERAL = "general"  # 一般数据


class Harmed(StrEnum):
    """影响对象."""

    NATIONAL_SECURITY = "national_security"  # 国家安全
    ECONOMY = "economy"  # 经济运行
    SOCIAL_ORDER = "social_order"  # 社会秩序
    PUBLIC_INTEREST = "public_interest"  # 公共利益
    ORGANISATION = "organisation"  # 组织权益
    PERSON = "person"  # 个人权益


class Harm(StrEnum):
    """影响程度."""

    ESPECIALLY_SERIOUS = "especially_serious"  # 特别严重危害
    SERIOUS = "serious"  # 严重危害
    GENERAL = "general"  # 一般危害


_STRICTEST_FIRST = (Grade.CORE, Grade.IMPORTANT, Grade.GENERAL)
_COMMON = {
    Harm.ESPECIALLY_SERIOUS: Grade.CORE,
    Harm.SERIOUS: Grade.IMPORTANT,
    Harm.GENERAL: Grade.GENERAL,
}
_RIGHTS = dict.fromkeys(Harm, Grade.GENERAL)
TABLE: Mapping[Harmed, Mapping[Harm, Grade]] = {
    Harmed.NATIONAL_SECURITY: {
        Harm.ESPECIALLY_SERIOUS: Grade.CORE,
        Harm.SERIOUS: Grade.CORE,
        Harm.GENERAL: Grade.IMPORTANT,
    },
    Harmed.ECONOMY: _COMMON,
    Harmed.SOCIAL_ORDER: _COMMON,
    Harmed.PUBLIC_INTEREST: _COMMON,
    Harmed.ORGANISATION: _RIGHTS,
    Harmed.PERSON: _RIGHTS,
}
# Annex H splits general data by harm to persons. Of its levels we know these two; the others
# are for whoever grades, and no level is made up here.
LEVELS: Mapping[Harm, int] = {Harm.SERIOUS: 3, Harm.ESPECIALLY_SERIOUS: 4}


def grade(harmed: Harmed, harm: Harm) -> Grade:
    """The grade for one answer to “who would be harmed, and how badly?”."""
    return TABLE[harmed][harm]


def grade_of(impacts: Iterable[tuple[Harmed, Harm]]) -> Grade:
    """The strictest grade among all answers; data that would harm nobody are general."""
    return strictest(grade(harmed, harm) for harmed, harm in impacts)


def strictest(grades: Iterable[Grade]) -> Grade:
    """Of a dataset's items, the one that is graded highest decides."""
    found = set(grades)
    return next((one for one in _STRICTEST_FIRST if one in found), Grade.GENERAL)


def level(harm: Harm) -> int | None:
    """The level within general data for harm to persons; None where we have no text for it."""
    return LEVELS.get(harm)
