"""Append the entries of many acts at once, as `services.append` does for one; same rules.

For acts by the thousand in one transaction (an import, a harvest): two inserts instead of two
for each. Every act keeps an entry of its own, with its own commitments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from gongshu.ledger import models, moment
from gongshu.ledger.crash import crash_point
from gongshu.ledger.services import BEIJING, PERSON, new_id
from gongshu.ledger.subjects import Subject
from gongshu.log import merkle
from gongshu.log.canonical_json import Json, canonical
from gongshu.log.commitment import Opening
from gongshu.log.receipt import ENTRY_FORMAT
from gongshu.log.tiles import LARGEST_ENTRY
from gongshu.prepared import insert_values, moment_value
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

ENTRY_COLUMNS = (
    *("id", "event", "at", "organisation", "subject_kind", "subject_id"),
    *("subject_organisation", "body", "leaf_hash"),
)
OPENING_COLUMNS = ("entry", "name", "holder", "salt", "value")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Act:
    event: str
    subject: Subject
    public: Mapping[str, Json] = field(default_factory=dict)
    private: Mapping[str, str] = field(default_factory=dict)
    holder: str = ""


def append_many(acts: Sequence[Act], *, by: Agent) -> list[str]:
    """In the caller's transaction; the entries' ids in the order of the acts."""
    if not connection.in_atomic_block:
        raise RuntimeError("an entry is appended in the transaction of its act")
    at = moment.now().astimezone(BEIJING)
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    entries: list[Row] = []
    held: list[Row] = []
    for act in acts:
        openings = {name: Opening.of(value) for name, value in act.private.items()}
        assert PERSON not in openings, "the name of an opening of every entry"
        person = Opening.of(by.person) if by.person else None
        entry = _entry(act, by, at, openings, person)
        entries.append(entry)
        holder = act.holder or by.organisation
        held += [_opening(entry[0], name, one, holder) for name, one in openings.items()]
        if person:
            held.append(_opening(entry[0], PERSON, person, by.organisation))
    insert_values(models.Entry, ENTRY_COLUMNS, entries)
    insert_values(models.Opening, OPENING_COLUMNS, held)
    crash_point("append_many.before_commit")
    return [entry[0] for entry in entries]


def _entry(
    act: Act, by: Agent, at: datetime, openings: Mapping[str, Opening], person: Opening | None
) -> Row:
    subject = act.subject
    body: dict[str, Any] = {
        "format": ENTRY_FORMAT,
        "id": new_id(),
        "event": act.event,
        "time": at.isoformat(timespec="milliseconds"),
        "by": {
            "organisation": by.organisation,
            "rank": by.rank,
            "person": person.commitment() if person else None,
        },
        "subject": {"kind": subject.kind, "id": subject.id, "organisation": subject.organisation},
        "facts": dict(act.public),
        "commitments": {name: opening.commitment() for name, opening in openings.items()},
    }
    text = canonical(body)
    data = text.encode()
    if len(data) > LARGEST_ENTRY:
        raise BadInput(
            "entry_too_large",
            Sentence(
                en=f"What would be recorded of {subject.id} is more than an entry of the ledger "
                "may hold.",
                zh=f"{subject.id} 应记录的内容超过账本单条上限。",
            ),
        )
    whose = (by.organisation, subject.kind, subject.id, subject.organisation)
    return (body["id"], act.event, moment_value(at), *whose, text, merkle.leaf_hash(data))


def _opening(entry: str, name: str, opening: Opening, holder: str) -> Row:
    if "\0" in opening.value:  # PostgreSQL keeps no such text
        raise BadInput(
            "not_text",
            Sentence(en="A text has a NUL character in it.", zh="文本中含有 NUL 字符。"),
            field=name,
        )
    return (entry, name, holder, opening.salt, opening.value)
