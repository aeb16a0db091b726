"""One datum, one source (一数一源): which column holds a datum first, and which are copies of it.

Platform rule: the Government Data Sharing Regulations ask for one source of each datum and give no
steps. The bureau, or a provider for its own columns, says which columns hold a datum; the head of
the bureau names the source. Then all others are references, and those who are served from one of
them are told where the datum comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import IntegrityError, transaction

from gongshu.catalog import selectors
from gongshu.catalog.element_selectors import get
from gongshu.catalog.models import DataElement, Dataset, ElementField, Role
from gongshu.catalog.studies import queue_study
from gongshu.jobs import services as jobs
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent, Kind, Rank
from gongshu.rules.problems import BadInput, Conflict, Forbidden
from gongshu.wording import Sentence

SAID = {
    "name_zh": 200,
    "name_en": 200,
    "definition_zh": 4000,
    "definition_en": 4000,
    "object_class": 100,
    "property": 100,
    "representation": 100,
}
# Who is served from a column of a dataset is known to a room above: organisations by their codes.
Consumers = Callable[[Dataset, str], Iterable[str]]
_consumers: list[Consumers] = []


def consumers(function: Consumers) -> Consumers:
    """Register who knows the consumers of a column (grants)."""
    if function not in _consumers:
        _consumers.append(function)
    return function


@transaction.atomic
def describe_element(*, by: Agent, element: DataElement | None = None, **said: str) -> DataElement:
    """A new element, or what is said of one changed."""
    _require_bureau(by)
    made = element or DataElement()
    for name, value in _checked(said).items():
        setattr(made, name, value)
    if not made.name_zh:
        raise BadInput(
            "name",
            Sentence(en="A data element needs a Chinese name.", zh="数据元须有中文名称。"),
            field="name_zh",
        )
    made.save()
    entry = ledger.append(
        event="element.described",
        subject=_subject(made, by),
        by=by,
        public={name: getattr(made, name) for name in SAID if getattr(made, name)},
    )
    if not made.entry_id:
        made.entry_id = str(entry.id)
        made.save(update_fields=["entry_id"])
    return made


def _checked(said: dict[str, str]) -> dict[str, str]:
    for name, value in said.items():
        if name not in SAID or not isinstance(value, str) or len(value) > SAID[name]:
            raise BadInput(
                "element",
                Sentence(
                    en=f"“{name}” is not known, or too long.",
                    zh=f"“{name}”不是可填写的项目，或内容过长。",
                ),
                field=name,
            )
    return {name: value.strip().replace("\0", "") for name, value in said.items()}


@transaction.atomic
def add_column(*, element: DataElement, dataset: Dataset, column: str, by: Agent) -> ElementField:
    """Say that a column holds the datum; a reference where it has its source already."""
    _require_bureau_or_provider(dataset, by)
    _require_column(dataset, column)
    element = _locked(element)
    has_source = element.fields.filter(role=Role.SOURCE).exists()
    held = ElementField(
        element=element,
        dataset=dataset,
        column=column,
        role=Role.REFERENCE if has_source else Role.CANDIDATE,
    )
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError:
        raise Conflict(
            "column_has_element",
            Sentence(
                en=f"{dataset.code}.{column} holds a data element already.",
                zh=f"{dataset.code}.{column} 已归入某一数据元。",
            ),
            field="column",
        ) from None
    _record("element.column_added", element, by, held)
    if has_source:
        _tell_consumers(element, [held])
        _compare_anew([held], by)
    return held


@transaction.atomic
def remove_column(*, element: DataElement, dataset: Dataset, column: str, by: Agent) -> None:
    """Take back that a column holds the datum; the head of the bureau alone takes back a source."""
    _require_bureau_or_provider(dataset, by)
    held = _held(_locked(element), dataset, column)
    if held.role == Role.SOURCE:
        _require_bureau_head(by)
        ElementField.objects.filter(element=element).update(role=Role.CANDIDATE, compared=None)
    held.delete()
    _record("element.column_removed", element, by, held)


@transaction.atomic
def name_source(*, element: DataElement, dataset: Dataset, column: str, by: Agent) -> DataElement:
    """This column is the datum's one source; all others become references, their consumers told."""
    _require_bureau_head(by)
    element = _locked(element)
    held = _held(element, dataset, column)
    if held.role == Role.SOURCE:
        return element
    # The old source goes first: there is never a moment with two.
    others = element.fields.exclude(pk=held.pk)
    others.update(role=Role.REFERENCE, compared=None)
    held.role, held.compared = Role.SOURCE, None
    held.save(update_fields=["role", "compared"])
    copies = list(others.select_related("dataset__provider"))
    entry = _record("element.source_named", element, by, held, copies)
    element.entry_id = entry
    element.save(update_fields=["entry_id"])
    _tell_providers(element, held, copies)
    _tell_consumers(element, copies)
    _compare_anew(copies, by)
    return element


def _tell_providers(
    element: DataElement, source: ElementField, copies: Iterable[ElementField]
) -> None:
    link, name, provider = f"/element/{element.pk}", element.name_zh, source.dataset.provider
    en = element.name_en or name
    jobs.notify(
        to=provider.code,
        text=Sentence(
            en=f"You are the source of “{en}” ({source.dataset.code}.{source.column}).",
            zh=f"贵单位被确定为“{name}”的数源单位（{source.dataset.code}.{source.column}）。",
        ),
        link=link,
    )
    for code in sorted({copy.dataset.provider.code for copy in copies} - {provider.code}):
        jobs.notify(
            to=code,
            text=Sentence(
                en=f"The source of “{en}” is now {provider.name_en or provider.name_zh}; what you "
                "hold of it is a reference.",
                zh=f"“{name}”的数源单位已确定为{provider.name_zh}，贵单位所持为引用数据。",
            ),
            link=link,
        )


def _tell_consumers(element: DataElement, copies: Iterable[ElementField]) -> None:
    for copy in copies:
        served = {code for find in _consumers for code in find(copy.dataset, copy.column)}
        for code in sorted(served):
            jobs.notify(
                to=code,
                text=Sentence(
                    en=f"“{element.name_en or element.name_zh}” in {copy.dataset.code} is a copy; "
                    "its source is named.",
                    zh=f"{copy.dataset.code} 中的“{element.name_zh}”为引用数据，其数源已确定。",
                ),
                link=f"/element/{element.pk}",
            )


def _compare_anew(copies: Iterable[ElementField], by: Agent) -> None:
    for copy in copies:
        version = selectors.latest(copy.dataset)
        if version is not None:
            queue_study("copies", version, by)


def _record(
    event: str,
    element: DataElement,
    by: Agent,
    held: ElementField,
    copies: Iterable[ElementField] = (),
) -> str:
    facts: dict[str, Any] = {
        "name": element.name_zh,
        "dataset": held.dataset.code,
        "column": held.column,
        "provider": held.dataset.provider.code,
    }
    if listed := sorted(f"{copy.dataset.code}.{copy.column}" for copy in copies):
        facts["references"] = listed
    entry = ledger.append(event=event, subject=_subject(element, by), by=by, public=facts)
    return str(entry.id)


def _subject(element: DataElement, by: Agent) -> Subject:
    return Subject("element", str(element.pk), by.organisation)


def _locked(element: DataElement) -> DataElement:
    return DataElement.objects.select_for_update().get(pk=element.pk)


def _held(element: DataElement, dataset: Dataset, column: str) -> ElementField:
    rows = element.fields.select_related("dataset__provider")
    found = rows.filter(dataset=dataset, column=column).first()
    if found is None:
        raise BadInput(
            "not_of_element",
            Sentence(
                en=f"{dataset.code}.{column} is none of the columns that hold this element.",
                zh=f"{dataset.code}.{column} 不属于该数据元。",
            ),
            field="column",
        )
    return found


def _require_column(dataset: Dataset, column: str) -> None:
    if not dataset.fields.filter(name=column).exists():
        raise BadInput(
            "unknown_column",
            Sentence(
                en=f"{dataset.code} has no column “{column}”.",
                zh=f"{dataset.code} 没有名为“{column}”的列。",
            ),
            field="column",
        )


def _require_bureau(by: Agent) -> None:
    if not (by.is_a(Kind.BUREAU) and by.may_use("case")):
        raise Forbidden(
            "not_bureau",
            Sentence(en="Only the data bureau may do this.", zh="只有数据管理部门可以执行此操作。"),
        )


def _require_bureau_or_provider(dataset: Dataset, by: Agent) -> None:
    if not (selectors.is_provider(dataset, by) and by.may_use("ingest")):
        _require_bureau(by)


def _require_bureau_head(by: Agent) -> None:
    _require_bureau(by)
    if by.rank != Rank.HEAD:
        raise Forbidden(
            "not_head",
            Sentence(
                en="The head of the data bureau names the source of a datum.",
                zh="数源由数据管理部门负责人确定。",
            ),
        )


__all__ = [
    "add_column",
    "consumers",
    "describe_element",
    "get",
    "name_source",
    "remove_column",
]
