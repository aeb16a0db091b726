"""A slice of the ledger for an auditor: what is asked for, which entries it has, and the log's own
entry about it.

Before the first line leaves, the log records the slice: its filters, how many entries it has and
their digest, as a commitment that the audit body can open (whom it looks at is not for all to
read). So nothing can be changed, dropped or put in another order afterwards, by whoever has the
file in hands. What that proves and what not: docs/explanation/audit.md.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from gongshu.ledger import selectors as ledger
from gongshu.ledger import services
from gongshu.ledger.models import Entry
from gongshu.ledger.subjects import Subject
from gongshu.log.canonical_json import canonical
from gongshu.oversight.selectors import require_overseer
from gongshu.oversight.verify_slice import drawn
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

NUMBERS = ("first", "last", "sample")
FORMAT = "gongshu-slice/1"
EVENT = "ledger.exported"
LARGEST_SAMPLE = 100_000
WORDS = ("event", "subject_kind", "subject", "organisation", "seed")
AT_ONCE = 256  # entries a query; more tiles in one condition than SQLite's depth of 1,000 allows
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Asked:
    """Filters as the ledger's page has them, a range of places, and a sample of what is left."""

    event: str = ""
    subject_kind: str = ""
    subject: str = ""
    organisation: str = ""
    since: datetime | None = None
    until: datetime | None = None  # exclusive
    first: int | None = None  # place in the tree, counted from 0
    last: int | None = None  # inclusive
    sample: int | None = None
    seed: str = ""

    def __post_init__(self) -> None:
        if (self.sample is None) != (not self.seed):
            raise _bad(
                "sample", "A sample needs a number and a seed.", "抽样须同时给出数量和种子。"
            )
        if self.sample is not None and not 1 <= self.sample <= LARGEST_SAMPLE:
            raise _bad(
                "sample",
                f"A sample has between 1 and {LARGEST_SAMPLE:,} entries.",
                f"抽样数量应在 1 至 {LARGEST_SAMPLE:,} 之间。",
            )
        if (self.first or 0) < 0 or (self.last is not None and self.last < (self.first or 0)):
            raise _bad("last", "The range is empty.", "区间为空。")
        if self.since and self.until and self.since >= self.until:
            raise _bad("until", "The time is empty.", "时间段为空。")

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Asked:
        """From what a form, a program or the shell gives; what is empty was not asked for."""
        words: Any = {name: str(given.get(name) or "").replace("\0", "").strip() for name in WORDS}
        times: Any = {name: moment(given.get(name), name) for name in ("since", "until")}
        numbers: Any = {name: _number(given.get(name), name) for name in NUMBERS}
        return cls(**words, **times, **numbers)

    @property
    def filtered(self) -> bool:
        """Whether more than places decides what is in it; then a range is not seen to be whole."""
        return any(
            (self.event, self.subject_kind, self.subject, self.organisation, self.since, self.until)
        )

    def statement(self) -> dict[str, Any]:
        """What was asked for, as the log records it: only what was given."""
        times = {"since": self.since, "until": self.until}
        said = {name: value for name, value in vars(self).items() if value not in ("", None)}
        return said | {
            name: at.astimezone(SHANGHAI).isoformat() for name, at in times.items() if at
        }


def moment(given: Any, field: str) -> datetime | None:
    """A day or a time, Chinese where it does not say which; a day is its beginning.

    >>> moment("2026-03-01", "since").isoformat()
    '2026-03-01T00:00:00+08:00'
    """
    text = str(given or "").strip()
    if not text:
        return None
    try:
        found = given if isinstance(given, datetime) else datetime.fromisoformat(text)
    except ValueError:
        raise _bad(
            field,
            f"“{text[:40]}” is no day or time: write 2026-03-01 or 2026-03-01T09:30.",
            f"“{text[:40]}”不是日期或时间，请按 2026-03-01 或 2026-03-01T09:30 填写。",
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _number(given: Any, field: str) -> int | None:
    text = str(given if given is not None else "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise _bad(field, f"“{text[:40]}” is no number.", f"“{text[:40]}”不是数字。")
    return int(text)


def matching(asked: Asked) -> QuerySet[Entry]:
    """The entries that fit, pending ones too, oldest first; a sample is not drawn here."""
    found = ledger.entries(
        events=(asked.event,) if asked.event else (),
        organisation=asked.organisation or None,
        since=asked.since,
        until=asked.until,
    )
    narrowed: Mapping[str, Any] = {
        "subject_kind": asked.subject_kind or None,
        "subject_id": asked.subject or None,
        "index__gte": asked.first,
        "index__lte": asked.last,
    }
    return found.filter(**{name: value for name, value in narrowed.items() if value is not None})


@dataclass(frozen=True)
class Slice:
    """Which entries, in the tree's order, and what the log says about it."""

    asked: Asked
    tree_size: int
    indexes: Sequence[int]
    digest: str

    def statement(self, origin: str) -> str:
        """Canonical JSON: what stands in the entry of the export, as a commitment."""
        return canonical(
            {
                "format": FORMAT,
                "log": origin,
                "tree_size": self.tree_size,
                "asked": self.asked.statement(),
                "count": len(self.indexes),
                "digest": self.digest,
            }
        )


def cut(asked: Asked, *, by: Agent) -> Slice:
    """The slice as the log stands now; what waits for its place is given one first."""
    require_overseer(by)
    services.sequence()
    size = ledger.tree_size()
    population = _population(asked, size)
    chosen = population if asked.sample is None else drawn(population, asked.sample, asked.seed)
    digest = hashlib.sha256()
    for row in rows(chosen, "index", "leaf_hash"):
        digest.update(row["index"].to_bytes(8, "big") + bytes(row["leaf_hash"]))
    return Slice(asked, size, chosen, digest.hexdigest())


def record(found: Slice, *, form: str, by: Agent) -> Entry:
    """The export itself is an act, and has its entry; it stands in the log when this returns."""
    require_overseer(by)
    origin = ledger.public_key().name
    with transaction.atomic():
        entry = services.append(
            event=EVENT,
            subject=Subject("ledger", origin, by.organisation),
            by=by,
            public={"tree_size": found.tree_size, "format": form},
            private={"slice": found.statement(origin)},
        )
    services.sequence()
    entry.refresh_from_db(fields=["index"])
    return entry


def rows(indexes: Sequence[int], *fields: str) -> Iterator[dict[str, Any]]:
    """Those columns of the entries at these places, a few hundred at a time."""
    for start in range(0, len(indexes), AT_ONCE):
        part = indexes[start : start + AT_ONCE]
        first, last = part[0], part[-1]
        whole = last - first + 1 == len(part)
        where = {"index__range": (first, last)} if whole else {"index__in": list(part)}
        yield from Entry.objects.filter(**where).order_by("index").values(*fields)


def _population(asked: Asked, size: int) -> Sequence[int]:
    """Eight bytes an entry at most; a whole range costs nothing."""
    if not asked.filtered:
        last = size - 1 if asked.last is None else min(asked.last, size - 1)
        return range(asked.first or 0, max(last + 1, asked.first or 0))
    found = matching(asked).filter(index__lt=size).order_by("index").values_list("index", flat=True)
    return array("q", (place or 0 for place in found.iterator(chunk_size=10_000)))


def _bad(field: str, en: str, zh: str) -> BadInput:
    return BadInput("slice", Sentence(en=en, zh=zh), field=field)
