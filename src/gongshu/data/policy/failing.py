"""Which expressions can fail on some row, or swell on it: an error tells that the row is there.

    CASE WHEN district = 'Rock' THEN 'x' ELSE birth_year END

fails where a row of Rock is, because the engine casts 'x' to a number when a row asks for it; so
does a text as a condition, a decimal literal that leaves a large number no room, a constant cast
that is wrong. All that is not known to work on every row is `risky`, and runs under TRY over raw
rows. What TRY does not catch is memory, so the length of a text that is put together is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from gongshu.data.policy.labels import Kind, Value
from gongshu.data.policy.refusals import Refused, not_allowed, span_of
from gongshu.wording import Sentence

MOST_GROWTH = 4_096  # characters of the asker's own per row, or copies of a column
_WHOLE = 10**18  # whole numbers up to here are compared with any number as they are
_FORMAT = re.compile(r"(%-?[a-zA-Z%]|[^%])*")
_KINDS: dict[Kind, tuple[str, str]] = {
    "text": ("text", "文本"),
    "number": ("numbers", "数值"),
    "date": ("dates and times", "日期时间"),
    "timestamp": ("dates and times", "日期时间"),
    "boolean": ("true or false", "真假值"),
    "other": ("another type", "其他类型"),
    "null": ("NULL", "空值"),
}
_PLAIN = frozenset({"text", "boolean", "date", "timestamp"})


def mixed(parts: Sequence[Value]) -> bool:
    """Whether bringing the parts to one type may fail on some row."""
    known = [part for part in parts if part.kind != "null"]
    kinds = {part.kind for part in known}
    if len(kinds) > 1 or "other" in kinds:
        return True
    if kinds <= _PLAIN:
        return False
    computed = [part for part in known if part.literal is None]
    return len(computed) > 1 or not all(_is_whole(part) for part in known if part not in computed)


def _is_whole(value: Value) -> bool:
    number = value.literal
    return isinstance(number, int) and not isinstance(number, bool) and abs(number) < _WHOLE


def works_on(node: exp.Expr, kinds: Sequence[Kind], parts: Sequence[Value]) -> bool:
    """Whether a function is for what it is given; refused where the engine has no such function."""
    strange = next((part for part in parts if part.kind not in (*kinds, "null")), None)
    if strange is None:
        return True
    if strange.kind == "other":
        return False
    name, (en, zh) = type(node).__name__.lower(), _KINDS[kinds[0]]
    have_en, have_zh = _KINDS[strange.kind]
    cast = "VARCHAR" if kinds[0] == "text" else "DATE" if kinds[0] == "date" else "DOUBLE"
    return not_allowed(
        node,
        f"“{name}” is for {en}, and this is {have_en}.",
        f"“{name}”用于{zh}，此处是{have_zh}。",
        use=(f"Cast it first: CAST(x AS {cast}).", f"请先转换：CAST(x AS {cast})。"),
    )


def check_format(node: exp.Expr) -> None:
    """A format of strftime that the engine would fail on."""
    if not isinstance(node, exp.Literal) or not _FORMAT.fullmatch(str(node.this)):
        not_allowed(
            node,
            "This is not a format of strftime.",
            "这不是 strftime 的格式。",
            use=("Write it like '%Y-%m'.", "写法如 '%Y-%m'。"),
        )


def condition(node: exp.Expr, value: Value) -> Value:
    """A condition is true or false: a text or a number that is cast to one may fail."""
    if value.kind not in ("boolean", "null"):
        not_allowed(
            node,
            "A condition is true or false; this is a value.",
            "条件须为真或假，此处是一个值。",
            use=("Compare it: column = 'value'.", "请写成比较：列 = '值'。"),
        )
    return value


def growth(kind: str, parts: Sequence[Value], replacement: int = 1) -> int:
    """How long a text may have become. Of numbers, days and truth there is one."""
    if kind not in ("text", "other"):
        return 1
    return max(1, sum(part.growth for part in parts)) * max(1, replacement)


def check_growth(node: exp.Expr, value: Value) -> Value:
    if value.growth > MOST_GROWTH and not value.free:
        raise Refused(
            "too_large",
            Sentence(
                en="A text that is put together for every row would become too long.",
                zh="为每一行拼接的文本过长。",
            ),
            span=span_of(node),
            suggestion=Sentence(
                en="Put texts together over the aggregated result.", zh="请在汇总结果上拼接文本。"
            ),
        )
    return value
