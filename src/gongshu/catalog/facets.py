"""How many hits there are, and how many of each agency, domain, region and so on.

All are counted in one pass over the hits. What a broad search counted is remembered as long as
the index stays as it is: the passes over millions of entries are the same ones again and again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tantivy

from gongshu.accounts.models import Organisation
from gongshu.catalog.asking import Asker, narrowed
from gongshu.catalog.documents import FACETS
from gongshu.catalog.models import Domain
from gongshu.catalog.regions import region_name
from gongshu.wording import current_language

MOST_VALUES = 50
PER_SEGMENT = 10_000  # values looked at in each segment, so that the counts are exact
BROAD, REMEMBERED = 20_000, 500

Counts = Mapping[str, Sequence[tuple[str, int]]]
Chosen = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class FacetValue:
    value: str
    label: str  # for people: a domain's title, an organisation's name
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    values: list[FacetValue]


_remembered: OrderedDict[Hashable, tuple[int, Counts]] = OrderedDict()
_lock = threading.Lock()


def counted(
    asker: Asker, query: tantivy.Query, chosen: Chosen, *, known_as: Hashable
) -> tuple[int, Counts]:
    """How many hits, and the counts under all choices but each facet's own, so that another
    value can be chosen. `known_as` says the same of the same search of the same index."""
    with _lock:
        if known_as in _remembered:
            _remembered.move_to_end(known_as)
            return _remembered[known_as]
    free = [name for name in FACETS if name not in chosen]
    total, counts = _pass(asker, narrowed(query, asker, chosen), free)
    widest = total
    for name in chosen:
        others = {n: values for n, values in chosen.items() if n != name}
        number, more = _pass(asker, narrowed(query, asker, others), [name])
        counts, widest = {**counts, **more}, max(widest, number)
    if widest >= BROAD:
        with _lock:
            _remembered[known_as] = (total, counts)
            while len(_remembered) > REMEMBERED:
                _remembered.popitem(last=False)
    return total, counts


def _pass(asker: Asker, query: tantivy.Query, names: Sequence[str]) -> tuple[int, Counts]:
    asked: dict[str, Any] = {
        name: {"terms": {"field": name, "size": MOST_VALUES, "segment_size": PER_SEGMENT}}
        for name in names
    }
    asked["total"] = {"value_count": {"field": "newest"}}
    found = asker.searcher.aggregate(query, asked)
    return int(found["total"]["value"]), {
        name: [(one["key"], int(one["doc_count"])) for one in found[name]["buckets"]]
        for name in names
    }


def labelled(counts: Counts, chosen: Chosen, *, index: Hashable) -> list[Facet]:
    """With names for people; those of the database are asked for once for each state of the
    `index`, which is written anew when a name changes."""
    names = _names(index, current_language())
    return [_facet(name, counts[name], chosen.get(name, ()), names) for name in FACETS]


def _facet(
    name: str, counts: Sequence[tuple[str, int]], chosen: Sequence[str], names: dict[str, str]
) -> Facet:
    labels = _labels(name, [value for value, _ in counts], names)
    return Facet(
        name,
        [
            FacetValue(value, labels.get(value, value), count, value in chosen)
            for value, count in counts
        ],
    )


@lru_cache(4)
def _names(index: Hashable, language: str) -> dict[str, str]:
    return {}


def _labels(facet: str, values: list[str], names: dict[str, str]) -> dict[str, str]:
    """Stored words are left to the page, which knows them in both languages."""
    if facet == "region":
        return {code: region_name(code) for code in values}
    unknown = [value for value in values if value not in names]
    language = current_language()
    if unknown and facet == "domain":
        names |= {d.code: d.title(language) for d in Domain.objects.filter(code__in=unknown)}
    if unknown and facet == "provider":
        rows = Organisation.objects.filter(code__in=unknown)
        names |= {organisation.code: organisation.name(language) for organisation in rows}
    return names
