"""Whether two columns say they hold the same thing: by name or title, in either language.

>>> same_words("station_id", "Station ID"), same_words("车站编号", "车站编码")
(True, False)
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from gongshu.catalog.models import Field

LIKE = 0.8


def alike(one: Field, other: Field) -> bool:
    return likeness(one, other) >= LIKE


def likeness(one: Field, other: Field) -> float:
    """1.0: the same words; of all pairs of name and titles the best."""
    mine = {text for text in (one.name, one.title_zh, one.title_en) if text}
    theirs = {text for text in (other.name, other.title_zh, other.title_en) if text}
    return max((_ratio(_plain(a), _plain(b)) for a in mine for b in theirs), default=0.0)


def same_words(one: str, other: str) -> bool:
    return _ratio(_plain(one), _plain(other)) >= LIKE


def _plain(text: str) -> str:
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).casefold()
    return re.sub(r"[\W_]+", "", words)


def _ratio(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    return 1.0 if one == other else SequenceMatcher(None, one, other).ratio()
