"""One condition on one column, as it stands in an address: `income:ge:1000`, `name:contains:中`.

The value is read as the column's type says; what does not fit is refused in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

from gongshu.wording import Problem, Sentence

LONGEST = 1000  # characters of a value

COMPARISONS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
OPERATORS: dict[str, Sentence] = {
    "eq": Sentence(en="is", zh="等于"),
    "ne": Sentence(en="is not", zh="不等于"),
    "lt": Sentence(en="less than", zh="小于"),
    "le": Sentence(en="at most", zh="至多"),
    "gt": Sentence(en="more than", zh="大于"),
    "ge": Sentence(en="at least", zh="至少"),
    "in": Sentence(en="is one of (a|b|c)", zh="为其一（a|b|c）"),
    "contains": Sentence(en="contains", zh="包含"),
    "starts": Sentence(en="begins with", zh="开头为"),
    "null": Sentence(en="is empty", zh="为空"),
    "notnull": Sentence(en="is not empty", zh="不为空"),
}
OF_TEXTS = ("contains", "starts")
WITHOUT_VALUE = ("null", "notnull")
SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Condition:
    column: str
    operator: str
    text: str  # the value as it was written
    values: tuple[Any, ...] = ()  # as the engine is given them

    def __str__(self) -> str:
        parts = [self.column, self.operator]
        return ":".join(parts if self.operator in WITHOUT_VALUE else [*parts, self.text])

    def sql(self, value: Callable[[Any], str]) -> str:
        """The condition in SQL; `value` writes a value, or a mark for it."""
        name = quoted(self.column)
        match self.operator:
            case "null":
                return f"{name} IS NULL"
            case "notnull":
                return f"{name} IS NOT NULL"
            case "in":
                return f"{name} IN ({', '.join(value(one) for one in self.values)})"
            case "contains" | "starts":
                # Letters of either case are found; to look for that costs a third more.
                (text,) = self.values
                cased = text.lower() != text.upper()
                column, sought = (f"lower({name})", text.lower()) if cased else (name, text)
                function = "contains" if self.operator == "contains" else "starts_with"
                return f"{function}({column}, {value(sought)})"
        return f"{name} {COMPARISONS[self.operator]} {value(self.values[0])}"


def read_condition(text: str, schema: pa.Schema) -> Condition:
    """`column:operator:value`; the column's name may itself hold colons."""
    if len(text) > LONGEST or "\0" in text:
        raise _unreadable(text[:40])
    fitting = [name for name in schema.names if text.startswith(f"{name}:")]
    for column in sorted(fitting, key=len, reverse=True):
        operator, _, value = text[len(column) + 1 :].partition(":")
        if operator in OPERATORS:
            return _typed(column, operator, value, schema.field(column).type)
    raise _unreadable(text)


def _typed(column: str, operator: str, text: str, kind: pa.DataType) -> Condition:
    if operator in WITHOUT_VALUE:
        return Condition(column, operator, "")
    if operator in OF_TEXTS:
        if not (kinds.is_string(kind) or kinds.is_large_string(kind)):
            raise Problem(
                "no_text",
                Sentence(
                    en=f"“{column}” holds no texts, so nothing in it begins with or contains one.",
                    zh=f"“{column}”不是文本列，不能用“包含”或“开头为”。",
                ),
                field=column,
            )
        return Condition(column, operator, text, (text,))
    texts = text.split(SEPARATOR) if operator == "in" else [text]
    return Condition(column, operator, text, tuple(_value(one, column, kind) for one in texts))


def _value(text: str, column: str, kind: pa.DataType) -> Any:
    for test, read, en, zh in _READERS:
        if test(kind):
            try:
                return read(text.strip())
            except (ValueError, InvalidOperation):
                raise _not_a(text, column, en, zh) from None
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        return text
    raise Problem(
        "not_comparable",
        Sentence(
            en=f"The values of “{column}” cannot be compared; only whether there is one.",
            zh=f"“{column}”的值不能比较，只能判断是否为空。",
        ),
        field=column,
    )


def _whole(text: str) -> int:
    value = int(text)
    if abs(value) >= 1 << 127:
        raise ValueError(text)
    return value


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or abs(value) >= Decimal(10) ** 30:
        raise ValueError(text)
    return value


def _flag(text: str) -> bool:
    return {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}[
        text.lower()
    ]


def _flag_or_refuse(text: str) -> bool:
    try:
        return _flag(text)
    except KeyError:
        raise ValueError(text) from None


_Reader = tuple[Callable[[pa.DataType], bool], Callable[[str], Any], str, str]
_READERS: tuple[_Reader, ...] = (
    (kinds.is_integer, _whole, "whole number", "整数"),
    (kinds.is_decimal, _decimal, "number", "数字"),
    (kinds.is_floating, float, "number", "数字"),
    (kinds.is_boolean, _flag_or_refuse, "yes or no (true, false)", "是或否（true、false）"),
    (kinds.is_date, date.fromisoformat, "day such as 2026-01-31", "日期（如 2026-01-31）"),
    (
        kinds.is_timestamp,
        datetime.fromisoformat,
        "moment such as 2026-01-31 09:30",
        "时间（如 2026-01-31 09:30）",
    ),
    (kinds.is_time, time.fromisoformat, "time such as 09:30", "时刻（如 09:30）"),
)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _not_a(text: str, column: str, en: str, zh: str) -> Problem:
    return Problem(
        "value",
        Sentence(
            en=f"“{text[:80]}” is no {en}, which is what “{column}” holds.",
            zh=f"“{text[:80]}”不是{zh}，而“{column}”列的值是{zh}。",
        ),
        field=column,
    )


def _unreadable(text: str) -> Problem:
    return Problem(
        "condition",
        Sentence(
            en=f"“{text[:80]}” is no condition on a column of this table.",
            zh=f"“{text[:80]}”不是对本表某一列的条件。",
        ),
        suggestion=Sentence(
            en=f"Write column:operator:value, with one of {', '.join(OPERATORS)}.",
            zh=f"请写作 列名:运算:值，运算为 {'、'.join(OPERATORS)} 之一。",
        ),
        field="where",
    )
