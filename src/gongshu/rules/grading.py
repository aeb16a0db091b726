"""How a dataset gets its grade: columns, the strictest of them, and what is made of several.

The decision table is the standard's (GB/T 43697-2024, clauses 6.4 and 6.5; `rules.grades`), and
so is that the higher and stricter holds (就高从严, clauses 4 and 6.6). Of annex H, which divides
general data into four levels, two levels are known to us word for word: serious harm to persons
is 3, especially serious harm is 4. What stands below as a *platform rule* is ours, in the spirit
of the annexes H (general data) and I (derived data), and may be changed by whoever grades:

- general harm is level 2 and no harm level 1; sensitive personal information is not below 4,
  other personal information not below 2;
- a join is at least as strict as the strictest of its parts, and joins that bring together what
  several datasets say of the same people one level stricter, up to 4 (汇聚融合可能升级);
- an aggregate that is protected (small cells withheld or noised) is at most level 2 where its
  parts are general data; important and core data stay what they are until people grade anew.

>>> of_impacts([(Harmed.PERSON, Harm.SERIOUS)])
Graded(grade=<Grade.GENERAL: 'general'>, level=3)
>>> strictest([Graded.general(2), Graded(Grade.IMPORTANT), Graded.general(4)]).grade.value
'important'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gongshu.rules.grades import TABLE, Grade, Harm, Harmed, grade_of
from gongshu.wording import Sentence

Impact = tuple[Harmed, Harm]

_STRICTNESS = {Grade.IMPORTANT: 5, Grade.CORE: 6}
_LEVELS = {Harm.GENERAL: 2, Harm.SERIOUS: 3, Harm.ESPECIALLY_SERIOUS: 4}
SENSITIVE_FLOOR, PERSONAL_FLOOR = 4, 2
AGGREGATE_CEILING = 2
HIGHEST_LEVEL = 4

STANDARD = Sentence(en="GB/T 43697-2024, clauses 6.4 to 6.6", zh="GB/T 43697-2024 第 6.4 至 6.6 条")
LEVEL_RULE = Sentence(
    en="GB/T 43697-2024, annex H (levels 3 and 4); platform rule (levels 1 and 2)",
    zh="GB/T 43697-2024 附录 H（3、4 级）；平台规则（1、2 级）",
)


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade and, within general data, a level from 1 to 4."""

    grade: Grade
    level: int | None = None

    @classmethod
    def general(cls, level: int) -> Graded:
        return cls(Grade.GENERAL, level)

    @classmethod
    def of_strictness(cls, number: int) -> Graded:
        """The inverse of `strictness`.

        >>> Graded.of_strictness(6).grade.value, Graded.of_strictness(3).level
        ('core', 3)
        """
        if not 1 <= number <= max(_STRICTNESS.values()):
            raise ValueError(f"{number} is no strictness")
        if number <= HIGHEST_LEVEL:
            return cls.general(number)
        return cls(next(grade for grade, at in _STRICTNESS.items() if at == number))

    @property
    def strictness(self) -> int:
        """1 to 4 are the levels of general data, 5 is important, 6 is core."""
        return _STRICTNESS.get(self.grade) or self.level or 1


def of_impacts(
    impacts: Iterable[Impact], *, personal: bool = False, sensitive: bool = False
) -> Graded:
    """Who would be harmed, and how badly; what is personal information has a floor."""
    given = list(impacts)
    grade = grade_of(given)
    if grade is not Grade.GENERAL:
        return Graded(grade)
    level = max((_LEVELS[harm] for _, harm in given), default=1)
    floor = SENSITIVE_FLOOR if sensitive else PERSONAL_FLOOR if personal else 1
    return Graded.general(max(level, floor))


def strictest(graded: Iterable[Graded]) -> Graded:
    """Of a dataset's columns the strictest decides (就高从严); of none, level 1."""
    return max(graded, key=lambda one: one.strictness, default=Graded.general(1))


@dataclass(frozen=True, slots=True)
class Derived:
    """What is made of data, graded anew, and why so."""

    graded: Graded
    why: Sentence


def of_join(parts: Sequence[Graded], *, about_same_people: int = 0) -> Derived:
    """`about_same_people`: how many of the parts say something of the same kind of people."""
    highest = strictest(parts)
    raised = about_same_people > 1 and highest.strictness < HIGHEST_LEVEL
    if not raised:
        return Derived(highest, _JOINED if len(parts) > 1 else _ONE)
    return Derived(Graded.general(highest.strictness + 1), _BROUGHT_TOGETHER)


def of_aggregate(joined: Derived, *, protected: bool) -> Derived:
    """Figures over groups; `joined` is the grade of the rows that they were made of."""
    found = joined.graded
    if not protected or found.grade is not Grade.GENERAL:
        return Derived(found, _FIGURES_AS_STRICT if not protected else _NOT_LOWERED)
    return Derived(Graded.general(min(found.strictness, AGGREGATE_CEILING)), _PROTECTED_FIGURES)


_RULE_EN, _RULE_ZH = "platform rule, after annex I", "平台规则，参照附录 I"
_ONE = Sentence(
    en="As strict as the strictest column of the data (GB/T 43697, 6.6).",
    zh="按数据中最严格的列（GB/T 43697 第 6.6 条，就高从严）。",
)
_JOINED = Sentence(
    en=f"Several datasets: as strict as the strictest of them ({_RULE_EN}).",
    zh=f"多个数据集：按其中最严格者（{_RULE_ZH}）。",
)
_BROUGHT_TOGETHER = Sentence(
    en="Several datasets about the same people brought together: one level stricter than the "
    f"strictest of them ({_RULE_EN}).",
    zh=f"汇聚多个涉及同一主体的数据集：比其中最严格者提高一级（{_RULE_ZH}）。",
)
_PROTECTED_FIGURES = Sentence(
    en=f"Protected figures over groups, from which nobody is told: at most level 2 ({_RULE_EN}).",
    zh=f"经保护的分组统计，不能识别个体：不高于 2 级（{_RULE_ZH}）。",
)
_FIGURES_AS_STRICT = Sentence(
    en=f"Figures without protection: as strict as the rows they are made of ({_RULE_EN}).",
    zh=f"未经保护的统计：与原始数据同级（{_RULE_ZH}）。",
)
_NOT_LOWERED = Sentence(
    en="Made of important or core data: the grade is not lowered until people grade it anew "
    f"({_RULE_EN}).",
    zh=f"源自重要或核心数据：未经人工重新定级不得降级（{_RULE_ZH}）。",
)


def table_rows() -> list[tuple[Harmed, list[tuple[Harm, Grade]]]]:
    """The decision table as it is shown, worst harm first."""
    order = (Harm.ESPECIALLY_SERIOUS, Harm.SERIOUS, Harm.GENERAL)
    return [(harmed, [(harm, TABLE[harmed][harm]) for harm in order]) for harmed in TABLE]
