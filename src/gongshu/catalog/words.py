"""Text into the words that the search index keeps, and a query into the same words.

Chinese is cut into words by jieba's dictionary; every pair of neighbouring characters is kept
beside them, so that a name the dictionary does not know is still found:

>>> words("杭州市学校招生 PM2.5, id_card")
['杭州', '州市', '杭州市', '学校', '招生', 'pm2.5', 'id_card', 'id', 'card']
>>> pairs("学校招生 card")
['学校', '校招', '招生']
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

HAN = re.compile(r"[㐀-鿿豈-﫿]+")
# A word of another script; names of columns keep their underscores and are split as well.
OTHER = re.compile(r"[^\W_㐀-鿿豈-﫿]+(?:[._\-][^\W_㐀-鿿豈-﫿]+)*")
PIECE = re.compile(f"{HAN.pattern}|{OTHER.pattern}")
PARTS = re.compile(r"[._\-]")


def normal(text: str) -> str:
    """Full-width and half-width forms, upper and lower case are one."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def words(text: str) -> list[str]:
    """All words of an entry, and the words inside its words."""
    return list(_words(text))


@lru_cache(64)
def _words(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for piece in _pieces(text):
        if HAN.match(piece):
            found += _jieba().cut_for_search(piece)
            continue
        found.append(piece)
        parts = PARTS.split(piece)
        if len(parts) > 1 and not any(p.isdigit() for p in parts):  # PM2.5 stays whole
            found += parts
    return tuple(found)


def asked_words(query: str) -> list[str]:
    """The words of a query, each once and whole."""
    return list(_asked_words(query))


@lru_cache(64)
def _asked_words(query: str) -> tuple[str, ...]:
    found: list[str] = []
    for piece in _pieces(query):
        found += _jieba().cut(piece) if HAN.match(piece) else [piece]
    return tuple(dict.fromkeys(found))


def stemmed(word: str) -> str:
    """An English word without its ending, so that "schools" and "school" are one.

    >>> stemmed("schools"), stemmed("statistics"), stemmed("id_card"), stemmed("学校")
    ('school', 'statist', 'id_card', '学校')
    """
    return _stem(word)


@lru_cache(200_000)
def _stem(word: str) -> str:
    if not (word.isascii() and word.isalpha() and len(word) > 3):
        return word
    stems: list[str] = _stemmer().analyze(word)
    return stems[0] if stems else word


@lru_cache(1)
def _stemmer() -> Any:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    return builder.filter(tantivy.Filter.stemmer("english")).build()


@lru_cache(1)
def _jieba() -> Any:
    # Here: loading its dictionary takes 0.4 s, which a process that searches nothing need not pay.
    import rjieba

    return rjieba


@lru_cache(64)  # of one text several things are asked, one after the other
def _pieces(text: str) -> tuple[str, ...]:
    return tuple(PIECE.findall(normal(text)))


def _runs(text: str) -> list[str]:
    return [piece for piece in _pieces(text) if HAN.match(piece)]


def grams(text: str) -> list[str]:
    """What the index keeps for `pairs` and for single characters."""
    return pairs(text) + [c for run in _runs(text) for c in run]


def pairs(text: str) -> list[str]:
    """Neighbouring pairs of Chinese characters; a lone one stands for itself."""
    found = []
    for run in _runs(text):
        found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return found


def mistypings(word: str) -> Iterator[str]:
    """What differs from a word by one letter too many, too few, wrong, or two exchanged.

    >>> {"hospital", "school"} & {*mistypings("hopsital"), *mistypings("schol")} == {
    ...     "hospital", "school"}
    True
    """
    for i in range(len(word) + 1):
        before, after = word[:i], word[i:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in string.ascii_lowercase:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]
        if after and len(word) > 4:
            yield before + after[1:]
