"""Find datasets by words in their titles, fields and descriptions, in Chinese and English.

Every word of the query must occur somewhere in an entry; titles weigh most. Where the words do
not fit together so, pairs of neighbouring characters do, so that a name unknown to the
dictionary is still found. What the agent may not see is filtered in the index, so that counts
and facets tell nothing of it, and once more by `visible_to` in the database.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import tantivy

from gongshu.catalog import index, selectors
from gongshu.catalog.models import Dataset, Field
from gongshu.catalog.words import asked_words, pairs, words
from gongshu.rules.agents import Agent

PAGE = 20
LONGEST = 200  # characters of a query that are read
DEEPEST = 500  # pages
FACET_VALUES = 50
WEIGHTS = {"title": 4.0, "fields": 2.0, "body": 1.0}

Filters = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class FacetValue:
    value: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Hit:
    dataset: Dataset
    fields: list[Field]  # those whose name or title was asked for


@dataclass(frozen=True)
class Results:
    query: str
    page: int
    total: int = 0
    hits: list[Hit] = field(default_factory=list)
    facets: dict[str, list[FacetValue]] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return -(-self.total // PAGE)


def search(
    q: str, *, agent: Agent, filters: Filters | None = None, page: int | None = None
) -> Results:
    q, number = q.strip()[:LONGEST], min(max(page or 1, 1), DEEPEST)
    opened = _reader()
    if opened is None:
        return Results(q, number)
    chosen = _chosen(filters)
    schema, searcher = opened.schema, opened.searcher()
    asked = [_text_query(schema, q), _seen_by(schema, agent)]
    query = _all(asked + [_any_of(schema, name, values) for name, values in chosen.items()])
    if q:
        found = searcher.search(query, limit=PAGE, offset=(number - 1) * PAGE)
    else:
        found = searcher.search(
            query,
            limit=PAGE,
            offset=(number - 1) * PAGE,
            order_by_field="code",
            order=tantivy.Order.Asc,
        )
    codes = [searcher.doc(address)["code"][0] for _, address in found.hits]
    facets = {name: _facet(searcher, schema, name, asked, chosen) for name in index.FACETS}
    return Results(q, number, found.count or 0, _hits(codes, q, agent), facets)


_opened: dict[str, tantivy.Index] = {}
_lock = threading.Lock()


def _reader() -> tantivy.Index | None:
    """This process's reader, told to look for newer commits: it costs no more than a stat."""
    path = str(index.folder())
    with _lock:
        if path not in _opened:
            opened = index.open_index()
            if opened is None:
                return None
            _opened.clear()
            _opened[path] = opened
        _opened[path].reload()
        return _opened[path]


def _chosen(filters: Filters | None) -> dict[str, list[str]]:
    chosen = {}
    for name, values in (filters or {}).items():
        wanted = [values] if isinstance(values, str) else list(values)
        if name in index.FACETS and any(wanted):
            chosen[name] = [value for value in wanted if value]
    return chosen


def _all(queries: list[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])


def _any(queries: list[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _any_of(schema: tantivy.Schema, name: str, values: Sequence[str]) -> tantivy.Query:
    terms = _any([tantivy.Query.term_query(schema, name, value, "basic") for value in values])
    return tantivy.Query.const_score_query(terms, 0.0)


def _seen_by(schema: tantivy.Schema, agent: Agent) -> tantivy.Query:
    seen = selectors.reach(agent)
    terms = [("visibility", value) for value in sorted(seen.classes)]
    if seen.provider:
        terms.append(("provider", seen.provider))
    ways = _any([tantivy.Query.term_query(schema, n, v, "basic") for n, v in terms])
    return tantivy.Query.const_score_query(ways, 0.0)


def _text_query(schema: tantivy.Schema, q: str) -> tantivy.Query:
    if not q:
        return tantivy.Query.all_query()
    by_words = [_word(schema, word) for word in asked_words(q)]
    ways = [_all(by_words)] if by_words else []
    neighbours = [
        tantivy.Query.term_query(schema, "grams", pair, "freq") for pair in dict.fromkeys(pairs(q))
    ]
    if neighbours:
        # Words of other scripts must still occur; only the Chinese is matched more loosely.
        others = [_word(schema, w) for w in asked_words(q) if not pairs(w)]
        ways.append(tantivy.Query.boost_query(_all(neighbours + others), 0.2))
    return _any(ways) if ways else tantivy.Query.empty_query()


def _word(schema: tantivy.Schema, word: str) -> tantivy.Query:
    """The word anywhere; of a word in another script its beginning is enough."""
    ways = []
    for name, weight in WEIGHTS.items():
        term = tantivy.Query.term_query(schema, name, word, "freq")
        ways.append(tantivy.Query.boost_query(term, weight))
        if len(word) >= 3 and not pairs(word):
            starts = tantivy.Query.regex_query(schema, name, re.escape(word) + ".*")
            ways.append(tantivy.Query.const_score_query(starts, 0.3 * weight))
    return _any(ways)


def _facet(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    name: str,
    asked: list[tantivy.Query],
    chosen: dict[str, list[str]],
) -> list[FacetValue]:
    """Counts under all choices but this facet's own, so that another value can be chosen."""
    others = [_any_of(schema, n, v) for n, v in chosen.items() if n != name]
    counted = searcher.aggregate(
        _all(asked + others), {"values": {"terms": {"field": name, "size": FACET_VALUES}}}
    )
    mine = chosen.get(name, [])
    return [
        FacetValue(bucket["key"], int(bucket["doc_count"]), bucket["key"] in mine)
        for bucket in counted["values"]["buckets"]
    ]


def _hits(codes: list[str], q: str, agent: Agent) -> list[Hit]:
    rows = selectors.visible_to(agent).filter(code__in=codes).prefetch_related("fields")
    by_code = {dataset.code: dataset for dataset in rows}
    asked = set(asked_words(q))
    hits = []
    for dataset in (by_code[code] for code in codes if code in by_code):
        named = [
            f
            for f in dataset.fields.all()
            if asked & set(words(f"{f.name} {f.title_zh} {f.title_en}"))
        ]
        hits.append(Hit(dataset, named))
    return hits
