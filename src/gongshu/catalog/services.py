"""The only writers of catalogue entries, besides the effects of their cases (`effects`).

What an entry says of itself may be changed while it is a draft or being updated; afterwards it
stands as it was assessed and approved, until a case takes it back (articles 13, 16 and 17 of
the Government Data Sharing Regulations). Owners' terms may be set at any time: a grant has
pinned the ones it was issued under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from gongshu.accounts.models import Organisation
from gongshu.catalog import selectors
from gongshu.catalog.index import mark_changed
from gongshu.catalog.metadata import (
    DOMAIN_CODE,
    FIELD_DESCRIBABLE,
    checked,
    checked_field,
    require_known,
    split_code,
)
from gongshu.catalog.models import Dataset, Domain, Field, OwnerTerms, State
from gongshu.catalog.ownership import locked, require_holder, require_scope, subject_of
from gongshu.catalog.terms import checked_terms
from gongshu.catalog.versions import add_version
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.log.canonical_json import canonical
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.wording import Sentence

__all__ = [
    "add_version",
    "create_domain",
    "create_draft",
    "declare_fields",
    "describe",
    "describe_entry",
    "describe_field",
    "set_owner_terms",
]
PROVIDERS = (Kind.AGENCY, Kind.BUREAU, Kind.GOVERNMENT, Kind.SECTOR)
DESCRIBABLE_IN = (State.DRAFT, State.UPDATING)


@transaction.atomic
def create_domain(*, code: str, title_zh: str, title_en: str = "", by: Agent) -> Domain:
    """By the data bureau or an administrator; the first dataset of a domain makes it, too."""
    if not (by.administrator or by.system or by.is_a(Kind.BUREAU)):
        raise Forbidden(
            "not_bureau",
            Sentence(en="Domains are kept by the data bureau.", zh="领域由数据管理部门维护。"),
        )
    if not DOMAIN_CODE.fullmatch(code):
        raise BadInput(
            "domain_code",
            Sentence(en=f"“{code}” is no code of a domain.", zh=f"“{code}”不是领域代码。"),
            field="code",
        )
    domain, _ = Domain.objects.update_or_create(
        code=code, defaults={"title_zh": title_zh or code, "title_en": title_en}
    )
    return domain


@transaction.atomic
def create_draft(*, code: str, provider: str, by: Agent, **meta: Any) -> Dataset:
    """A new entry, seen by its provider alone until a case publishes it."""
    domain_code, name = split_code(code)
    organisation = _provider(provider, by)
    if Dataset.objects.filter(code=code).exists():
        raise _taken(code)
    domain, _ = Domain.objects.get_or_create(code=domain_code, defaults={"title_zh": domain_code})
    dataset = Dataset(code=code, domain=domain, provider=organisation, created=moment.now())
    for key, value in checked(dataset, {"title_zh": name} | meta).items():
        setattr(dataset, key, value)
    try:
        with transaction.atomic():
            dataset.save()
    except IntegrityError:  # somebody else's was entered in this moment
        raise _taken(code) from None
    _record("dataset.drafted", dataset, by, private={"metadata": canonical(meta)} if meta else {})
    return dataset


def _taken(code: str) -> Conflict:
    return Conflict(
        "dataset_exists",
        Sentence(en=f"The code {code} is taken.", zh=f"代码 {code} 已被使用。"),
        field="code",
    )


@transaction.atomic
def describe(*, dataset: Dataset, by: Agent, **meta: Any) -> Dataset:
    """Change what the entry says of the dataset."""
    dataset = locked(dataset)
    require_holder(dataset, by)
    _require_describable(dataset)
    values = checked(dataset, meta)
    changed = {k: v for k, v in values.items() if getattr(dataset, k) != v}
    if not changed:
        return dataset
    for key, value in changed.items():
        setattr(dataset, key, value)
    dataset.save()
    _record("dataset.described", dataset, by, private={"metadata": canonical(changed)})
    return dataset


@transaction.atomic
def describe_field(*, dataset: Dataset, name: str, by: Agent, **meta: Any) -> Field:
    dataset = locked(dataset)
    require_holder(dataset, by)
    _require_describable(dataset)
    found = dataset.fields.filter(name=name).first()
    if found is None:
        raise NotFound(
            "unknown_column",
            Sentence(
                en=f"{dataset.code} has no column “{name}”.", zh=f"{dataset.code} 没有列“{name}”。"
            ),
            field="fields",
        )
    values = checked_field(meta)
    changed = {k: v for k, v in values.items() if getattr(found, k) != v}
    if not changed and found.declared:
        return found
    for key, value in changed.items():
        setattr(found, key, value)
    found.declared = True
    found.save()
    private = {"metadata": canonical({"field": name} | changed)}
    _record("dataset.described", dataset, by, private=private)
    return found


@transaction.atomic
def describe_entry(
    *, dataset: Dataset, by: Agent, meta: Mapping[str, Any], fields: Mapping[str, Mapping[str, Any]]
) -> Dataset:
    """What the entry and its columns say, all of it or, where one value is wrong, nothing."""
    require_known(meta)  # before names become parameters, some of which are not the sender's
    for said in fields.values():
        require_known(said, FIELD_DESCRIBABLE)
    dataset = describe(dataset=dataset, by=by, **meta)
    for name, said in fields.items():
        describe_field(dataset=dataset, name=name, by=by, **said)
    return dataset


@transaction.atomic
def declare_fields(*, dataset: Dataset, fields: Sequence[Mapping[str, Any]], by: Agent) -> None:
    """The columns as somebody who knows them says; once there are data, no others than theirs."""
    dataset = locked(dataset)
    require_holder(dataset, by)
    _require_describable(dataset)
    known = {field.name: field for field in dataset.fields.all()}
    fixed = dataset.versions.exists()
    for position, said in enumerate(fields):
        name = str(said.get("name", "")).strip()
        if not name or (fixed and name not in known):
            raise BadInput(
                "unknown_column",
                Sentence(
                    en=f"{dataset.code} has no column “{name}”.",
                    zh=f"{dataset.code} 没有列“{name}”。",
                ),
                field="fields",
            )
        field = known.get(name) or Field(dataset=dataset, name=name[:200], type="text")
        values = {k: v for k, v in said.items() if k not in ("name", "type")}
        for key, value in checked_field(values).items():
            setattr(field, key, value)
        if not fixed:
            field.position, field.type = position, str(said.get("type") or "text")[:40]
        field.declared = True
        field.save()
    _record("dataset.described", dataset, by, private={"metadata": canonical(list(fields))})


@transaction.atomic
def set_owner_terms(*, dataset: Dataset, terms: dict[str, Any], by: Agent) -> OwnerTerms:
    """What the owner allows at most. A grant can only narrow it, and keeps the number it pinned."""
    dataset = locked(dataset)
    require_holder(dataset, by)
    clean = checked_terms(dataset, terms)
    newest = selectors.latest_owner_terms(dataset)
    if newest is not None and newest.terms == clean:
        return newest
    number = (newest.number if newest else 0) + 1
    row = OwnerTerms.objects.create(
        dataset=dataset, number=number, terms=clean, created=moment.now()
    )
    ledger.append(
        event="dataset.terms_set",
        subject=subject_of(dataset),
        by=by,
        public={"number": number},
        private={"terms": canonical(clean)},
        holder=dataset.provider.code,
    )
    return row


def _record(event: str, dataset: Dataset, by: Agent, *, private: dict[str, str]) -> None:
    """The entry of an act on metadata: a draft is nobody else's business, so in commitments."""
    mark_changed(dataset.code)
    ledger.append(
        event=event,
        subject=subject_of(dataset),
        by=by,
        private=private,
        holder=dataset.provider.code,
    )


def _provider(code: str, by: Agent) -> Organisation:
    organisation = Organisation.objects.filter(code=code).first()
    kinds = set(organisation.roles.values_list("kind", flat=True)) if organisation else set()
    if organisation is None or not kinds & set(PROVIDERS):
        raise BadInput(
            "not_a_provider",
            Sentence(
                en=f"“{code}” is no agency that can provide data.",
                zh=f"“{code}”不是可提供数据的政务部门。",
            ),
            field="provider",
        )
    if not (by.administrator or by.system or by.organisation == code):
        raise Forbidden(
            "not_provider",
            Sentence(
                en="You can enter datasets for your own organisation only.",
                zh="只能为本机构编目。",
            ),
        )
    require_scope(by)
    return organisation


def _require_describable(dataset: Dataset) -> None:
    if dataset.state not in DESCRIBABLE_IN:
        raise Conflict(
            "entry_is_fixed",
            Sentence(
                en=f"The entry {dataset.code} is under review or published and stands as it is.",
                zh=f"目录条目 {dataset.code} 正在审核或已发布，不能直接修改。",
            ),
            suggestion=Sentence(
                en="Start an update of the entry in its case.", zh="请在其办件中发起目录更新。"
            ),
        )
