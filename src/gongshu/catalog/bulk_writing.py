"""Write a chunk of entries that were made ready, with their entries of the ledger.

In the caller's transaction. What a draft says is nobody else's business, so the ledger has it in
commitments, as for one entry written alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from gongshu.catalog.bulk_rows import Ready
from gongshu.catalog.metadata import FIELD_DESCRIBABLE
from gongshu.catalog.models import Dataset, Domain, Field, IndexChange
from gongshu.catalog.ownership import subject_of
from gongshu.ledger import moment
from gongshu.ledger.many import Act, append_many
from gongshu.log.canonical_json import canonical
from gongshu.rules.agents import Agent

BATCH = 1000
WRITTEN = ("position", "type", "declared", *FIELD_DESCRIBABLE)


def write_chunk(readied: Sequence[Ready], *, by: Agent) -> None:
    todo = [one for one in readied if one.what != "unchanged"]
    new = [one for one in todo if one.new]
    _make_domains(new)
    now = moment.now()
    for one in todo:
        if one.new:
            one.dataset.created = now
        for key, value in one.values.items():
            setattr(one.dataset, key, value)
    Dataset.objects.bulk_create([one.dataset for one in new])
    for one in todo:
        if not one.new and one.values:
            one.dataset.save(update_fields=[*one.values, "modified"])
    fields = [field for one in todo for field in one.fields]
    for field in fields:
        field.dataset_id = field.dataset.pk
    for field in fields:
        if field.pk is not None:
            field.save(update_fields=WRITTEN)
    Field.objects.bulk_create([field for field in fields if field.pk is None], batch_size=BATCH)
    append_many([_act(one) for one in todo], by=by)
    IndexChange.objects.bulk_create([IndexChange(code=one.dataset.code) for one in todo])


def _make_domains(new: Sequence[Ready]) -> None:
    missing = {one.dataset.domain.code for one in new if one.dataset.domain.pk is None}
    for code in sorted(missing):
        Domain.objects.get_or_create(code=code, defaults={"title_zh": code})
    made = {domain.code: domain for domain in Domain.objects.filter(code__in=missing)}
    for one in new:
        if one.dataset.domain.pk is None:
            one.dataset.domain = made[one.dataset.domain.code]


def _act(one: Ready) -> Act:
    private = {}
    if one.values:
        private["metadata"] = canonical(one.values)
    if one.fields:
        private["fields"] = canonical([_said(field) for field in one.fields])
    return Act(
        event="dataset.drafted" if one.new else "dataset.described",
        subject=subject_of(one.dataset),
        private=private,
        holder=one.dataset.provider.code,
    )


def _said(field: Field) -> dict[str, object]:
    values = {name: getattr(field, name) for name in ("name", "type", *FIELD_DESCRIBABLE)}
    return {name: value for name, value in values.items() if value not in ("", None)}
