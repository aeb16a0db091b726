"""Signed notes, checkpoints and proofs are those of the C2SP specifications."""

from __future__ import annotations

import base64

import pytest
from tests.log.logs import KEY, VKEY

from gongshu.log.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from gongshu.log.note import BadKey, BadNote, SigningKey, VerifierKey, open_note, sign
from gongshu.log.proof import BadProof, Proof, parse_proof

# The example of c2sp.org/signed-note, word for word.
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
OTHER = SigningKey.from_seed("witness.test", bytes(range(1, 33)))


def test_the_specifications_example_verifies() -> None:
    opened = open_note(C2SP_NOTE, [VerifierKey.parse(C2SP_KEY)])
    assert opened.text == "This is an example message.\n"
    assert VerifierKey.parse(C2SP_KEY).text() == C2SP_KEY


def test_any_changed_character_of_the_text_breaks_the_signature() -> None:
    key = [VerifierKey.parse(C2SP_KEY)]
    for n in range(len("This is an example message.")):
        with pytest.raises(BadNote):
            open_note(C2SP_NOTE[:n] + "#" + C2SP_NOTE[n + 1 :], key)


def test_a_signature_by_an_unknown_key_is_ignored_and_alone_does_not_do() -> None:
    both = sign("text\n", KEY) + sign("text\n", OTHER).rpartition("\n\n")[2]
    opened = open_note(both, [VKEY])
    assert (opened.by, opened.unknown) == ((VKEY,), 1)
    with pytest.raises(BadNote, match="no known key"):
        open_note(sign("text\n", OTHER), [VKEY])


def test_a_wrong_signature_by_a_known_key_spoils_the_whole_note() -> None:
    wrong = sign("another text\n", OTHER).rpartition("\n\n")[2]
    with pytest.raises(BadNote, match="wrong"):
        open_note(sign("text\n", KEY) + wrong, [VKEY, OTHER.verifier_key()])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— a b",
        "text\n\n- gongshu.test/log AAAAAAAA\n",
        "text\n\n— gongshu.test/log !!!!\n",
        "text\r\n\n— gongshu.test/log AAAAAAAA\n",
        sign("text\n", KEY) + "\n",
        sign("text\n", KEY).replace("— ", "—  "),
        sign("text\n", KEY)[:-1],
    ],
)
def test_what_is_no_signed_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        open_note(note, [VKEY])


def test_a_signature_has_one_spelling() -> None:
    note = sign("text\n", KEY)
    signature = note.rsplit(" ", 1)[1].strip()
    assert signature.endswith("=")
    stray = signature[:-2] + chr(ord(signature[-2]) + 1) + "="  # the same bytes to a lax decoder
    assert base64.b64decode(stray) == base64.b64decode(signature)
    with pytest.raises(BadNote, match="base64"):
        open_note(note.replace(signature, stray), [VKEY])


def test_keys_are_read_back_from_their_text() -> None:
    assert VerifierKey.parse(VKEY.text()) == VKEY
    again = SigningKey.parse(KEY.text())
    assert again.verifier_key() == VKEY
    assert open_note(sign("text\n", again), [VKEY]).text == "text\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        VKEY.text()[:-1],
        VKEY.text().replace("gongshu.test/log", "gongshu.test/lag"),
        "two words" + VKEY.text(),
        KEY.text(),
        C2SP_KEY.replace("+Ae", "+Be"),
    ],
)
def test_a_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        VerifierKey.parse(text)


def test_a_verifier_key_is_no_signing_key() -> None:
    with pytest.raises(BadKey):
        SigningKey.parse(VKEY.text())
    with pytest.raises(BadKey):
        SigningKey.generate("a+b")


def test_a_checkpoint_is_read_back_if_its_own_log_signed_it() -> None:
    checkpoint = Checkpoint("gongshu.test/log", 7, bytes(32))
    assert open_checkpoint(sign_checkpoint(checkpoint, KEY), [VKEY]) == checkpoint
    foreign = sign_checkpoint(checkpoint, OTHER)
    with pytest.raises(BadNote, match="log of this name"):
        open_checkpoint(foreign, [OTHER.verifier_key()])


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"o\n07\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n{'9' * 30}\n{ROOT}\n",
        f"\n7\n{ROOT}\n",
        f"o\n7\n{ROOT}\nextension\n",
        f"o\n7\n{ROOT[:-4]}\n",
        "o\n7\nnot base64\n",
        "o\n7\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse_checkpoint(text)


def test_a_proof_has_the_form_of_the_specification() -> None:
    hashes = (bytes(32), bytes([1]) * 32)
    text = Proof(73894, hashes, "origin\n…", extra=b"age").text()
    assert text == (
        "c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
        "\norigin\n…"
    )
    assert parse_proof(text) == Proof(73894, hashes, "origin\n…", b"age")
    assert parse_proof("c2sp.org/tlog-proof@v1\nindex 0\n\ncp\n") == Proof(0, (), "cp\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\n\ncp",
        "c2sp.org/tlog-proof@v2\nindex 0\n\ncp",
        "c2sp.org/tlog-proof@v1\nindex 00\n\ncp",
        "c2sp.org/tlog-proof@v1\nindex -1\n\ncp",
        "c2sp.org/tlog-proof@v1\nindex ٣\n\ncp",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\ncp",
        "c2sp.org/tlog-proof@v1\nindex 0\n!\n\ncp",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\ncp",
        "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\ncp",
        "c2sp.org/tlog-proof@v1\nextra AAAA\n\ncp",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + (ROOT + "\n") * 65 + "\ncp",
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(BadProof):
        parse_proof(text)
