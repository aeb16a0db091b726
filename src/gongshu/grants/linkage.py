"""What a grantee could put together: the new data with all else they reach.

Reached are the datasets of the grantee's grants that stand (and of grants for everybody), in the
columns whose values they may output row by row, and open data. Answers that the gateway protects
(aggregates) are not counted: its threshold and history see to those. Two tables can be linked

- by a **key**: a shown column of each, of which the sketches say how much of one is in the other;
- by **traits**: shown quasi-identifiers of the same meaning in both, where two tables of people
  are matched by who alone has that combination.

What comes of it is estimated by `data.disclosure_risk.linkage`, for tables with a privacy unit.
Extracts in which every combination belongs to k units are taken at their word: nobody stands alone
by those columns. It is an estimate for whoever decides, and no proof of safety.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q

from gongshu.catalog import joins, selectors
from gongshu.catalog.models import ColumnSketch, Dataset
from gongshu.catalog.sketching import FLOOR, KEYS, form, sketch_of
from gongshu.data.disclosure_risk.linkage import alone, together
from gongshu.data.disclosure_risk.quasi import quasi_identifiers
from gongshu.data.sketches.estimates import contained
from gongshu.data.sketches.sketch import Sketch
from gongshu.grants.models import PUBLIC, Grant, GrantDataset, State
from gongshu.ledger import moment

WORTH = 0.05  # of the units must be found in the other table
NAMES_A_ROW = 0.9  # distinct values for each row, or unit; estimates are a little off
SHOWN = 20
OPEN_LOOKED_AT = 100
MOST_PAIRS = 5000  # of what a grant of very many datasets reaches, the first


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
        return [self.sketches[c].same for c in self.quasi]


@dataclass(frozen=True)
class Link:
    """Two tables that can be put together, and what becomes of the units of the first."""

    units_of: Reached
    other: Reached
    by: tuple[tuple[str, str], ...]  # its column, the other's
    kind: str  # key | traits
    found: float  # the share of its units that are in the other
    before: float  # the share that stands alone without the other
    after: float
    known: tuple[str, ...] = field(default=())  # what is then known of a unit

    def as_dict(self) -> dict[str, Any]:
        return {
            "dataset": self.units_of.dataset.code,
            "other": self.other.dataset.code,
            "grant": self.other.grant or self.units_of.grant,
            "kind": self.kind,
            "by": [list(pair) for pair in self.by],
            "found": round(self.found, 4),
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "known": list(self.known),
        }


@dataclass(frozen=True)
class Linkage:
    grantee: str
    reached: int  # datasets looked at
    links: list[Link]

    @property
    def highest(self) -> float:
        return max((link.after for link in self.links), default=0.0)

    def as_dict(self) -> dict[str, Any]:
        return {
            "grantee": self.grantee,
            "reached": self.reached,
            "highest": round(self.highest, 4),
            "links": [link.as_dict() for link in self.links[:SHOWN]],
        }


def of_grant(grant: Grant) -> Linkage:
    pins = grant.datasets.select_related("dataset__provider")
    return estimate(grant.terms, [pin.dataset for pin in pins], grant.grantee, without=grant.id)


def estimate(
    terms: Mapping[str, Any], datasets: Iterable[Dataset], grantee: str, without: str = ""
) -> Linkage:
    """What these terms let the grantee put together, with what they reach already."""
    new = [found for found in (_reached(d, terms) for d in datasets) if found]
    held = list(_held(grantee, without)) if new else []
    pairs = [(one, other) for i, one in enumerate(new) for other in (*new[i + 1 :], *held)]
    pairs += [(one, other) for one in new for other in _open_beside(one)]
    pairs = pairs[:MOST_PAIRS]
    links = [
        link
        for one, other in pairs
        if one.dataset.pk != other.dataset.pk
        for link in (*_links(one, other), *_links(other, one))
    ]
    links.sort(key=lambda link: (-link.after, -link.found, link.other.dataset.code))
    return Linkage(grantee, len(new) + len({o.dataset.pk for _, o in pairs}), links)


def _reached(dataset: Dataset, terms: Mapping[str, Any], grant: str = "") -> Reached | None:
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


def _held(grantee: str, without: str) -> Iterator[Reached]:
    standing = Q(grant__state=State.ACTIVE, grant__valid_until__gte=moment.today())
    rows = GrantDataset.objects.filter(standing, grant__grantee__in=[grantee, PUBLIC])
    rows = rows.exclude(grant=without).exclude(dataset__state="retired")
    for row in rows.select_related("grant", "dataset__provider").order_by("grant_id"):
        found = _reached(row.dataset, row.grant.terms, row.grant_id)
        if found:
            yield found


def _open_beside(one: Reached) -> list[Reached]:
    """Open data that share a key with it, found by the index: there may be very many others."""
    seen = Dataset.objects.filter(joins.OPEN).exclude(pk=one.dataset.pk).exclude(state="retired")
    found: dict[int, Reached] = {}
    for row in one.sketches.values():
        if row.family in KEYS and row.distinct >= FLOOR:
            for match in joins.matches(row, seen, None):
                found.setdefault(match.dataset.pk, Reached(match.dataset, None))
    return list(found.values())[:OPEN_LOOKED_AT]


def _links(one: Reached, other: Reached) -> Iterator[Link]:
    """What becomes of the units of `one`, by the best key and by the traits that both show."""
    if not one.dataset.unit_column or not one.units:
        return
    by_key = _by_key(one, other)
    by_traits = _by_traits(one, other)
    if by_key:
        yield by_key
    if by_traits:
        yield by_traits


def _by_key(one: Reached, other: Reached) -> Link | None:
    best: tuple[float, str, str] = (WORTH, "", "")
    for mine, row in one.sketches.items():
        for theirs, row2 in other.sketches.items():
            names_rows = one.names_rows(mine) or other.names_rows(theirs)
            if names_rows and _may_be_key(row, row2):
                share = contained(one.read[mine], other.read[theirs]).share
                best = max(best, (share, mine, theirs))
    found, mine, theirs = best
    if not mine:
        return None
    before, row = alone(one.same, one.units), one.sketches[mine]
    if row.distinct >= NAMES_A_ROW * one.units:  # it names the unit itself
        after = found + (1 - found) * before
    else:
        after = together(one.same, other.same, by=row.same, units=one.units, found=found)
    known = (*one.quasi, mine, *(c for c in other.quasi if c != theirs))
    return Link(one, other, ((mine, theirs),), "key", found, before, after, known)


def _may_be_key(row: ColumnSketch, other: ColumnSketch) -> bool:
    kinds = {row.family, other.family}
    if not kinds <= KEYS or min(row.distinct, other.distinct) < FLOOR:
        return False
    meanings = {row.semantic_type, other.semantic_type} - {""}
    same_name = row.column.casefold() == other.column.casefold()
    # Small numbers overlap by chance: then name or meaning must agree.
    return len(meanings) < 2 and (kinds == {"text"} or same_name or len(meanings) == 1)


def _by_traits(one: Reached, other: Reached) -> Link | None:
    """Both about people: who alone has a combination of traits in the other is found by it."""
    if not other.dataset.unit_column:
        return None
    meanings = {other.sketches[c].semantic_type: c for c in other.quasi}
    pairs = tuple(
        (c, meanings[one.sketches[c].semantic_type])
        for c in one.quasi
        if one.sketches[c].semantic_type in meanings
    )
    if not pairs:
        return None
    shared = min(contained(one.read[a], other.read[b]).share for a, b in pairs)
    # Singled out in the larger of the two, or the match is a guess.
    found = shared * alone(
        [max(one.sketches[a].same, other.sketches[b].same) for a, b in pairs],
        max(one.units, other.units),
    )
    if found < WORTH:
        return None
    before = alone(one.same, one.units)
    added = [other.sketches[c].same for c in other.quasi if c not in {b for _, b in pairs}]
    after = together(one.same, added or [1.0], by=0.0, units=one.units, found=found)
    known = (*one.quasi, *(c for c in other.quasi if c not in {b for _, b in pairs}))
    return Link(one, other, pairs, "traits", found, before, max(after, found), known)
