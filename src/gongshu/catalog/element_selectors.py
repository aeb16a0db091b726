"""Data elements as a reader may see them, and columns that may hold the same datum.

An element's name and definition are public; of the columns that hold it a reader sees those whose
datasets they see. How often a copy differs from its source says something of protected values, so
it is told like an overlap (`joins.may_compare`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from gongshu.catalog import joins, selectors
from gongshu.catalog.likeness import likeness
from gongshu.catalog.models import ColumnSketch, DataElement, Dataset, ElementField, Field, Role
from gongshu.catalog.sketching import form, sketch_of
from gongshu.data.sketches.estimates import Estimate, contained
from gongshu.rules.agents import Agent
from gongshu.rules.problems import NotFound
from gongshu.wording import Sentence

LOOKED_AT = 300
SHOWN = 30
HELD_BY_SEVERAL = 50


def get(number: int | str) -> DataElement:
    found = None
    if str(number).isdecimal() and len(str(number)) < 19:
        found = DataElement.objects.filter(pk=int(number)).first()
    if found is None:
        raise NotFound(
            "unknown_element",
            Sentence(
                en=f"There is no data element “{number}”.", zh=f"没有编号为“{number}”的数据元。"
            ),
        )
    return found


def elements(agent: Agent, q: str = "") -> QuerySet[DataElement]:
    """By name; each with `held`, in how many columns that the reader sees."""
    rows = DataElement.objects.all()
    if q:
        rows = rows.filter(Q(name_zh__icontains=q) | Q(name_en__icontains=q))
    seen = Q(fields__dataset__in=selectors.visible_to(agent))
    counted = Count("fields", filter=seen, distinct=True)
    return rows.annotate(held=counted).order_by("name_zh", "id")


def columns(element: DataElement, agent: Agent) -> list[ElementField]:
    """The source first; of datasets that the reader sees."""
    rows = element.fields.filter(dataset__in=selectors.visible_to(agent))
    found = list(rows.select_related("dataset__provider"))
    order = {Role.SOURCE.value: 0, Role.REFERENCE.value: 1, Role.CANDIDATE.value: 2}
    return sorted(found, key=lambda f: (order[f.role], f.dataset.code, f.column))


def of_dataset(dataset: Dataset) -> list[ElementField]:
    """The elements that columns of a dataset hold; who asks has been let see the dataset."""
    return list(dataset.elements.select_related("element").order_by("column"))


def sources_of(fields: list[ElementField], agent: Agent) -> dict[int, ElementField]:
    """Element → its source, where the reader sees it."""
    rows = ElementField.objects.filter(
        element__in=[f.element_id for f in fields],
        role=Role.SOURCE,
        dataset__in=selectors.visible_to(agent),
    )
    return {row.element_id: row for row in rows.select_related("dataset__provider")}


def comparison(held: ElementField, source: ElementField | None, agent: Agent) -> Any | None:
    """How often the copy differs, for whoever may be told of both."""
    if source is None or held.compared is None:
        return None
    return held.compared if joins.may_compare(held.dataset, source.dataset, agent) else None


def detail(element: DataElement, agent: Agent) -> dict[str, Any]:
    """For shell and API."""
    held = columns(element, agent)
    source = next((f for f in held if f.role == Role.SOURCE), None)
    return {
        **summary(element),
        "columns": [
            {
                "dataset": f.dataset.code,
                "column": f.column,
                "provider": f.dataset.provider.code,
                "role": f.role,
                "compared": comparison(f, source, agent),
            }
            for f in held
        ],
    }


def summary(element: DataElement) -> dict[str, Any]:
    names = ("id", "name_zh", "name_en", "definition_zh", "definition_en")
    more = ("object_class", "property", "representation", "entry_id")
    return {name: getattr(element, name) for name in (*names, *more)}


@dataclass(frozen=True)
class Candidate:
    """A column that may hold the same datum, and why."""

    dataset: Dataset
    field: Field
    like: float  # names and titles
    same_meaning: bool  # semantic type
    into: Estimate | None  # the share of its values that are in the column asked about
    score: float


def candidates(dataset: Dataset, column: str, agent: Agent) -> list[Candidate]:
    """Columns of other datasets that may hold the same datum, the likeliest first."""
    field = dataset.fields.filter(name=column).first()
    if field is None:
        return []
    taken = ElementField.objects.filter(dataset__in=selectors.visible_to(agent))
    held = set(taken.values_list("dataset_id", "column"))
    mine = ColumnSketch.objects.filter(dataset=dataset, column=column, form=form()).first()
    found = []
    for other, sketch in _pool(field, mine, dataset, agent):
        if (other.dataset_id, other.name) in held:
            continue
        into = None
        if mine and sketch and joins.may_compare(dataset, other.dataset, agent):
            into = contained(sketch_of(sketch), sketch_of(mine))
        like = likeness(field, other)
        same = bool(field.semantic_type) and field.semantic_type == other.semantic_type
        score = like + 0.5 * same + (into.share if into else 0)
        if score >= 1:
            found.append(Candidate(other.dataset, other, like, same, into, score))
    found.sort(key=lambda c: (-c.score, c.dataset.code, c.field.name))
    return found[:SHOWN]


def _pool(
    field: Field, mine: ColumnSketch | None, dataset: Dataset, agent: Agent
) -> list[tuple[Field, ColumnSketch | None]]:
    """By the same words, and by the same values as far as the reader may be told of them."""
    words = Q(name__iexact=field.name)
    for text in (field.title_zh, field.title_en):
        words |= Q(title_zh=text) | Q(title_en=text) if text else Q(pk__in=())
    seen = selectors.visible_to(agent).exclude(pk=dataset.pk)
    rows = Field.objects.filter(words, dataset__in=seen).select_related("dataset__provider")
    pool = {(f.dataset_id, f.name): f for f in rows[:LOOKED_AT]}
    if mine is not None:
        others = joins.comparable_with(dataset, agent)
        for match in joins.matches(mine, others, field):
            named = Field.objects.filter(dataset=match.dataset, name=match.column)
            for f in named.select_related("dataset__provider"):
                pool[f.dataset_id, f.name] = f
    sketches = ColumnSketch.objects.filter(dataset__in={pk for pk, _ in pool}, form=form())
    by_place = {(s.dataset_id, s.column): s for s in sketches}
    return [(f, by_place.get(place)) for place, f in pool.items()]


def held_by_several(agent: Agent) -> list[dict[str, Any]]:
    """Titles under which columns of several providers stand that no element names yet."""
    seen = selectors.visible_to(agent)
    named = ElementField.objects.filter(dataset__in=seen).values_list("dataset_id", "column")
    rows = (
        Field.objects.filter(dataset__in=seen)
        .exclude(title_zh="")
        .values("title_zh")
        .annotate(providers=Count("dataset__provider", distinct=True))
        .filter(providers__gte=2)
        .order_by("-providers", "title_zh")
    )
    titles = {row["title_zh"]: row["providers"] for row in rows[:HELD_BY_SEVERAL]}
    fields = Field.objects.filter(dataset__in=seen, title_zh__in=titles).select_related("dataset")
    held = set(named)
    found: dict[str, list[str]] = {title: [] for title in titles}
    for f in fields.order_by("dataset__code", "position")[: 10 * LOOKED_AT]:
        if (f.dataset_id, f.name) not in held:
            found[f.title_zh].append(f"{f.dataset.code}.{f.name}")
    return [
        {"title": title, "providers": titles[title], "columns": places}
        for title, places in found.items()
        if len(places) >= 2
    ]
