"""A receipt: one file with which a stranger can check that an act stands in the log.

    {"entry":"<the exact entry>","format":"gongshu-receipt/1",
     "openings":{"sql":{"salt":"…","value":"SELECT …"}},"proof":"c2sp.org/tlog-proof@v1\\n…"}

The file is the canonical JSON of these four, without a byte before, between or after. So nothing
in it is unbound: the entry is bound by its place in the tree, an opening by the entry's
commitment, the proof by the log's signature, and the layout by having one spelling only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gongshu.log import canonical_json, merkle
from gongshu.log.checkpoint import Checkpoint, open_checkpoint
from gongshu.log.commitment import Opening
from gongshu.log.note import BadKey, BadNote, VerifierKey
from gongshu.log.proof import BadProof, Proof, parse_proof
from gongshu.wording import Problem, Sentence

RECEIPT_FORMAT = "gongshu-receipt/1"
ENTRY_FORMAT = "gongshu-entry/1"
LARGEST_RECEIPT = 16 * 1024 * 1024


class NotVerified(Problem):
    """The receipt proves nothing; the sentence says which part fails. `code` names the part."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a receipt has proved."""

    entry: str  # the exact text
    body: dict[str, Any]  # the same, read
    index: int
    tree_size: int
    root: bytes
    origin: str
    openings: dict[str, str]  # private facts that the receipt opens
    compared: bool  # with a checkpoint from elsewhere, of the same tree size


def build_receipt(*, entry: str, openings: Mapping[str, Opening], proof: Proof) -> dict[str, Any]:
    return {
        "format": RECEIPT_FORMAT,
        "entry": entry,
        "openings": {name: opening.as_json() for name, opening in openings.items()},
        "proof": proof.text(),
    }


def receipt_bytes(receipt: Mapping[str, Any]) -> bytes:
    """The file. Whoever stores or serves a receipt stores or serves exactly these bytes."""
    return canonical_json.canonical_bytes(receipt)


def verify_receipt(
    receipt: Mapping[str, Any] | bytes | str,
    *,
    key: VerifierKey | str,
    checkpoint: str | None = None,
) -> Verified:
    """What the receipt proves to whoever trusts `key`; NotVerified if it proves nothing.

    With a `checkpoint` obtained elsewhere, the receipt must fit it: a log that shows different
    people different trees is found out by this.
    """
    keys = [_key(key)]
    content = _content(receipt)
    entry: str = content["entry"]
    body = _body(entry)
    proof = _proof(content["proof"])
    signed = _checkpoint(proof.checkpoint, keys[0], "proof")
    leaf = merkle.leaf_hash(entry.encode())
    if not merkle.verify_inclusion(proof.index, signed.size, leaf, proof.path, signed.root):
        raise _failed(
            "inclusion",
            "The proof does not lead from this entry to the signed root: the entry or the proof "
            "has been altered.",
            "证明不能从该条目推导到已签名的根：条目或证明被改动过。",
        )
    openings = _openings(content["openings"], body)
    compared = False
    if checkpoint is not None:
        compared = _compare(signed, proof.index, _checkpoint(checkpoint, keys[0], "checkpoint"))
    return Verified(
        *(entry, body, proof.index, signed.size, signed.root, signed.origin),
        openings=openings,
        compared=compared,
    )


def _content(receipt: Mapping[str, Any] | bytes | str) -> dict[str, Any]:
    try:
        data = receipt_bytes(receipt) if isinstance(receipt, Mapping) else receipt
        content = canonical_json.read(data) if len(data) <= LARGEST_RECEIPT else None
    except (ValueError, RecursionError) as error:
        raise _failed(
            "form",
            "This is not a receipt exactly as it was issued: even one space more or less makes "
            "it another file.",
            "这不是原样的回执文件：哪怕多一个或少一个空格，也不再是原来的文件。",
            Sentence(
                en="Use the file as it was downloaded; do not open and save it again.",
                zh="请使用下载时的原文件，不要打开后另存。",
            ),
        ) from error
    wanted = {"format": str, "entry": str, "openings": dict, "proof": str}
    if (
        not isinstance(content, dict)
        or {name: type(value) for name, value in content.items()} != wanted
        or content["format"] != RECEIPT_FORMAT
    ):
        raise _failed(
            "form",
            f"The file is not a receipt of the form {RECEIPT_FORMAT}.",
            f"该文件不是 {RECEIPT_FORMAT} 格式的回执。",
        )
    return content


def _body(entry: str) -> dict[str, Any]:
    try:
        body = canonical_json.read(entry)
    except ValueError:
        body = None
    if (
        not isinstance(body, dict)
        or body.get("format") != ENTRY_FORMAT
        or not isinstance(body.get("commitments"), dict)
    ):
        raise _failed(
            "entry",
            f"The entry in the receipt is not of the form {ENTRY_FORMAT}.",
            f"回执中的条目不是 {ENTRY_FORMAT} 格式。",
        )
    return body


def _proof(text: str) -> Proof:
    try:
        proof = parse_proof(text)
    except BadProof as error:
        raise _unreadable_proof() from error
    if proof.extra is not None or proof.text() != text:  # what is bound by nothing is not let in
        raise _unreadable_proof()
    return proof


def _unreadable_proof() -> NotVerified:
    return _failed(
        "proof",
        "The proof in the receipt is not of the form c2sp.org/tlog-proof@v1.",
        "回执中的证明不是 c2sp.org/tlog-proof@v1 格式。",
    )


def _key(key: VerifierKey | str) -> VerifierKey:
    try:
        return key if isinstance(key, VerifierKey) else VerifierKey.parse(key)
    except BadKey as error:
        raise _failed(
            "key",
            "The public key is not a verifier key of the form name+id+base64.",
            "公钥不是 name+id+base64 形式的验证密钥。",
        ) from error


def _checkpoint(text: str, key: VerifierKey, where: str) -> Checkpoint:
    try:
        return open_checkpoint(text, [key], only_these_keys=where == "proof")
    except BadNote as error:
        if where == "proof":
            raise _failed(
                "signature",
                f"The signed checkpoint in the receipt is not one that the log {key.name} "
                "has signed with this key.",
                f"回执中的检查点不是日志 {key.name} 用该密钥签署的。",
            ) from error
        raise _failed(
            "checkpoint",
            f"The checkpoint given is not one that the log {key.name} has signed with this key.",
            f"所给的检查点不是日志 {key.name} 用该密钥签署的。",
        ) from error


def _openings(given: dict[str, Any], body: dict[str, Any]) -> dict[str, str]:
    values = {}
    for name, data in given.items():
        try:
            opening = Opening.from_json(data)
            fits = opening.commitment() == body["commitments"].get(name)
        except ValueError:
            fits = False
        if not fits:
            raise _failed(
                "opening",
                f"What the receipt says of “{name}” is not what the entry committed to.",
                f"回执中“{name}”的内容与条目所作的承诺不符。",
            )
        values[name] = opening.value
    return values


def _compare(signed: Checkpoint, index: int, given: Checkpoint) -> bool:
    """Whether the two could be compared; of different sizes, only the log can connect them."""
    if given.size <= index:
        raise _failed(
            "checkpoint",
            f"The checkpoint given is older than the entry: it covers {given.size} entries, and "
            f"this is number {index}, counted from 0.",
            f"所给检查点早于该条目：它涵盖 {given.size} 个条目，本条目序号为 {index}（从 0 起）。",
            Sentence(en="Fetch a newer checkpoint.", zh="请获取更新的检查点。"),
        )
    if given.size != signed.size:
        return False
    if given.root != signed.root:
        raise _failed(
            "checkpoint",
            "The log has signed two different trees of the same size: the checkpoint given and "
            "the one in the receipt contradict each other. Keep both, they are evidence.",
            "日志为同一大小签署了两棵不同的树：所给检查点与回执中的检查点相互矛盾。请保存两者作为证据。",
        )
    return True


def _failed(code: str, en: str, zh: str, suggestion: Sentence | None = None) -> NotVerified:
    return NotVerified(code, Sentence(en=en, zh=zh), suggestion=suggestion)
