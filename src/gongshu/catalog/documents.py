"""An entry as the search index keeps it: its words, their parts and sounds, what sorts it.

The words of what is public and of what is hidden are kept in fields of their own. So a search
by anybody reads only public words, without a filter for each hit, and neither counts nor the
order of hits tell anything of what may not be seen.

A word of a title is kept eight times, of a column three times, of a description once: one list
of places is faster by far to rank and to count over than three that must be joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import tantivy

from gongshu.catalog.regions import region_of
from gongshu.catalog.sounds import beginning, sort_key, sounds
from gongshu.catalog.words import HAN, grams, normal, stemmed, words

FACETS = (*("domain", "provider", "sharing", "opening", "format", "update", "grade", "region"),)
WEIGHTS = (("title", 8), ("fields", 3), ("body", 1))
HIDDEN = "hidden_"  # before the name of a field: the same of entries that are not public
BODY = (
    *("code", "resource_code", "summary_zh", "summary_en", "provider__name_zh"),
    *("provider__name_en", "provider__code", "domain__title_zh", "domain__title_en"),
)
TEXTS = (
    *("title_zh", "title_en", "opening", "sharing", "format", "visibility", "update_cycle"),
    *("grade", "domain__code", "created", "modified", "published", *BODY),
)
FIELD_TEXTS = ("name", "title_zh", "title_en", "meaning_zh", "meaning_en")
REMEMBERED = 200_000  # texts of columns, which come again and again
LONGEST = 50_000  # characters of all descriptions of columns that are read
BETWEEN, BLANK = "\x1f", "\x1e"  # within a phrase's term: key, kind, text; a blank of the text

Entry = Mapping[str, Any]


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("code", stored=True, tokenizer_name="raw", index_option="basic")
    # Text comes cut into words already, so the index only splits at blanks.
    for before in ("", HIDDEN):
        builder.add_text_field(f"{before}words", tokenizer_name="whitespace", index_option="freq")
        for name in ("parts", "sounds"):
            builder.add_text_field(
                f"{before}{name}", tokenizer_name="whitespace", index_option="basic"
            )
    builder.add_text_field("phrases", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("exact", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title_order", fast=True, tokenizer_name="raw", index_option="basic")
    for name in (*FACETS, "visibility"):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("newest", "updated", "followed"):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


Made = list[tuple[str, str | int]]  # field of the index, what is in it


def document(entry: Entry, fields: Sequence[Sequence[str]], followers: int) -> tantivy.Document:
    return assembled(prepared(entry, fields, followers))


def prepared(entry: Entry, fields: Sequence[Sequence[str]], followers: int) -> Made:
    """All the work on the texts, which other processes can do."""
    title = f"{entry['title_zh']} {entry['title_en']}"
    public = entry["visibility"] == "public"
    made: Made = [("code", entry["code"])]
    for name, terms in _terms(entry, title, fields).items():
        made.append((name if public else f"{HIDDEN}{name}", " ".join(terms)))
    if public:
        made.append(("phrases", " ".join(_phrases(entry, title, fields))))
    for text in {normal(entry[name]).strip() for name in ("title_zh", "title_en", "code")}:
        if text:
            made.append(("exact", text))
    made.append(("title_order", sort_key(entry["title_zh"] or entry["title_en"])))
    made += [(name, value) for name, value in _facets(entry).items() if value]
    made.append(("newest", _seconds(entry["published"] or entry["created"])))
    made.append(("updated", _seconds(entry["modified"])))
    made.append(("followed", followers))
    return made


def assembled(made: Made) -> tantivy.Document:
    document = tantivy.Document()
    for name, value in made:
        if isinstance(value, str):
            document.add_text(name, value)
        else:
            document.add_unsigned(name, value)
    return document


def prepared_chunk(chunk: Sequence[tuple[Entry, Sequence[Sequence[str]], int]]) -> list[Made]:
    return [prepared(*one) for one in chunk]


def _facets(entry: Entry) -> dict[str, str]:
    return {
        "domain": entry["domain__code"],
        "provider": entry["provider__code"],
        "sharing": entry["sharing"],
        "opening": entry["opening"],
        "format": entry["format"],
        "update": entry["update_cycle"],
        "grade": entry["grade"],
        "region": region_of(entry["provider__code"]),
        "visibility": entry["visibility"],
    }


def _terms(entry: Entry, title: str, fields: Sequence[Sequence[str]]) -> dict[str, Iterable[str]]:
    columns = [_column(*names[:3]) for names in fields]
    meanings = dict.fromkeys(text for names in fields for text in names[3:] if text)
    body = " ".join(dict.fromkeys(entry[name] for name in BODY if entry[name]))
    described = " ".join([body, *meanings])[:LONGEST]
    texts: dict[str, Iterable[str]] = {
        "title": kept(title),
        "fields": [word for column in columns for word in column.words],
        "body": kept(described),
    }
    weighed: list[str] = []
    for part, weight in WEIGHTS:
        weighed += list(dict.fromkeys(texts[part])) * weight
    pieces = {*grams(title), *grams(described)}
    pieces.update(*(column.parts for column in columns))
    read = {*sounds(title)}
    read.update(*(column.sounds for column in columns))
    return {"words": weighed, "parts": pieces, "sounds": read}


def kept(text: str) -> list[str]:
    """The words of a text, and of English ones their stems."""
    found = words(text)
    return [*found, *map(stemmed, found)]


@dataclass(frozen=True)
class _Column:
    """What of a column is kept; most columns are called like some other one."""

    words: tuple[str, ...]
    parts: tuple[str, ...]
    sounds: tuple[str, ...]
    phrases: str


@lru_cache(REMEMBERED)
def _column(*names: str) -> _Column:
    text = " ".join(dict.fromkeys(names))
    phrases = [term for name in names if name for term in _phrase(name, "field")]
    return _Column(column_words(*names), tuple(grams(text)), tuple(sounds(text)), " ".join(phrases))


@lru_cache(REMEMBERED)
def column_words(*names: str) -> tuple[str, ...]:
    return tuple(kept(" ".join(dict.fromkeys(names))))


def _phrases(entry: Entry, title: str, fields: Sequence[Sequence[str]]) -> Iterator[str]:
    """What is suggested while somebody types: words of titles, columns, agencies."""
    for word in dict.fromkeys(words(title)):
        yield from _phrase(word, "word")
    for names in fields:
        yield _column(*names[:3]).phrases
    for name in ("provider__name_zh", "provider__name_en"):
        if entry[name]:
            yield from _phrase(entry[name], "provider")


@lru_cache(REMEMBERED)
def _phrase(text: str, kind: str) -> tuple[str, ...]:
    """The terms of one phrase: by itself, and by the sound of its beginning."""
    if len(text) < 2 or len(text) > 40 or text.isdigit():
        return ()
    shown = BLANK.join(text.split())
    keys = [typed(text)]
    if HAN.match(normal(text)):
        keys += beginning(text)
    return tuple(f"{key}{BETWEEN}{kind}{BETWEEN}{shown}" for key in dict.fromkeys(keys))


def typed(text: str) -> str:
    """A phrase's key, and what somebody typed, in one form."""
    return BLANK.join(normal(text).split())


def _seconds(moment: datetime) -> int:
    return max(0, int(moment.timestamp()))
