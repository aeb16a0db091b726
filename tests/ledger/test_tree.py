"""What the database holds is the tree of the specification, and an audit finds what is not."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from gongshu.ledger import keys, models, selectors, services
from gongshu.ledger.audit import audit
from gongshu.ledger.subjects import Subject
from gongshu.log import merkle, tiles
from gongshu.log.checkpoint import open_checkpoint
from gongshu.log.note import SigningKey
from gongshu.log.proof import parse_proof
from gongshu.log.receipt import receipt_bytes, verify_receipt
from gongshu.rules.agents import Agent
from gongshu.rules.problems import NotFound
from gongshu.wording import Problem

CLERK = Agent(person="li.lei", organisation="11330100002490001A", rank="staff")
SUBJECT = Subject("dataset", "health.persons", "11330100002490001A")

pytestmark = pytest.mark.django_db


def append(count: int = 1) -> list[models.Entry]:
    """`count` entries in one transaction, then sequenced."""
    with transaction.atomic():
        made = [
            services.append(
                event="query.answered",
                subject=SUBJECT,
                by=CLERK,
                public={"n": n},
                private={"sql": f"SELECT {n}"},
            )
            for n in range(count)
        ]
    assert services.sequence() == count
    return made


def test_every_entry_of_a_log_grown_in_steps_has_a_verified_receipt() -> None:
    entries = [entry for step in (1, 2, 250, 5, 300) for entry in append(step)]
    key = selectors.verifier_key()
    for number in (0, 1, 2, 250, 255, 256, 257, 557):
        receipt = services.receipt(entries[number].id)
        assert receipt is not None
        verified = verify_receipt(
            receipt_bytes(receipt), key=key, checkpoint=selectors.checkpoint()
        )
        assert (verified.index, verified.tree_size) == (number, 558)
        assert verified.compared
        assert verified.entry == entries[number].body


def test_indexes_are_dense_and_entries_of_one_act_keep_their_order() -> None:
    entries = append(40)
    indexes = [models.Entry.objects.get(pk=entry.id).index for entry in entries]
    assert indexes == list(range(40))


def test_each_checkpoint_is_shown_consistent_with_the_next() -> None:
    sizes = []
    for step in (1, 6, 250, 30):
        append(step)
        sizes.append(selectors.tree_size())
    for old, new in itertools.pairwise(sizes):
        path = selectors.prove_consistency(old, new)
        roots = selectors.root(old), selectors.root(new)
        assert merkle.verify_consistency(old, new, *roots, path)


def test_a_proof_can_be_had_for_any_size_the_log_has_had() -> None:
    entries = append(20)
    leaf = bytes(entries[4].leaf_hash)
    for size in range(5, 21):
        path = selectors.prove(4, size)
        assert merkle.verify_inclusion(4, size, leaf, path, selectors.root(size))
    with pytest.raises(NotFound):
        selectors.prove(4, 21)
    with pytest.raises(NotFound):
        selectors.prove(4, 4)
    with pytest.raises(NotFound):
        selectors.proof(20)


def test_a_follower_rebuilds_the_tree_from_what_is_served(client: Client) -> None:
    """Only over HTTP: checkpoint, then full and partial tiles and entry bundles."""
    append(3)
    append(259)
    served = client.get("/checkpoint")
    assert served["Content-Type"] == "text/plain; charset=utf-8"
    checkpoint = open_checkpoint(served.content.decode(), [selectors.public_key()])
    assert checkpoint.size == 262
    leaves = client.get("/tile/0/000").content + client.get("/tile/0/001.p/6").content
    bundles = client.get("/tile/entries/000").content + client.get("/tile/entries/001.p/6").content
    frontier = merkle.Frontier()
    for n, entry in enumerate(tiles.parse_bundle(bundles)):
        assert leaves[32 * n : 32 * n + 32] == merkle.leaf_hash(entry)
        frontier.append(merkle.leaf_hash(entry))
    assert (frontier.size, frontier.root()) == (checkpoint.size, checkpoint.root)
    assert client.get("/tile/1/000.p/1").content == merkle.subtree_root(
        0, 256, lambda level, index: selectors._node([0], 262)(level, index)
    )


def test_a_partial_tile_of_an_earlier_checkpoint_stays_served(client: Client) -> None:
    append(5)
    before = client.get("/tile/0/000.p/5").content
    append(300)
    assert client.get("/tile/0/000.p/5").content == before
    assert client.get("/tile/0/000").content.startswith(before)


@pytest.mark.parametrize(
    "path",
    ["0/000", "0/000.p/6", "0/001", "1/000.p/1", "entries/000", "entries/000.p/6", "x", "0/0"],
)
def test_a_tile_that_is_not_yet_full_or_never_will_be_is_not_there(
    client: Client, path: str
) -> None:
    append(5)
    response = client.get(f"/tile/{path}")
    assert response.status_code == 404
    assert response["Cache-Control"] == "no-store"


def test_tiles_may_be_kept_for_ever_and_the_checkpoint_only_for_seconds(client: Client) -> None:
    append(5)
    assert "immutable" in client.get("/tile/0/000.p/5")["Cache-Control"]
    assert client.get("/checkpoint")["Cache-Control"] == "public, max-age=2"
    assert client.post("/checkpoint").status_code == 405


def test_an_empty_log_has_no_checkpoint(client: Client) -> None:
    assert client.get("/checkpoint").status_code == 404
    assert selectors.checkpoint() == ""


def test_a_sound_log_is_found_sound() -> None:
    append(3)
    append(300)
    with transaction.atomic():
        services.append(event="case.opened", subject=SUBJECT, by=CLERK)
    report = audit()
    assert report.sound, [finding.en for finding in report.findings]
    assert (report.entries, report.pending, report.checkpoints) == (303, 1, 2)
    assert (report.tiles, report.openings) == (3, 607)


TAMPERING = {
    "a changed entry": (
        "UPDATE ledger_entry SET body = replace(body, '\"n\":2', '\"n\":3')",
        "Entry 2",
    ),
    "a changed column": ("UPDATE ledger_entry SET event = 'query.refused'", "columns of entry 0"),
    "a missing entry": (
        """DELETE FROM ledger_opening; DELETE FROM ledger_entry WHERE "index" = 3""",
        "No entry has the number 3",
    ),
    "a changed tile": (
        "UPDATE ledger_tile SET hashes = (SELECT leaf_hash FROM ledger_entry LIMIT 1)",
        "Tile 0 of level 0",
    ),
    "a missing tile": ("DELETE FROM ledger_tile", "Tile 0 of level 0"),
    "a changed checkpoint": (
        "UPDATE ledger_checkpoint SET note = replace(note, 'gongshu', 'shugong')",
        "not signed by this log's key",
    ),
    "a changed root": (
        "UPDATE ledger_checkpoint SET root = (SELECT leaf_hash FROM ledger_entry LIMIT 1)",
        "does not follow from the entries",
    ),
    "a changed opening": ("UPDATE ledger_opening SET value = 'x'", "is not what it committed to"),
}


@pytest.mark.parametrize("case", TAMPERING)
def test_what_someone_with_the_database_in_hand_changed_is_found(case: str) -> None:
    append(5)
    change, expected = TAMPERING[case]
    without_triggers(change)
    report = audit()
    assert any(expected in finding.en for finding in report.findings)


def without_triggers(change: str) -> None:
    """As the owner of the database can, who may take the triggers away."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("entry", "tile", "checkpoint", "opening"):
                cursor.execute(f"ALTER TABLE ledger_{table} DISABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        for statement in change.split("; "):
            cursor.execute(statement)


def test_nothing_is_signed_over_tiles_that_contradict_the_last_checkpoint() -> None:
    append(5)
    without_triggers("UPDATE ledger_tile SET hashes = (SELECT leaf_hash FROM ledger_entry LIMIT 1)")
    with transaction.atomic():
        services.append(event="case.opened", subject=SUBJECT, by=CLERK)
    with pytest.raises(RuntimeError, match="do not give the root"):
        services.sequence()


def test_a_log_that_has_signed_is_not_continued_with_another_key(instance: Path) -> None:
    append(1)
    path = keys.key_file()
    old = path.read_text()
    path.write_text(SigningKey.generate(settings.LOG_ORIGIN).text())
    with transaction.atomic():
        services.append(event="case.opened", subject=SUBJECT, by=CLERK)
    with pytest.raises(Problem, match="log_key_changed"):
        services.sequence()
    path.unlink()
    with pytest.raises(Problem, match="no_log_key"):
        services.sequence()
    assert selectors.verifier_key() == ""
    path.write_text(old)
    assert services.sequence() == 1


def test_the_key_is_made_once_and_is_its_owners_alone(instance: Path) -> None:
    first = services.create_key()
    assert services.create_key() == first == selectors.verifier_key()
    assert keys.key_file().stat().st_mode & 0o777 == 0o600
    assert not list(keys.key_file().parent.glob(".log.key-*"))


def test_a_proof_as_text_is_that_of_the_receipt() -> None:
    entries = append(7)
    receipt = services.receipt(entries[3].id)
    assert receipt is not None
    assert parse_proof(receipt["proof"]) == selectors.proof(3)
