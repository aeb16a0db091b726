"""What grade an answer would have: graded anew, from what is joined and what is protected.

Only where a decision is explained, so that it costs the answers themselves nothing. The rules,
and which of them are this platform's own, are in `rules.grading`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from gongshu.catalog.models import Dataset
from gongshu.data.answers import Decision
from gongshu.rules.grades import Grade
from gongshu.rules.grading import Derived, Graded, of_aggregate, of_join, strictest
from gongshu.wording import Sentence

_WORDS: Mapping[Grade, tuple[str, str]] = {
    Grade.CORE: ("core", "核心数据"),
    Grade.IMPORTANT: ("important", "重要数据"),
    Grade.GENERAL: ("general", "一般数据"),
}


def with_grade(decision: Decision) -> Decision:
    """The decision, with the grade of the answer as the last line of its trace."""
    if not decision.allowed or not decision.reads:
        return decision
    datasets = list(Dataset.objects.filter(code__in=decision.reads))
    if not datasets:
        return decision
    found = of_answer(datasets, decision.protected)
    return replace(decision, trace=(*decision.trace, _said(found)))


def of_answer(datasets: Sequence[Dataset], protected: Collection[str]) -> Derived:
    """`protected`: of these datasets only protected figures leave."""
    parts = {one.code: _own(one) for one in datasets}
    spaces = Counter(one.unit_space for one in datasets if one.unit_space)
    joined = of_join(list(parts.values()), about_same_people=max(spaces.values(), default=0))
    if not protected:
        return joined
    found = of_aggregate(joined, protected=True)
    plain = strictest(graded for code, graded in parts.items() if code not in protected)
    # What is shown as it stands beside the figures keeps its own grade.
    return replace(found, graded=strictest([found.graded, plain]))


def _own(dataset: Dataset) -> Graded:
    if not dataset.grade:
        return Graded.general(dataset.level or 1)
    return Graded(Grade(dataset.grade), dataset.level)


def _said(found: Derived) -> Sentence:
    en, zh = _WORDS[found.graded.grade]
    level = found.graded.level
    return Sentence(
        en=f"Grade of the answer: {en}{f', level {level}' if level else ''}. {found.why.en}",
        zh=f"结果级别：{zh}{f' {level} 级' if level else ''}。{found.why.zh}",
    )
