"""What a run would do, found without writing anything: new, changed field by field, gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gongshu.interop.harvest import ckan, dcat, dcat_us, fetch
from gongshu.interop.harvest.answer import Get
from gongshu.interop.harvest.model import Broken, Page, Record
from gongshu.interop.models import HarvestedEntry, HarvestSource
from gongshu.wording import Sentence

SHOWN = 200  # of each kind; all are counted
READERS: Mapping[str, Callable[[str, str, Get], Page]] = {
    "ckan": ckan.read_page,
    "dcat": dcat.read_page,
    "dcat_us": dcat_us.read_page,
}
Progress = Callable[[int, int | None], None]


@dataclass
class Diff:
    counts: Counter[str] = field(default_factory=Counter)
    new: list[dict[str, str]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    gone: list[dict[str, str]] = field(default_factory=list)
    broken: list[dict[str, Any]] = field(default_factory=list)
    unmapped: Counter[str] = field(default_factory=Counter)
    notes: list[Sentence] = field(default_factory=list)
    stops: bool = False  # more would go than the ceiling allows

    def as_dict(self) -> dict[str, Any]:
        return {
            "counts": dict(self.counts),
            "new": self.new,
            "changed": self.changed,
            "gone": self.gone,
            "broken": self.broken,
            "unmapped": dict(self.unmapped.most_common(100)),
            "notes": [{"en": note.en, "zh": note.zh} for note in self.notes],
            "stops": self.stops,
        }


def pages(source: HarvestSource, position: str, get: Get | None = None) -> Iterator[Page]:
    """From `position` on, to the end."""
    read = READERS[source.protocol]
    while True:
        page = read(source.url, position, get or fetch.get)
        yield page
        if not page.next:
            return
        position = page.next


def difference(
    source: HarvestSource, *, get: Get | None = None, progress: Progress | None = None
) -> Diff:
    found, seen, drifted = Diff(), set[str](), False
    known = _known(source)
    for page in pages(source, "", get):
        drifted |= page.drifted
        found.notes += page.notes
        for one in page.records:
            _count(found, one, known, seen)
        if progress:
            progress(len(seen), page.total)
    gone = [k for k, entry in known.items() if k not in seen and entry.gone_since is None]
    alive = sum(entry.gone_since is None for entry in known.values())
    if drifted:
        found.notes.append(DRIFTED)
    else:
        found.counts["gone"] = len(gone)
        found.stops = over_ceiling(len(gone), alive, source.most_gone)
        found.gone = [_named(known[key]) for key in gone[:SHOWN]]
    return found


def over_ceiling(gone: int, alive: int, most: int) -> bool:
    return gone * 100 > most * alive


def _known(source: HarvestSource) -> dict[str, HarvestedEntry]:
    if source.pk is None:
        return {}
    return {entry.key: entry for entry in source.entries.select_related("dataset")}


def _count(
    found: Diff, one: Record | Broken, known: Mapping[str, HarvestedEntry], seen: set[str]
) -> None:
    if isinstance(one, Broken):
        found.counts["broken"] += 1
        if one.identifier:
            seen.add(key_of(one))
        if len(found.broken) < SHOWN:
            found.broken.append(told(one))
        return
    if one.key in seen:
        found.counts["repeated"] += 1
        return
    seen.add(one.key)
    found.unmapped.update(one.unmapped)
    entry = known.get(one.key)
    if entry is None:
        found.counts["new"] += 1
        if len(found.new) < SHOWN:
            title = one.values["title_zh"]
            found.new.append({"identifier": one.identifier, "title": title, "uri": one.uri})
    elif entry.digest == one.digest and entry.gone_since is None:
        found.counts["unchanged"] += 1
    else:
        found.counts["changed"] += 1
        if len(found.changed) < SHOWN:
            found.changed.append(_named(entry) | {"fields": changes(entry.values, one.values)})


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, list[str]]:
    names = [*new, *(name for name in old if name not in new)]
    pairs = {name: [old.get(name, ""), new.get(name, "")] for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def key_of(broken: Broken) -> str:
    return Record(identifier=broken.identifier, values={}).key


def told(broken: Broken) -> dict[str, Any]:
    sentence = {"en": broken.sentence.en, "zh": broken.sentence.zh}
    return {"index": broken.index, "identifier": broken.identifier, "detail": sentence}


def _named(entry: HarvestedEntry) -> dict[str, Any]:
    dataset = entry.dataset
    return {"code": dataset.code, "title": dataset.title_zh, "identifier": entry.identifier}


DRIFTED = Sentence(
    en="The source changed while it was read: what is missing is judged by the next run.",
    zh="读取期间来源发生变化，缺失的条目留待下次采集判断。",
)
