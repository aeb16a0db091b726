"""How Chinese is read: pinyin and its initials, so that who types letters finds characters.

>>> reading("人口")
['ren', 'kou']
>>> sounds("人口普查")
['renkou', 'rk', 'pucha', 'pc', 'renkoupucha', 'rkpc']
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from gongshu.catalog.words import HAN, asked_words, normal, words

REMEMBERED = 200_000
BEGINNING, SORTED_BY = 8, 20  # characters that are read


@lru_cache(REMEMBERED)
def _reading(text: str) -> tuple[str, ...]:
    # Here: its dictionaries take 0.1 s to load, which only a search by sound need pay.
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(text, errors="ignore"))


def reading(text: str) -> list[str]:
    """The syllables of Chinese characters, without tones."""
    return list(_reading(text))


@lru_cache(REMEMBERED)
def _word_sounds(word: str) -> tuple[str, ...]:
    syllables = _reading(word)
    whole = "".join(syllables)
    return (whole, "".join(s[0] for s in syllables)) if len(syllables) > 1 else (whole,)


def sounds(text: str) -> list[str]:
    """Each Chinese word, the words in it, and each pair of neighbours: whole and initials."""
    found: list[str] = []
    for word in words(text):
        if HAN.fullmatch(word):
            found += _word_sounds(word)
    whole = [word for word in asked_words(text) if HAN.fullmatch(word)]
    for before, word in pairwise(whole):
        syllables = (*_reading(before), *_reading(word))
        found += ("".join(syllables), "".join(s[0] for s in syllables))
    return list(dict.fromkeys(found))


def beginning(text: str) -> list[str]:
    """How the beginning of a Chinese text sounds, whole and initials.

    >>> beginning("人口普查数据")
    ['renkoupuchashuju', 'rkpcsj']
    """
    return list(_word_sounds(text[:BEGINNING]))


def sort_key(title: str) -> str:
    """Titles in the order in which a Chinese index has them: by how they are read."""
    text = normal(title)
    if not HAN.match(text):
        return text[:SORTED_BY]
    read = " ".join(syllable for word in asked_words(title) for syllable in _reading(word))
    return read[: 3 * SORTED_BY]
