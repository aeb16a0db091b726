"""What may stand in a catalogue entry: the fields of the guide, their words, and their rules.

`checked` answers with the values to write, or raises one sentence about the first that is wrong.
The same rules stand in the database as constraints, which no way of writing can pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models

from gongshu.catalog.models import Dataset, Field, Grade, Opening, Sharing
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

DOMAIN_CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
DATASET_CODE = re.compile(r"([a-z][a-z0-9_]{0,29})\.([a-z][a-z0-9_]{0,48})")
# Class (1 base, 2 theme, 3 department), item, subject, detail, "/" and a sequence number.
RESOURCE_CODE = re.compile(r"[123][0-9]{2}[0-9]{3}[0-9A-Z]*(/[0-9]+)?")

DESCRIBABLE = (
    *("title_zh", "title_en", "summary_zh", "summary_en", "resource_code", "related_codes"),
    *("format", "update_cycle", "sharing", "sharing_conditions", "sharing_basis", "sharing_method"),
    *("opening", "opening_conditions", "classification", "grade", "level"),
    *("unit_column", "unit_space", "attribution", "licence", "source_url"),
)
FIELD_DESCRIBABLE = (
    *("title_zh", "title_en", "meaning_zh", "meaning_en"),
    *("semantic_type", "grade", "level"),
)
CODE_FORM = Sentence(
    en="A dataset's code is <domain>.<name>: small letters, digits and underscores.",
    zh="数据集代码的形式为 <领域>.<名称>，由小写字母、数字和下划线组成。",
)


def split_code(code: str) -> tuple[str, str]:
    """Domain and name of a dataset's code."""
    match = DATASET_CODE.fullmatch(code)
    if match is None:
        raise BadInput(
            "dataset_code",
            Sentence(en=f"“{code}” is no code of a dataset.", zh=f"“{code}”不是数据集代码。"),
            suggestion=CODE_FORM,
            field="code",
        )
    return match[1], match[2]


def checked(dataset: Dataset, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to write into an entry, seen together with what stands there already."""
    clean = {name: _clean(Dataset, name, value, DESCRIBABLE) for name, value in values.items()}
    entry = {name: clean.get(name, getattr(dataset, name)) for name in DESCRIBABLE}
    _check_texts(entry)
    if entry["sharing"] == Sharing.NONE and not entry["sharing_basis"]:
        raise BadInput(
            "sharing_basis",
            Sentence(
                en="“Not shared” needs its reason and legal basis "
                "(Government Data Sharing Regulations, articles 14 and 15).",
                zh="不予共享须写明理由和法律依据（《政务数据共享条例》第十四条、第十五条）。",
            ),
            field="sharing_basis",
        )
    if entry["grade"] == Grade.CORE and entry["opening"] != Opening.CLOSED:
        raise BadInput(
            "core_data_open",
            Sentence(en="Core data cannot be opened.", zh="核心数据不得开放。"),
            field="opening",
        )
    if entry["level"] is not None and entry["grade"] != Grade.GENERAL:
        raise BadInput(
            "level",
            Sentence(
                en="Levels 1 to 4 divide general data only (GB/T 43697).",
                zh="1 至 4 级只适用于一般数据（GB/T 43697）。",
            ),
            field="level",
        )
    _require_not_below(dataset.graded, entry)
    if entry["grade"] == Grade.CORE and dataset.is_open_data:
        clean["is_open_data"] = False  # at once, not only when the update is published
    return _with_space(clean, entry)


def _require_not_below(graded: int, entry: Mapping[str, Any]) -> None:
    """A dataset is as strict as the strictest of its confirmed columns (GB/T 43697, 6.6)."""
    if not graded:
        return
    own = {Grade.CORE: 6, Grade.IMPORTANT: 5}.get(entry["grade"], entry["level"] or 0)
    if own < graded:
        raise BadInput(
            "below_its_columns",
            Sentence(
                en="The grade is below that of a column that was confirmed.",
                zh="级别低于已确认的某一列的级别。",
            ),
            suggestion=Sentence(
                en="The strictest column decides (GB/T 43697, 6.6); grade the columns first.",
                zh="应按最严格的列定级（GB/T 43697 第 6.6 条），请先调整列的级别。",
            ),
            field="level" if entry["grade"] == Grade.GENERAL else "grade",
        )


def checked_field(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _clean(Field, name, value, FIELD_DESCRIBABLE) for name, value in values.items()}


def _with_space(clean: dict[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """A unit without a space lives in the space of its own name; no unit, no space."""
    if bool(entry["unit_column"]) != bool(entry["unit_space"]):
        clean["unit_space"] = entry["unit_column"]
    return clean


def _check_texts(entry: Mapping[str, Any]) -> None:
    if not str(entry["title_zh"]).strip():
        raise BadInput(
            "title",
            Sentence(en="An entry needs a title.", zh="目录条目须有名称。"),
            field="title_zh",
        )
    for name in ("resource_code", "related_codes"):
        for code in resource_codes(entry[name]) if name == "related_codes" else [entry[name]]:
            if code and not RESOURCE_CODE.fullmatch(code):
                raise _no_resource_code(name, code)
    if entry["source_url"]:
        try:
            URLValidator(schemes=["http", "https"])(entry["source_url"])
        except ValidationError:
            raise BadInput(
                "source_url",
                Sentence(en="The source is no web address.", zh="来源不是有效的网址。"),
                field="source_url",
            ) from None


def resource_codes(text: str) -> list[str]:
    """The related resources' codes, however they are kept apart."""
    return [code for code in re.split(r"[,，;；、\s]+", text) if code]


def _no_resource_code(name: str, code: str) -> BadInput:
    return BadInput(
        "resource_code",
        Sentence(en=f"“{code}” is no resource code.", zh=f"“{code}”不是信息资源代码。"),
        suggestion=Sentence(
            en="Class (1 digit), item (2), subject (3), detail, “/”, sequence number.",
            zh="类（1 位）、项（2 位）、目（3 位）、细目，“/”，顺序号。",
        ),
        field=name,
    )


def require_known(names: Iterable[str], allowed: tuple[str, ...] = DESCRIBABLE) -> None:
    for name in names:
        if name not in allowed:
            raise BadInput(
                "unknown_field",
                Sentence(
                    en=f"A catalogue entry has no field “{name}”.",
                    zh=f"目录条目没有“{name}”这一项。",
                ),
                suggestion=Sentence(
                    en=f"There are: {', '.join(allowed)}.", zh=f"可用的有：{'、'.join(allowed)}。"
                ),
                field=name,
            )


def _clean(model: type[models.Model], name: str, value: Any, allowed: tuple[str, ...]) -> Any:
    require_known([name], allowed)
    column: Any = model._meta.get_field(name)
    if name == "level":
        return _level(value)
    text = "" if value is None else str(value).strip()
    choices = [str(choice) for choice, _ in column.choices or ()]
    if choices and text and text not in choices:
        raise BadInput(
            "unknown_value",
            Sentence(en=f"“{text}” is no value of {name}.", zh=f"{name} 不能取值“{text}”。"),
            suggestion=Sentence(
                en=f"There are: {', '.join(choices)}.", zh=f"可用的有：{'、'.join(choices)}。"
            ),
            field=name,
        )
    if column.max_length and len(text) > column.max_length:
        raise BadInput(
            "too_long",
            Sentence(
                en=f"{name} is longer than {column.max_length} characters.",
                zh=f"{name} 超过 {column.max_length} 个字符。",
            ),
            field=name,
        )
    return text


def _level(value: Any) -> int | None:
    if value in (None, ""):
        return None
    if str(value) in ("1", "2", "3", "4"):
        return int(value)
    raise BadInput(
        "level",
        Sentence(en="A level is a number from 1 to 4.", zh="级别应为 1 至 4 的数字。"),
        field="level",
    )
