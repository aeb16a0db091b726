"""One record of another catalogue, mapped to what an entry of ours says. Pure: no Django, no net.

What could not be mapped is named with the record, never dropped in silence; a record that cannot
be taken at all is `Broken`, with its place, and the ones beside it are taken.

Identity: what the source calls the record (each protocol's mapper says in which order it looks).
Where that is a web address at the catalogue's own host, scheme and host do not count, so that a
catalogue which moves keeps its entries.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from gongshu.wording import Sentence

HAN = re.compile("[\u3400-\u9fff]")
LONGEST = {"title": 200, "summary": 20_000, "licence": 100, "source_url": 500, "format": 20}
MOST_LINKS = 50
BLOCKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"})
DATA_FORMATS = ("csv", "xlsx", "xls", "json", "geojson", "parquet", "xml", "ods", "tsv", "zip")
# What a source may say of its cycle, in any of the three protocols, without case and prefix.
CYCLES = {
    **dict.fromkeys(("continuous", "cont", "update_cont", "realtime", "real-time"), "realtime"),
    **dict.fromkeys(("hourly", "r/pt1h", "r/pt1s", "hour"), "realtime"),
    **dict.fromkeys(("daily", "r/p1d", "day", "每日"), "daily"),
    **dict.fromkeys(("weekly", "r/p1w", "r/p7d", "week", "每周"), "weekly"),
    **dict.fromkeys(("monthly", "r/p1m", "month", "每月"), "monthly"),
    **dict.fromkeys(("quarterly", "r/p3m", "quarter", "每季度"), "quarterly"),
    **dict.fromkeys(("annual", "annually", "yearly", "r/p1y", "year", "每年"), "yearly"),
    **dict.fromkeys(("irreg", "irregular", "as needed", "asneeded", "不定期"), "irregular"),
    **dict.fromkeys(("never", "notplanned", "not planned", "once", "一次性"), "once"),
}
OPEN_ACCESS = ("public", "open", "unrestricted")
SHUT_ACCESS = ("restricted", "restricted public", "non-public", "non_public", "private")


@dataclass(frozen=True)
class Record:
    identifier: str
    values: Mapping[str, str]  # of an entry's own words
    themes: tuple[str, ...] = ()
    uri: str = ""
    publisher: str = ""
    licence: str = ""
    modified: str = ""
    links: tuple[Mapping[str, str], ...] = ()
    unmapped: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return hashlib.sha256(self.identifier.encode()).hexdigest()

    @cached_property
    def digest(self) -> str:
        """Of all that we keep: a change of anything else at the source is none of ours."""
        kept = [self.values, self.themes, self.uri, self.publisher, self.licence, self.modified]
        text = json.dumps([*kept, self.links], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Broken:
    """A record that cannot be taken: its place among those of its page, and why."""

    index: int
    identifier: str
    sentence: Sentence


@dataclass
class Page:
    """Some records, and where to go on; `next` is "" at the end."""

    records: list[Record | Broken] = field(default_factory=list)
    next: str = ""
    total: int | None = None
    notes: list[Sentence] = field(default_factory=list)
    drifted: bool = False  # the source changed while it was read: what is missing may be there


class Untakeable(Exception):
    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.sentence = Sentence(en=en, zh=zh)


def built(
    *,
    identifier: str,
    titles: Iterable[str],
    summaries: Iterable[str],
    keywords: Iterable[str] = (),
    themes: Iterable[str] = (),
    uri: str = "",
    page: str = "",
    publisher: str = "",
    licence: str = "",
    cycle: str = "",
    access: str = "",
    modified: str = "",
    links: Iterable[Mapping[str, str]] = (),
    unmapped: Iterable[str] = (),
) -> Record:
    """The record from what a mapper found; `Untakeable` without a name or a title."""
    missed = list(unmapped)
    values = _in_languages("title", titles, missed)
    if not identifier.strip():
        raise Untakeable("It has nothing that identifies it.", "没有可识别的标识。")
    if not values:
        raise Untakeable("It has no title.", "没有名称。")
    values.setdefault("title_zh", values.get("title_en", ""))
    values |= _in_languages("summary", summaries, missed, keywords)
    places = [dict(link) for link in links if is_address(link.get("url", ""))]
    found = {
        "format": _format(places),
        "licence": _short(licence, "licence", missed),
        "attribution": publisher,
        "source_url": _page(page or uri, missed),
        "update_cycle": _cycle(cycle, missed),
        **_opening(access),
    }
    if len(places) > MOST_LINKS:
        missed.append(f"links[{MOST_LINKS}:{len(places)}]")
    values |= {name: value for name, value in found.items() if value}
    return Record(
        identifier=identifier.strip(),
        values=values,
        themes=tuple(dict.fromkeys(t.strip() for t in themes if t.strip())),
        uri=uri,
        publisher=publisher,
        licence=licence,
        modified=modified[:60],
        links=tuple(places[:MOST_LINKS]),
        unmapped=tuple(dict.fromkeys(missed)),
    )


def local_identity(identifier: str, hosts: Iterable[str]) -> str:
    """Without scheme and host, where the host is one of the catalogue's own."""
    parts = urlsplit(identifier)
    if parts.scheme not in ("http", "https"):
        return identifier
    host = bare_host(identifier)
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    rest += f"#{parts.fragment}" if parts.fragment else ""
    own = host in set(hosts) and rest.strip("/")
    return f"~{rest}" if own else f"//{host}{rest}"


def bare_host(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return (parts.hostname or "").removeprefix("www.") + port


def is_address(text: Any) -> bool:
    if not isinstance(text, str) or any(c.isspace() for c in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.silent += tag in ("script", "style")
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style") and self.silent > 0

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def plain(text: str) -> str:
    """What a reader sees of a text that may be HTML."""
    text = text.replace("\0", "")
    if "<" in text or "&" in text:
        words = _Words()
        words.feed(text)
        words.close()
        text = "".join(words.parts)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _in_languages(
    name: str, texts: Iterable[str], missed: list[str], keywords: Iterable[str] = ()
) -> dict[str, str]:
    """The first text with Chinese in it, and the first without."""
    found: dict[str, str] = {}
    for text in filter(None, map(plain, texts)):
        found.setdefault(f"{name}_zh" if HAN.search(text) else f"{name}_en", text)
    words = [word for word in dict.fromkeys(map(plain, keywords)) if word]
    if words:
        zh = any(HAN.search(word) for word in words)
        said = f"关键词：{'、'.join(words)}" if zh else f"Keywords: {', '.join(words)}"
        key = f"{name}_zh" if zh else f"{name}_en"
        found[key] = f"{found[key]}\n{said}" if key in found else said
    for key, text in found.items():
        if len(text) > LONGEST[name]:
            missed.append(f"{name}[{LONGEST[name]}:]")
            found[key] = text[: LONGEST[name] - 1] + "…"
    return found


def _short(text: str, name: str, missed: list[str]) -> str:
    if len(text) > LONGEST[name]:
        missed.append(name)
        return text[: LONGEST[name] - 1] + "…"
    return text


def _page(url: str, missed: list[str]) -> str:
    if not url or (is_address(url) and len(url) <= LONGEST["source_url"] and url.isascii()):
        return url
    missed.append("page")
    return ""


def _format(links: Iterable[Mapping[str, str]]) -> str:
    """Of several, the one that a program reads best."""
    said = [str(link.get("format", "")).lower() for link in links]
    words = [word.rsplit("/", 1)[-1].lstrip(".")[:20] for word in said if word]
    best = [word for word in DATA_FORMATS if word in words]
    return (best or words or [""])[0]


def _cycle(text: str, missed: list[str]) -> str:
    word = text.rsplit("/", 1)[-1] if text.startswith("http") else text
    word = word.rsplit("#", 1)[-1].strip().lower()
    if word and word not in CYCLES:
        missed.append(f"cycle={text[:60]}")
    return CYCLES.get(word, "")


def _opening(access: str) -> dict[str, str]:
    """What is not said is not claimed: under the conditions of the source."""
    word = access.rsplit("/", 1)[-1].strip().lower()
    if word in OPEN_ACCESS:
        return {"opening": "open"}
    if word in SHUT_ACCESS:
        return {"opening": "closed"}
    return {"opening": "conditional", "opening_conditions": "以来源目录的说明为准"}
