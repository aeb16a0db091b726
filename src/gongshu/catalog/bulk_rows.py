"""Rows of a catalogue file made ready to be written, or told what is wrong with them.

The same rules as for one entry (`metadata.checked`), for a thousand at a time: what stands in the
catalogue is asked once a chunk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gongshu.accounts.models import Organisation
from gongshu.catalog import selectors
from gongshu.catalog.import_rows import Row, RowError, said
from gongshu.catalog.metadata import (
    DESCRIBABLE,
    FIELD_DESCRIBABLE,
    checked,
    checked_field,
    split_code,
)
from gongshu.catalog.models import Dataset, Domain, Field, Version
from gongshu.catalog.services import DESCRIBABLE_IN, PROVIDERS
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden
from gongshu.wording import Problem, Sentence

# Where the rule is about two words, the one that makes the other owed or wrong.
CAUSE = {"sharing_basis": "sharing", "opening": "grade", "level": "grade"}


@dataclass
class Item:
    """A column to be written; `known`, where the entry has it already."""

    values: dict[str, Any]
    known: Field | None = None


@dataclass
class Ready:
    """What is to be written of one entry; nothing, where all of it stands there already."""

    dataset: Dataset  # unsaved where it is new
    values: dict[str, Any]
    fields: list[Item]
    new: bool = False

    @property
    def what(self) -> str:
        return "new" if self.new else "changed" if self.values or self.fields else "unchanged"


@dataclass
class Bad:
    errors: list[RowError]


@dataclass
class Standing:
    """What the catalogue has of the codes of one chunk."""

    datasets: dict[str, Dataset]
    seen: set[str]  # those that whoever imports may know of
    fields: dict[int, dict[str, Field]]
    with_data: set[int]


@dataclass
class Readying:
    by: Agent
    provider: str = ""
    _codes: dict[str, int] = field(default_factory=dict)
    _providers: dict[str, Organisation | None] = field(default_factory=dict)
    _domains: dict[str, Domain] = field(default_factory=dict)

    def seen(self, row: Row) -> None:
        """A row that was done in an earlier attempt; its code still stands once in the file."""
        self._codes.setdefault(row.code, row.number)

    def again(self, rows: Iterable[Row]) -> None:
        """The chunk is tried anew, on what stands there then."""
        for row in rows:
            if self._codes.get(row.code) == row.number:
                del self._codes[row.code]
        self._domains.clear()

    def of(self, rows: Sequence[Row], *, lock: bool = False) -> Iterator[Ready | Bad]:
        standing = self._standing([row.code for row in rows if row.code], lock)
        for row in rows:
            errors = list(row.wrong)
            ready = self._entry(row, standing, errors) if row.record or not errors else None
            yield Bad(errors) if errors or ready is None else ready

    def _entry(self, row: Row, standing: Standing, errors: list[RowError]) -> Ready | None:
        try:
            dataset, new = self._dataset(row, standing)
        except Problem as problem:
            errors.append(row.error(problem))
            return None
        values = _values(row, dataset, new, errors)
        changed = {k: v for k, v in values.items() if new or getattr(dataset, k) != v}
        known = standing.fields.get(dataset.pk, {})
        fields = _fields(row, dataset, known, dataset.pk in standing.with_data, errors)
        if (changed or fields) and not new and dataset.state not in DESCRIBABLE_IN:
            errors.append(row.error(_fixed(dataset)))
        return Ready(dataset, changed, fields, new)

    def _dataset(self, row: Row, standing: Standing) -> tuple[Dataset, bool]:
        """The entry of that code, or a new one: whose, and whether this agent may."""
        domain_code, name = split_code(row.code)
        first = self._codes.setdefault(row.code, row.number)
        if first != row.number:
            raise _twice(row.code, first)
        existing = standing.datasets.get(row.code)
        if existing is not None:
            if row.code not in standing.seen:
                raise Conflict(
                    "dataset_exists",
                    Sentence(en=f"The code {row.code} is taken.", zh=f"代码 {row.code} 已被使用。"),
                    field="code",
                )
            if not selectors.is_holder(existing, self.by):
                raise _not_own("code")
            return existing, False
        organisation = self._organisation(row)
        domain = self._domain(domain_code)
        return Dataset(code=row.code, domain=domain, provider=organisation, title_zh=name), True

    def _organisation(self, row: Row) -> Organisation:
        code = self.provider or str(row.record.get("provider") or "") or self.by.organisation
        if code not in self._providers:
            found = Organisation.objects.filter(code=code, roles__kind__in=PROVIDERS).first()
            self._providers[code] = found
        organisation = self._providers[code]
        if organisation is None:
            raise BadInput(
                "not_a_provider",
                Sentence(
                    en=f"“{code}” is no agency that can provide data.",
                    zh=f"“{code}”不是可提供数据的政务部门。",
                ),
                field="provider",
            )
        if not (self.by.administrator or self.by.system or self.by.organisation == code):
            raise _not_own("provider")
        return organisation

    def _domain(self, code: str) -> Domain:
        """Unsaved where it is new: the first dataset of a domain makes it, on writing."""
        if code not in self._domains:
            found = Domain.objects.filter(code=code).first()
            self._domains[code] = found or Domain(code=code, title_zh=code)
        return self._domains[code]

    def _standing(self, codes: Sequence[str], lock: bool) -> Standing:
        rows = Dataset.objects.filter(code__in=codes).select_related("provider")
        if lock:
            rows = rows.select_for_update(of=("self",))
        datasets = {dataset.code: dataset for dataset in rows}
        seen = set(
            selectors.visible_to(self.by).filter(code__in=datasets).values_list("code", flat=True)
        )
        keys = [dataset.pk for dataset in datasets.values()]
        fields: dict[int, dict[str, Field]] = defaultdict(dict)
        for one in Field.objects.filter(dataset__in=keys):
            fields[one.dataset_id][one.name] = one
        with_data = Version.objects.filter(dataset__in=keys).values_list("dataset_id", flat=True)
        return Standing(datasets, seen, fields, set(with_data))


def _values(row: Row, dataset: Dataset, new: bool, errors: list[RowError]) -> dict[str, Any]:
    """The checked values; every wrong one of the row is told, not the first alone."""
    meta = {k: _lines(v) for k, v in said(row.record, DESCRIBABLE).items()}
    if new and "title_zh" not in meta:  # the form owes one; JSON may leave it to the code's name
        meta["title_zh"] = "" if row.sheet else dataset.title_zh
    while True:
        try:
            return checked(dataset, meta)
        except Problem as problem:
            errors.append(row.error(problem))
            name = problem.field if problem.field in meta else CAUSE.get(problem.field or "", "")
            if name not in meta:
                return {}
            del meta[name]


def _fields(
    row: Row, dataset: Dataset, known: Mapping[str, Field], fixed: bool, errors: list[RowError]
) -> list[Item]:
    """The items to write."""
    found: list[Item] = []
    names: set[str] = set()
    for position, (number, item) in enumerate(row.items):
        name = str(item.get("name") or "").strip()
        try:
            if not name or len(name) > 200 or (fixed and name not in known):
                raise _no_column(dataset.code, name)
            if name in names:
                raise _item_twice(name)
            names.add(name)
            values = checked_field({k: _lines(v) for k, v in said(item, FIELD_DESCRIBABLE).items()})
        except Problem as problem:
            errors.append(row.item_error(number, problem))
            continue
        if not fixed:
            values |= {"position": position}
            if name not in known or item.get("type"):
                values["type"] = str(item.get("type") or "text").strip()[:40]
        one = known.get(name)
        if one is None or any(getattr(one, k) != v for k, v in values.items()):
            found.append(Item({"name": name, **values}, one))
    return found


def _lines(value: Any) -> Any:
    """One kind of line end: a sheet knows no other."""
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def _twice(code: str, first: int) -> BadInput:
    return BadInput(
        "twice",
        Sentence(
            en=f"{code} stands in row {first} already.", zh=f"{code} 在第 {first} 行已经出现。"
        ),
        field="code",
    )


def _item_twice(name: str) -> BadInput:
    return BadInput(
        "twice",
        Sentence(en=f"The item “{name}” stands there twice.", zh=f"信息项“{name}”重复。"),
        field="name",
    )


def _no_column(code: str, name: str) -> BadInput:
    if not name:
        sentence = Sentence(en="An item needs a name.", zh="信息项须有名称。")
    elif len(name) > 200:
        sentence = Sentence(
            en="An item's name has at most 200 characters.", zh="信息项名称最多 200 个字符。"
        )
    else:
        sentence = Sentence(en=f"{code} has no column “{name}”.", zh=f"{code} 没有列“{name}”。")
    return BadInput("unknown_column", sentence, field="name")


def _not_own(field: str) -> Forbidden:
    return Forbidden(
        "not_provider",
        Sentence(
            en="You can enter datasets for your own organisation only.", zh="只能为本机构编目。"
        ),
        field=field,
    )


def _fixed(dataset: Dataset) -> Conflict:
    return Conflict(
        "entry_is_fixed",
        Sentence(
            en=f"The entry {dataset.code} is under review or published and stands as it is.",
            zh=f"目录条目 {dataset.code} 正在审核或已发布，不能直接修改。",
        ),
        suggestion=Sentence(
            en="Start an update of the entry in its case.", zh="请在其办件中发起目录更新。"
        ),
    )
