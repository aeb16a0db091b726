"""The yearly disclosure, read off the books: who was authorised to what, and what use was made.

The implementing body discloses party, content, scope and term (R27 art. 18), the operator the
use of the resources (R27 art. 19), each year for the year before (the notice of 2026-02-10).
Every line names its entry, every figure the entries it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from gongshu.oversight.books import Books, History, Line, Tally
from gongshu.wording import Sentence

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class OpenDataset:
    code: str
    title_zh: str
    title_en: str
    provider: str
    at: datetime
    entry_id: str


@dataclass(frozen=True)
class Authorisation:
    grant: str
    kind: str
    grantor: str
    grantee: str  # the authorised party
    datasets: tuple[str, ...]  # the content
    purposes: tuple[str, ...]
    scope: Mapping[str, Any]
    valid_from: str  # the term
    valid_until: str
    state: str
    entry_id: str
    entries: tuple[str, ...]  # every entry its line rests on


@dataclass(frozen=True)
class Use:
    grant: str
    grantee: str
    answered: int
    withheld: int
    refused: int

    @property
    def link(self) -> str:
        return "/ledger?" + urlencode({"subject_kind": "grant", "subject": self.grant})


@dataclass(frozen=True)
class Price:
    """A cap or a charge as it stood at the end of the year."""

    grant: str
    product: str
    use: str
    unit: str
    amount: str  # yuan a unit
    begins: str
    entry_id: str
    trial: bool = False


@dataclass(frozen=True)
class Product:
    """A product or service that was listed, and what became of it."""

    grant: str
    listing: str  # its case
    product: str
    use: str
    state: str
    entry_id: str


@dataclass(frozen=True)
class Figure:
    """How often something happened; `link` lists the entries that were counted."""

    name: str
    label: Sentence
    value: int
    event: str
    kind: str = ""
    year: int | None = None

    @property
    def link(self) -> str:
        asked = {"event": self.event, "kind": self.kind, "year": str(self.year or "")}
        return "/ledger?" + urlencode({k: v for k, v in asked.items() if v})


@dataclass(frozen=True)
class Disclosure:
    year: int | None  # None: from the first entry to now
    entries: int  # how many entries it is made from
    open_datasets: tuple[OpenDataset, ...]
    authorisations: tuple[Authorisation, ...]
    use: tuple[Use, ...]
    figures: tuple[Figure, ...]
    caps: tuple[Price, ...] = ()
    charges: tuple[Price, ...] = ()
    products: tuple[Product, ...] = ()
    behind: int = 0  # so many later entries are still to be added: only after a rebuild

    @property
    def answered(self) -> int:
        return sum(use.answered for use in self.use)

    @property
    def withheld(self) -> int:
        return sum(use.withheld for use in self.use)

    @property
    def refused(self) -> int:
        return sum(use.refused for use in self.use)

    def as_dict(self, language: str) -> dict[str, Any]:
        """For machines; the labels in the reader's language."""
        figures = [
            {
                "name": one.name,
                "label": one.label.in_language(language),
                "value": one.value,
                "link": one.link,
            }
            for one in self.figures
        ]
        return {
            "year": self.year,
            "entries": self.entries,
            "behind": self.behind,
            "open_datasets": [
                {**asdict(one), "at": one.at.isoformat()} for one in self.open_datasets
            ],
            "authorisations": [asdict(one) for one in self.authorisations],
            "use": [{**asdict(one), "link": one.link} for one in self.use],
            "caps": [asdict(one) for one in self.caps],
            "charges": [asdict(one) for one in self.charges],
            "products": [asdict(one) for one in self.products],
            "answered": self.answered,
            "withheld": self.withheld,
            "refused": self.refused,
            "figures": figures,
        }


# name → what is counted: the event, the kind of its case or grant where it matters, the words.
FIGURES: tuple[tuple[str, str, str, Sentence], ...] = (
    (
        "catalogue.published",
        "entry.published",
        "",
        Sentence(en="catalogue entries published", zh="目录条目发布"),
    ),
    (
        "catalogue.updated",
        "entry.update_published",
        "",
        Sentence(en="updates of catalogue entries published", zh="目录条目更新发布"),
    ),
    (
        "catalogue.versions",
        "dataset.version_added",
        "",
        Sentence(en="versions of datasets added", zh="数据版本入库"),
    ),
    (
        "catalogue.retired",
        "entry.retired",
        "",
        Sentence(en="catalogue entries withdrawn", zh="目录条目撤销"),
    ),
    (
        "sharing.requested",
        "sharing.requested",
        "",
        Sentence(en="sharing requests made", zh="共享申请"),
    ),
    (
        "sharing.granted",
        "grant.issued",
        "sharing",
        Sentence(en="sharing requests delivered", zh="共享提供"),
    ),
    (
        "operation.granted",
        "grant.issued",
        "operation",
        Sentence(en="authorised operations begun", zh="授权运营启动"),
    ),
    (
        "grants.suspended",
        "grant.suspended",
        "",
        Sentence(en="grants suspended", zh="授权暂停"),
    ),
    (
        "grants.ended",
        "grant.ended",
        "",
        Sentence(en="grants ended", zh="授权终止"),
    ),
)


def disclose(
    books: Books, *, year: int | None, today: date, entries: int, behind: int = 0
) -> Disclosure:
    return Disclosure(
        year=year,
        entries=entries,
        behind=behind,
        open_datasets=tuple(_open_datasets(books, year)),
        authorisations=tuple(_authorisations(books, year, today)),
        use=tuple(_use(books, year)),
        figures=tuple(_figure(books, year, *row) for row in FIGURES),
        caps=tuple(_prices(books.caps, "cap", year)),
        charges=tuple(_prices(books.charges, "charge", year)),
        products=tuple(_products(books, year)),
    )


def _end(year: int | None) -> datetime | None:
    return None if year is None else datetime(year + 1, 1, 1, tzinfo=SHANGHAI)


def _open_datasets(books: Books, year: int | None) -> list[OpenDataset]:
    """What stood open at the end of the year: published as open data, and not withdrawn since.

    The entry says so itself: `opening` alone does not, for data about somebody stay protected.
    """
    found = []
    for code, history in sorted(books.datasets.items()):
        lines = history.until(_end(year))
        opened = None  # by which entry: the first of those that left it open without a break
        for line in lines:
            opened = (opened or line) if line.facts.get("open_data") is True else None
        if opened is None:
            continue
        last = lines[-1]
        found.append(
            OpenDataset(
                code=code,
                title_zh=str(last.facts.get("title_zh", "")),
                title_en=str(last.facts.get("title_en", "")),
                provider=last.organisation,
                at=opened.at,
                entry_id=last.id,
            )
        )
    return found


def _authorisations(books: Books, year: int | None, today: date) -> list[Authorisation]:
    """Grants whose term touches the year; those for the platform's own running are shown too."""
    found = []
    for grant, history in sorted(books.grants.items()):
        lines = history.until(_end(year))
        facts = history.first.facts
        if not lines or (year is not None and not _touches(facts, lines, year)):
            continue
        found.append(
            Authorisation(
                grant=grant,
                kind=str(facts["kind"]),
                grantor=str(facts["grantor"]),
                grantee=str(facts["grantee"]),
                datasets=tuple(facts["datasets"]),
                purposes=tuple(facts["purposes"]),
                scope=facts["scope"],
                valid_from=str(facts["valid_from"]),
                valid_until=str(facts["valid_until"]),
                state=_state(lines, str(facts["valid_until"]), _as_of(year, today)),
                entry_id=history.first.id,
                entries=tuple(line.id for line in lines),
            )
        )
    return found


def _touches(facts: Mapping[str, Any], lines: list[Line], year: int) -> bool:
    ended = [line.at.year for line in lines if line.event == "grant.ended"]
    last = min([int(str(facts["valid_until"])[:4]), *ended])
    return int(str(facts["valid_from"])[:4]) <= year <= last


def _as_of(year: int | None, today: date) -> date:
    return today if year is None else min(today, date(year, 12, 31))


STATES = {"grant.suspended": "suspended", "grant.ended": "ended"}


def _state(lines: list[Line], valid_until: str, day: date) -> str:
    state = STATES.get(lines[-1].event, "active")
    return "expired" if state == "active" and day.isoformat() > valid_until else state


def _use(books: Books, year: int | None) -> list[Use]:
    sums: dict[str, Tally] = {}
    for (grant, in_year), tally in books.use.items():
        if year in (None, in_year):
            sums[grant] = sums.get(grant, Tally()) + tally
    return [
        Use(grant, books.holders[grant], one.answered, one.withheld, one.refused)
        for grant, one in sorted(sums.items())
    ]


def _figure(
    books: Books, year: int | None, name: str, event: str, kind: str, label: Sentence
) -> Figure:
    value = sum(
        count
        for (of, what, in_year), count in books.counts.items()
        if of == event and kind in ("", what) and year in (None, in_year)
    )
    return Figure(name, label, value, event, kind, year)


def _prices(kept: Mapping[str, History], what: str, year: int | None) -> Iterator[Price]:
    """The newest of each grant before the end of the year: each one replaces all before it."""
    for grant, history in sorted(kept.items()):
        known = history.until(_end(year))
        for row in known[-1].facts[f"{what}s"] if known else ():
            yield Price(
                grant=grant,
                product=str(row["product"]),
                use=str(row["use"]),
                unit=str(row["unit"]),
                amount=str(row[what]),
                begins=str(known[-1].facts["begins"]),
                entry_id=known[-1].id,
                trial=known[-1].facts.get("trial") is True,
            )


def _products(books: Books, year: int | None) -> Iterator[Product]:
    for listing, history in sorted(books.products.items()):
        lines = history.until(_end(year))
        if lines:
            facts, last = history.first.facts, lines[-1]
            yield Product(
                grant=str(facts["grant"]),
                listing=listing,
                product=str(facts["product"]),
                use=str(facts["use"]),
                state=str(last.facts["to"]),
                entry_id=history.first.id,
            )
