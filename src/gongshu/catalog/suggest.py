"""What is suggested while somebody types: words, columns, agencies, then titles.

By what they begin with: characters, letters, pinyin or its initials ("rk" → 人口). Suggestions
come from public entries alone, so that none tells of what may not be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from gongshu.accounts.models import Organisation
from gongshu.catalog import search
from gongshu.catalog.asking import Asker
from gongshu.catalog.documents import BETWEEN, BLANK, typed
from gongshu.catalog.selectors import Reach, visible_to
from gongshu.rules.agents import ANONYMOUS, Agent

MOST, MOST_OF_A_KIND, TITLES = 10, 4, 4
LOOKED_AT = 2000  # phrases with this beginning; the most frequent of them are shown
LONGEST = 40
PUBLIC = Reach(frozenset({"public"}))


@dataclass(frozen=True)
class Suggestion:
    kind: str  # word, field, provider, dataset
    text: str
    link: str


def suggest(q: str, *, agent: Agent = ANONYMOUS) -> list[Suggestion]:
    q = q.strip()
    reader = search.reader()
    if reader is None or not q or len(q) > LONGEST:
        return []
    asker = Asker(reader.searcher(), reader.schema, PUBLIC)
    phrases = _phrases(asker, q)
    titles = _titles(asker, q) or (_titles(asker, phrases[0].text) if phrases else [])
    return [*phrases, *titles][:MOST]


def _phrases(asker: Asker, q: str) -> list[Suggestion]:
    """The most frequent phrases that begin so, a few of each kind, each text once."""
    found = asker.searcher.terms_with_prefix("phrases", typed(q), limit=LOOKED_AT)
    best: dict[str, list[str]] = {"word": [], "field": [], "provider": []}
    shown: set[str] = set()
    for term, _ in sorted(found, key=lambda one: (-one[1], len(one[0]))):
        _, kind, text = term.split(BETWEEN)
        text = text.replace(BLANK, " ")
        if len(best[kind]) < MOST_OF_A_KIND and text.lower() not in shown:
            best[kind].append(text)
            shown.add(text.lower())
    codes = dict(
        Organisation.objects.filter(name_zh__in=best["provider"]).values_list("name_zh", "code")
    )
    return [
        Suggestion(kind, text, _link(kind, text, codes))
        for kind, texts in best.items()
        for text in texts
    ]


def _link(kind: str, text: str, codes: dict[str, str]) -> str:
    of_provider = kind == "provider" and text in codes
    return "/search?" + urlencode({"provider": codes[text]} if of_provider else {"q": text})


def _titles(asker: Asker, q: str) -> list[Suggestion]:
    query = asker.words(q)
    if query is None:
        return []
    found = asker.searcher.search(query, limit=TITLES, count=False).hits
    codes = [asker.searcher.doc(address)["code"][0] for _, address in found]
    rows = {row.code: row for row in visible_to(ANONYMOUS).filter(code__in=codes)}
    return [
        Suggestion("dataset", rows[code].title_zh or rows[code].title_en, f"/dataset/{code}")
        for code in codes
        if code in rows
    ]
