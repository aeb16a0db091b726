"""A receipt proves what it says, and altered in any byte it proves nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.log import independent_verifier
from tests.log.logs import KEY, OPENINGS, VKEY, Log, edited, entry, log_with

from gongshu.log import merkle
from gongshu.log.commitment import Opening
from gongshu.log.note import SigningKey, sign
from gongshu.log.proof import parse_proof
from gongshu.log.receipt import NotVerified, receipt_bytes, verify_receipt
from gongshu.wording import language

LOG = log_with(11, at=6)
FILE = LOG.file(6, OPENINGS)
OTHER = SigningKey.from_seed("witness.test", bytes(range(1, 33)))


def refusal(file: bytes | dict[str, Any], **kw: Any) -> str:
    with pytest.raises(NotVerified) as caught:
        verify_receipt(file, key=kw.pop("key", VKEY), **kw)
    return caught.value.code


def independently_verified(file: bytes) -> bool:
    try:
        independent_verifier.verify(file, VKEY.text())
    except Exception:
        return False
    return True


def test_a_receipt_says_what_it_proves() -> None:
    verified = verify_receipt(FILE, key=VKEY.text())
    assert verified.entry == LOG.entries[6]
    assert (verified.index, verified.tree_size, verified.root) == (6, 11, LOG.root())
    assert verified.openings == {name: o.value for name, o in OPENINGS.items()}
    assert verified.origin == "gongshu.test/log"
    assert verify_receipt(json.loads(FILE), key=VKEY) == verified


def test_every_entry_of_logs_of_many_sizes_has_a_receipt_that_two_verifiers_accept() -> None:
    for size in (1, 2, 3, 8, 13, 257):
        log = log_with(size)
        for index in range(0, size, max(1, size // 9)):
            file = log.file(index)
            assert verify_receipt(file, key=VKEY).index == index
            assert independent_verifier.verify(file, VKEY.text())[1] == index


def test_altering_any_one_byte_of_the_file_is_noticed() -> None:
    """Every bit of every byte flipped, every byte left out."""
    for at in range(len(FILE)):
        for bit in range(8):
            altered = FILE[:at] + bytes([FILE[at] ^ 1 << bit]) + FILE[at + 1 :]
            assert refusal(altered)
        assert refusal(FILE[:at] + FILE[at + 1 :])


@pytest.mark.parametrize("byte", [b" ", b"\n", b"0", b"=", b'"', b"\\", b"\0", b"A"])
def test_putting_a_byte_in_anywhere_is_noticed(byte: bytes) -> None:
    for at in range(len(FILE) + 1):
        assert refusal(FILE[:at] + byte + FILE[at:])


@settings(max_examples=300)
@given(st.integers(0, len(FILE)), st.integers(0, 40), st.binary(max_size=40))
def test_whatever_is_put_in_place_of_a_part_is_noticed(at: int, cut: int, put: bytes) -> None:
    altered = FILE[:at] + put + FILE[at + cut :]
    if altered != FILE:
        assert refusal(altered)
        assert not independently_verified(altered)


@given(st.binary() | st.text().map(str.encode))
def test_no_rubbish_is_a_receipt_and_none_breaks_the_verifier(rubbish: bytes) -> None:
    assert refusal(rubbish) == "form"


def test_the_two_verifiers_agree_about_altered_receipts() -> None:
    for at in range(0, len(FILE), 3):
        altered = FILE[:at] + bytes([FILE[at] ^ 1]) + FILE[at + 1 :]
        assert not independently_verified(altered)


def test_each_part_has_its_own_sentence() -> None:
    body = json.loads(LOG.entries[6])
    changed = json.dumps({**body, "event": "query.refused"}, sort_keys=True, separators=(",", ":"))
    opening = {"sql": {**OPENINGS["sql"].as_json(), "value": "SELECT 1"}}
    assert refusal(edited(FILE, entry=changed)) == "inclusion"
    assert refusal(edited(FILE, entry=" " + LOG.entries[6])) == "entry"
    assert refusal(edited(FILE, entry="{}")) == "entry"
    assert refusal(edited(FILE, openings=opening)) == "opening"
    assert refusal(edited(FILE, proof="c2sp.org/tlog-proof@v1\n")) == "proof"
    assert refusal(edited(FILE, format="gongshu-receipt/2")) == "form"
    assert refusal(edited(FILE, note="also this")) == "form"
    assert refusal(FILE, key=OTHER.verifier_key()) == "signature"
    assert refusal(FILE, key="rubbish") == "key"


def test_the_sentence_is_in_the_readers_language() -> None:
    with pytest.raises(NotVerified) as caught:
        verify_receipt(FILE + b"\n", key=VKEY)
    assert "exactly as it was issued" in caught.value.reason
    with language("zh"):
        assert "原样" in caught.value.reason


@pytest.mark.parametrize(
    "openings",
    [
        {"unknown": Opening(bytes(32), "x").as_json()},
        {"sql": {**OPENINGS["sql"].as_json(), "extra": "x"}},
        {"sql": {"salt": OPENINGS["sql"].salt.hex().upper(), "value": OPENINGS["sql"].value}},
        {"sql": {"salt": OPENINGS["sql"].salt.hex() + " ", "value": OPENINGS["sql"].value}},
        {"sql": {"salt": OPENINGS["sql"].salt.hex()[:62], "value": OPENINGS["sql"].value}},
        {"sql": {"salt": 1, "value": 2}},
        {"sql": None},
    ],
)
def test_only_the_entrys_own_commitments_are_opened(openings: dict[str, Any]) -> None:
    assert refusal(edited(FILE, openings=openings)) == "opening"


def test_a_value_cannot_take_bytes_over_from_its_salt() -> None:
    opening = OPENINGS["sql"]
    moved = {"salt": opening.salt[:31].hex(), "value": chr(opening.salt[31]) + opening.value}
    assert refusal(edited(FILE, openings={"sql": moved})) == "opening"


def test_what_is_private_may_stay_closed() -> None:
    assert verify_receipt(edited(FILE, openings={}), key=VKEY).openings == {}


def test_unchecked_additions_to_the_proof_are_not_let_in() -> None:
    proof = json.loads(FILE)["proof"]
    extra = proof.replace("\nindex", "\nextra AAAA\nindex", 1)
    cosigned = (
        proof + sign(LOG.checkpoint().partition("\n\n")[0] + "\n", OTHER).rpartition("\n\n")[2]
    )
    twice = proof + proof.rpartition("\n\n")[2]
    assert refusal(edited(FILE, proof=extra)) == "proof"
    assert refusal(edited(FILE, proof=cosigned)) == "signature"
    assert refusal(edited(FILE, proof=twice)) == "signature"


def test_the_proof_of_another_entry_does_not_serve() -> None:
    assert refusal(edited(FILE, proof=json.loads(LOG.file(5))["proof"])) == "inclusion"


def test_a_node_of_the_tree_cannot_pass_for_an_entry() -> None:
    """Leaves and nodes are hashed apart, so a shorter path to a forged leaf leads nowhere."""
    proof = parse_proof(json.loads(FILE)["proof"])
    leaf = merkle.leaf_hash(LOG.entries[6].encode())
    assert not merkle.verify_inclusion(3, 6, leaf, proof.path[1:], LOG.root())


def test_a_checkpoint_of_the_same_size_must_be_the_same() -> None:
    assert verify_receipt(FILE, key=VKEY, checkpoint=LOG.checkpoint()).compared
    other = Log()
    other.append(*(entry(n + 1) for n in range(11)))
    assert refusal(FILE, checkpoint=other.checkpoint()) == "checkpoint"


def test_a_checkpoint_of_another_size_is_checked_but_cannot_be_compared() -> None:
    later = log_with(14, at=6)
    assert not verify_receipt(FILE, key=VKEY, checkpoint=later.checkpoint()).compared
    assert refusal(FILE, checkpoint=later.checkpoint(6)) == "checkpoint"  # older than the entry
    assert refusal(FILE, checkpoint=later.checkpoint(key=OTHER)) == "checkpoint"
    assert refusal(FILE, checkpoint="rubbish") == "checkpoint"


def test_a_log_of_the_same_name_with_another_key_is_another_log() -> None:
    impostor = SigningKey.generate(KEY.name)
    assert refusal(FILE, key=impostor.verifier_key()) == "signature"


def test_the_file_is_what_receipt_bytes_writes() -> None:
    assert receipt_bytes(json.loads(FILE)) == FILE
