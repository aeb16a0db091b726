"""How Chinese is read: pinyin and its initials, so that who types letters finds characters.

>>> reading("人口")
['ren', 'kou']
>>> sounds("人口普查")
['renkou', 'rk']
>>> sounds("人口普查数据", every=True)
['renkou', 'rk', 'pucha', 'pc', 'renkoupucha', 'rkpc', 'shuju', 'sj', 'puchashuju', 'pcsj']
"""

from __future__ import annotations

from functools import lru_cache

from gongshu.catalog.words import HAN, asked_words, normal

REMEMBERED = 200_000
LONGEST = 12  # characters of a run that are read


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


def sounds(text: str, *, every: bool = False) -> list[str]:
    """Whole and initials of the first Chinese word, or of each and each pair of neighbours."""
    words = [w for w in asked_words(text) if HAN.fullmatch(w)]
    if not every:
        return list(_word_sounds(words[0])) if words else []
    found: list[str] = []
    before = ""
    for word in words:
        found += _word_sounds(word)
        if before:
            found += _word_sounds((before + word)[:LONGEST])
        before = word
    return list(dict.fromkeys(found))


def sort_key(title: str) -> str:
    """Titles in the order in which a Chinese index has them: by how they are read."""
    text = normal(title)[:20]
    return " ".join(_reading(text)) if HAN.match(text) else text
