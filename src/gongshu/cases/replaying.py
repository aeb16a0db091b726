"""Whether what the database says of every case is what the ledger's entries add up to."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F

from gongshu.cases.models import Case
from gongshu.ledger import selectors as ledger
from gongshu.rules.replay import Broken, Replayed, Told, replay
from gongshu.wording import Sentence

CHUNK = 2_000


def replayed() -> Replayed:
    """The entries about cases, folded in the log's order; what has no place yet comes last."""
    return replay(_told())


def differences() -> tuple[int, list[Broken]]:
    """How many cases were compared, and what does not agree."""
    found = replayed()
    broken = list(found.broken)
    rows = Case.objects.order_by("id").values_list("id", "state", "due_at")
    known = set()
    for case, state, due_at in rows.iterator(chunk_size=CHUNK):
        known.add(case)
        stands = found.standing.get(case)
        due = due_at.isoformat() if due_at else ""
        if stands is None:
            broken.append(Broken(case, "", NO_ENTRY))
        elif (stands.state, stands.due) != (state, due):
            broken.append(
                Broken(case, stands.entry, _differs(state, due, stands.state, stands.due))
            )
    gone = sorted(set(found.standing) - known)
    broken += [Broken(case, found.standing[case].entry, NO_CASE) for case in gone]
    return len(known), broken


NO_ENTRY = Sentence(
    en="The database has this case, and no entry opened it.",
    zh="数据库中有此办件，但没有开启它的记录。",
)
NO_CASE = Sentence(
    en="The entries tell of this case, and the database has none.",
    zh="记录中有此办件，但数据库中没有。",
)


def _differs(state: str, due: str, told_state: str, told_due: str) -> Sentence:
    return Sentence(
        en=f"The database says “{state}”, due {due or '-'}; the entries say “{told_state}”, "
        f"due {told_due or '-'}.",
        zh=f"数据库为“{state}”、期限 {due or '-'}；记录为“{told_state}”、期限 {told_due or '-'}。",
    )


def _told() -> Iterator[Told]:
    rows = (
        ledger.entries().filter(subject_kind="case").order_by(F("index").asc(nulls_last=True), "id")
    )
    for entry in rows.iterator(chunk_size=CHUNK):
        facts = entry.facts
        if "from" in facts and "to" in facts:
            yield Told(
                entry.subject_id,
                str(entry.id),
                entry.event,
                str(facts.get("procedure", "")),
                str(facts["from"]),
                str(facts["to"]),
                str(facts.get("due", "")),
            )
