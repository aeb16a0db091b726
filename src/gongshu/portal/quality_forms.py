"""The form of a dataset's rules: one line of inputs for each column, and lines of text below.

A column's inputs are called `c<position>-<rule>`. What the form does not show of a rule (an
authoritative reference, say) is kept as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gongshu.catalog.models import Field
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

TEXTS = ("type", "pattern", "kind", "minimum", "maximum", "standard")
MARKS = ("unique", "required")
SHOWN = (*TEXTS, *MARKS, "values", "reference")
NUMBERS = frozenset({"integer", "decimal", "number"})


def columns_of(fields: Sequence[Field], said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the form shows of each column."""
    key = set(said.get("key", ()))
    return [
        {
            "field": field,
            "prefix": f"c{field.position}",
            "is_key": field.name in key,
            **_shown(said.get("fields", {}).get(field.name, {})),
        }
        for field in fields
    ]


def _shown(rules: Mapping[str, Any]) -> dict[str, Any]:
    reference = rules.get("reference")
    return {
        **{name: "" if rules.get(name) is None else rules[name] for name in TEXTS},
        **{name: bool(rules.get(name)) for name in MARKS},
        "values": "; ".join(str(value) for value in rules.get("values") or ()),
        "reference": f"{reference['dataset']}.{reference['column']}" if reference else "",
    }


def said_by(
    post: Mapping[str, str], fields: Sequence[Field], before: Mapping[str, Any]
) -> dict[str, Any]:
    """The form as the service takes it."""
    columns = {}
    for field in fields:
        kept = before.get("fields", {}).get(field.name, {})
        rules = {name: value for name, value in kept.items() if name not in SHOWN}
        rules |= _read(post, f"c{field.position}-", field, kept)
        if rules:
            columns[field.name] = rules
    titles = {one["expression"]: one for one in before.get("checks", ())}
    return {
        "fields": columns,
        "key": [f.name for f in fields if post.get(f"c{f.position}-key")],
        "checks": [
            titles.get(line, {"expression": line}) for line in _lines(post.get("checks", ""))
        ],
        "sequences": [
            [name.strip() for name in line.replace("，", ",").split(",") if name.strip()]
            for line in _lines(post.get("sequences", ""))
        ],
    }


def _read(
    post: Mapping[str, str], prefix: str, field: Field, kept: Mapping[str, Any]
) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name in TEXTS:
        text = post.get(prefix + name, "").strip()
        if text:
            bound = name in ("minimum", "maximum")
            said[name] = _bound(text, field.type) if bound else text
    said |= {name: True for name in MARKS if post.get(prefix + name)}
    values = [v.strip() for v in post.get(prefix + "values", "").replace("；", ";").split(";")]
    if any(values):
        said["values"] = [value for value in values if value]
    reference = post.get(prefix + "reference", "").strip()
    if reference:
        said["reference"] = _reference(reference, kept.get("reference") or {})
    return said


def _bound(text: str, family: str) -> int | float | str:
    """A number for a column of numbers; otherwise as it is written, a day for instance."""
    if family not in NUMBERS:
        return text
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _reference(text: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """`<domain>.<name>.<column>`."""
    parts = text.split(".", 2)
    if len(parts) != 3 or not all(parts):
        raise BadInput(
            "reference",
            Sentence(
                en=f"“{text}” names no column of a dataset: <domain>.<name>.<column>.",
                zh=f"“{text}”未指明数据集的列，应写作 <领域>.<名称>.<列>。",
            ),
            field="reference",
        )
    more = {name: value for name, value in kept.items() if name not in ("dataset", "column")}
    return {"dataset": f"{parts[0]}.{parts[1]}", "column": parts[2], **more}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
