"""A slice of the ledger is taken away and verified by a script that has nothing of ours; whatever
is changed in it afterwards is found."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from tests.agents import NewAgent

from gongshu.ledger import selectors as ledger
from gongshu.ledger import services
from gongshu.ledger.models import Entry
from gongshu.ledger.subjects import Subject
from gongshu.log.receipt import verify_receipt
from gongshu.oversight import slice_files, verify_slice
from gongshu.oversight.slices import SHANGHAI, Asked
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 3, 1, tzinfo=SHANGHAI)
EVENTS = ("query.answered", "query.refused", "grant.issued")


@dataclass
class Audited:
    auditor: Agent
    folder: Path

    def export(self, form: str = "csv", **asked: Any) -> Path:
        made = slice_files.export(Asked(**asked), form=form, by=self.auditor)
        path = self.folder / made.name
        path.write_bytes(b"".join(made.archive()))
        return path

    def verify(self, place: Path, *more: str, key: str = "") -> subprocess.CompletedProcess[str]:
        """By the script of the archive itself, in a Python that finds nothing of ours."""
        script = self.folder / "verify.py"
        script.write_bytes(Path(verify_slice.__file__).read_bytes())
        words = [sys.executable, "-I", script, place, key or ledger.verifier_key(), *more]
        return subprocess.run(words, capture_output=True, text=True, check=False, env={})


@pytest.fixture
def audited(new_agent: NewAgent, tmp_path: Path) -> Audited:
    """600 entries: two full tiles and the edge of a third."""
    auditor = new_agent("auditor")
    by = new_agent("operator")
    with transaction.atomic():
        for number in range(600 - Entry.objects.count()):
            services.append(
                event=EVENTS[number % 3],
                subject=Subject("grant", f"G-2026-{number % 7:04d}", by.organisation),
                by=by,
                public={"rows": number, "words": "a, “b”\n公数 \u2028"},
                private={"sql": "SELECT 1"},
                at=BEGIN + timedelta(hours=number),
            )
    services.sequence()
    return Audited(auditor, tmp_path)


SLICES: dict[str, dict[str, Any]] = {
    "everything": {},
    "a range": {"first": 250, "last": 270},
    "an event": {"event": "query.refused"},
    "a thing": {"subject_kind": "grant", "subject": "G-2026-0003"},
    "some days": {"since": BEGIN, "until": BEGIN + timedelta(days=2)},
    "nothing": {"event": "no.such"},
    "a sample": {"sample": 20, "seed": "2026 第 1 期"},
    "a sample of an event": {"event": "grant.issued", "sample": 5, "seed": "s"},
}


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
@pytest.mark.parametrize("name", SLICES)
def test_a_slice_is_verified_by_its_own_script(audited: Audited, name: str, form: str) -> None:
    done = audited.verify(audited.export(form, **SLICES[name]))
    assert (done.returncode, done.stderr) == (0, "")
    word = {"a": "Filtered", "everything": "Complete", "a range": "Complete"}
    word |= {"a sample": "Sample"}
    assert word.get(name, "Filtered") in done.stdout


def test_everything_is_everything_and_a_filter_takes_what_fits(audited: Audited) -> None:
    assert [row["index"] for row in rows(audited.export())] == [str(n) for n in range(600)]
    found = rows(audited.export(event="query.refused"))
    wanted = ledger.entries(events=["query.refused"]).values_list("body", flat=True)
    assert [row["body"] for row in found] == list(wanted)
    assert len(found) > 150


def test_the_sample_is_what_anybody_computes_by_the_rule(audited: Audited) -> None:
    found = rows(audited.export(sample=20, seed="seed"))
    size = int(ledger.checkpoint().split("\n")[1]) - 1  # before the export's own entry
    by_hash = sorted(range(size), key=lambda n: hashlib.sha256(f"seed:{n}".encode()).hexdigest())
    assert [int(row["index"]) for row in found] == sorted(by_hash[:20])


def test_the_folder_it_was_unpacked_into_is_verified_like_the_archive(audited: Audited) -> None:
    zipfile.ZipFile(audited.export(first=0, last=3)).extractall(audited.folder / "out")
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", ".", ledger.verifier_key()],
        cwd=audited.folder / "out",
        capture_output=True,
        text=True,
        check=False,
        env={"LANG": "zh_CN.UTF-8", "PYTHONUTF8": "1"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "完整" in done.stdout


def test_the_export_is_an_entry_whose_receipt_anybody_verifies(audited: Audited) -> None:
    archive = audited.export(event="grant.issued", sample=3, seed="s")
    receipt = zipfile.ZipFile(archive).read("receipt.json")
    verified = verify_receipt(receipt, key=ledger.verifier_key())
    assert verified.body["event"] == "ledger.exported"
    assert verified.body["by"]["organisation"] == audited.auditor.organisation
    assert sorted(verified.body["facts"]) == ["format", "tree_size"]  # not whom it looks at
    assert json.loads(verified.openings["slice"])["asked"] == {
        "event": "grant.issued",
        "sample": 3,
        "seed": "s",
    }


def test_the_stranger_s_ed25519_agrees_with_the_library(audited: Audited) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    chance = random.Random(7)
    for length in range(40):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public, message = private.public_key().public_bytes_raw(), chance.randbytes(length)
        signature = private.sign(message)
        assert verify_slice.ed25519(public, message, signature)
        place = chance.randrange(64 * 8)
        other = bytearray(signature)
        other[place // 8] ^= 1 << place % 8
        assert not verify_slice.ed25519(public, message, bytes(other))
        assert not verify_slice.ed25519(public, message + b"x", signature)


# What somebody may do to the file afterwards

Tamper = Callable[[list[dict[str, str]]], object]


def rows(archive: Path) -> list[dict[str, str]]:
    text = zipfile.ZipFile(archive).read("entries.csv").decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def rewritten(archive: Path, change: Tamper) -> Path:
    found = rows(archive)
    change(found)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, slice_files.COLUMNS)
    writer.writeheader()
    writer.writerows(found)
    target = archive.with_name("tampered.zip")
    with zipfile.ZipFile(target, "w") as out:
        out.writestr("receipt.json", zipfile.ZipFile(archive).read("receipt.json"))
        out.writestr("entries.csv", text.getvalue())
    return target


def in_body(old: str, new: str) -> Tamper:
    return lambda found: found[5].update(body=found[5]["body"].replace(old, new))


TAMPERINGS: dict[str, tuple[Tamper, str]] = {
    "a changed fact": (in_body('"rows":', '"rowz":'), "not what the log has"),
    "a changed column": (lambda found: found[4].update(event="grant.ended"), "do not repeat"),
    "a changed time": (lambda found: found[4].update(time=found[5]["time"]), "do not repeat"),
    "a dropped entry": (lambda found: found.pop(7), "missing|are not that one"),
    "a dropped first entry": (lambda found: found.pop(0), "missing|are not that one"),
    "a dropped last entry": (lambda found: found.pop(), "missing|are not that one"),
    "all dropped": (lambda found: found.clear(), "missing|are not that one"),
    "two exchanged": (lambda found: found.insert(3, found.pop(4)), "missing|out of order"),
    "one twice": (lambda found: found.insert(3, found[3]), "missing|out of order"),
    "another place": (lambda found: found[2].update(index="9999"), "not what the log has"),
    "another's proof": (lambda found: found[2].update(proof=found[9]["proof"]), "the log has"),
    "a shorter proof": (
        lambda found: found[9].update(proof=found[9]["proof"].rpartition(" ")[0]),
        "not what the log has",
    ),
    "no text": (lambda found: found[2].update(body=""), "cannot be read"),
}


@pytest.mark.parametrize("asked", ["everything", "an event", "a sample", "some days"])
@pytest.mark.parametrize("name", TAMPERINGS)
def test_whatever_is_changed_afterwards_is_found(audited: Audited, name: str, asked: str) -> None:
    change, words = TAMPERINGS[name]
    archive = audited.export(**SLICES[asked])
    assert audited.verify(rewritten(archive, lambda found: None)).returncode == 0
    done = audited.verify(rewritten(archive, change))
    assert done.returncode == 1
    assert re.search(words, done.stderr), done.stderr


def test_any_other_byte_of_the_receipt_is_found(audited: Audited) -> None:
    archive = audited.export(event="grant.issued")
    receipt = json.loads(zipfile.ZipFile(archive).read("receipt.json"))
    opening = receipt["openings"]["slice"]
    changes: list[dict[str, Any]] = [
        {"openings": {"slice": {**opening, "value": opening["value"].replace("issued", "ended")}}},
        {"openings": {}},
        {"entry": receipt["entry"].replace("ledger.exported", "query.answered")},
        {"proof": receipt["proof"].replace("index ", "index 1")},
        {"proof": receipt["proof"].replace("— ", "— not-")},
    ]
    for change in changes:
        target = archive.with_name("changed.zip")
        with zipfile.ZipFile(target, "w") as out:
            out.writestr("receipt.json", json.dumps({**receipt, **change}))
            out.writestr("entries.csv", zipfile.ZipFile(archive).read("entries.csv"))
        done = audited.verify(target)
        assert (done.returncode, done.stdout) == (1, ""), change
        assert "NOT VERIFIED" in done.stderr


def test_no_damage_whatever_passes_or_breaks_the_verifier(audited: Audited) -> None:
    """One byte changed, taken out or put in, anywhere: `Wrong`, never another exception."""
    chance = random.Random(11)
    folder = audited.folder / "damaged"
    zipfile.ZipFile(audited.export("json", event="grant.issued", sample=9, seed="s")).extractall(
        folder
    )
    key = ledger.verifier_key()
    whole = {name: (folder / name).read_bytes() for name in ("receipt.json", "entries.jsonl")}
    assert verify_slice.verify(str(folder), key)[2] == 9
    for number in range(600):
        name = ("receipt.json", "entries.jsonl")[number % 2]
        data = bytearray(whole[name])
        place = chance.randrange(len(data))
        data[place : place + chance.randrange(2)] = chance.randbytes(chance.randrange(3))
        if bytes(data) == whole[name]:
            continue
        (folder / name).write_bytes(data)
        try:
            verify_slice.verify(str(folder), key)
        except verify_slice.Wrong:
            pass
        else:  # what says the same in other bytes of JSON is the same
            assert read(name, data) == read(name, whole[name]), bytes(data[place - 20 : place + 20])
        (folder / name).write_bytes(whole[name])


def read(name: str, data: bytes) -> Any:
    if name == "receipt.json":
        found = json.loads(data)
        return [found["openings"]["slice"], found["entry"]]
    return [json.loads(line) for line in bytes(data).splitlines()]


def test_another_slice_of_the_same_log_does_not_pass_for_this_one(audited: Audited) -> None:
    mine, other = audited.export(event="grant.issued"), audited.export(event="query.answered")
    target = mine.with_name("mixed.zip")
    with zipfile.ZipFile(target, "w") as out:
        out.writestr("receipt.json", zipfile.ZipFile(mine).read("receipt.json"))
        out.writestr("entries.csv", zipfile.ZipFile(other).read("entries.csv"))
    done = audited.verify(target)
    assert (done.returncode, done.stdout) == (1, "")


def test_another_log_s_key_verifies_nothing(audited: Audited) -> None:
    from gongshu.log.note import SigningKey

    other = SigningKey.generate(ledger.public_key().name).verifier_key().text()
    archive = audited.export(first=0, last=1)
    assert "did not sign" in audited.verify(archive, key=other).stderr
    assert "no public key" in audited.verify(archive, key="nonsense").stderr


def test_a_checkpoint_that_was_kept_is_compared(audited: Audited) -> None:
    archive = audited.export(first=0, last=1)
    kept = audited.folder / "kept"
    kept.write_text(ledger.checkpoint())
    assert audited.verify(archive, "--checkpoint", str(kept)).returncode == 0
    audited.export(first=0, last=1)
    kept.write_text(ledger.checkpoint())
    assert "consistency proof" in audited.verify(archive, "--checkpoint", str(kept)).stderr


# Who, and what is refused


def test_only_the_audit_body_and_the_bureau_take_slices_away(
    audited: Audited, new_agent: NewAgent
) -> None:
    assert slice_files.export(Asked(last=0), form="csv", by=new_agent("bureau")).slice.indexes
    for office in ("agency", "operator", "enterprise"):
        with pytest.raises(Forbidden):
            slice_files.export(Asked(), form="csv", by=new_agent(office))
    assert ledger.entries(events=["ledger.exported"]).count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"sample": 3},
        {"seed": "s"},
        {"sample": 0, "seed": "s"},
        {"first": 5, "last": 4},
        {"first": -1},
        {"since": BEGIN, "until": BEGIN},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Asked(**wrong)


def test_proofs_by_the_hundred_are_the_proofs_one_by_one(audited: Audited) -> None:
    size = ledger.tree_size()
    indexes = [0, 1, 255, 256, 300, 511, 512, size - 1]
    assert ledger.prove_many(indexes, size) == [ledger.prove(n, size) for n in indexes]
    assert ledger.prove_many([3, 400], 401) == [ledger.prove(n, 401) for n in (3, 400)]
