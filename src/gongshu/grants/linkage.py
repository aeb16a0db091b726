"""What a grantee could put together: the new data with all else they reach.

Two tables can be linked

- by a **key**: a shown column of each, of which the sketches say how much of one is in the other;
- by **traits**: shown quasi-identifiers of the same meaning in both, where two tables of people
  are matched by who alone has that combination.

Where a table can be linked with several, all of them together are looked at as well. What comes of
it is estimated by `data.disclosure_risk.linkage`, for tables with a privacy unit. It is an estimate
for whoever decides, and no proof of safety.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from gongshu.catalog.models import ColumnSketch, Dataset
from gongshu.catalog.sketching import FLOOR, KEYS
from gongshu.data.disclosure_risk.linkage import Learnt, alone, together
from gongshu.data.sketches.estimates import contained
from gongshu.grants.models import Grant
from gongshu.grants.reached import NAMES_A_ROW, Reached, held, open_beside, under

WORTH = 0.05  # of the units must be found in the other table
MORE = 0.01  # by so much several tables must tell more than one of them
SHOWN = 20
MOST_PAIRS = 5000  # of what a grant of very many datasets reaches, the first
MOST_BESIDE = 100  # tables that are put together with one


@dataclass(frozen=True)
class Link:
    """Tables that can be put together, and what becomes of the units of the first."""

    units_of: Reached
    others: tuple[Reached, ...]
    by: tuple[tuple[str, str], ...]  # its column, the other's
    kind: str  # key | traits | several
    found: float  # the share of its units that are in the others, in all of them
    before: float  # the share that stands alone without the others
    after: float
    same: float = 0.0  # how likely two units agree in the linking column
    names_unit: bool = False  # the linking column names the unit itself

    def as_dict(self) -> dict[str, Any]:
        first, *more = self.others
        return {
            "dataset": self.units_of.dataset.code,
            "other": first.dataset.code,
            "grant": first.grant or self.units_of.grant,
            "more": [{"dataset": one.dataset.code, "grant": one.grant} for one in more],
            "kind": self.kind,
            "by": [list(pair) for pair in self.by],
            "found": round(self.found, 4),
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "known": self._known(),
        }

    def _known(self) -> list[str]:
        """What is then known of a unit."""
        linking = {theirs for _, theirs in self.by}
        columns = [*self.units_of.quasi, *(mine for mine, _ in self.by)]
        columns += [c for one in self.others for c in one.quasi if c not in linking]
        return list(dict.fromkeys(columns))


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
    new = [found for found in (under(d, terms) for d in datasets) if found]
    before = list(held(grantee, without)) if new else []
    pairs = [(one, other) for i, one in enumerate(new) for other in (*new[i + 1 :], *before)]
    pairs += [(one, other) for one in new for other in open_beside(one)]
    pairs = pairs[:MOST_PAIRS]
    links = [link for one, other in pairs for link in (*_links(one, other), *_links(other, one))]
    links += _several(links, new, before)
    links.sort(key=lambda link: (-link.after, -link.found, link.others[0].dataset.code))
    return Linkage(grantee, len(new) + len({o.dataset.pk for _, o in pairs}), links)


def _several(links: list[Link], new: list[Reached], before: list[Reached]) -> Iterator[Link]:
    """All that each table can be put together with, where that tells more than any one does.

    What a key tells bounds what is learnt by it, also over a third table: so the tables beside the
    table of units are looked at, and no chains.
    """
    of: dict[Reached, list[Link]] = {}
    for link in links:
        of.setdefault(link.units_of, []).append(link)
    for one, found in of.items():
        if one not in new:  # with what was reached before, the new may tell more
            beside = islice((*before, *open_beside(one)), MOST_BESIDE)
            found = [*found, *(link for other in beside for link in _links(one, other))]
        best: dict[int, Link] = {}  # with each other table
        for link in sorted(found, key=lambda link: -link.after):
            best.setdefault(link.others[0].dataset.pk, link)
        if len(best) > 1:
            yield from _all_of(one, sorted(best.values(), key=lambda link: -link.found))


def _all_of(one: Reached, links: list[Link]) -> Iterator[Link]:
    known, learnt = one.meanings, []
    for link in links:
        learnt.append(_learnt(link, known))
        known |= link.others[0].meanings
    after = together(one.same, learnt, one.units)
    if after >= max(link.after for link in links) + MORE:
        others = tuple(other for link in links for other in link.others)
        by = tuple(pair for link in links for pair in link.by)
        yield Link(one, others, by, "several", links[-1].found, links[0].before, after)


def _learnt(link: Link, known: frozenset[str]) -> Learnt:
    """A trait that is known already tells nothing anew."""
    if link.names_unit:
        return Learnt([0.0], by=0.0, found=link.found)
    (other,) = link.others
    rows = [other.sketches[column] for column in other.quasi]
    added = [row.same for row in rows if row.semantic_type not in known]
    return Learnt(added, by=link.same, found=link.found)


def _links(one: Reached, other: Reached) -> Iterator[Link]:
    """What becomes of the units of `one`, by the best key and by the traits that both show."""
    if one.dataset.pk == other.dataset.pk or not one.dataset.unit_column or not one.units:
        return
    for link in (_by_key(one, other), _by_traits(one, other)):
        if link:
            after = together(one.same, [_learnt(link, one.meanings)], one.units)
            yield replace(link, after=max(after, link.after))


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
    names_unit = row.distinct >= NAMES_A_ROW * one.units
    by = ((mine, theirs),)
    return Link(one, (other,), by, "key", found, before, before, row.same, names_unit)


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
    return Link(one, (other,), pairs, "traits", found, alone(one.same, one.units), found)
