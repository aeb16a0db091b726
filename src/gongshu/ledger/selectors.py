"""What is read of the ledger: entries, checkpoint, tiles, proofs, openings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from gongshu.ledger import keys
from gongshu.ledger.models import Checkpoint, Entry, Tile
from gongshu.ledger.subjects import Subject
from gongshu.log import merkle, note, tiles
from gongshu.log.proof import Proof
from gongshu.rules.agents import Agent
from gongshu.rules.problems import not_found
from gongshu.wording import Problem


def entries(
    *,
    events: Iterable[str] = (),
    subject: Subject | None = None,
    organisation: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Entry]:
    """Oldest first. `organisation`: who acted, or whose thing it was; `until` is exclusive."""
    found = Entry.objects.order_by("id")
    events = tuple(events)
    if events:
        found = found.filter(event__in=events)
    if subject is not None:
        found = found.filter(subject_kind=subject.kind, subject_id=subject.id)
    if organisation is not None:
        found = found.filter(Q(organisation=organisation) | Q(subject_organisation=organisation))
    if since is not None:
        found = found.filter(at__gte=since)
    if until is not None:
        found = found.filter(at__lt=until)
    return found


def entry(entry_id: str) -> Entry:
    """NotFound if there is none."""
    found = Entry.objects.filter(pk=entry_id).first()
    if found is None:
        raise not_found("no_entry")
    return found


def openings(of: Entry, agent: Agent) -> dict[str, dict[str, str]]:
    """The private facts that the agent's organisation holds: name → salt (hex) and value."""
    if not agent.organisation:
        return {}
    rows = of.openings.filter(holder=agent.organisation).order_by("name")
    return {row.name: {"salt": bytes(row.salt).hex(), "value": row.value} for row in rows}


def verifier_key() -> str:
    """The log's public key as a verifier-key line; empty while there is none."""
    try:
        return keys.read_key().verifier_key().text()
    except (Problem, OSError):
        return ""


def checkpoint() -> str:
    """The newest signed checkpoint; empty while nothing has been sequenced."""
    newest = Checkpoint.objects.order_by("-size").first()
    return newest.note if newest else ""


def tree_size() -> int:
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first()
    return newest or 0


def tile(path: str) -> bytes:
    """A tile or entry bundle by its path (`tile/0/000`, `tile/entries/x001/234.p/7`)."""
    wanted = tiles.parse_path(path)
    found = None if wanted is None else _bundle(wanted) if wanted.level < 0 else _hashes(wanted)
    if not found:
        raise not_found("no_tile")
    return found


def _hashes(wanted: tiles.Tile) -> bytes | None:
    row = Tile.objects.filter(level=wanted.level, index=wanted.index).first()
    size = wanted.width * tiles.HASH
    # The tile of an earlier tree is the beginning of today's.
    return bytes(row.hashes)[:size] if row and len(row.hashes) >= size else None


def _bundle(wanted: tiles.Tile) -> bytes | None:
    start = wanted.index * tiles.WIDTH
    if start >= tree_size():
        return None
    rows = Entry.objects.filter(index__gte=start, index__lt=start + wanted.width)
    bodies = rows.order_by("index").values_list("body", flat=True)
    found = [body.encode() for body in bodies]
    return tiles.entry_bundle(found) if len(found) == wanted.width else None


def prove(index: int, size: int) -> list[bytes]:
    """The inclusion proof of an entry in the tree of that size, leaf's sibling first."""
    if not 0 <= index < size <= tree_size():
        raise not_found("no_such_leaf")
    return merkle.inclusion_path(index, size, _node([index], size))


def prove_many(indexes: list[int], size: int) -> list[list[bytes]]:
    """Proofs of some hundred entries at once: the tiles in one query, and of neighbours in one full
    tile the part above it only once."""
    if indexes and not 0 <= min(indexes) <= max(indexes) < size <= tree_size():
        raise not_found("no_such_leaf")
    node = _node(indexes, size)
    above: dict[int, list[bytes]] = {}
    paths = []
    for index in indexes:
        tile = index // tiles.WIDTH
        if (tile + 1) * tiles.WIDTH > size:
            paths.append(merkle.inclusion_path(index, size, node))
            continue
        if tile not in above:
            above[tile] = merkle.inclusion_path(index, size, node)[8:]
        paths.append([node(level, (index >> level) ^ 1) for level in range(8)] + above[tile])
    return paths


def prove_consistency(old: int, new: int) -> list[bytes]:
    if not 0 <= old <= new <= tree_size():
        raise not_found("no_such_size")
    return merkle.consistency_path(old, new, _node([max(old - 1, 0)], new))


def root(size: int) -> bytes:
    """The root the tree had at that size."""
    if not 0 <= size <= tree_size():
        raise not_found("no_such_size")
    return merkle.root(size, _node([], size))


def proof(index: int) -> Proof:
    """The whole proof of an entry, in the tree of the newest checkpoint."""
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None or not 0 <= index < newest.size:
        raise not_found("no_such_leaf")
    path = merkle.inclusion_path(index, newest.size, _node([index], newest.size))
    return Proof(index, tuple(path), newest.note)


def _node(indexes: list[int], size: int) -> merkle.Node:
    """Subtree hashes out of the few tiles that a proof needs, fetched in one query."""
    held = _tiles(tiles.needed(indexes, size))

    def read(level: int, index: int) -> bytes:
        if (level, index) not in held:
            held[level, index] = bytes(Tile.objects.get(level=level, index=index).hashes)
        return held[level, index]

    return tiles.node_reader(read)


def _tiles(places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """In plain SQL: a proof takes half a millisecond, of which the ORM would make two."""
    wanted = [number for place in places for number in place]
    if not wanted:
        return {}
    one = '(level = %s AND "index" = %s)'
    sql = f"""SELECT level, "index", hashes FROM ledger_tile
              WHERE {" OR ".join([one] * (len(wanted) // 2))}"""  # noqa: S608 (only `one`, repeated)
    with connection.cursor() as cursor:
        cursor.execute(sql, wanted)
        return {(level, index): bytes(hashes) for level, index, hashes in cursor.fetchall()}


def public_key() -> note.VerifierKey:
    """The same as `verifier_key`, as a value; a Problem if there is none."""
    return keys.read_key().verifier_key()
