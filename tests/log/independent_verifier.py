"""A receipt's verifier written anew from the texts of RFC 9162 and C2SP, sharing no code with ours.

Standard library and `cryptography` only: what anyone could write in an hour. The tests hold it
and `gongshu.log` against each other; as a program it checks a file:

    python independent_verifier.py receipt.json 'name+id+base64'
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_from_path(index, size, leaf, path):
    """RFC 9162, 2.1.3.2, read recursively: the path from the leaf's end is consumed at the root."""
    if size == 1:
        assert (index, path) == (0, []), "path too long"
        return leaf
    k = 1
    while k * 2 < size:
        k *= 2
    assert path, "path too short"
    if index < k:
        return sha256(b"\x01", root_from_path(index, k, leaf, path[:-1]), path[-1])
    return sha256(b"\x01", path[-1], root_from_path(index - k, size - k, leaf, path[:-1]))


def check_note(text, vkey):
    """c2sp.org/signed-note, one Ed25519 key; the text that was signed."""
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    assert key[0] == 1, "not Ed25519"
    assert sha256(name.encode(), b"\n", key)[:4].hex() == key_id, "bad key"
    body, _, signatures = text.rpartition("\n\n")
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if (dash, signer, signature[:4].hex()) == ("—", name, key_id):
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(
                signature[4:], (body + "\n").encode()
            )
            return name, body
    raise AssertionError("not signed by this key")


def verify(data, vkey):
    """The entry and its index, or an exception."""
    receipt = json.loads(data)
    canonical = json.dumps(receipt, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical.encode() == data, "not the canonical file"
    assert sorted(receipt) == ["entry", "format", "openings", "proof"], "other fields"
    assert receipt["format"] == "gongshu-receipt/1", "other format"
    head, _, note = receipt["proof"].partition("\n\n")
    version, index, *path = head.split("\n")
    assert (version, index[:6]) == ("c2sp.org/tlog-proof@v1", "index "), "other proof"
    name, body = check_note(note, vkey)
    assert note.count("\n— ") == 1, "unchecked signatures"
    assert note.endswith("=\n"), "an unfinished line"
    origin, size, root = body.split("\n")
    assert origin == name, "another log"
    index, path = int(index[6:]), [base64.b64decode(line) for line in path]
    lines = [version, f"index {index}", *(base64.b64encode(p).decode() for p in path)]
    assert head == "\n".join(lines), "another spelling of the proof"
    assert (
        note.split(" ")[-1].strip()
        == base64.b64encode(base64.b64decode(note.split(" ")[-1])).decode()
    ), "another spelling of the signature"
    leaf = sha256(b"\x00", receipt["entry"].encode())
    assert 0 <= index < int(size), "no such place"
    assert root_from_path(index, int(size), leaf, path) == base64.b64decode(root), "not in the tree"
    entry = json.loads(receipt["entry"])
    assert entry["format"] == "gongshu-entry/1", "other entry"
    for fact, opening in receipt["openings"].items():
        assert sorted(opening) == ["salt", "value"], "bad opening"
        salt = bytes.fromhex(opening["salt"])
        assert (len(salt), salt.hex()) == (32, opening["salt"]), "bad salt"
        commitment = sha256(salt, opening["value"].encode()).hex()
        assert commitment == entry["commitments"][fact], f"{fact} is not what was committed to"
    return entry, index


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        entry, index = verify(file.read(), sys.argv[2])
    print(f"{entry['event']} is entry {index}")
