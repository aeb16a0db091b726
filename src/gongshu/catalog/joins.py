"""What a dataset can be joined with: columns of others that hold the same values.

The hashes of a column's sketch are looked up in the index; the candidates found are estimated from
their whole sketches. An overlap with a protected column is itself something about its values, so:

| the two columns | who is told |
| --- | --- |
| both of open data | whoever sees both entries |
| one or both protected, all protected ones of one provider | that provider, and the bureau |
| protected ones of two providers | the bureau alone |

Who runs the instance is nobody special here: running it is not reading what is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Count, Q, QuerySet

from gongshu.catalog import selectors
from gongshu.catalog.likeness import alike
from gongshu.catalog.models import ColumnSketch, Dataset, Field, Opening, SketchHash, State
from gongshu.catalog.sketching import FLOOR, KEYS, as_signed, form, sketch_of
from gongshu.data.sketches.estimates import Estimate, contained
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import NotFound
from gongshu.wording import Sentence

LOOKED_UP = 4096  # hashes at most, the smallest
CHUNK = 500
CANDIDATES = 200
SHOWN = 20
SUPPORT = 5  # values in common that a candidate rests on at least
WORTH = 0.05  # of the values of either side

# Where nothing is protected: `Dataset.is_protected`, as the database says it.
OPEN = Q(is_open_data=True, opening=Opening.OPEN.value, unit_column="") & ~Q(published_for="")


@dataclass(frozen=True)
class Joinable:
    """One column of another dataset, and how much of each is in the other."""

    dataset: Dataset
    column: str
    title_zh: str
    title_en: str
    into: Estimate  # the share of my values that are in theirs
    back: Estimate  # the share of theirs that are in mine
    likely: bool  # meaning or name agree as well; small numbers may overlap by chance

    def as_dict(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset.code,
            "column": self.column,
            "contained": numbers(self.into),
            "contains": numbers(self.back),
            "likely": self.likely,
        }


@dataclass(frozen=True)
class ColumnJoins:
    column: str
    title_zh: str
    title_en: str
    found: list[Joinable]


def numbers(estimate: Estimate) -> dict[str, float | int]:
    return {
        "share": round(estimate.share, 4),
        "low": round(estimate.low, 4),
        "high": round(estimate.high, 4),
    }


def is_open(dataset: Dataset) -> bool:
    return selectors.is_current(dataset) and not dataset.is_protected


def oversees(agent: Agent) -> bool:
    return agent.is_a(Kind.BUREAU) and agent.may_use("read")


def may_compare(one: Dataset, other: Dataset, agent: Agent) -> bool:
    """The rule of the table above, for two datasets that the agent sees."""
    if oversees(agent):
        return True
    protected = [d for d in (one, other) if not is_open(d)]
    return agent.may_use("read") and all(selectors.is_provider(d, agent) for d in protected)


def comparable_with(dataset: Dataset, agent: Agent) -> QuerySet[Dataset]:
    """The datasets of which `agent` may be told how they overlap with this one."""
    seen = selectors.visible_to(agent).exclude(pk=dataset.pk).exclude(state=State.RETIRED)
    if oversees(agent):
        return seen
    if not may_compare(dataset, dataset, agent):
        return seen.none()
    own = Q(provider__code=agent.organisation) if agent.organisation else Q(pk__in=())
    return seen.filter(OPEN | own)


def joinable(dataset: Dataset, agent: Agent, column: str = "") -> list[ColumnJoins]:
    """Per column that may be a key, what it can be joined with, the best first."""
    names = {f.name: f for f in dataset.fields.all()}
    if column and column not in names:
        raise NotFound(
            "unknown_column",
            Sentence(
                en=f"{dataset.code} has no column “{column}”.",
                zh=f"{dataset.code} 没有名为“{column}”的列。",
            ),
            field="column",
        )
    others = comparable_with(dataset, agent)
    rows = ColumnSketch.objects.filter(
        dataset=dataset, form=form(), family__in=KEYS, distinct__gte=FLOOR
    )
    mine = [row for row in rows if row.column in names and column in ("", row.column)]
    if not mine or not may_compare(dataset, dataset, agent):
        return []
    return [
        ColumnJoins(row.column, field.title_zh, field.title_en, matches(row, others, field))
        for row in mine
        for field in [names[row.column]]
    ]


def matches(row: ColumnSketch, others: QuerySet[Dataset], field: Field | None) -> list[Joinable]:
    mine = sketch_of(row)
    counts = _looked_up(mine.hashes[:LOOKED_UP], others)
    best = [pk for pk, _ in counts.most_common(CANDIDATES)]
    rows = ColumnSketch.objects.filter(pk__in=best).select_related("dataset__provider")
    fields = _fields(rows)
    found = []
    for other in rows:
        theirs = sketch_of(other)
        into, back = contained(mine, theirs), contained(theirs, mine)
        if into.share * into.told < SUPPORT or max(into.share, back.share) < WORTH:
            continue
        if row.semantic_type and other.semantic_type and row.semantic_type != other.semantic_type:
            continue
        named = fields.get((other.dataset_id, other.column))
        found.append(
            Joinable(
                other.dataset,
                other.column,
                named.title_zh if named else "",
                named.title_en if named else "",
                into,
                back,
                likely=_likely(row, other, field, named),
            )
        )
    found.sort(key=lambda j: (not j.likely, -max(j.into.share, j.back.share), j.dataset.code))
    return found[:SHOWN]


def _looked_up(hashes: Iterable[int], others: QuerySet[Dataset]) -> Counter[int]:
    """Sketch → how many of the hashes are among its smallest."""
    counts: Counter[int] = Counter()
    signed = iter([as_signed(h) for h in hashes])
    while chunk := list(islice(signed, CHUNK)):
        hits = SketchHash.objects.filter(
            hash__in=chunk, sketch__form=form(), sketch__dataset__in=others
        )
        counts.update(dict(hits.order_by().values_list("sketch").annotate(n=Count("id"))))
    return counts


def _fields(rows: Iterable[ColumnSketch]) -> dict[tuple[int, str], Field]:
    found = Field.objects.filter(dataset__in={row.dataset_id for row in rows})
    return {(f.dataset_id, f.name): f for f in found}


def _likely(
    row: ColumnSketch, other: ColumnSketch, field: Field | None, named: Field | None
) -> bool:
    """Texts that are the same are so on purpose; small numbers overlap anyway."""
    if row.semantic_type and row.semantic_type == other.semantic_type:
        return True
    if "integer" not in (row.family, other.family):
        return True
    return alike(field, named) if field and named else row.column == other.column
