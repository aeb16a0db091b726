"""Entries out of the catalogue: the ministry's Excel form, JSON, or JSON one entry a line.

    {"code": "education.schools", "provider": "11330100…", "title_zh": "学校名录", …,
     "fields": [{"name": "学校名称", "type": "text", "title_zh": "…", "meaning_zh": "…"}]}

`bulk` takes the same files in. What is guessed from values is for whoever may see the values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from gongshu.catalog import selectors
from gongshu.catalog.metadata import DESCRIBABLE, FIELD_DESCRIBABLE
from gongshu.catalog.models import Dataset, Field, Version
from gongshu.catalog.template import write_workbook
from gongshu.ledger.services import BEIJING
from gongshu.rules.agents import Agent

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
}


def write_entries(
    path: Path, form: str, agent: Agent, rows: QuerySet[Dataset] | None = None
) -> None:
    """A file of what this agent may see; `rows` narrows it, and never widens it."""
    records = export_entries(agent, rows)
    if form == "xlsx":
        write_workbook(path, records)
        return
    with path.open("w", encoding="utf-8") as file:
        file.writelines(as_lines(records, form))


def as_lines(records: Iterator[dict[str, Any]], form: str) -> Iterator[str]:
    """JSON as it is written, entry by entry."""
    texts = (json.dumps(_without_told(one), ensure_ascii=False) for one in records)
    if form == "ndjson":
        yield from (f"{text}\n" for text in texts)
        return
    yield '{"entries": ['
    for number, text in enumerate(texts):
        yield ("," if number else "") + "\n" + text
    yield "\n]}\n"


def export_entries(agent: Agent, rows: QuerySet[Dataset] | None = None) -> Iterator[dict[str, Any]]:
    """What this agent may see, by code; of protected datasets only what all may see."""
    seen = selectors.visible_to(agent)
    if rows is not None:
        seen = seen.filter(pk__in=rows.order_by().values("pk"))
    with_data = Exists(Version.objects.filter(dataset=OuterRef("pk")))
    seen = seen.annotate(with_data=with_data).prefetch_related("fields").order_by("code")
    for dataset in seen.iterator(chunk_size=500):
        full = not dataset.with_data or selectors.may_see_full_profile(dataset, agent)
        yield record_of(dataset, full=full)


def record_of(dataset: Dataset, *, full: bool) -> dict[str, Any]:
    texts = {name: getattr(dataset, name) for name in DESCRIBABLE}
    published = dataset.published.astimezone(BEIJING) if dataset.published else None
    return {
        "code": dataset.code,
        "provider": dataset.provider.code,
        "provider_name": dataset.provider.name_zh,
        "published": f"{published:%Y-%m-%d}" if published else "",
        **{name: value for name, value in texts.items() if value not in ("", None)},
        "fields": [_item(field, full) for field in dataset.fields.all()],
    }


def _item(field: Field, full: bool) -> dict[str, Any]:
    """Undeclared meaning and level are guesses that may come from the values."""
    said = {name: value for name in FIELD_DESCRIBABLE if (value := getattr(field, name))}
    if full:
        return {"name": field.name, "type": field.type, **said}
    from gongshu.data.profiling.semantics import coarse  # here: it loads DuckDB and Arrow

    known = said if field.declared else {}
    return {"name": field.name, "type": coarse(field.type), **known}


def _without_told(record: dict[str, Any]) -> dict[str, Any]:
    """JSON repeats nothing: what follows from something else stands in Excel for its readers."""
    return {k: v for k, v in record.items() if k not in ("provider_name", "published")}
