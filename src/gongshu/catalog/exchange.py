"""Entries as JSON lines: out of one catalogue and into another, or into this one by the thousand.

    {"code": "education.schools", "provider": "11330100…", "title_zh": "学校名录", …,
     "fields": [{"name": "学校名称", "type": "text", "title_zh": "…", "meaning_zh": "…"}]}

What comes in is a draft, like everything that nobody has reviewed here. An entry that exists is
described anew, as far as its state allows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gongshu.catalog import selectors, services
from gongshu.catalog.metadata import DESCRIBABLE, FIELD_DESCRIBABLE
from gongshu.catalog.models import Dataset
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

KNOWN = {"code", "provider", "domain", "fields", *DESCRIBABLE}


def export_entries(agent: Agent) -> Iterator[dict[str, Any]]:
    """What this agent may see, by code; of protected datasets only what all may see."""
    rows = selectors.visible_to(agent).prefetch_related("fields").order_by("code")
    for dataset in rows.iterator(chunk_size=500):
        yield record_of(dataset)


def record_of(dataset: Dataset) -> dict[str, Any]:
    texts = {name: getattr(dataset, name) for name in DESCRIBABLE}
    fields = [
        {"name": f.name, "type": f.type}
        | {name: value for name in FIELD_DESCRIBABLE if (value := getattr(f, name))}
        for f in dataset.fields.all()
    ]
    return {
        "code": dataset.code,
        "provider": dataset.provider.code,
        **{name: value for name, value in texts.items() if value not in ("", None)},
        "fields": fields,
    }


def read_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("code"), str):
            raise _bad_line(number, "no JSON object with a code", "不是带有 code 的 JSON 对象")
        unknown = sorted(set(record) - KNOWN)
        if unknown:
            raise _bad_line(number, f"unknown key “{unknown[0]}”", f"未知的键“{unknown[0]}”")
        yield record


def import_entry(record: Mapping[str, Any], *, provider: str = "", by: Agent) -> Dataset:
    """One entry; returns the dataset as it stands now."""
    code = record["code"]
    meta = {name: record[name] for name in DESCRIBABLE if name in record}
    existing = selectors.visible_to(by).filter(code=code).first()
    if existing is None:
        owner = provider or str(record.get("provider", "")) or by.organisation
        dataset = services.create_draft(code=code, provider=owner, by=by, **meta)
    else:
        dataset = services.describe(dataset=existing, by=by, **meta)
    if record.get("fields"):
        services.declare_fields(dataset=dataset, fields=record["fields"], by=by)
    return dataset


def _bad_line(number: int, en: str, zh: str) -> BadInput:
    return BadInput("bad_line", Sentence(en=f"Line {number}: {en}.", zh=f"第 {number} 行：{zh}。"))
