"""The 20 indicators of GB/T 36344-2018 in their six dimensions, and what is said of each.

Each is X = A / B. Of the repetition rate and the dirty-data rate less is better; in a score they
are turned round, as Shanghai's list does. What has no basis has no value: never 100 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gongshu.wording import Sentence


@dataclass(frozen=True, slots=True)
class Kind:
    number: str
    title: Sentence
    needs: Sentence  # what would give it a basis
    lower_is_better: bool = False

    @property
    def dimension(self) -> str:
        return self.number[:2]


DIMENSIONS: dict[str, Sentence] = {
    "01": Sentence(en="Conformity", zh="规范性"),
    "02": Sentence(en="Completeness", zh="完整性"),
    "03": Sentence(en="Accuracy", zh="准确性"),
    "04": Sentence(en="Consistency", zh="一致性"),
    "05": Sentence(en="Timeliness", zh="时效性"),
    "06": Sentence(en="Accessibility", zh="可访问性"),
}


def _kind(number: str, en: str, zh: str, needs_en: str, needs_zh: str) -> Kind:
    needs = Sentence(en=needs_en, zh=needs_zh)
    return Kind(number, Sentence(en=en, zh=zh), needs, number in ("0303", "0305"))


KINDS: dict[str, Kind] = {
    kind.number: kind
    for kind in (
        _kind("0101", "data standard", "数据标准", "a column's standard", "列所依据的标准"),
        _kind("0102", "data model", "数据模型", "the declared types of columns", "列的声明类型"),
        _kind("0103", "metadata", "元数据", "the catalogue's entry", "目录条目"),
        _kind("0104", "business rules", "业务规则", "rules across columns", "跨列规则"),
        _kind(
            "0105",
            "reference data",
            "权威参考数据",
            "a column's authoritative list or table",
            "列的权威清单或权威表",
        ),
        _kind(
            "0106", "security rules", "安全规范", "what a column must not hold", "列不得含有的内容"
        ),
        _kind("0201", "completeness of elements", "数据元素完整性", "rows", "数据行"),
        _kind("0202", "completeness of records", "数据记录完整性", "rows", "数据行"),
        _kind("0301", "correctness of content", "数据内容正确性", "a source of truth", "真实来源"),
        _kind(
            "0302",
            "format compliance",
            "数据格式合规性",
            "a column's form: type, pattern or kind",
            "列的格式：类型、模式或语义类型",
        ),
        _kind("0303", "repetition rate", "数据重复率", "rows", "数据行"),
        _kind("0304", "uniqueness", "数据唯一性", "a key or a unique column", "主键或唯一列"),
        _kind(
            "0305",
            "dirty-data rate",
            "脏数据出现率",
            "rules that values must keep",
            "取值应遵守的规则",
        ),
        _kind(
            "0401",
            "consistency of the same data",
            "相同数据一致性",
            "another table that holds the same data",
            "持有相同数据的另一张表",
        ),
        _kind(
            "0402",
            "consistency of related data",
            "关联数据一致性",
            "the table that a column refers to",
            "列所引用的表",
        ),
        _kind(
            "0501",
            "correctness within a period",
            "基于时间段的正确性",
            "a column's earliest or latest day",
            "日期列的最早或最晚日期",
        ),
        _kind(
            "0502",
            "timeliness",
            "基于时间点及时性",
            "the promised update cycle and versions",
            "承诺的更新周期与各版本",
        ),
        _kind(
            "0503",
            "sequence in time",
            "时序性",
            "columns that follow each other in time",
            "时间上先后相继的列",
        ),
        _kind("0601", "accessible", "可访问", "records of its use", "使用记录"),
        _kind(
            "0602", "usable", "可用性", "records of its use in its life span", "有效期内的使用记录"
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found: of `checked` elements `failed` do not keep it.

    `examples` are rows of the data: for the holder alone.
    """

    number: str  # of the indicator
    rule: Sentence
    checked: int
    failed: int
    columns: tuple[str, ...] = ()
    examples: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Indicator:
    kind: Kind
    findings: tuple[Finding, ...] = ()

    @property
    def checked(self) -> int:
        return sum(one.checked for one in self.findings)

    @property
    def value(self) -> float | None:
        """A / B as the standard counts it; None: no basis."""
        if not self.checked:
            return None
        bad = sum(one.failed for one in self.findings) / self.checked
        return bad if self.kind.lower_is_better else 1 - bad

    @property
    def goodness(self) -> float | None:
        """Between 0 and 1, more is better."""
        value = self.value
        return value if value is None or not self.kind.lower_is_better else 1 - value


@dataclass(frozen=True, slots=True)
class Fix:
    """A rule that is not kept everywhere, and the points that the score gains once it is."""

    finding: Finding
    points: float


@dataclass(frozen=True)
class Quality:
    rows: int
    indicators: tuple[Indicator, ...] = field(default=())

    @property
    def score(self) -> float | None:
        """0 to 100: the mean of what has a basis. That all count alike is our rule: the standard
        gives no weights."""
        return _mean([one.goodness for one in self.indicators])

    def dimensions(self) -> dict[str, float | None]:
        """The same for each dimension."""
        return {
            code: _mean([one.goodness for one in self.indicators if one.kind.dimension == code])
            for code in DIMENSIONS
        }

    def to_dict(self) -> dict[str, Any]:
        """All of it, with examples: for the holder of the data."""
        found = self.public()
        found |= {"rows": self.rows, "score": self.score, "dimensions": self.dimensions()}
        for told, one in zip(found["indicators"], self.indicators, strict=True):
            told |= {"value": one.value, "checked": one.checked}
            told["findings"] = [_told(finding) for finding in one.findings]
        found["fixes"] = [_told(fix.finding) | {"points": fix.points} for fix in self.fixes()]
        return found

    def public(self) -> dict[str, Any]:
        """What everybody may see: shares, rounded to a per cent. A count of rows, or a share from
        which it can be worked out, is data."""
        return {
            "format": "gongshu-quality/1",
            "score": _rounded(self.score, 0),
            "dimensions": {code: _rounded(value, 0) for code, value in self.dimensions().items()},
            "indicators": [
                {"number": one.kind.number, "value": _rounded(one.value, 2)}
                for one in self.indicators
            ],
        }

    def fixes(self) -> list[Fix]:
        """What to mend, by the points gained: most first."""
        based = [one for one in self.indicators if one.checked]
        found = [
            Fix(finding, 100 * finding.failed / one.checked / len(based))
            for one in based
            for finding in one.findings
            if finding.failed
        ]
        return sorted(found, key=lambda fix: -fix.points)


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "number": finding.number,
        "rule": {"en": finding.rule.en, "zh": finding.rule.zh},
        "checked": finding.checked,
        "failed": finding.failed,
        "columns": list(finding.columns),
        "examples": [dict(example) for example in finding.examples],
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return 100 * sum(known) / len(known) if known else None
