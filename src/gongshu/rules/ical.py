"""Deadlines as a calendar (RFC 5545): each an all-day event, so that any calendar shows them.

>>> text = calendar_of("Gongshu", [Deadline("C-1", date(2026, 9, 30), "Reply, please", "", "")])
>>> [line for line in text.split("\\r\\n") if line.startswith(("DTSTART", "SUMMARY"))]
['DTSTART;VALUE=DATE:20260930', 'SUMMARY:Reply\\\\, please']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

FOLD = 75  # octets a line, RFC 5545 section 3.1


@dataclass(frozen=True, slots=True)
class Deadline:
    id: str
    day: date
    summary: str
    description: str
    stamp: str  # when it was last changed: 20260930T010203Z
    link: str = ""


def calendar_of(name: str, deadlines: Iterable[Deadline]) -> str:
    """The whole file, with the line ends that the standard asks for."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Gongshu//Deadlines//EN"]
    lines += [f"X-WR-CALNAME:{escaped(name)}", "X-WR-TIMEZONE:Asia/Shanghai"]
    for deadline in deadlines:
        lines += _event(deadline)
    folded = [part for line in [*lines, "END:VCALENDAR"] for part in fold(line)]
    return "\r\n".join(folded) + "\r\n"


def _event(one: Deadline) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{one.id}@gongshu"
    yield f"DTSTAMP:{one.stamp}"
    yield f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escaped(one.summary)}"
    if one.description:
        yield f"DESCRIPTION:{escaped(one.description)}"
    if one.link:
        yield f"URL:{one.link}"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """Nothing that people write can end its line or begin another."""
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,")):
        text = text.replace(sign, written)
    return "\\n".join(text.splitlines())


def fold(line: str) -> Iterator[str]:
    """At most 75 octets a line; no character is cut in two."""
    part, room = "", FOLD
    for sign in line:
        size = len(sign.encode())
        if size > room:
            yield part
            part, room = " ", FOLD - 1
        part += sign
        room -= size
    yield part
