"""Write a chunk of entries that were made ready, with their entries of the ledger.

In the caller's transaction. What a draft says is nobody else's business, so the ledger has it in
commitments, as for one entry written alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gongshu.catalog.bulk_rows import Ready
from gongshu.catalog.metadata import DESCRIBABLE, FIELD_DESCRIBABLE
from gongshu.catalog.models import Dataset, Domain, Field, IndexChange
from gongshu.catalog.ownership import subject_of
from gongshu.ledger import moment
from gongshu.ledger.many import Act, append_many
from gongshu.prepared import insert_values, moment_value
from gongshu.rules.agents import Agent

WRITTEN = ("position", "type", "declared", *FIELD_DESCRIBABLE)
ENTRY_COLUMNS = ("code", "domain", "provider", "created", "modified", *DESCRIBABLE)
COLUMNS = ("dataset", "name", *WRITTEN)
EMPTY = {"type": "text", **dict.fromkeys(FIELD_DESCRIBABLE, ""), "level": None}


def write_chunk(
    readied: Sequence[Ready],
    *,
    by: Agent,
    events: tuple[str, str] = ("dataset.drafted", "dataset.described"),
) -> None:
    """`events`: what the ledger calls a new entry, and one that is changed."""
    todo = [one for one in readied if one.what != "unchanged"]
    new = [one for one in todo if one.new]
    _make_domains(new)
    now = moment.now()
    for one in todo:
        for key, value in one.values.items():
            setattr(one.dataset, key, value)
    _write_entries([one.dataset for one in new], moment_value(now))
    for one in todo:
        if not one.new and one.values:
            one.dataset.save(update_fields=[*one.values, "modified"])
    _write_items(todo)
    append_many([_act(one, events[0 if one.new else 1]) for one in todo], by=by)
    marks = [(one.dataset.code, moment_value(now)) for one in todo]
    insert_values(IndexChange, ("code", "at"), marks)


def _write_entries(made: Sequence[Dataset], now: Any) -> None:
    rows = [
        [
            one.code,
            one.domain.pk,
            one.provider.pk,
            now,
            now,
            *(getattr(one, n) for n in DESCRIBABLE),
        ]
        for one in made
    ]
    insert_values(Dataset, ENTRY_COLUMNS, rows)
    codes = [one.code for one in made]
    keys = dict(Dataset.objects.filter(code__in=codes).values_list("code", "pk"))
    for one in made:
        one.pk = keys[one.code]
        one._state.adding, one._state.db = False, "default"


def _write_items(todo: Sequence[Ready]) -> None:
    new = []
    for one in todo:
        for item in one.fields:
            if item.known is None:
                values = EMPTY | item.values | {"declared": True, "dataset": one.dataset.pk}
                new.append([values[name] for name in COLUMNS])
                continue
            for name, value in item.values.items():
                setattr(item.known, name, value)
            item.known.declared = True
            item.known.save(update_fields=WRITTEN)
    insert_values(Field, COLUMNS, new)


def _make_domains(new: Sequence[Ready]) -> None:
    missing = {one.dataset.domain.code for one in new if one.dataset.domain.pk is None}
    for code in sorted(missing):
        Domain.objects.get_or_create(code=code, defaults={"title_zh": code})
    made = {domain.code: domain for domain in Domain.objects.filter(code__in=missing)}
    for one in new:
        if one.dataset.domain.pk is None:
            one.dataset.domain = made[one.dataset.domain.code]


def _act(one: Ready, event: str) -> Act:
    private = {}
    if one.values:
        private["metadata"] = _plain(one.values)
    if one.fields:
        private["fields"] = _plain([_said(item.values) for item in one.fields])
    return Act(
        event=event,
        subject=subject_of(one.dataset),
        private=private,
        holder=one.dataset.provider.code,
    )


def _plain(values: Any) -> str:
    """As `canonical` writes texts and whole numbers under ASCII names, ten times as fast."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None)}
