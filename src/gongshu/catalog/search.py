"""Find datasets by words in their titles, fields and descriptions, in Chinese and English.

Every word of the query must occur somewhere in an entry; titles weigh most. Where the words do
not fit together so, pairs of neighbouring characters do, so that a name unknown to the
dictionary is still found. What the agent may not see is filtered in the index, so that counts
and facets tell nothing of it, and once more by `visible_to` in the database.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import tantivy

from gongshu.accounts.models import Organisation
from gongshu.catalog import index, selectors
from gongshu.catalog.models import Dataset, Domain, Field
from gongshu.catalog.words import asked_words, pairs, words
from gongshu.rules.agents import Agent
from gongshu.wording import current_language

log = logging.getLogger(__name__)

PAGE = 20
LONGEST = 200  # characters of a query that are read
DEEPEST = 500  # pages
FACET_VALUES = 50
WEIGHTS = {"title": 4.0, "fields": 2.0, "body": 1.0}

Filters = Mapping[str, str | Sequence[str]]


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


@dataclass(frozen=True)
class Results:
    query: str
    page: int
    total: int = 0
    hits: list[Dataset] = field(default_factory=list)
    # By dataset code: the fields whose name or title was asked for.
    matched: dict[str, list[Field]] = field(default_factory=dict)
    facets: list[Facet] = field(default_factory=list)

    @property
    def pages(self) -> int:
        return -(-self.total // PAGE)

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


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
    facets = [_facet(searcher, schema, name, asked, chosen) for name in index.FACETS]
    hits = _hits(codes, agent)
    total: int = found.count  # type: ignore[attr-defined]  # tantivy's stub forgets it
    return Results(q, number, total, hits, _matched(hits, q), facets)


_opened: dict[str, tantivy.Index] = {}
_lock = threading.Lock()


def _reader() -> tantivy.Index | None:
    """This process's reader, told to look for newer commits: it costs no more than a stat."""
    path = str(index.folder())
    with _lock:
        try:
            if path not in _opened:
                opened = index.open_index()
                if opened is None:
                    return None
                _opened.clear()
                _opened[path] = opened
            _opened[path].reload()
        except ValueError:  # damaged or just being removed; `gongshu doctor` and the log say so
            log.exception("the search index cannot be read")
            _opened.clear()
            return None
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
) -> Facet:
    """Counts under all choices but this facet's own, so that another value can be chosen."""
    others = [_any_of(schema, n, v) for n, v in chosen.items() if n != name]
    counted = searcher.aggregate(
        _all(asked + others), {"values": {"terms": {"field": name, "size": FACET_VALUES}}}
    )
    buckets = counted["values"]["buckets"]
    labels = _labels(name, [bucket["key"] for bucket in buckets])
    values = [
        FacetValue(
            value=bucket["key"],
            label=labels.get(bucket["key"], bucket["key"]),
            count=int(bucket["doc_count"]),
            chosen=bucket["key"] in chosen.get(name, []),
        )
        for bucket in buckets
    ]
    return Facet(name, values)


def _labels(facet: str, values: list[str]) -> dict[str, str]:
    """Stored words are left to the page, which knows them in both languages."""
    language = current_language()
    if facet == "domain":
        return {d.code: d.title(language) for d in Domain.objects.filter(code__in=values)}
    if facet == "provider":
        rows = Organisation.objects.filter(code__in=values)
        return {organisation.code: organisation.name(language) for organisation in rows}
    return {}


def _hits(codes: list[str], agent: Agent) -> list[Dataset]:
    """In the index's order; what changed since, so that it may not be seen, falls out."""
    rows = selectors.visible_to(agent).filter(code__in=codes).prefetch_related("fields")
    by_code = {dataset.code: dataset for dataset in rows}
    return [by_code[code] for code in codes if code in by_code]


def _matched(hits: list[Dataset], q: str) -> dict[str, list[Field]]:
    asked = set(asked_words(q))
    matched = {}
    for dataset in hits:
        named = [
            f
            for f in dataset.fields.all()
            if asked & set(words(f"{f.name} {f.title_zh} {f.title_en}"))
        ]
        if named:
            matched[dataset.code] = named
    return matched
