"""The writers of the ledger: append an entry, give entries their place, make a receipt.

    with transaction.atomic():
        dataset.save()
        ledger.append(event="dataset.drafted", subject=Subject("dataset", code, owner), by=by,
                      public={"code": code})

An entry, as it is hashed:

    {"by":{"organisation":"11330100…","person":"<commitment>","rank":"staff"},"commitments":{},
     "event":"dataset.drafted","facts":{"code":"health.persons"},"format":"gongshu-entry/1",
     "id":"0198…","subject":{"id":"health.persons","kind":"dataset","organisation":"11330100…"},
     "time":"2026-12-01T09:30:00.000+08:00"}
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from gongshu.ledger import keys, models, moment, selectors
from gongshu.ledger.crash import crash_point
from gongshu.ledger.sequencer import sequence
from gongshu.ledger.subjects import Subject
from gongshu.log import merkle
from gongshu.log.canonical_json import Json, canonical
from gongshu.log.commitment import Opening
from gongshu.log.receipt import ENTRY_FORMAT, build_receipt
from gongshu.log.tiles import LARGEST_ENTRY
from gongshu.prepared import insert
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

__all__ = ["append", "create_key", "receipt", "sequence"]

BEIJING = ZoneInfo("Asia/Shanghai")
PERSON = "person"  # the opening that says who acted; in no receipt


def create_key() -> str:
    """Make the instance's log key if there is none; its public half, as a verifier key."""
    return keys.create_key_file().verifier_key().text()


def append(
    *,
    event: str,
    subject: Subject,
    by: Agent,
    public: Mapping[str, Json] | None = None,
    private: Mapping[str, str] | None = None,
    holder: str = "",
    at: datetime | None = None,
) -> models.Entry:
    """Write an entry in the caller's transaction, so that neither act nor entry exists alone.

    `public` facts stand in clear. `private` ones stand as salted commitments, which `holder` (an
    organisation's code; without it, the acting one) can open. Who acted is always one of these.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an entry is appended in the transaction of its act")
    at = (at or moment.now()).astimezone(BEIJING)
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert PERSON not in (private or {}), "the name of an opening of every entry"
    openings = {name: Opening.of(value) for name, value in (private or {}).items()}
    person = Opening.of(by.person) if by.person else None
    body: dict[str, Any] = {
        "format": ENTRY_FORMAT,
        "id": new_id(),
        "event": event,
        "time": at.isoformat(timespec="milliseconds"),
        "by": {
            "organisation": by.organisation,
            "rank": by.rank,
            "person": person.commitment() if person else None,
        },
        "subject": {"kind": subject.kind, "id": subject.id, "organisation": subject.organisation},
        "facts": dict(public or {}),
        "commitments": {name: opening.commitment() for name, opening in openings.items()},
    }
    entry = _store_entry(body, at)
    held = [(name, opening, holder or by.organisation) for name, opening in openings.items()]
    if person:
        held.append((PERSON, person, by.organisation))
    _store_openings(entry, held)
    crash_point("append.before_commit")
    return entry


def receipt(entry_id: str, *, agent: Agent | None = None) -> dict[str, Any] | None:
    """The receipt of an entry (`log.receipt.receipt_bytes` makes the file). An entry without a
    place in the log is given one; None only while another process is about it.

    It opens what `agent` holds of the entry. Without `agent`, all its private facts: for callers
    that have decided who gets it.
    """
    entry = selectors.entry(entry_id)
    if entry.pending:
        sequence(wait=False)
        entry.refresh_from_db(fields=["index"])
    if entry.index is None:
        return None
    rows = entry.openings.exclude(name=PERSON)
    if agent is not None:
        rows = rows.filter(holder=agent.organisation) if agent.organisation else rows.none()
    return build_receipt(
        entry=entry.body,
        openings={row.name: Opening(bytes(row.salt), row.value) for row in rows},
        proof=selectors.proof(entry.index),
    )


def new_id() -> str:
    """A UUIDv7 (RFC 9562 5.7, method 3): ids of one process sort by the time they were made."""
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    number = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | fraction << 64
    return str(uuid.UUID(int=number | 0b10 << 62 | secrets.randbits(62)))


def _store_entry(body: dict[str, Any], at: datetime) -> models.Entry:
    text = canonical(body)
    data = text.encode()
    if len(data) > LARGEST_ENTRY:
        raise BadInput(
            "entry_too_large",
            Sentence(
                en=f"What would be recorded takes {len(data)} bytes; the ledger takes at most "
                f"{LARGEST_ENTRY}.",
                zh=f"应记录的内容有 {len(data)} 字节，账本每条至多 {LARGEST_ENTRY} 字节。",
            ),
        )
    entry = models.Entry(
        id=body["id"],
        event=body["event"],
        at=at,
        organisation=body["by"]["organisation"],
        subject_kind=body["subject"]["kind"],
        subject_id=body["subject"]["id"],
        subject_organisation=body["subject"]["organisation"],
        body=text,
        leaf_hash=merkle.leaf_hash(data),
    )
    insert([entry])
    return entry


def _store_openings(entry: models.Entry, held: Iterable[tuple[str, Opening, str]]) -> None:
    """Name, opening and holder of each."""
    rows = []
    for name, opening, holder in held:
        if "\0" in opening.value:  # PostgreSQL keeps no such text
            raise BadInput(
                "not_text",
                Sentence(en="A text has a NUL character in it.", zh="文本中含有 NUL 字符。"),
                field=name,
            )
        rows.append(
            models.Opening(
                entry=entry, name=name, holder=holder, salt=opening.salt, value=opening.value
            )
        )
    insert(rows)
