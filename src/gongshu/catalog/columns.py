"""The fields of an entry follow its first file, and then hold: later files must fit them.

While an entry is a draft or being updated, a new version may bring other columns; what people
wrote about those that stay is kept. Once it is published, its structure is what was approved,
and grants name its columns: a version with others is refused, with what differs. For the same
reason a type does not change silently; that would also tell of a single row.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import pyarrow as pa

from gongshu.catalog.models import Dataset, Field, State
from gongshu.data import Table
from gongshu.rules.problems import Conflict
from gongshu.wording import Sentence

FREE = (State.DRAFT, State.UPDATING)


def type_word(type_: pa.DataType) -> str:
    """The type as people and the catalogue call it."""
    tests = [
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_decimal, "decimal"),
        (pa.types.is_floating, "float"),
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "timestamp"),
        (pa.types.is_time, "time"),
        (pa.types.is_string, "text"),
        (pa.types.is_large_string, "text"),
    ]
    return next((word for test, word in tests if test(type_)), str(type_))


def sync_fields(dataset: Dataset, table: Table, profile: Any, source_name: str) -> None:
    """Make the entry's fields those of the table, or refuse the table."""
    found = {column.name: type_word(column.type) for column in table.schema}
    known = {field.name: field for field in dataset.fields.all()}
    if dataset.state not in FREE:
        _require_same(dataset, known, found)
        return
    dataset.fields.exclude(name__in=found).delete()
    guessed = {column.name: column for column in profile.columns}
    for position, (name, type_) in enumerate(found.items()):
        field = known.get(name) or Field(
            dataset=dataset,
            name=name,
            semantic_type=guessed[name].semantic_type or "",
            level=guessed[name].level,
        )
        field.position, field.type = position, type_
        field.save()
    _propose(dataset, profile, source_name)


def _propose(dataset: Dataset, profile: Any, source_name: str) -> None:
    """What the file suggests, where nobody has said otherwise yet; people decide in the case."""
    if dataset.state != State.DRAFT:
        return
    suffix = PurePath(source_name.removesuffix(".gz")).suffix.lstrip(".").lower()
    dataset.format = dataset.format or suffix[:20]
    if not dataset.grade:
        dataset.grade, dataset.level = profile.grade.grade, profile.grade.level
    dataset.save()


def _require_same(dataset: Dataset, known: dict[str, Field], found: dict[str, str]) -> None:
    new, gone = sorted(set(found) - set(known)), sorted(set(known) - set(found))
    other = [name for name, field in known.items() if name in found and field.type != found[name]]
    if not (new or gone or other):
        return
    parts = [
        ("new", "新增", new),
        ("missing", "缺少", gone),
        ("of another type", "类型不同", other),
    ]
    named = [(en, zh, "、".join(names), ", ".join(names)) for en, zh, names in parts if names]
    raise Conflict(
        "columns_differ",
        Sentence(
            en=f"The columns are not those of the published entry {dataset.code}: "
            + "; ".join(f"{en}: {listed}" for en, _, _, listed in named)
            + ".",
            zh=f"列与已发布的目录条目 {dataset.code} 不一致："
            + "；".join(f"{zh}：{listed}" for _, zh, listed, _ in named)
            + "。",
        ),
        suggestion=Sentence(
            en="Start an update of the entry in its case, or correct the file.",
            zh="请在其办件中发起目录更新，或更正文件。",
        ),
    )
