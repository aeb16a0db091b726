"""What is wrong with the terms of a grant, said in both languages with the field's path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from gongshu.wording import Problem, Sentence

# pydantic's type of error → what a person reads. What is not listed is quoted from the model.
_SAYINGS = {
    "extra_forbidden": Sentence(en="this key is not known.", zh="没有这个键。"),
    "missing": Sentence(en="this key is required.", zh="缺少这个必填键。"),
    "enum": Sentence(en="this value is not one of the allowed words.", zh="取值不在允许的范围内。"),
    "literal_error": Sentence(
        en="this value is not one of the allowed words.", zh="取值不在允许的范围内。"
    ),
    "union_tag_invalid": Sentence(
        en="the method is one of threshold, cell_key, dp.",
        zh="method 只能是 threshold、cell_key、dp 之一。",
    ),
    "union_tag_not_found": Sentence(en="the method is missing.", zh="缺少 method。"),
    "too_short": Sentence(en="this must not be empty.", zh="此处不能为空。"),
    "string_too_short": Sentence(en="this must not be empty.", zh="此处不能为空。"),
}
_ZH = {
    "a number is wanted": "此处须为数值",
    "a finite number is wanted": "此处须为有限数值",
    "the right “measure” needs “functions”": "“measure”权利须同时写明“functions”",
    "“functions” needs the right “measure”": "写“functions”须有“measure”权利",
    "“min” and “max” need the right “measure”": "写“min”“max”须有“measure”权利",
    "“min” must be below “max”": "“min”须小于“max”",
    "a mask goes with neither “bucket” nor “measure”": "“mask”不能与“bucket”或“measure”同用",
    "“min” and “max” are no functions where a dataset has a unit": (
        "有隐私单元的数据集不提供“min”“max”函数"
    ),
    "“until” is before “from”": "“until”早于“from”",
    "a basis names a statute or a consent": "依据须写明法规或同意",
    "a size reads like 1GB or 512MB": "大小的写法如 1GB、512MB",
    "a dataset with a unit needs “protection”": "有隐私单元的数据集须写明“protection”",
    "a dataset about persons needs a “basis”": "涉及个人的数据集须写明“basis”",
    "a dataset's name is <domain>.<name>": "数据集名的写法为 <域>.<名>",
}


class TermsProblem(Problem, ValueError):
    """The terms cannot be read; `.field` is the path of the offending key."""

    def __init__(self, field: str, what: Sentence) -> None:
        place = f" at “{field}”" if field else ""
        place_zh = f"“{field}”处" if field else ""
        super().__init__(
            "terms",
            Sentence(
                en=f"The terms are not valid{place}: {what.en}",
                zh=f"授权条款{place_zh}有误：{what.zh}",
            ),
            field=field or None,
        )

    @classmethod
    def unreadable(cls, detail: str) -> TermsProblem:
        more, more_zh = (f" ({detail})", f"（{detail}）") if detail else ("", "")
        return cls(
            "",
            Sentence(
                en=f"the file is no YAML or JSON mapping{more}.",
                zh=f"文件不是 YAML 或 JSON 的键值结构{more_zh}。",
            ),
        )


def refuse_nulls(data: Any, path: str = "") -> None:
    """A key that is present but empty is a mistake, not a default."""
    if data is None:
        raise TermsProblem(
            path, Sentence(en="this key is present but empty.", zh="有这个键而没有值。")
        )
    if isinstance(data, Mapping):
        for key, value in data.items():
            refuse_nulls(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, list | tuple):
        for position, value in enumerate(data):
            refuse_nulls(value, f"{path}.{position}")


def first_problem(error: ValidationError) -> TermsProblem:
    """The first of pydantic's findings, as one sentence."""
    finding = error.errors(include_url=False, include_input=False)[0]
    skipped = {"threshold", "cell_key", "dp", "int", "float", "function-after"}
    parts = [str(part) for part in finding["loc"] if not str(part).startswith("function-")]
    # A tagged union's tag and a union's branch are pydantic's words, not keys of the terms.
    field = ".".join(part for part in parts if part not in skipped)
    saying = _SAYINGS.get(finding["type"])
    if saying is None:
        message = finding["msg"].removeprefix("Value error, ")
        saying = Sentence(en=f"{message}.", zh=f"{_ZH.get(message, message)}。")
    return TermsProblem(field, saying)
