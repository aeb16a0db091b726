"""A payload or a step's form, checked by its pydantic model, with one clear sentence if wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

# pydantic's kind of error → what to say; {} is the field's title in that language.
SENTENCES = {
    "missing": Sentence("“{}” is missing.", "缺少“{}”。"),
    "extra_forbidden": Sentence("There is no field “{}” here.", "此处没有“{}”一项。"),
    "string_too_short": Sentence("“{}” is too short.", "“{}”内容过短。"),
    "string_too_long": Sentence("“{}” is too long.", "“{}”内容过长。"),
    "string_pattern_mismatch": Sentence(
        "“{}” is not written as it should be.", "“{}”的写法不正确。"
    ),
    "literal_error": Sentence("“{}” is not one of the choices.", "“{}”不在可选范围内。"),
    "date_from_datetime_parsing": Sentence(
        "“{}” is not a date (2026-12-01).", "“{}”不是日期（如 2026-12-01）。"
    ),
    "date_parsing": Sentence("“{}” is not a date (2026-12-01).", "“{}”不是日期（如 2026-12-01）。"),
    "too_short": Sentence("“{}” has too few items.", "“{}”的项目过少。"),
    "decimal_parsing": Sentence("“{}” is not a number.", "“{}”不是数字。"),
    "decimal_max_places": Sentence("“{}” has too many decimal places.", "“{}”的小数位数过多。"),
    "int_parsing": Sentence("“{}” is not a whole number.", "“{}”不是整数。"),
    "greater_than_equal": Sentence("“{}” is too small.", "“{}”数值过小。"),
    "greater_than": Sentence("“{}” is too small.", "“{}”数值过小。"),
    "less_than_equal": Sentence("“{}” is too large.", "“{}”数值过大。"),
}
OTHERWISE = Sentence("“{}” is not valid.", "“{}”无效。")


def checked(model: type[BaseModel], given: Mapping[str, Any] | None) -> BaseModel:
    """The form as `model`; raises `BadInput` naming the first field that is wrong."""
    try:
        return model.model_validate(dict(given or {}))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    location = ".".join(map(str, first["loc"]))
    if first["type"] == "said":  # a form's own check: `rules.written.wrong`
        context = first["ctx"]
        sentence = Sentence(en=context["en"], zh=context["zh"])
        raise BadInput("form", sentence, field=location or context["field"] or None)
    said = SENTENCES.get(first["type"], OTHERWISE)
    field = _field(model, first["loc"])
    english = (field.title if field else None) or location
    extra = field.json_schema_extra if field else None
    chinese = extra.get("x-zh", english) if isinstance(extra, dict) else english
    raise BadInput(
        "form",
        Sentence(en=said.en.format(english), zh=said.zh.format(chinese)),
        field=location or None,
    )


def _field(model: type[BaseModel], location: tuple[int | str, ...]) -> FieldInfo | None:
    """The innermost field that the location names: of a line in a list, the line's own."""
    found, names = None, [part for part in location if isinstance(part, str)]
    for name in names:
        inner = model.model_fields.get(name)
        if inner is None:
            break
        found = inner
        lines = [one for one in get_args(inner.annotation) if _is_model(one)]
        if not lines:
            break
        model = lines[0]
    return found


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
