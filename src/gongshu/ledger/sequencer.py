"""Give entries their place in the tree; write tiles and a signed checkpoint.

One idempotent function under a database lock. The worker calls it every second, and so does,
without waiting, whoever asks for the receipt of an entry that has no place yet. It takes the
entries that have no index, so one whose transaction commits late (PostgreSQL) is only later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from gongshu.ledger import keys, models
from gongshu.ledger.crash import crash_point
from gongshu.log import merkle, tiles
from gongshu.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from gongshu.log.note import BadNote, SigningKey
from gongshu.wording import Problem, Sentence

BATCH = 4096
LOCK = 0x676F6E67_736875  # "gongshu": PostgreSQL's advisory lock of the sequencer


def sequence(*, wait: bool = True) -> int:
    """Sequence what is pending; how many entries. Without `wait`, 0 if the lock is taken."""
    total = 0
    while models.Entry.objects.filter(index__isnull=True).exists():
        try:
            with _lock(wait=wait) as locked:
                done = _sequence_batch() if locked else 0
        except OperationalError:
            if wait:
                raise
            return total
        crash_point("sequence.after_commit")
        total += done
        if done < BATCH:
            break
    return total


@contextmanager
def _lock(*, wait: bool) -> Iterator[bool]:
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            call = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
            cursor.execute(f"SELECT {call}(%s)", [LOCK])
            yield wait or bool(cursor.fetchone()[0])
    elif wait:
        with transaction.atomic():  # BEGIN IMMEDIATE: SQLite's only writer is us
            yield True
    else:
        with connection.impatient(), transaction.atomic():  # type: ignore[attr-defined]
            yield True


def _sequence_batch() -> int:
    pending = list(models.Entry.objects.filter(index__isnull=True).order_by("id")[:BATCH])
    if not pending:
        return 0
    last = models.Checkpoint.objects.order_by("-size").first()
    key = _key(last)
    size = last.size if last else 0
    growth = tiles.Growth(size, _stored_tile)
    _check_root(last, growth)
    _give_places(pending, size)
    crash_point("sequence.after_entries")
    growth.append([_leaf(entry) for entry in pending])
    models.Tile.objects.bulk_create(
        [models.Tile(level=at[0], index=at[1], hashes=h) for at, h in growth.changed.items()],
        update_conflicts=True,
        unique_fields=["level", "index"],
        update_fields=["hashes"],
    )
    crash_point("sequence.after_tiles")
    checkpoint = Checkpoint(key.name, growth.size, growth.root())
    models.Checkpoint.objects.create(
        size=checkpoint.size,
        root=checkpoint.root,
        note=sign_checkpoint(checkpoint, key),
        at=timezone.now(),
    )
    crash_point("sequence.before_commit")
    return len(pending)


def _give_places(pending: list[models.Entry], size: int) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            'UPDATE ledger_entry SET "index" = %s WHERE id = %s AND "index" IS NULL',
            [(size + n, entry.id) for n, entry in enumerate(pending)],
        )


def _leaf(entry: models.Entry) -> bytes:
    leaf = merkle.leaf_hash(entry.body.encode())
    if leaf != bytes(entry.leaf_hash):
        raise RuntimeError(f"entry {entry.id} is not what was appended")
    return leaf


def _stored_tile(level: int, index: int) -> bytes:
    return bytes(models.Tile.objects.values_list("hashes", flat=True).get(level=level, index=index))


def _key(last: models.Checkpoint | None) -> SigningKey:
    """The key that signed the last checkpoint; made only for a log that has signed nothing."""
    if last is None and not keys.key_file().exists():
        return keys.create_key_file()
    key = keys.read_key()
    if last is not None:
        try:
            open_checkpoint(last.note, [key.verifier_key()])
        except BadNote as error:
            raise Problem(
                "log_key_changed",
                Sentence(
                    en="The log's key is not the one that signed its last checkpoint.",
                    zh="日志密钥与签署上一检查点的密钥不一致。",
                ),
                suggestion=Sentence(
                    en="Restore log.key from the backup of this instance.",
                    zh="请从本实例的备份恢复 log.key。",
                ),
            ) from error
    return key


def _check_root(last: models.Checkpoint | None, growth: tiles.Growth) -> None:
    """A log must never sign a tree that contradicts one it has signed (tlog-checkpoint)."""
    if last is None:
        return
    try:
        same = growth.root() == bytes(last.root)
    except (models.Tile.DoesNotExist, IndexError):  # a tile is missing or too short
        same = False
    if not same:
        raise RuntimeError("the stored tiles do not give the root that was signed last")
