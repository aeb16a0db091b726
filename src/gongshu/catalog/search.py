"""Find datasets by words in their titles, fields and descriptions, in Chinese and English.

Every word of the query must occur somewhere in an entry; titles weigh most. Where few entries
have them so, parts of words do; where none, what sounds so (pinyin, its initials, a character
of the same sound), then mistyped words mended: the answer says which it was. What the agent may
not see is left out in the index, so that counts, facets and order tell nothing of it, and once
more by `visible_to` in the database.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import tantivy

from gongshu.catalog import index, selectors
from gongshu.catalog.asking import Asker, narrowed
from gongshu.catalog.documents import FACETS, column_words
from gongshu.catalog.facets import Facet, FacetValue, counted, labelled
from gongshu.catalog.models import Dataset, Field
from gongshu.catalog.words import asked_words, stemmed
from gongshu.prepared import Prepared
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

__all__ = ["FACETS", "Facet", "FacetValue", "Results", "every_hit", "search"]
log = logging.getLogger(__name__)

PAGE = 20
LONGEST = 200  # characters of a query that are read
DEEPEST = 500  # pages
FEW = 10  # with fewer hits, looser ways are tried
TOGETHER = 3 * PAGE  # the best hits are put in order once more, by how new and how wanted they are
YEAR = 365 * 24 * 3600
MOST_FOLLOWERS = 1000  # more say no more
BONUS = 0.1  # of the score: how new; as much again: how many follow
RELEVANCE = "relevance"
SORTS: dict[str, tuple[str, tantivy.Order]] = {
    "newest": ("newest", tantivy.Order.Desc),
    "updated": ("updated", tantivy.Order.Desc),
    "title": ("title_order", tantivy.Order.Asc),
    "followed": ("followed", tantivy.Order.Desc),
}
# How the hits were found; the first is what was asked for, the others say so.
BY_WORDS, BY_PARTS, BY_SOUND, MENDED = "words", "parts", "sounds", "mended"

Filters = Mapping[str, str | Sequence[str]]
Address = tantivy.DocAddress
Best = list[tuple[float, Address]]


@dataclass(frozen=True)
class Column:
    """A column that was asked for; plain, since a page's hits have hundreds of columns."""

    name: str
    title_zh: str
    title_en: str


@dataclass(frozen=True)
class Results:
    query: str
    page: int
    sort: str = RELEVANCE
    total: int = 0
    hits: list[Dataset] = field(default_factory=list)
    # By dataset code: the columns whose name or title was asked for.
    matched: dict[str, list[Column]] = field(default_factory=dict)
    facets: list[Facet] = field(default_factory=list)
    found_by: str = BY_WORDS
    instead: str = ""  # the words that were looked for, where those asked for were mistyped
    meant: str = ""  # with few hits: other words, perhaps meant

    @property
    def pages(self) -> int:
        return min(-(-self.total // PAGE), DEEPEST)

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


def search(
    q: str,
    *,
    agent: Agent,
    filters: Filters | None = None,
    page: int | None = None,
    sort: str = "",
) -> Results:
    q, number = q.strip()[:LONGEST], min(max(page or 1, 1), DEEPEST)
    order = _order(sort, q)
    opened = _reader()
    if opened is None:
        return Results(q, number, order)
    chosen = _chosen(filters)
    asker = Asker(opened.index.searcher(), opened.index.schema, selectors.reach(agent))
    way = _way(asker, q)
    if way.query is None:
        return Results(q, number, order)
    first = way.best if order == RELEVANCE and not chosen else None
    addresses = _page(asker, narrowed(way.query, asker, chosen), order, number, first)
    total, counts = counted(
        asker,
        way.query,
        chosen,
        known_as=(opened.generation, asker.reach, way.found_by, way.asked, _key(chosen)),
    )
    hits = _hits([asker.searcher.doc(address)["code"][0] for address in addresses], agent)
    return Results(
        query=q,
        page=number,
        sort=order,
        total=total,
        hits=hits,
        matched=_matched(hits, way.asked),
        facets=labelled(counts, chosen, index=opened.generation),
        found_by=way.found_by,
        instead=way.asked if way.found_by == MENDED else "",
        meant=way.meant,
    )


def every_hit(
    q: str, *, agent: Agent, filters: Filters | None = None, sort: str = "", most: int
) -> Iterator[Dataset]:
    """The hits of a search in their order, `most` at most, for files and feeds."""
    opened = _reader()
    if opened is None:
        return
    q = q.strip()[:LONGEST]
    asker = Asker(opened.index.searcher(), opened.index.schema, selectors.reach(agent))
    way, order = _way(asker, q), _order(sort, q)
    if way.query is None:
        return
    query = narrowed(way.query, asker, _chosen(filters))
    addresses = _best(asker, query, order, limit=most, offset=0)
    codes = [asker.searcher.doc(address)["code"][0] for _, address in addresses]
    for start in range(0, len(codes), PAGE * 10):
        yield from _hits(codes[start : start + PAGE * 10], agent)


@dataclass(frozen=True)
class _Opened:
    index: tantivy.Index
    generation: tuple[str, int]


_opened: dict[str, tantivy.Index] = {}
_lock = threading.Lock()


def reader() -> tantivy.Index | None:
    """This process's reader of the index, as it stands now."""
    opened = _reader()
    return opened.index if opened else None


def _reader() -> _Opened | None:
    """Told to look for newer commits: it costs no more than a stat."""
    path = str(index.folder())
    with _lock:
        try:
            if path not in _opened:
                opened = index.open_index()
                if opened is None:
                    return None
                _opened.clear()
                _opened[path] = opened
            generation = (path, index.written())
            _opened[path].reload()
        except (ValueError, OSError):  # damaged or being removed; `gongshu doctor` says so, too
            log.exception("the search index cannot be read")
            _opened.clear()
            return None
        return _Opened(_opened[path], generation)


@dataclass(frozen=True)
class _Way:
    query: tantivy.Query | None
    found_by: str
    asked: str
    meant: str = ""
    best: Best | None = None  # the first hits by relevance, where they were looked at


def _way(asker: Asker, q: str) -> _Way:
    """The first way that finds enough; it is chosen before any facet, which only narrows it."""
    if not q:
        return _Way(asker.everything(), BY_WORDS, q)
    query = asker.words(q)
    best = _first(asker, query)
    if len(best) >= FEW:
        return _Way(query, BY_WORDS, q, best=best)
    meant = asker.mended(q)
    looser = asker.parts(q)
    more = _first(asker, looser)
    if len(more) > len(best):
        return _Way(looser, BY_PARTS, q, meant, more)
    if best:
        return _Way(query, BY_WORDS, q, meant, best)
    sounding = asker.sounds(q)
    if best := _first(asker, sounding):
        return _Way(sounding, BY_SOUND, q, meant, best)
    mended = asker.words(meant) if meant else None
    if best := _first(asker, mended):
        return _Way(mended, MENDED, meant, best=best)
    return _Way(query, BY_WORDS, q)


def _first(asker: Asker, query: tantivy.Query | None) -> Best:
    if query is None:
        return []
    return _best(asker, query, RELEVANCE, limit=TOGETHER, offset=0)


def _order(sort: str, q: str) -> str:
    if sort and sort != RELEVANCE and sort not in SORTS:
        known = ", ".join([RELEVANCE, *SORTS])
        raise BadInput(
            "unknown_sort",
            Sentence(
                en=f"Hits cannot be sorted by “{sort}”; they can be by {known}.",
                zh=f"不能按“{sort}”排序；可选：{known}。",
            ),
            field="sort",
        )
    if sort in SORTS:
        return sort
    return RELEVANCE if q else "newest"


def _page(
    asker: Asker, query: tantivy.Query, order: str, number: int, first: Best | None
) -> list[Address]:
    start = (number - 1) * PAGE
    if order != RELEVANCE:
        return [found for _, found in _best(asker, query, order, limit=PAGE, offset=start)]
    block = start - start % TOGETHER
    if first is None or block:
        first = _best(asker, query, order, limit=TOGETHER, offset=block)
    return _newer_first(asker, first)[start - block : start - block + PAGE]


def _best(asker: Asker, query: tantivy.Query, order: str, *, limit: int, offset: int) -> Best:
    # Counting is left to the facets' pass, so that what cannot be among the best is passed over.
    if order == RELEVANCE:
        return asker.searcher.search(query, limit=limit, offset=offset, count=False).hits
    name, direction = SORTS[order]
    return asker.searcher.search(
        query, limit=limit, offset=offset, count=False, order_by_field=name, order=direction
    ).hits


def _newer_first(asker: Asker, best: Best) -> list[Address]:
    """By score, and a little by how new the entry is and how many follow it."""
    addresses = [address for _, address in best]
    updated = asker.searcher.fast_field_values("updated", addresses)
    followed = asker.searcher.fast_field_values("followed", addresses)
    now = time.time()

    def worth(i: int) -> float:
        new = math.exp(-max(0.0, now - (updated[i] or 0)) / YEAR)
        wanted = math.log1p(min(followed[i] or 0, MOST_FOLLOWERS)) / math.log1p(MOST_FOLLOWERS)
        return float(best[i][0]) * (1 + BONUS * (new + wanted))

    return [addresses[i] for i in sorted(range(len(best)), key=worth, reverse=True)]


def chosen_facets(filters: Filters | None) -> dict[str, list[str]]:
    return _chosen(filters)


def _chosen(filters: Filters | None) -> dict[str, list[str]]:
    chosen = {}
    for name, values in (filters or {}).items():
        wanted = [values] if isinstance(values, str) else list(values)
        if name in FACETS and any(wanted):
            chosen[name] = [value for value in wanted if value]
    return chosen


def _key(chosen: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple((name, *sorted(values)) for name, values in sorted(chosen.items()))


def _hits(codes: list[str], agent: Agent) -> list[Dataset]:
    """In the index's order; what changed since, so that it may not be seen, falls out."""
    found = selectors.visible_to(agent).filter(code__in=codes).order_by()
    by_code = {row.code: row for row in found}
    return [by_code[code] for code in codes if code in by_code]


_COLUMNS = Prepared(
    lambda *datasets: (
        Field.objects.filter(dataset__in=datasets)
        .order_by("dataset_id", "position")  # "dataset" would be by its code, and join its table
        .values_list("dataset_id", "name", "title_zh", "title_en")
    )
)


def _matched(hits: list[Dataset], q: str) -> dict[str, list[Column]]:
    asked = {stemmed(word) for word in asked_words(q)}
    if not (asked and hits):
        return {}
    codes = {dataset.pk: dataset.code for dataset in hits}
    matched: dict[str, list[Column]] = {}
    for number, *names in _COLUMNS(*codes):
        if not asked.isdisjoint(column_words(*names)):
            matched.setdefault(codes[number], []).append(Column(*names))
    return matched
