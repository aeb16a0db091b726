"""A proposal for classification and grade (GB/T 43697-2024), with its reason.

What can be read from a table is whether it is about people, and which of its columns are
personal information. Whether data are core or important depends on what their misuse would do
to national security, the economy, social order and the public interest; no table shows that, so
the proposal is always one within general data, and says so. General data have levels 1 to 4
(annex H): sensitive personal information is not below 4, general personal information not
below 2. A table has the highest level of its columns (就高从严).

Identity numbers and telephone numbers that stand inside other text (a remark, an address) make
that column personal information, whatever it is called and whatever the table is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gongshu.data.profiling.kinds import BY_CODE, Kind
from gongshu.wording import Sentence

_LEVELS = {"sensitive": 4, "serious": 3, "general": 2, "none": 1}
_HARMS = {4: "especially_serious", 3: "serious", 2: "general", 1: ""}
# So many properties of people side by side: the rows are people, though none is named.
TRAITS = 3
_PLACE = {"address", "longitude", "latitude", "coordinates"}


@dataclass(frozen=True, slots=True)
class ColumnLevel:
    """`harm` is what the proposal takes the harm to persons to be, "" for none: a row of the
    standard's decision table that a person confirms or changes."""

    level: int
    reason: Sentence
    harm: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """The proposal for the table; `category` is personal, organisation or public."""

    category: str
    grade: str
    level: int
    reason: Sentence
    columns: tuple[ColumnLevel, ...]


def about_people(kinds: Sequence[Kind | None]) -> bool:
    found = {kind.code: kind for kind in kinds if kind}
    subjects = [kind.subject for kind in found.values()]
    return "person" in subjects or subjects.count("trait") >= TRAITS


def propose_grade(
    kinds: Sequence[Kind | None],
    *,
    personal: bool | None = None,
    contained: Sequence[Mapping[str, int]] = (),
) -> Grade:
    """`personal` is the owner's word on whether the table is about people; None: we judge.

    `contained` says, by column, how many values hold which numbers of persons in their text.
    """
    if personal is None:
        personal = about_people(kinds)
    found = contained or [{}] * len(kinds)
    columns = tuple(
        max(_column_level(kind, personal), _of_contents(inside), key=lambda one: one.level)
        for kind, inside in zip(kinds, found, strict=True)
    )
    level = max((column.level for column in columns), default=1)
    if personal:
        category = "personal"
    elif any(kind and kind.subject == "organisation" for kind in kinds):
        category = "organisation"
    else:
        category = "public"
    return Grade(category, "general", level, _whole_reason(category, level), columns)


def _column_level(kind: Kind | None, personal: bool) -> ColumnLevel:
    if not personal:
        return ColumnLevel(1, _PUBLIC)
    if kind is None:
        return ColumnLevel(2, _OF_A_PERSON, _HARMS[2])
    if kind.code in _PLACE:
        # Where a person lives or is, to the point (GB/T 35273 annex B).
        care = "sensitive" if kind.code != "address" else "general"
    else:
        care = kind.care
    if care == "none":
        return ColumnLevel(2, _OF_A_PERSON, _HARMS[2])
    en, zh = _WHY[care]
    title = kind.title
    level = _LEVELS[care]
    reason = Sentence(en=f"{title.en.capitalize()}: {en}", zh=f"{title.zh}：{zh}")
    return ColumnLevel(level, reason, _HARMS[level])


def _of_contents(inside: Mapping[str, int]) -> ColumnLevel:
    """By the worst of what stands inside the text."""
    if not inside:
        return ColumnLevel(1, _PUBLIC)
    worst = max(inside, key=lambda code: _LEVELS[BY_CODE[code].care])
    level = _LEVELS[BY_CODE[worst].care]
    en = ", ".join(f"{BY_CODE[code].title.en} in {n} values" for code, n in inside.items())
    zh = "、".join(f"{n} 个值含{BY_CODE[code].title.zh}" for code, n in inside.items())
    care_en, care_zh = _WHY[BY_CODE[worst].care]
    reason = Sentence(en=f"The text holds numbers of persons ({en}): {care_en}",
                      zh=f"文本中含有个人标识（{zh}）：{care_zh}")  # fmt: skip
    return ColumnLevel(level, reason, _HARMS[level])


_WHY = {
    "sensitive": (
        "sensitive personal information, not below level 4.",
        "敏感个人信息，不低于 4 级。",
    ),
    "serious": (
        "personal information whose leak may do serious harm, level 3.",
        "泄露可能造成严重危害的个人信息，3 级。",
    ),
    "general": (
        "general personal information, not below level 2.",
        "一般个人信息，不低于 2 级。",
    ),
}
_OF_A_PERSON = Sentence(
    en="A property of a person, in a table about people: not below level 2.",
    zh="个人相关表中的属性：不低于 2 级。",
)
_PUBLIC = Sentence(
    en="No personal information was recognised: level 1.", zh="未识别出个人信息：1 级。"
)


def _whole_reason(category: str, level: int) -> Sentence:
    whose_en = {
        "personal": "The table is about people",
        "organisation": "The table is about organisations",
        "public": "The table shows nothing about people",
    }[category]
    whose_zh = {
        "personal": "该表涉及个人",
        "organisation": "该表涉及组织",
        "public": "该表未显示个人信息",
    }[category]
    return Sentence(
        en=f"{whose_en}; its strictest column has level {level}. Whether the data are important "
        "or core depends on the harm of their misuse and is for their owner to assess.",
        zh=f"{whose_zh}；最严格的列为 {level} 级。是否属于重要数据或核心数据取决于其被滥用的危害，"
        "须由数据提供方评定。",
    )
