"""What of the ledger a page's address asks for, so that a figure can link to what it counts.

`/ledger?event=grant.issued&kind=sharing&year=2026` lists what the disclosure counted;
`/ledger?subject_kind=grant&subject=G-2026-0001` what happened to one thing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from gongshu.ledger import selectors
from gongshu.ledger.models import Entry
from gongshu.oversight.disclosure import SHANGHAI
from gongshu.oversight.slices import moment
from gongshu.portal import events
from gongshu.portal.names import organisation_names
from gongshu.portal.words import word
from gongshu.rules.procedures import PROCEDURES

ASKED = (
    *("event", "kind", "year", "since", "until"),
    *("subject_kind", "subject", "organisation"),
)

FIELDS = ("event", "subject", "year")


@dataclass(frozen=True)
class Narrowing:
    """One thing that is asked for, and the address without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True)
class LedgerSearch:
    asked: Mapping[str, str]  # of ASKED, what is given

    @classmethod
    def of(cls, address: Mapping[str, str]) -> LedgerSearch:
        # PostgreSQL takes no text with a NUL in it.
        given = {name: address.get(name, "").replace("\0", "").strip() for name in ASKED}
        return cls({name: value for name, value in given.items() if value})

    @property
    def kept(self) -> dict[str, str]:
        """What the form has no field for: it stays as it is."""
        return {k: v for k, v in self.asked.items() if k not in FIELDS}

    def entries(self) -> QuerySet[Entry]:
        """Newest first."""
        event, year = self.asked.get("event"), self._year()
        since, until = (moment(self.asked.get(name), name) for name in ("since", "until"))
        found = selectors.entries(
            events=(event,) if event else (),
            organisation=self.asked.get("organisation"),
            since=_new_year(year) if year else since,
            until=_new_year(year + 1) if year else until,
        )
        if "subject" in self.asked:
            found = found.filter(subject_id=self.asked["subject"])
        if "subject_kind" in self.asked:
            found = found.filter(subject_kind=self.asked["subject_kind"])
        if "kind" in self.asked:
            found = found.filter(_of_kind(self.asked["kind"]))
        return found.reverse()

    def exported(self) -> str:
        """The address where an auditor takes the same slice away; nothing where there is none."""
        if "kind" in self.asked:
            return ""
        year = self._year()
        asked = {k: v for k, v in self.asked.items() if k != "year"}
        times = {"since": f"{year}-01-01", "until": f"{year + 1}-01-01"} if year else {}
        return "/audit?" + urlencode(asked | times)

    def narrowings(self) -> list[Narrowing]:
        return [
            Narrowing(_label(name), self._said(name, value), self._without(name))
            for name, value in self.asked.items()
        ]

    def _said(self, name: str, value: str) -> str:
        if name == "event":
            return events.label(value)
        if name == "organisation":
            return organisation_names([value]).get(value, value)
        if name == "kind" and value in PROCEDURES:
            return str(PROCEDURES[value].title)
        return value if name in ("year", "since", "until", "subject") else word(value)

    def _without(self, name: str) -> str:
        return "/ledger?" + urlencode({k: v for k, v in self.asked.items() if k != name})

    def _year(self) -> int | None:
        text = self.asked.get("year", "")
        return int(text) if len(text) == 4 and text.isascii() and text.isdecimal() else None


def _of_kind(kind: str) -> Q:
    """The kind of grant or procedure that the public facts name, as the disclosure counts it.

    The body is canonical JSON, in which a quote inside a text is escaped: so this finds keys
    with their values only. An entry's subject has a kind too, and no word is used for both.
    """
    value = json.dumps(kind, ensure_ascii=False)
    return Q(body__contains=f'"kind":{value}') | Q(body__contains=f'"procedure":{value}')


def _label(name: str) -> str:
    return {
        "event": gettext("Event"),
        "kind": gettext("Kind"),
        "year": gettext("Year"),
        "since": gettext("Since"),
        "until": gettext("Before"),
        "subject_kind": gettext("About"),
        "subject": gettext("About"),
        "organisation": gettext("Organisation"),
    }[name]


def _new_year(year: int) -> datetime:
    return datetime(min(max(year, 1), 9999), 1, 1, tzinfo=SHANGHAI)
