"""The fields of an entry follow its first file, and then hold: later files must fit them.

While an entry is a draft or being updated, a new version may bring other columns; what people
wrote about those that stay is kept. Once it is published, its structure is what was approved,
and grants name its columns: a version with others is refused, with what differs. Integers,
decimals and floats are one type there, since a single value can widen a column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from gongshu.catalog.models import Classification, Dataset, Field, FieldGrade, State
from gongshu.rules.problems import Conflict
from gongshu.wording import Sentence, current_language

if TYPE_CHECKING:
    from gongshu.data.profiling import Profile

FREE = (State.DRAFT, State.UPDATING)


@dataclass(frozen=True)
class DescribedField:
    """One column as a reader may see it; figures for whoever may see the full profile."""

    name: str
    type: str
    title: str
    meaning: str
    semantic_type: str
    level: int | None
    null_share: float | None = None
    distinct: int | None = None
    range: str = ""


def about_people(dataset: Dataset) -> bool | None:
    """The owner's word on whether the dataset is about people; None: not said yet."""
    if dataset.unit_column or dataset.classification == Classification.PERSONAL:
        return True
    return False if dataset.classification else None


def sync_fields(dataset: Dataset, profile: Profile, source_name: str) -> None:
    """Make the entry's fields those of the new version, or refuse the version."""
    found = {column.name: column for column in profile.columns}
    known = {field.name: field for field in dataset.fields.all()}
    if dataset.state not in FREE:
        _require_same(dataset, known, {name: column.type for name, column in found.items()})
    dataset.fields.exclude(name__in=found).delete()
    confirmed = _confirmed(dataset)
    for position, (name, column) in enumerate(found.items()):
        field = known.get(name) or Field(dataset=dataset, name=name)
        if not field.declared:
            guess = column.semantic_type
            field.semantic_type = guess.kind if guess else ""
            if field.pk not in confirmed:
                field.level = column.level
        field.position, field.type = position, column.type
        field.save()
    if dataset.state == State.DRAFT:
        _propose(dataset, profile, source_name)


def public_profile(dataset: Dataset) -> dict[str, Any]:
    """What everybody may see: structure, what names say, and what the owner declared.

    Made from the entry alone, never from the rows, so no one's row can change it.
    """
    from gongshu.data.profiling.public_view import public_view  # here: it loads DuckDB and Arrow

    fields, confirmed = list(dataset.fields.all()), _confirmed(dataset)
    said = {field.name: _graded(field) for field in fields if field.pk in confirmed}
    said |= {field.name: _declared(field) for field in fields if field.declared}
    return public_view(
        [(field.name, field.type) for field in fields],
        said,
        about_people=about_people(dataset),
    )


def _confirmed(dataset: Dataset) -> set[int]:
    """The columns whose grade a person has confirmed."""
    rows = FieldGrade.objects.filter(field__dataset=dataset)
    return set(rows.values_list("field_id", flat=True))


def described_fields(dataset: Dataset, *, full: bool) -> list[DescribedField]:
    """The columns for a page: with figures for the holder and for open data, else without."""
    newest = dataset.versions.order_by("-number").first()
    figures: dict[str, Mapping[str, Any]] = {}
    if full and newest:
        figures = {column["name"]: column for column in newest.profile["columns"]}
    public = {column["name"]: column for column in public_profile(dataset)["columns"]}
    language = current_language()
    return [
        _described(field, public[field.name], figures.get(field.name), full, language)
        for field in dataset.fields.all()
    ]


def _described(
    field: Field,
    public: Mapping[str, Any],
    figures: Mapping[str, Any] | None,
    full: bool,
    lang: str,
) -> DescribedField:
    shown = DescribedField(
        name=field.name,
        type=field.type if full else public["type"],
        title="" if field.title(lang) == field.name else field.title(lang),
        meaning=field.meaning(lang),
        semantic_type=(field.semantic_type if full else public["semantic_type"]) or "",
        level=field.level if full else public["level"],
    )
    if figures is None:
        return shown
    low, high = figures["min"], figures["max"]
    return DescribedField(
        **{
            **vars(shown),
            "null_share": figures["nulls"] / figures["rows"] if figures["rows"] else None,
            "distinct": figures["distinct"],
            "range": f"{low} – {high}" if low is not None else "",
        }
    )


def _declared(field: Field) -> dict[str, Any]:
    return {"semantic_type": field.semantic_type or None, **_graded(field)}


def _graded(field: Field) -> dict[str, Any]:
    return {"grade": field.grade, "level": field.level}


def _propose(dataset: Dataset, profile: Profile, source_name: str) -> None:
    """What the file suggests, where nobody has said otherwise yet; people decide in the case."""
    suffix = PurePath(source_name.lower().removesuffix(".gz")).suffix.lstrip(".")
    dataset.format = dataset.format or suffix[:20]
    dataset.classification = dataset.classification or profile.grade.category
    if not dataset.grade:
        dataset.grade, dataset.level = profile.grade.grade, profile.grade.level
    dataset.save()


def _require_same(dataset: Dataset, known: Mapping[str, Field], found: Mapping[str, str]) -> None:
    from gongshu.data.profiling.semantics import coarse  # here: it loads DuckDB and Arrow

    parts = [
        ("new", "新增", sorted(set(found) - set(known))),
        ("missing", "缺少", sorted(set(known) - set(found))),
        (
            "of another type",
            "类型不同",
            [n for n, f in known.items() if n in found and coarse(f.type) != coarse(found[n])],
        ),
    ]
    if not any(names for _, _, names in parts):
        return
    raise Conflict(
        "columns_differ",
        Sentence(
            en=f"The columns are not those of the published entry {dataset.code} ("
            + "; ".join(f"{en}: {', '.join(names)}" for en, _, names in parts if names)
            + ").",
            zh=f"列与已发布的目录条目 {dataset.code} 不一致（"
            + "；".join(f"{zh}：{'、'.join(names)}" for _, zh, names in parts if names)
            + "）。",
        ),
        suggestion=Sentence(
            en="Start an update of the entry in its case, or correct the file.",
            zh="请在其办件中发起目录更新，或更正文件。",
        ),
    )
