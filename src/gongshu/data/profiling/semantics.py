"""What a column means, by its name and by its values, and how sure that is.

Values are tested where there is a test: the distinct ones among a sample, up to TESTED of them.
The finding says on how many values it rests and what share passed, and whether the name agrees.

>>> found = recognise("证件", "text", ["11010519491231002X", "440524188001010014"])
>>> found.kind, found.by_name, found.passed, found.tested
('resident_id', False, 2, 2)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gongshu.data.profiling.checks import has_known_place, is_mobile, is_resident_number
from gongshu.data.profiling.kinds import BY_CODE, DATE, KINDS, NUMBER, Check, Kind
from gongshu.wording import Sentence

TESTED = 2_000
# With fewer distinct values chance could pass a checksum, so the name must agree too …
FEW = 5
# … except for these, whose checks chance does not pass.
_TELLING = {"resident_id", "credit_code", "email", "sex", "plate", "mobile"}

_COARSE = {
    **dict.fromkeys(["integer", "decimal", "number"], NUMBER),
    **dict.fromkeys(["date", "timestamp"], DATE),
}


def coarse(family: str) -> str:
    """integer, decimal and number are one; so are date and timestamp."""
    return _COARSE.get(family, family)


@dataclass(frozen=True, slots=True)
class SemanticType:
    kind: str
    title: Sentence
    confidence: float
    by_name: bool
    # Of `tested` distinct values `passed` have the form (and the check digit) of the kind.
    passed: int
    tested: int
    why: Sentence


# The table of kinds is in simplified characters; so many are enough to read its names.
_SIMPLIFIED = str.maketrans(
    "電話號碼經緯編傳郵別學歷齡證車聯絡職業國貫單機構稱區劃縣額價費預",
    "电话号码经纬编传邮别学历龄证车联络职业国贯单机构称区划县额价费预",
)


def normalised(name: str) -> str:
    """Words apart and in small letters: "patientID_2" → "patient id 2", "電話No" → "电话 no"."""
    name = name.translate(_SIMPLIFIED)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    spaced = re.sub(r"(?<=[\u3400-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u3400-\u9fff])",
                    " ", spaced)  # fmt: skip
    return re.sub(r"[\s_\-./#]+", " ", spaced).strip().lower()


def recognise(name: str, family: str, values: Iterable[str]) -> SemanticType | None:
    """The likeliest kind of a column; `values` may be empty: then the name alone decides."""
    words, broad = normalised(name), coarse(family)
    distinct = _spread(sorted(set(values)), TESTED)
    found = [
        finding
        for kind in KINDS
        if broad in kind.families
        and (finding := _judge(kind, bool(kind.names.search(words)), distinct))
    ]
    # max() keeps the first of equals: the order of the table decides.
    likeliest = max(found, key=lambda finding: finding.confidence, default=None)
    if likeliest and likeliest.kind == "resident_id":
        return _with_places(likeliest, distinct)
    return likeliest


def _judge(kind: Kind, named: bool, values: Sequence[str]) -> SemanticType | None:
    if not named:
        return _by_values(kind, values)
    if kind.check is None or not values:
        # Only what the name says; a bare name is worth less than a name with a passed test.
        return _finding(kind, 0.6, True, 0, 0)
    passed = _passing(kind.check, values)
    share = passed / len(values)
    if share >= 0.5:
        return _finding(kind, 0.6 + 0.4 * share, True, passed, len(values))
    masked = sum("*" in value for value in values) > len(values) / 2
    if masked or kind.holds_by_name:
        return _finding(kind, 0.3, True, passed, len(values))
    return None


def _by_values(kind: Kind, values: Sequence[str]) -> SemanticType | None:
    if kind.alone is None or not values:
        return None
    if len(values) < FEW and kind.code not in _TELLING:
        return None
    # Most columns fail at once: the whole is tested only where a few values pass.
    few = _spread(values, 20)
    if _passing(kind.alone, few) < kind.enough * len(few) * 0.7:
        return None
    passed = _passing(kind.alone, values)
    if passed < kind.enough * len(values):
        return None
    return _finding(kind, 0.9 * passed / len(values), False, passed, len(values))


def _with_places(finding: SemanticType, values: Sequence[str]) -> SemanticType:
    """Says how many resident numbers name a place that no list of counties knows."""
    unknown = sum(is_resident_number(v) and not has_known_place(v) for v in values)
    if not unknown:
        return finding
    why = Sentence(
        en=f"{finding.why.en} {unknown} of them name a place that is on no list.",
        zh=f"{finding.why.zh}其中 {unknown} 个的地区代码不在已知列表中。",
    )
    return replace(finding, why=why)


def _spread(ordered: Sequence[str], most: int) -> Sequence[str]:
    """At most so many, from beginning to end, and the same ones at every run."""
    return ordered[:: -(-len(ordered) // most)] if ordered else ordered


def _passing(check: Check, values: Sequence[str]) -> int:
    return sum(map(check, values))


def _finding(kind: Kind, confidence: float, named: bool, passed: int, tested: int) -> SemanticType:
    return SemanticType(
        kind.code, kind.title, round(confidence, 2), named, passed, tested,
        _why(named, passed, tested),
    )  # fmt: skip


def _why(named: bool, passed: int, tested: int) -> Sentence:
    if not tested:
        return Sentence(en="By the column's name only.", zh="仅依据列名。")
    counted_en = f"{passed} of {tested} distinct values pass the test"
    counted_zh = f"{tested} 个不同的值中有 {passed} 个通过检验"
    if named:
        return Sentence(en=f"By the column's name; {counted_en}.", zh=f"依据列名；{counted_zh}。")
    return Sentence(en=f"By its values: {counted_en}.", zh=f"依据取值：{counted_zh}。")


# Numbers of persons in the midst of other text, apart from other digits.
_INSIDE: tuple[tuple[str, re.Pattern[str], Check], ...] = (
    ("resident_id", re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])"), is_resident_number),
    ("mobile", re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])"), is_mobile),
)


def contained(values: Iterable[str]) -> dict[str, int]:
    """How many of a sample of distinct values hold which numbers of persons among other text.

    >>> contained(["见 11010519491231002X 的档案", "无", "13800138000"])
    {'resident_id': 1}
    """
    found: dict[str, int] = {}
    for value in _spread(sorted(set(values)), TESTED):
        for code, pattern, check in _INSIDE:
            hits = (hit[0] for hit in pattern.finditer(value))
            if any(len(hit) < len(value) and check(hit) for hit in hits):
                found[code] = found.get(code, 0) + 1
    return found


def kind_of(finding: SemanticType | None) -> Kind | None:
    return BY_CODE[finding.kind] if finding else None
