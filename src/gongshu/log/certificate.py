"""A certificate of registration: what an entry says, in one file with the receipt that proves it.

    {"format":"gongshu-registration/1",
     "registration":{"code":"GS…","name":"…","valid_until":"2029-11-23", …},
     "receipt":{"format":"gongshu-receipt/1", …}}

The registration repeats the entry's own facts, so that people can read it; whoever checks takes
them from the entry. A certificate says what was registered when it was made. Whether it still is,
the registry's page says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gongshu.log import canonical_json
from gongshu.log.note import VerifierKey
from gongshu.log.receipt import LARGEST_RECEIPT, NotVerified, Verified, verify_receipt
from gongshu.wording import Sentence

CERTIFICATE_FORMAT = "gongshu-registration/1"
FACTS = (
    "code",
    "registrant",
    "registrant_name",
    "type",
    "what",
    "name",
    "summary",
    "valid_from",
    "valid_until",
    "version",
)
EVENTS = (
    "registration.coded",
    "registration.changed",
    "registration.corrected",
    "registration.corrected_ex_officio",
    "registration.renewed",
    "registration.renewed_meanwhile",
)


def build_certificate(receipt: Mapping[str, Any]) -> dict[str, Any]:
    facts = json.loads(receipt["entry"])["facts"]
    return {
        "format": CERTIFICATE_FORMAT,
        "registration": {name: facts[name] for name in FACTS},
        "receipt": dict(receipt),
    }


def certificate_bytes(certificate: Mapping[str, Any]) -> bytes:
    return canonical_json.canonical_bytes(certificate)


def is_certificate(data: bytes) -> bool:
    """Whether it looks like one, so that one command can check both kinds of file."""
    try:
        content = json.loads(data) if len(data) <= LARGEST_RECEIPT else None
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("format") == CERTIFICATE_FORMAT


def verify_certificate(
    certificate: bytes, *, key: VerifierKey | str, checkpoint: str | None = None
) -> Verified:
    """What its receipt proves, if the certificate says nothing else; NotVerified otherwise."""
    try:
        content = json.loads(certificate)
        receipt, said = content["receipt"], content["registration"]
        form = set(content) == {"format", "receipt", "registration"} and is_certificate(certificate)
    except (ValueError, KeyError, TypeError, RecursionError):
        form = False
    if not form or not isinstance(receipt, dict):
        raise NotVerified(
            "form",
            Sentence(
                en=f"The file is not a certificate of the form {CERTIFICATE_FORMAT}.",
                zh=f"该文件不是 {CERTIFICATE_FORMAT} 格式的登记证书。",
            ),
        )
    verified = verify_receipt(receipt, key=key, checkpoint=checkpoint)
    facts = verified.body.get("facts", {})
    proved = {name: facts.get(name) for name in FACTS}
    if verified.body.get("event") not in EVENTS or said != proved:
        raise NotVerified(
            "certificate",
            Sentence(
                en="The certificate says something else than the entry in the log.",
                zh="证书内容与日志条目不一致。",
            ),
        )
    return verified
