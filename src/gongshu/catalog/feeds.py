"""A search as an Atom feed (RFC 4287) and as CSV, for whoever subscribes or lists."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree as ET  # only written here, never read

from gongshu.catalog.models import Dataset
from gongshu.wording import current_language

ATOM = "http://www.w3.org/2005/Atom"
MOST_IN_FEED, MOST_IN_FILE = 100, 10_000
COLUMNS = (
    *("code", "title_zh", "title_en", "summary_zh", "provider", "provider_name", "domain"),
    *("sharing", "opening", "format", "update_cycle", "grade", "published", "modified", "address"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would work these out


def atom(datasets: Iterable[Dataset], *, title: str, here: str, site: str) -> bytes:
    """`here` is the address of the feed, `site` what addresses of datasets begin with."""
    rows = list(datasets)
    language = current_language()
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    _add(feed, "id", here)
    _add(feed, "title", title)
    ET.SubElement(feed, "link", {"rel": "self", "href": here})
    latest = max((row.modified for row in rows), default=datetime.fromtimestamp(0, UTC))
    _add(feed, "updated", latest.isoformat())
    for row in rows:
        entry = ET.SubElement(feed, "entry")
        address = f"{site}/dataset/{row.code}"
        _add(entry, "id", address)
        _add(entry, "title", row.title(language) or row.code)
        ET.SubElement(entry, "link", {"rel": "alternate", "href": address})
        _add(entry, "published", (row.published or row.created).isoformat())
        _add(entry, "updated", row.modified.isoformat())
        _add(ET.SubElement(entry, "author"), "name", row.provider.name(language))
        ET.SubElement(entry, "category", {"term": row.domain.code})
        _add(entry, "summary", row.summary(language))
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def csv_lines(datasets: Iterable[Dataset], *, site: str) -> Iterator[str]:
    """With a byte order mark, by which spreadsheets know the encoding."""
    yield "\ufeff" + _line(COLUMNS)
    for row in datasets:
        yield _line(
            (
                *(row.code, row.title_zh, row.title_en, row.summary_zh, row.provider.code),
                *(row.provider.name_zh, row.domain.code, row.sharing, row.opening, row.format),
                *(row.update_cycle, row.grade, _moment(row.published), _moment(row.modified)),
                f"{site}/dataset/{row.code}",
            )
        )


def _line(values: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(
        f"'{value}" if value.startswith(FORMULA) else value for value in values
    )
    return out.getvalue()


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _add(parent: ET.Element, name: str, text: str) -> None:
    # What XML 1.0 cannot hold at all is left out.
    allowed = "".join(c for c in text if c >= " " or c in "\t\n\r")
    ET.SubElement(parent, name).text = allowed.replace("\ufffe", "").replace("\uffff", "")
