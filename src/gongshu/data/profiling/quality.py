"""The quality indicators of GB/T 36344-2018 that one table can answer for by itself.

Each is X = A / B. What would need a standard, a rule, a reference or another table has no value
and says what is missing: "no basis", and never 100 %. Repetition counts what is bad: lower is
better.
"""

from __future__ import annotations

from dataclasses import dataclass

from gongshu.wording import Sentence


@dataclass(frozen=True, slots=True)
class Indicator:
    number: str
    title: Sentence
    # None: no basis; `basis` then says what is missing.
    value: float | None
    basis: Sentence
    lower_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What the profile knows, as the indicators need it."""

    rows: int
    cells: int
    empty_cells: int
    full_rows: int
    repeated: float
    repeated_on: int
    # Values tested for the form of their kind, and those that passed.
    formed: int
    tested: int
    # Distinct values ÷ rows of the columns that are keys.
    keys: tuple[str, ...]


def indicators(m: Measured) -> tuple[Indicator, ...]:
    computed = {i.number: i for i in (_0201(m), _0202(m), _0302(m), _0303(m), _0304(m))}
    return tuple(
        computed.get(number)
        or Indicator(number, Sentence(en, zh), None, _missing(*lacks), number in _LOWER)
        for number, en, zh, lacks in _ALL
    )


def _0201(m: Measured) -> Indicator:
    return Indicator(
        "0201",
        _TITLES["0201"],
        1 - m.empty_cells / m.cells if m.cells else None,
        Sentence(
            en="Cells with a value, if every cell is expected to have one.",
            zh="有值的单元格占比（假定每个单元格都应有值）。",
        ),
    )


def _0202(m: Measured) -> Indicator:
    return Indicator(
        "0202",
        _TITLES["0202"],
        m.full_rows / m.rows if m.rows else None,
        Sentence(
            en="Rows with a value in every column, if every column is expected to have one.",
            zh="各列均有值的行占比（假定每列都应有值）。",
        ),
    )


def _0302(m: Measured) -> Indicator:
    if not m.tested:
        return Indicator(
            "0302", _TITLES["0302"], None, _missing("a column of a known form", "格式已知的列")
        )
    return Indicator(
        "0302",
        _TITLES["0302"],
        m.formed / m.tested,
        Sentence(
            en=f"{m.tested} distinct values of the columns whose form is known by their kind.",
            zh=f"对格式已知的列，检验了 {m.tested} 个不同的值。",
        ),
    )


def _0303(m: Measured) -> Indicator:
    return Indicator(
        "0303",
        _TITLES["0303"],
        m.repeated if m.rows else None,
        Sentence(
            en=f"Rows that repeat an earlier row in every column, counted on {m.repeated_on} rows.",
            zh=f"与前面某行完全相同的行占比，统计了 {m.repeated_on} 行。",
        ),
        lower_is_better=True,
    )


def _0304(m: Measured) -> Indicator:
    if not m.keys:
        return Indicator("0304", _TITLES["0304"], None, _missing("a known key", "已知的主键"))
    return Indicator(
        "0304",
        _TITLES["0304"],
        1.0,
        Sentence(
            en=f"No value repeats in: {', '.join(m.keys)}.",
            zh=f"取值无重复的列：{'、'.join(m.keys)}。",
        ),
    )


def _missing(en: str, zh: str) -> Sentence:
    return Sentence(en=f"No basis: needs {en}.", zh=f"无依据：需要{zh}。")


_LOWER = {"0303", "0305"}
_RULES = ("the rules that hold for it", "适用的规则")
_TRUTH = ("a source of the truth", "权威来源")
_USE = ("records of its use", "使用记录")
_TIMES = ("the dates that are expected", "应有的时间范围")
_ALL: tuple[tuple[str, str, str, tuple[str, str]], ...] = (
    ("0101", "data standard", "数据标准", ("the standard to compare with", "所依据的数据标准")),
    ("0102", "data model", "数据模型", ("the data model", "数据模型")),
    ("0103", "metadata", "元数据", ("the catalogue's definition", "目录中的元数据定义")),
    ("0104", "business rules", "业务规则", _RULES),
    ("0105", "reference data", "权威参考数据", _TRUTH),
    ("0106", "security rules", "安全规范", ("the security rules", "安全规范")),
    ("0201", "completeness of elements", "数据元素完整性", _RULES),
    ("0202", "completeness of records", "数据记录完整性", _RULES),
    ("0301", "correctness of content", "数据内容正确性", _TRUTH),
    ("0302", "format compliance", "数据格式合规性", _RULES),
    ("0303", "repetition rate", "数据重复率", _RULES),
    ("0304", "uniqueness", "数据唯一性", _RULES),
    ("0305", "dirty-data rate", "脏数据出现率", _RULES),
    ("0401", "consistency of the same data", "相同数据一致性", ("the other table", "另一张表")),
    ("0402", "consistency of related data", "关联数据一致性", ("the related table", "关联的表")),
    ("0501", "correctness within a period", "基于时间段的正确性", _TIMES),
    ("0502", "timeliness", "基于时间点及时性", _TIMES),
    ("0503", "sequence in time", "时序性", _TIMES),
    ("0601", "accessible when needed", "可访问", _USE),
    ("0602", "usable in its life span", "可用性", _USE),
)
_TITLES = {number: Sentence(en, zh) for number, en, zh, _ in _ALL}
