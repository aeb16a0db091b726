"""What a grantee gets row by row: by grants that stand, by grants for everybody, and open data.

Answers that the gateway protects (aggregates) are not counted: its threshold and history see to
those. Extracts in which every combination of some columns belongs to k units are taken at their
word: nobody stands alone by those columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q

from gongshu.catalog import joins, selectors
from gongshu.catalog.models import ColumnSketch, Dataset
from gongshu.catalog.sketching import FLOOR, KEYS, form, sketch_of
from gongshu.data.disclosure_risk.quasi import quasi_identifiers
from gongshu.data.sketches.sketch import Sketch
from gongshu.grants.models import PUBLIC, GrantDataset, State
from gongshu.ledger import moment

NAMES_A_ROW = 0.9  # distinct values for each row, or unit; estimates are a little off
OPEN_LOOKED_AT = 100


@dataclass(frozen=True)
class Reached:
    """A dataset as somebody gets it: which columns come out, and by which grant ("": open)."""

    dataset: Dataset
    columns: frozenset[str] | None  # None: all
    safe: frozenset[str] = frozenset()  # every combination of these belongs to k units
    grant: str = ""

    @cached_property
    def sketches(self) -> dict[str, ColumnSketch]:
        rows = ColumnSketch.objects.filter(dataset=self.dataset, form=form())
        if self.columns is not None:
            rows = rows.filter(column__in=self.columns)
        return {row.column: row for row in rows}

    @cached_property
    def read(self) -> dict[str, Sketch]:
        return {name: sketch_of(row) for name, row in self.sketches.items()}

    def names_rows(self, column: str) -> bool:
        """Nearly every row has a value of its own."""
        sketch = self.read[column]
        return sketch.distinct >= NAMES_A_ROW * max(1, sketch.rows - sketch.nulls)

    @cached_property
    def units(self) -> int:
        unit = ColumnSketch.objects.filter(
            dataset=self.dataset, column=self.dataset.unit_column, form=form()
        ).first()
        if unit is not None:
            return unit.distinct
        version = selectors.latest(self.dataset)
        return version.rows if version else 0

    @cached_property
    def quasi(self) -> tuple[str, ...]:
        found = quasi_identifiers({c: row.semantic_type for c, row in self.sketches.items()})
        return tuple(c for c in found if c not in self.safe)

    @property
    def same(self) -> list[float]:
        """For each of these, how likely two units agree in it."""
        return [self.sketches[c].same for c in self.quasi]

    @property
    def meanings(self) -> frozenset[str]:
        return frozenset(self.sketches[c].semantic_type for c in self.quasi)


def under(dataset: Dataset, terms: Mapping[str, Any], grant: str = "") -> Reached | None:
    """What of a dataset comes out row by row under these terms."""
    said = terms["datasets"].get(dataset.code)
    if said is None or terms.get("output") != "rows":
        return None
    columns = {name: _shown(one) for name, one in said.get("columns", {}).items()}
    shown = frozenset(name for name, yes in columns.items() if yes and name != "*")
    if columns.get("*"):
        others = set(dataset.fields.values_list("name", flat=True)) - set(columns)
        shown |= others
    if not shown:
        return None
    return Reached(dataset, shown, frozenset(said.get("quasi") or ()), grant)


def _shown(column: Any) -> bool:
    """As it is: a mask takes the value away, a bucket most of it."""
    if isinstance(column, Mapping):
        coarse = column.get("mask") or column.get("bucket")
        return "show" in column.get("rights", ()) and not coarse
    return "show" in column


def held(grantee: str, without: str) -> Iterator[Reached]:
    standing = Q(grant__state=State.ACTIVE, grant__valid_until__gte=moment.today())
    rows = GrantDataset.objects.filter(standing, grant__grantee__in=[grantee, PUBLIC])
    rows = rows.exclude(grant=without).exclude(dataset__state="retired")
    for row in rows.select_related("grant", "dataset__provider").order_by("grant_id"):
        found = under(row.dataset, row.grant.terms, row.grant_id)
        if found:
            yield found


def open_beside(one: Reached) -> list[Reached]:
    """Open data that share a key with it, found by the index: there may be very many others."""
    seen = Dataset.objects.filter(joins.OPEN).exclude(pk=one.dataset.pk).exclude(state="retired")
    found: dict[int, Reached] = {}
    for row in one.sketches.values():
        if row.family in KEYS and row.distinct >= FLOOR:
            for match in joins.matches(row, seen, None):
                found.setdefault(match.dataset.pk, Reached(match.dataset, None))
    return list(found.values())[:OPEN_LOOKED_AT]
