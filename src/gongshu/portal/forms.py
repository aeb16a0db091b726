"""A pydantic form as fields of a page, and a page's answer as what pydantic checks.

The same JSON schema makes the API's documentation and the page's form, so a step of a
procedure needs no page of its own. Labels: `title` is the English, `x-zh` the Chinese.
Anything nested (the terms of a grant, lists of things) is written as YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import get_language

from gongshu.portal.words import word
from gongshu.rules.yaml_text import read

TRUE = {"true", "on", "1"}


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    widget: str  # text, number, date, select, textarea, checkbox, files
    required: bool
    value: Any = ""
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    code: bool = False  # written as YAML
    rows: int = 3

    @property
    def id(self) -> str:
        return self.name.replace(".", "-")


def fields(schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[Field]:
    """The fields a person fills in, with what they filled in last time."""
    required = set(schema.get("required", ()))
    properties: Mapping[str, Any] = schema.get("properties", {})
    return [
        _field(name, _resolved(details, schema), name in required, values.get(name))
        for name, details in properties.items()
    ]


def _field(name: str, details: Mapping[str, Any], required: bool, given: Any) -> Field:
    value = details.get("default") if given is None else given
    base: dict[str, Any] = {
        "name": name,
        "label": _said(details, "title", "x-zh") or name,
        "help": _said(details, "description", "x-zh-help"),
        "required": required,
    }
    kind = details.get("type")
    if details.get("x-files"):
        return Field(widget="files", value=given or [], **base)
    if "enum" in details:
        choices = tuple((str(v), called(details, str(v), name)) for v in details["enum"])
        return Field(widget="select", choices=choices, value=value, **base)
    if kind == "boolean":
        return Field(widget="checkbox", value=value, **base)
    if kind in ("object", "array"):
        text = value if isinstance(value, str) else as_yaml(value)
        rows = min(24, max(4, text.count("\n") + 2))
        return Field(widget="textarea", code=True, rows=rows, value=text, **base)
    value = "" if value is None else value
    if kind in ("integer", "number"):
        return Field(widget="number", value=value, **base)
    if details.get("format") == "date":
        return Field(widget="date", value=value, **base)
    if details.get("x-long") or details.get("maxLength", 0) > 300:
        return Field(widget="textarea", value=value, **base)
    return Field(widget="text", value=value, **base)


def called(details: Mapping[str, Any], value: str, name: str) -> str:
    """A choice in words: the form's own (`rules.written.choice`), else those of the pages."""
    own = details.get("x-choices", {}).get(value)
    reads_chinese = (get_language() or "zh").startswith("zh")
    return str(own["zh" if reads_chinese else "en"]) if own else word(value, name)


def answers(schema: Mapping[str, Any], posted: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, as pydantic wants it; raises `NotYaml` for YAML that is none."""
    found: dict[str, Any] = {}
    for name, raw in schema.get("properties", {}).items():
        details = _resolved(raw, schema)
        text = str(posted.get(name, "")).strip()
        if details.get("x-files"):
            found[name] = posted.getlist(f"{name}.digest") if hasattr(posted, "getlist") else []
        elif details.get("type") == "boolean":
            found[name] = text in TRUE
        elif text and details.get("type") in ("object", "array"):
            found[name] = read(text, field=name)
        elif text:
            found[name] = text
    return found


def _resolved(details: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The property itself: references followed, `X | None` read as X."""
    for option in details.get("anyOf", ()):
        if option.get("type") != "null":
            return {**details, **_resolved(option, schema)}
    reference = details.get("$ref") or next((p["$ref"] for p in details.get("allOf", ())), None)
    if reference:
        target = schema.get("$defs", {}).get(reference.rsplit("/", 1)[-1], {})
        return {**target, **details}
    return details


def _said(details: Mapping[str, Any], english: str, chinese: str) -> str:
    reads_chinese = (get_language() or "zh").startswith("zh")
    return str((reads_chinese and details.get(chinese)) or details.get(english) or "")


def as_yaml(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False) if value else ""
