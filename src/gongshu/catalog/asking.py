"""A query as the index understands it, in the ways of which each is tried where the one before
finds little: its words; parts of words; words that sound so; words mended where mistyped.

    asker = Asker(searcher, schema, selectors.reach(agent))
    asker.words("学校 名录"), asker.parts("务教"), asker.sounds("xuexiao"), asker.mended("hopsital")

Each is limited to what the agent may see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import tantivy

from gongshu.catalog.documents import HIDDEN
from gongshu.catalog.models import Visibility
from gongshu.catalog.selectors import Reach
from gongshu.catalog.sounds import reading
from gongshu.catalog.words import HAN, asked_words, mistypings, normal, pairs, stemmed

# Words that most English texts have: they say nothing, beside others.
EMPTY_WORDS = frozenset(
    {"a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "is", "of", "on", "or"}
    | {"that", "the", "to", "with"}
)
LEAST_BEGINNING = 3  # letters of the beginning of a word
MOST_ENDINGS = 50  # words that begin so
EXACT = 30.0  # what it is worth that a title is all that was asked for
Must, Should = tantivy.Occur.Must, tantivy.Occur.Should
Query = tantivy.Query


class Asker:
    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, reach: Reach) -> None:
        self.searcher, self.schema, self.reach = searcher, schema, reach
        self.sees_all = reach.classes >= set(Visibility.values)

    def everything(self) -> Query:
        if self.sees_all:
            return Query.all_query()
        terms = [("visibility", value) for value in sorted(self.reach.classes)]
        if self.reach.provider:
            terms.append(("provider", self.reach.provider))
        return any_of([self._term(name, value) for name, value in terms])

    def words(self, q: str) -> Query | None:
        """Every word, or (of English) another form of it."""
        asked = telling(asked_words(q))
        if not asked:
            return None
        found = self._seen(
            lambda before: all_of([self._term(f"{before}words", stemmed(w)) for w in asked])
        )
        title = normal(q)
        if not self.searcher.doc_freq("exact", title):
            return found
        exact = Query.boost_query(self._term("exact", title), EXACT)
        return Query.boolean_query([(Must, found), (Should, exact)])

    def parts(self, q: str) -> Query | None:
        """Characters next to each other, beginnings of words of other scripts."""
        near = list(dict.fromkeys(pairs(q)))
        others = [w for w in telling(asked_words(q)) if not HAN.match(w)]

        def one(before: str) -> Query:
            beginnings = [self._beginning(f"{before}words", word) for word in others]
            return all_of([self._term(f"{before}parts", pair) for pair in near] + beginnings)

        return self._seen(one) if near or others else None

    def sounds(self, q: str) -> Query | None:
        """Words as they sound: who typed pinyin, or another character of the same sound."""
        asked = telling(asked_words(q))
        if not any(_may_sound(word) for word in asked):
            return None

        def word(before: str, text: str) -> Query:
            ways = [self._term(f"{before}words", stemmed(text))]
            if _may_sound(text):
                spoken = "".join(reading(text)) if HAN.match(text) else text
                ways.append(self._term(f"{before}sounds", spoken))
            return any_of(ways)

        return self._seen(lambda before: all_of([word(before, text) for text in asked]))

    def mended(self, q: str) -> str:
        """The query with each mistyped word as it was probably meant; blank: nothing to mend."""
        asked = asked_words(q)
        meant = [self._meant(word) for word in asked]
        return " ".join(meant) if meant != asked else ""

    def chosen(self, name: str, values: Sequence[str]) -> Query:
        return const(any_of([self._term(name, value) for value in values]))

    def _term(self, field: str, value: str) -> Query:
        option = "freq" if field.endswith("words") else "basic"
        return Query.term_query(self.schema, field, value, option)

    def _seen(self, make: Callable[[str], Query]) -> Query:
        """The same among what is public, and among the hidden that the agent may see."""
        hidden = self._hidden()
        if hidden is None:
            return make("")
        return any_of([make(""), all_of([make(HIDDEN), *hidden])])

    def _hidden(self) -> list[Query] | None:
        if self.sees_all:
            return []
        terms = [("visibility", v) for v in sorted(self.reach.classes - {Visibility.PUBLIC})]
        if self.reach.provider:
            terms.append(("provider", self.reach.provider))
        if not terms:
            return None
        return [const(any_of([self._term(name, value) for name, value in terms]))]

    def _beginning(self, field: str, word: str) -> Query:
        ways = [self._term(field, word)]
        if len(word) >= LEAST_BEGINNING:
            found = self.searcher.terms_with_prefix(field, word, limit=MOST_ENDINGS)
            ways += [const(self._term(field, term), 0.3) for term, _ in found if term != word]
        return any_of(ways)

    def _meant(self, word: str) -> str:
        if not (word.isascii() and word.isalpha() and len(word) > 3) or self._count(stemmed(word)):
            return word
        best = max(mistypings(word), key=lambda other: (self._count(other), other))
        return best if self._count(best) else word

    def _count(self, word: str) -> int:
        """Among public words alone: a hint must not tell what is hidden."""
        return self.searcher.doc_freq("words", word)


def telling(words: list[str]) -> list[str]:
    """Without the words that nearly every entry has, unless there is no other."""
    return [word for word in words if word not in EMPTY_WORDS] or words


def _may_sound(word: str) -> bool:
    return bool(HAN.fullmatch(word)) or (word.isascii() and word.isalpha() and len(word) > 1)


def all_of(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]  # a term alone is ranked without looking at every place of it
    return Query.boolean_query([(Must, query) for query in queries])


def any_of(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Should, query) for query in queries])


def const(query: Query, score: float = 0.0) -> Query:
    return Query.const_score_query(query, score)


def narrowed(query: Query, asker: Asker, chosen: Mapping[str, Sequence[str]]) -> Query:
    return all_of([query, *(asker.chosen(name, values) for name, values in chosen.items())])
