"""A code of ours for an entry of another catalogue: readable, and the same for ever after.

>>> code_of("culture", "Museums & Galleries (2016)", "scotland", "ab" * 32)
'culture.museums_galleries_2016_65340cb3'
>>> code_of("culture", "博物馆名录", "x", "cd" * 32)
'culture.bo_wu_guan_ming_lu_6cf5c92e'
"""

from __future__ import annotations

import hashlib
import re

LONGEST = 36


def code_of(domain: str, title: str, source: str, key: str) -> str:
    """`key` is the digest of what the source calls it; two sources may call two things alike."""
    mark = hashlib.sha256(f"{source}:{key}".encode()).hexdigest()[:8]
    return f"{domain}.{slug(title)}_{mark}"


def slug(title: str) -> str:
    if not title.isascii():
        from pypinyin import lazy_pinyin  # here: its dictionary takes long to load

        title = " ".join(lazy_pinyin(title))
    words = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:LONGEST].strip("_")
    return words if words[:1].isalpha() else f"d_{words}".rstrip("_")[:LONGEST]
